"""The contract: what the documentation promises, as data, and the judge that compares answers with it."""
