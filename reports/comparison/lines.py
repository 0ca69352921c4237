"""What the terminal says of a comparison."""

from collections.abc import Iterator
from pathlib import Path

from exports_conformance.exchange.safe_text import harmless, shortened
from exports_conformance.reports.comparison import wording
from exports_conformance.upgrade.document import Comparison
from exports_conformance.upgrade.promises import TURNS

LISTED_AT_MOST = 40
NAMED_AT_MOST = 8
TEXT_LIMIT = 600


def lines(comparison: Comparison, folder: Path | None = None) -> Iterator[str]:
    """Give the lines that a comparison ends with, the gravest differences first.

    `folder` is where the reports are, None where none were written.
    """
    yield from (harmless(shortened(line, TEXT_LIMIT)) for line in _lines(comparison))
    if folder is not None:
        yield f"read on: {folder / 'comparison.html'} (data: {folder / 'comparison.json'})"


def _lines(comparison: Comparison) -> Iterator[str]:
    yield wording.headline(comparison)
    for doubt in comparison["doubts"]:
        yield f"  {doubt}"
    yield f"before: {wording.side_line(comparison['before'])}"
    yield f"after:  {wording.side_line(comparison['after'])}"
    yield wording.counts_line(comparison)
    for line in (*comparison["reservations"], *wording.undecided_lines(comparison)):
        yield f"  {line}"
    for each in comparison["differences"][:LISTED_AT_MOST]:
        whom = f", {wording.whom(each)}" if wording.whom(each) else ""
        yield f"{each['id']} {each['severity']}{whom}  {wording.title(each)}"
        yield f"    {wording.meaning(each)}"
        yield f"    {wording.how_often(each)}"
    if (more := len(comparison["differences"]) - LISTED_AT_MOST) > 0:
        yield f"{more} more differences"
    yield from _requirements(comparison)


def _requirements(comparison: Comparison) -> Iterator[str]:
    """Name what regressed one by one, and the other turns in a line each; what a doubtful run left out is no news."""
    turns = comparison["requirements"]
    regressed = [each for each in turns if each["turn"] == "regressed"]
    for each in regressed[:LISTED_AT_MOST]:
        yield f"regressed: {each['id']} ({each['before']} → {each['after']}{_reason(each['reason'])})"
    if (more := len(regressed) - LISTED_AT_MOST) > 0:
        yield f"regressed: {more} more"
    for turn in TURNS[1:]:
        named = [each["id"] for each in turns if each["turn"] == turn]
        if named and not (comparison["doubts"] and turn == "no longer verifiable"):
            more = len(named) - NAMED_AT_MOST
            yield f"{turn}: {', '.join(named[:NAMED_AT_MOST])}{f' and {more} more' if more > 0 else ''}"


def _reason(reason: str) -> str:
    return f": {reason}" if reason else ""
