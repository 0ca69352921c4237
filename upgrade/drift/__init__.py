"""Drift: where the vendor's published documents no longer say what our transcription of them says."""
