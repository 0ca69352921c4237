"""Clients of the exports API: live and recorded endpoints, and all that a request needs on its way."""
