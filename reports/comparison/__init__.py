"""Reports on the comparison of two runs: a page, Markdown, and lines for the terminal."""
