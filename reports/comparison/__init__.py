"""The comparison of two runs: what the same requests were answered before and after, and whom the difference breaks."""
