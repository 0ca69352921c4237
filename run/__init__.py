"""What ties a run together: configuration, session, and the pytest plugin."""
