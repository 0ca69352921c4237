"""A comparison as text: the lines of the terminal, and Markdown for a pull request."""

from collections.abc import Iterator
from pathlib import Path

from exports_conformance.exchange.safe_text import harmless, shortened
from exports_conformance.reports.comparison import wording
from exports_conformance.upgrade.document import Comparison
from exports_conformance.upgrade.sides import TURNS

LISTED_AT_MOST = 40
REQUIREMENTS_NAMED_AT_MOST = 8
LINE_LIMIT = 600

ROWS = 100
CELL_LIMIT = 300

_ESCAPED = str.maketrans({each: f"&#{ord(each)};" for each in "&<>|`*_[]()\\#~@!:"})


def comparison_lines(comparison: Comparison, folder: Path | None = None) -> Iterator[str]:
    """Yield the lines that a comparison prints on the terminal, the gravest differences first.

    `folder` is where the reports are, None if none were written.
    """
    yield from (harmless(shortened(line, LINE_LIMIT)) for line in _terminal_lines(comparison))
    if folder is not None:
        yield f"report: {folder / 'comparison.html'} (data: {folder / 'comparison.json'})"


def _terminal_lines(comparison: Comparison) -> Iterator[str]:
    yield wording.comparison_headline(comparison)
    for doubt in comparison["doubts"]:
        yield f"  {doubt}"
    yield f"before: {wording.side_line(comparison['before'])}"
    yield f"after:  {wording.side_line(comparison['after'])}"
    yield wording.comparison_counts(comparison)
    for line in (*comparison["reservations"], *wording.undecided_lines(comparison)):
        yield f"  {line}"
    for each in comparison["differences"][:LISTED_AT_MOST]:
        whom = f", {wording.whom(each)}" if wording.whom(each) else ""
        yield f"{each['id']} {each['severity']}{whom}  {wording.title(each)}"
        yield f"    {wording.meaning(each)}"
        yield f"    {wording.how_often(each)}"
    if (more := len(comparison["differences"]) - LISTED_AT_MOST) > 0:
        yield f"{more} more differences are in comparison.json"
    yield from _turn_lines(comparison)


def _turn_lines(comparison: Comparison) -> Iterator[str]:
    """Yield a line for each requirement that regressed, and one for each other kind of change."""
    turns = comparison["requirements"]
    regressed = [each for each in turns if each["turn"] == "regressed"]
    for each in regressed[:LISTED_AT_MOST]:
        yield f"regressed: {each['id']} ({each['before']} → {each['after']}{_reason(each['reason'])})"
    if (more := len(regressed) - LISTED_AT_MOST) > 0:
        yield f"regressed: {more} more"
    for turn in TURNS[1:]:
        named = [each["id"] for each in turns if each["turn"] == turn]
        if named and not (comparison["doubts"] and turn == "no longer verifiable"):
            more = len(named) - REQUIREMENTS_NAMED_AT_MOST
            yield f"{turn}: {', '.join(named[:REQUIREMENTS_NAMED_AT_MOST])}{f' and {more} more' if more > 0 else ''}"


def _reason(reason: str) -> str:
    return f": {reason}" if reason else ""


def comparison_markdown(comparison: Comparison) -> str:
    """Return a comparison as Markdown, with everything that a server sent escaped."""
    return "\n".join(_markdown_lines(comparison)) + "\n"


def _markdown_lines(comparison: Comparison) -> Iterator[str]:
    yield f"## {markdown_text(wording.comparison_headline(comparison))}"
    yield ""
    yield f"- before: {markdown_text(wording.side_line(comparison['before']))}"
    yield f"- after: {markdown_text(wording.side_line(comparison['after']))}"
    yield f"- {markdown_text(wording.comparison_counts(comparison))}"
    for line in (*comparison["doubts"], *comparison["reservations"], *wording.undecided_lines(comparison)):
        yield f"- {markdown_text(line)}"
    if comparison["differences"]:
        yield from _difference_rows(comparison)
    if comparison["requirements"]:
        yield from ["", "| requirement | turn | before | after | promise |", "| --- | --- | --- | --- | --- |"]
        for each in comparison["requirements"][:ROWS]:
            yield markdown_row(
                each["id"], each["turn"], each["before"], each["after"], each["statement"].replace("`", "")
            )


def _difference_rows(comparison: Comparison) -> Iterator[str]:
    yield from ["", "| | class | difference | before | after | how often | why |", "|" + " --- |" * 7]
    for each in comparison["differences"][:ROWS]:
        severity = ", ".join(filter(None, (each["severity"], wording.whom(each))))
        place = " ".join(filter(None, (each["what"], each["at"] or f"of {', '.join(each['operations'])}")))
        row = (
            each["id"],
            severity,
            place,
            each["before"],
            each["after"],
            wording.how_often(each),
            wording.meaning(each),
        )
        yield markdown_row(*row)
    if (more := len(comparison["differences"]) - ROWS) > 0:
        yield f"\n{more} more are in comparison.json."


def markdown_row(*cells: str) -> str:
    """Return a row of a Markdown table, its cells escaped."""
    return "| " + " | ".join(map(markdown_text, cells)) + " |"


def markdown_text(value: str) -> str:
    """Return a text escaped so that Markdown and HTML show it as it is, in one line."""
    return harmless(shortened(value, CELL_LIMIT)).translate(_ESCAPED).replace("www.", "www&#46;")
