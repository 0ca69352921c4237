"""The lines and the Markdown of `drift`: which documents were compared, and how they differ."""

from collections.abc import Iterator, Sequence

from exports_conformance.exchange.untrusted import harmless, shortened
from exports_conformance.reports.text.markdown import cell, plain
from exports_conformance.upgrade.drift.accepted import JudgedDrifts
from exports_conformance.upgrade.drift.description import IMPACTS
from exports_conformance.upgrade.drift.drifting import Drift

_LINE_LIMIT = 600
_ROW_LIMIT = 200


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
    cosmetic = [each for each in drifts if each.impact == "cosmetic"]
    if shown := [*judged.counting, *cosmetic]:
        parts += ["", "| impact | where | what | old | new | requirements |", "|" + " --- |" * 6]
        parts += [_row(each) for each in shown[:_ROW_LIMIT]]
    if len(shown) > _ROW_LIMIT:
        parts += ["", f"{len(shown) - _ROW_LIMIT} more are in the command's output."]
    notes = [
        f"accepted until {entry.until} by {entry.owner} ({entry.reason}): {drift}" for drift, entry in judged.accepted
    ]
    if lines := [*notes, *judged.problems]:
        parts += ["", *(f"- {plain(each)}" for each in lines)]
    return "\n".join(parts) + "\n"


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
