"""Writing a report: the site, JUnit XML, the files for GitHub, and the history, all from one result."""

from pathlib import Path

from exports_conformance.reports.history import History, extended, read_history, write_history
from exports_conformance.reports.kill_matrix import KillMatrix
from exports_conformance.reports.phrases import Result
from exports_conformance.reports.site import PAGES, write_site
from exports_conformance.reports.text import annotations, junit_xml, pull_request_comment, step_summary

REPORT_FILES = (*PAGES, "junit.xml", "summary.md", "comment.md", "annotations.txt")
"""The files that are written; the folder also keeps `history.json`."""


def write_report(
    result: Result, folder: Path, *, known: History | None = None, matrix: KillMatrix | None = None
) -> Path:
    """Write every report of a result into a folder; return the path of the first page.

    `known` is the history to extend; by default the folder's own.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = read_history(folder) if known is None else known
    first = write_site(result, folder, history=before, matrix=matrix)
    (folder / "junit.xml").write_bytes(junit_xml(result))
    for name, text in (
        ("summary.md", step_summary(result)),
        ("comment.md", pull_request_comment(result)),
        ("annotations.txt", annotations(result)),
    ):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    write_history(extended(before, [result]), folder)
    return first
