"""The lines and the Markdown of `drift`: which documents were compared, and how they differ."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from exports_conformance.exchange.untrusted import harmless, shortened
from exports_conformance.reports.text.markdown import cell, plain
from exports_conformance.upgrade.drift.accepted import JudgedDrifts
from exports_conformance.upgrade.drift.description import IMPACTS
from exports_conformance.upgrade.drift.drifting import Drift

_LINE_LIMIT = 600
_MARKDOWN_LIMIT = 50_000
"""Characters of the Markdown's rows and notes; GitHub takes an issue of 65,536."""


def drift_lines(headline: str, drifts: Sequence[Drift], judged: JudgedDrifts) -> Iterator[str]:
    """Yield the lines of the terminal: the headline, the drifts that count, the accepted and the cosmetic ones."""
    yield _line(f"{headline}; {_counted(drifts, judged)}")
    for drift in judged.counting:
        yield _line(str(drift))
    for drift, entry in judged.accepted:
        yield _line(f"accepted until {entry.until} by {entry.owner} ({entry.reason}): {drift}")
    for drift in drifts:
        if drift.impact == "cosmetic":
            yield _line(str(drift))
    for problem in judged.problems:
        yield _line(problem)


def drift_markdown(headline: str, drifts: Sequence[Drift], judged: JudgedDrifts) -> str:
    """Return the same as Markdown for an issue, in which the text of a document stays text."""
    parts = [f"## {plain(headline)}", "", f"{_counted(drifts, judged)}."]
    accepted = [
        f"accepted until {entry.until} by {entry.owner} ({entry.reason}): {drift}" for drift, entry in judged.accepted
    ]
    notes = [f"- {plain(each)}" for each in (*judged.problems, *accepted)]
    cosmetic = [each for each in drifts if each.impact == "cosmetic"]
    rows = [_row(each) for each in (*judged.counting, *cosmetic)]
    kept_notes = _fitting(notes, _MARKDOWN_LIMIT // 2)
    kept_rows = _fitting(rows, _MARKDOWN_LIMIT - sum(map(len, kept_notes)))
    if rows:
        parts += ["", "| impact | where | what | old | new | requirements |", "|" + " --- |" * 6, *kept_rows]
    if kept_notes:
        parts += ["", *kept_notes]
    if more := len(rows) + len(notes) - len(kept_rows) - len(kept_notes):
        parts += ["", f"{more} more are in the command's output."]
    return "\n".join(parts) + "\n"


def _fitting(lines: Sequence[str], characters: int) -> Sequence[str]:
    """Return the first lines that have at most so many characters together."""
    ends = accumulate(len(line) + 1 for line in lines)
    return [line for line, end in zip(lines, ends, strict=True) if end <= characters]


def _counted(drifts: Sequence[Drift], judged: JudgedDrifts) -> str:
    if not drifts:
        return "no drift"
    counts = [(impact, sum(each.impact == impact for each in drifts)) for impact in IMPACTS]
    said = ", ".join(f"{number} {impact}" for impact, number in counts if number)
    accepted = f"; {len(judged.accepted)} accepted" if judged.accepted else ""
    return f"{len(drifts)} drift{'' if len(drifts) == 1 else 's'}: {said}{accepted}"


def _row(drift: Drift) -> str:
    place = f"{drift.part} {drift.name}"
    cells = (place, drift.aspect, drift.old, drift.new, ", ".join(drift.requirements))
    return f"| {drift.impact} | " + " | ".join(cell(each) if each else "" for each in cells) + " |"


def _line(text: str) -> str:
    return harmless(shortened(text, _LINE_LIMIT))
