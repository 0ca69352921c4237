"""Evidence: what was seen in a run, kept as it happens, and what it amounts to for each requirement."""
