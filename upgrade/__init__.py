"""Upgrades: compares runs before and after, detects drift of the published documents, knows what a client uses."""
