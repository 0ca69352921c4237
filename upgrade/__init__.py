"""Before against after an upgrade: compare, drift, and what a client uses."""
