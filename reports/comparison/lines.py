"""What the terminal says of a comparison."""

from collections.abc import Iterator
from pathlib import Path

from exports_conformance.reports.comparison import wording
from exports_conformance.reports.comparison.document import Comparison
from exports_conformance.reports.safe_text import harmless, shortened

LISTED_AT_MOST = 40
TEXT_LIMIT = 400


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
    for each in comparison["requirements"][:LISTED_AT_MOST]:
        yield f"{each['turn']}: {each['id']} ({each['before']} → {each['after']}{_reason(each['reason'])})"
    if (more := len(comparison["requirements"]) - LISTED_AT_MOST) > 0:
        yield f"{more} more requirements"


def _reason(reason: str) -> str:
    return f": {reason}" if reason else ""
