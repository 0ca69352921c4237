"""Rendering: everything that is made from a result, written beside it."""

from pathlib import Path

from exports_conformance.reports import github, history, site
from exports_conformance.reports.findings import Result
from exports_conformance.reports.history import History
from exports_conformance.reports.junit import junit
from exports_conformance.reports.kill_matrix import KillMatrix
from exports_conformance.reports.templating import PAGES

FILES = (*PAGES, "junit.xml", "summary.md", "comment.md", "annotations.txt")
"""What is written; besides it a folder keeps the history of its endpoints."""


def render_all(result: Result, folder: Path, *, known: History | None = None, matrix: KillMatrix | None = None) -> Path:
    """Write the pages, JUnit XML, what GitHub shows, and the history; give the first page's path.

    `known` is a history to go on with, else the folder's own.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = history.read(folder) if known is None else known
    first = site.write(result, folder, history=before, matrix=matrix)
    (folder / "junit.xml").write_bytes(junit(result))
    for name, text in (
        ("summary.md", github.summary(result)),
        ("comment.md", github.comment(result)),
        ("annotations.txt", github.annotations(result)),
    ):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    history.write(history.extended(before, [result]), folder)
    return first
