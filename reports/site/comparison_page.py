"""`upgrade.html`: the comparison of two runs, and the matrix of several, with all files of a comparison."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from exports_conformance.contract.requirements import Where
from exports_conformance.exchange.untrusted import harmless, shortened, write_file
from exports_conformance.reports import messages
from exports_conformance.reports.messages import MessageLine
from exports_conformance.reports.site import templating
from exports_conformance.reports.site.result_page import TOPIC_WORDS
from exports_conformance.reports.site.templating import UPGRADE_PAGE
from exports_conformance.reports.text import upgrade
from exports_conformance.reports.text.upgrade import (
    LINE_LIMIT,
    LISTED_AT_MOST,
    comparison_markdown,
    markdown_row,
    markdown_text,
    side_line,
)
from exports_conformance.results.result import ResponseShown
from exports_conformance.upgrade.document import (
    ComparedRequest,
    Comparison,
    Difference,
    SideName,
    SideShown,
    VerdictsShown,
    validate_comparison,
)
from exports_conformance.upgrade.verdict_matrix import VERDICT_CHANGES, Matrix, MatrixRow

COMPARISON_FILES = COMPARISON_PAGE, _MARKDOWN, _DATA = UPGRADE_PAGE, "comparison.md", "comparison.json"

OF_THE_WHOLE = {"status": Where(status=True), "media type": Where(response_header=("content-type",))}
"""What is highlighted for a difference without a place in the document."""
LONG, AROUND, BEGINNING = 40, 8, 5
"""Lines: of a longer response, only the beginning and what is around the difference are shown."""


def comparison_page(comparison: Comparison, *, in_site: bool = False) -> str:
    """Return a comparison as an HTML document; `in_site`: the pages of a result stand beside it.

    Raises:
        jinja2.UndefinedError: the comparison lacks what its schema requires.
    """
    topics = _by_topic(comparison["verdicts"])
    return templating.page(
        UPGRADE_PAGE,
        styles=("comparison.css",),
        pages={**(templating.PAGES if in_site else {}), UPGRADE_PAGE: "Upgrade"},
        comparison=comparison,
        wording=upgrade,
        sent_lines=sent_lines,
        aligned_lines=aligned_lines,
        topics=topics,
        changed={words: sum(row["before"] != row["after"] for row in rows) for words, rows in topics.items()},
        contract="contract.html" if in_site else "",
    )


def _by_topic(verdicts: Sequence[VerdictsShown]) -> Mapping[str, list[VerdictsShown]]:
    """Return the verdicts by the words for their topic, those that differ first."""
    return {
        words: sorted(
            (each for each in verdicts if each["topic"] == topic), key=lambda row: row["before"] == row["after"]
        )
        for topic, words in TOPIC_WORDS.items()
        if any(each["topic"] == topic for each in verdicts)
    }


def sent_lines(request: ComparedRequest) -> list[MessageLine]:
    """Return the lines of the request that shows a difference."""
    return messages.request_lines({**request, "headers": []})


@dataclass(frozen=True, slots=True)
class AlignedLine:
    """A line of the response before beside the same line after; None if that response has no such line."""

    before: MessageLine | None
    after: MessageLine | None

    @property
    def is_tagged(self) -> bool:
        """Whether the difference is in one of them."""
        return any(line is not None and line.tagged for line in (self.before, self.after))

    @property
    def is_same(self) -> bool:
        """Whether both responses have this line, letter for letter."""
        return not self.is_tagged and self.before == self.after


def aligned_lines(difference: Difference) -> list[AlignedLine]:
    """Return the two responses that show a difference, line beside line; long ones only around the difference."""
    before, after = _received_lines(difference, "before"), _received_lines(difference, "after")
    rows: list[AlignedLine] = []
    matcher = SequenceMatcher(None, _members(before), _members(after), autojunk=False)
    for tag, first, last, start, end in matcher.get_opcodes():
        if tag == "equal":
            rows += [AlignedLine(*pair) for pair in zip(before[first:last], after[start:end], strict=True)]
        else:
            rows += [AlignedLine(line, None) for line in before[first:last]]
            rows += [AlignedLine(None, line) for line in after[start:end]]
    return _near(rows, [number for number, row in enumerate(rows) if row.is_tagged])


def _members(lines: Sequence[MessageLine]) -> list[tuple[str, ...]]:
    """Return for each line the names of the members that it is in, by its indentation; the status is the first."""
    found, inside = list[tuple[str, ...]]([("status",)]), list[str]()
    for line in lines[1:]:
        depth, name = len(line.indent) // 2, line.text.strip().partition(": ")[0].rstrip(",")
        if name[:1] in {"}", "]"}:
            found.append((*inside[: depth + 1], name))
        else:
            inside[depth:] = [name]
            found.append(tuple(inside))
    return found


def _received_lines(difference: Difference, when: SideName) -> list[MessageLine]:
    response = difference["witness"][when]
    headers = [["Content-Type", response["media_type"]]] if response["media_type"] else []
    place = OF_THE_WHOLE.get(difference["what"], Where())

    at = difference["at"]
    if any(line.pointer == "/data/0" for line in messages.body_lines(response["body"] or "")):
        at = at.replace("/data/", "/data/*/", 1)  # the place is in one of a list
    shown: ResponseShown = {"status": response["status"], "headers": headers, "body": response["body"]}
    return messages.response_lines(shown, place, at=at)


def _near(rows: list[AlignedLine], tagged: list[int]) -> list[AlignedLine]:
    if not tagged or len(rows) <= LONG:
        return rows
    near = {number for each in tagged for number in range(each - AROUND, each + AROUND + 1)} | set(range(BEGINNING))
    kept: list[AlignedLine] = []
    for number, row in enumerate(rows):
        if number in near:
            kept.append(row)
        elif number - 1 in near:
            kept.append(AlignedLine(MessageLine("…"), MessageLine("…")))
    return kept


def write_comparison(comparison: Comparison, folder: Path, *, in_site: bool = False) -> None:
    """Write `upgrade.html`, `comparison.json` and `comparison.md` into a report folder.

    `in_site`: the pages of a result stand beside them.

    Raises:
        OSError: a file cannot be written.
        jsonschema.ValidationError: the comparison does not match its schema.
    """
    validate_comparison(comparison)
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / _DATA, json.dumps(comparison, indent=1, ensure_ascii=True) + "\n")
    write_file(folder / COMPARISON_PAGE, comparison_page(comparison, in_site=in_site))
    write_file(folder / _MARKDOWN, comparison_markdown(comparison))


MATRIX_FILES = _MATRIX_PAGE, _MATRIX_MARKDOWN, _MATRIX_DATA = "matrix.html", "matrix.md", "matrix.json"


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
        lines.append(f"{more} more changes are in {_MATRIX_DATA}")
    yield from (harmless(shortened(line, LINE_LIMIT)) for line in lines)
    yield f"report: {folder / _MATRIX_PAGE} (data: {folder / _MATRIX_DATA})"


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
        pages={_MATRIX_PAGE: "Matrix"},
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
    write_file(folder / _MATRIX_DATA, json.dumps(matrix, indent=1, ensure_ascii=True) + "\n")
    write_file(folder / _MATRIX_PAGE, matrix_page(matrix))
    write_file(folder / _MATRIX_MARKDOWN, matrix_markdown(matrix))
