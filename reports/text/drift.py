"""The lines and the Markdown of `drift`: which documents were compared, and how they differ."""

from collections.abc import Iterator, Sequence

from exports_conformance.exchange.safe_text import harmless, shortened
from exports_conformance.reports.text.markdown import cell, plain
from exports_conformance.upgrade.drift.accepted import Gate
from exports_conformance.upgrade.drift.drifting import Drift
from exports_conformance.upgrade.drift.table import SEVERITIES

LINE_LIMIT = 600
ROW_LIMIT = 200


def drift_lines(headline: str, drifts: Sequence[Drift], gate: Gate) -> Iterator[str]:
    """Yield the lines of the terminal: the headline, the drifts that count, the accepted and the cosmetic ones."""
    yield _line(f"{headline}; {_counted(drifts, gate)}")
    for drift in gate.counting:
        yield _line(str(drift))
    for drift, entry in gate.accepted:
        yield _line(f"accepted until {entry.until} by {entry.owner} ({entry.reason}): {drift}")
    for drift in drifts:
        if drift.severity == "cosmetic":
            yield _line(str(drift))
    for problem in gate.problems:
        yield _line(problem)


def drift_markdown(headline: str, drifts: Sequence[Drift], gate: Gate) -> str:
    """Return the same as Markdown for an issue, in which the text of a document stays text."""
    parts = [f"## {plain(headline)}", "", f"{_counted(drifts, gate)}."]
    cosmetic = [each for each in drifts if each.severity == "cosmetic"]
    if shown := [*gate.counting, *cosmetic]:
        parts += ["", "| severity | where | what | old | new | requirements |", "|" + " --- |" * 6]
        parts += [_row(each) for each in shown[:ROW_LIMIT]]
    if len(shown) > ROW_LIMIT:
        parts += ["", f"{len(shown) - ROW_LIMIT} more are in the command's output."]
    notes = [
        f"accepted until {entry.until} by {entry.owner} ({entry.reason}): {drift}" for drift, entry in gate.accepted
    ]
    if lines := [*notes, *gate.problems]:
        parts += ["", *(f"- {plain(each)}" for each in lines)]
    return "\n".join(parts) + "\n"


def _counted(drifts: Sequence[Drift], gate: Gate) -> str:
    if not drifts:
        return "no drift"
    counts = [(severity, sum(each.severity == severity for each in drifts)) for severity in SEVERITIES]
    said = ", ".join(f"{number} {severity}" for severity, number in counts if number)
    accepted = f"; {len(gate.accepted)} accepted" if gate.accepted else ""
    return f"{len(drifts)} drift{'' if len(drifts) == 1 else 's'}: {said}{accepted}"


def _row(drift: Drift) -> str:
    place = f"{drift.part} {drift.name}"
    cells = (place, drift.aspect, drift.old, drift.new, ", ".join(drift.requirements))
    return f"| {drift.severity} | " + " | ".join(cell(each) if each else "" for each in cells) + " |"


def _line(text: str) -> str:
    return harmless(shortened(text, LINE_LIMIT))
