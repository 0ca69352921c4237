"""Writing a report: the site, JUnit XML, the files for GitHub, and the history, all from one result."""

from pathlib import Path

from exports_conformance.contract.requirements import requirements
from exports_conformance.reports.history import History, extended, read_history, write_history
from exports_conformance.reports.kill_matrix import KillMatrix
from exports_conformance.reports.phrases import Result, fault_cards
from exports_conformance.reports.site.contract_page import render_contract
from exports_conformance.reports.site.reference_pages import render_error_finder, render_recipes
from exports_conformance.reports.site.templating import PAGES
from exports_conformance.reports.text import annotations, junit_xml, pull_request_comment, step_summary
from exports_conformance.results.files import write_file

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
    write_file(folder / "junit.xml", junit_xml(result))
    for name, text in (
        ("summary.md", step_summary(result)),
        ("comment.md", pull_request_comment(result)),
        ("annotations.txt", annotations(result)),
    ):
        write_file(folder / name, text)
    _write_scripts(result, folder / "faults")
    write_history(extended(before, [result]), folder)
    return first


def _write_scripts(result: Result, folder: Path) -> None:
    """Write the script of each fault; take those of an earlier run away."""
    if folder.is_symlink():
        folder.unlink()
    for old in folder.glob("*.sh"):
        old.unlink()
    for card in fault_cards(result):
        if card.script and card.name in requirements():  # a name from a file becomes a path only if we know it
            folder.mkdir(exist_ok=True)
            script = card.script.encode("utf-8", "backslashreplace")
            write_file(folder / f"{card.name}.sh", script, mode=0o755)


def write_site(
    result: Result, folder: Path, *, history: History | None = None, matrix: KillMatrix | None = None
) -> Path:
    """Write the pages of the site into a folder; return the path of the first.

    `history` holds what earlier runs saw, `matrix` the broken servers that prove the suite.

    Raises:
        OSError: a file cannot be written.
    """
    from exports_conformance.reports.site.reference_pages import render_explorer  # noqa: PLC0415  faulty data is reported then

    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("index.html", render_contract(result, history=history, matrix=matrix, folder=folder)),
        ("explorer.html", render_explorer(result, history=history)),
        ("errors.html", render_error_finder(result)),
        ("recipes.html", render_recipes()),
    ):
        write_file(folder / name, text)
    return folder / "index.html"
