"""What ties a run together: configuration, session, and the pytest plugin.

Decision: docs/decisions/0001-run-and-cli-import-everything.md.
"""
