"""The site: every page about a result, in a folder that works from any web server and from `file:`."""

from pathlib import Path

from exports_conformance.reports import error_finder, page, recipe_book
from exports_conformance.reports.findings import Result
from exports_conformance.reports.history import History
from exports_conformance.reports.kill_matrix import KillMatrix


def write(result: Result, folder: Path, *, history: History | None = None, matrix: KillMatrix | None = None) -> Path:
    """Write all pages into a folder; give the first page's path.

    `history` is what earlier runs saw, `matrix` the broken servers that prove the suite.
    """
    # Loaded late: it reads the contract's data, and a fault in that is told when a run begins.
    from exports_conformance.reports import explorer  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("index.html", page.render(result, history=history, matrix=matrix, folder=folder)),
        ("explorer.html", explorer.render(result, history=history)),
        ("errors.html", error_finder.render(result)),
        ("recipes.html", recipe_book.render()),
    ):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return folder / "index.html"
