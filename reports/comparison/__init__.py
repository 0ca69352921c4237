"""Reports on the comparison of two runs, and on the matrix of several: a page, Markdown, and lines for the terminal."""
