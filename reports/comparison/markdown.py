"""The Markdown of a comparison, for a pull request."""

from collections.abc import Iterator

from exports_conformance.exchange.safe_text import harmless, shortened
from exports_conformance.reports.comparison import wording
from exports_conformance.upgrade.document import Comparison

ROWS = 100
TEXT_LIMIT = 300

_MEANT = str.maketrans({each: f"&#{ord(each)};" for each in "&<>|`*_[]()\\#~@!:"})


def render(comparison: Comparison) -> str:
    """Render a comparison as Markdown, in which nothing that a server said is anything but text."""
    return "\n".join(_lines(comparison)) + "\n"


def _lines(comparison: Comparison) -> Iterator[str]:
    yield f"## {text(wording.headline(comparison))}"
    yield ""
    yield f"- before: {text(wording.side_line(comparison['before']))}"
    yield f"- after: {text(wording.side_line(comparison['after']))}"
    yield f"- {text(wording.counts_line(comparison))}"
    for line in (*comparison["doubts"], *comparison["reservations"], *wording.undecided_lines(comparison)):
        yield f"- {text(line)}"
    if comparison["differences"]:
        yield from _differences(comparison)
    if comparison["requirements"]:
        yield from ["", "| requirement | turn | before | after | promise |", "| --- | --- | --- | --- | --- |"]
        for each in comparison["requirements"][:ROWS]:
            yield _row(each["id"], each["turn"], each["before"], each["after"], each["statement"].replace("`", ""))


def _differences(comparison: Comparison) -> Iterator[str]:
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
        yield _row(*row)
    if (more := len(comparison["differences"]) - ROWS) > 0:
        yield f"\n{more} more are in comparison.json."


def _row(*cells: str) -> str:
    return "| " + " | ".join(map(text, cells)) + " |"


def text(value: str) -> str:
    """Give a text that Markdown and HTML show as it is, in one line."""
    return harmless(shortened(value, TEXT_LIMIT)).translate(_MEANT).replace("www.", "www&#46;")
