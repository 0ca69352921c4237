"""The reports of a matrix of verdicts: a page, Markdown, JSON, and lines for the terminal."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from exports_conformance.exchange.untrusted import harmless, shortened, write_file
from exports_conformance.reports.comparison.text import (
    LINE_LIMIT,
    LISTED_AT_MOST,
    markdown_row,
    markdown_text,
    side_line,
)
from exports_conformance.reports.site import templating
from exports_conformance.upgrade.document import SideShown
from exports_conformance.upgrade.verdict_matrix import VERDICT_CHANGES, Matrix, MatrixRow

MATRIX_FILES = _PAGE, _MARKDOWN, _DATA = "matrix.html", "matrix.md", "matrix.json"


def matrix_headline(matrix: Matrix) -> str:
    """Return how many requirements were compared, and how many of them changed in which way."""
    number = Counter(row["change"] for row in matrix["rows"])
    changes = ", ".join(f"{number[each]} {each}" for each in VERDICT_CHANGES if number[each])
    return f"{len(matrix['rows'])} requirements in {len(matrix['columns'])} runs: {changes or 'none was judged'}"


def column_names(matrix: Matrix) -> list[str]:
    """Return a short name for each run: the file's name without its extension, numbered if several have it."""
    stems = [Path(column["source"]).stem for column in matrix["columns"]]
    several = {each for each in stems if stems.count(each) > 1}
    return [f"{at}. {stem}" if stem in several else stem for at, stem in enumerate(stems, 1)]


def matrix_lines(matrix: Matrix, folder: Path) -> Iterator[str]:
    """Yield the lines that a matrix prints on the terminal: the runs, and the requirements that changed."""
    changed = [row for row in matrix["rows"] if row["change"] != "same"]
    lines = [matrix_headline(matrix)]
    lines += [f"{name}: {side_line(side)}" for name, side in _columns(matrix)]
    lines += [f"{row['change']}: {row['id']} ({' → '.join(row['verdicts'])})" for row in changed[:LISTED_AT_MOST]]
    if (more := len(changed) - LISTED_AT_MOST) > 0:
        lines.append(f"{more} more changes are in {_DATA}")
    yield from (harmless(shortened(line, LINE_LIMIT)) for line in lines)
    yield f"report: {folder / _PAGE} (data: {folder / _DATA})"


def matrix_markdown(matrix: Matrix) -> str:
    """Return a matrix as Markdown, a row for each requirement that some run judged."""
    lines = [f"## {markdown_text(matrix_headline(matrix))}", ""]
    lines += [f"- {markdown_text(f'{name}: {side_line(side)}')}" for name, side in _columns(matrix)]
    lines += ["", markdown_row("requirement", "change", *column_names(matrix))]
    lines.append("|" + " --- |" * (2 + len(matrix["columns"])))
    lines += [markdown_row(_name(row), row["change"], *row["verdicts"]) for row in matrix["rows"]]
    if matrix["not_judged"]:
        lines += ["", f"Not judged in any run: {markdown_text(', '.join(matrix['not_judged']))}"]
    return "\n".join(lines) + "\n"


def _name(row: MatrixRow) -> str:
    return row["id"] if row["weight"] == "promise" else f"{row['id']} (advice)"


def _columns(matrix: Matrix) -> Iterator[tuple[str, SideShown]]:
    return zip(column_names(matrix), matrix["columns"], strict=True)


def matrix_page(matrix: Matrix) -> str:
    """Return a matrix as an HTML document."""
    return templating.page(
        "matrix.html",
        styles=("comparison.css",),
        pages={_PAGE: "Matrix"},
        matrix=matrix,
        headline=matrix_headline(matrix),
        columns=list(_columns(matrix)),
        side_line=side_line,
    )


def write_matrix(matrix: Matrix, folder: Path) -> None:
    """Write `matrix.json`, `matrix.html` and `matrix.md` into a report folder.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / _DATA, json.dumps(matrix, indent=1, ensure_ascii=True) + "\n")
    write_file(folder / _PAGE, matrix_page(matrix))
    write_file(folder / _MARKDOWN, matrix_markdown(matrix))
