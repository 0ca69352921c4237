"""What the terminal shows: a failure, and the end of a run in a few lines."""

import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import TextWrapper

from exports_conformance.contract.requirements import Requirement, Where
from exports_conformance.exchange.untrusted import for_log, shortened
from exports_conformance.reports.phrases import (
    FaultCard,
    basis,
    by_reason,
    caveat,
    counted,
    counts_line,
    edition_line,
    environment_line,
    fault_cards,
    headline,
    left_out_lines,
    owner_line,
    records_line,
    run_reasons,
    weights,
    with_verdict,
)
from exports_conformance.results.result import RequirementResult, RunResult

_VALUE_LIMIT = 400
_FAILURE_LIMIT = 160
_COMMAND_LIMIT = 4_000
_NAMED_AT_MOST = 16
_LISTED_AT_MOST = 5
_CARDS = 20

_WRAP = TextWrapper(width=100, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def failure(requirement: str, *, expected: str, actual: str, pointer: str = "", others: Sequence[str] = ()) -> str:
    """Return a violation in one line: the requirement, which names its fault, where, expected, and actual.

    `pointer` is a JSON pointer into the response; `others` are further requirements that the same test found violated.
    """
    place = f" at {pointer}" if pointer else ""
    more = f"; also {', '.join(others)}" if others else ""
    shown = [shortened(text, _FAILURE_LIMIT) for text in (expected, actual)]
    return for_log(f"{requirement}{place}: expected {shown[0]}, actual {shown[1]}{more}")


def run_summary(result: RunResult, folder: Path | None = None) -> Iterator[str]:
    """Return the lines that end a run: verdict, a card for each fault, what was not tested, where the report is.

    `folder` is the report directory, None if nothing was written.
    """
    faults = fault_cards(result)
    words = headline(result)
    named = "" if words.lower().startswith(result["verdict"]) else f"{result['verdict']}: "
    verdict = f"{named}{words}, {result['endpoint']['base_url']}"
    found = counted(len(faults), "fault") if faults else ""
    yield _line("; ".join(filter(None, [verdict, found, counts_line(result), caveat(result)])))
    yield from _listed("because", run_reasons(result))
    yield from (_line(line) for line in _shortlist(left_out_lines(result)))
    for card in faults[:_CARDS]:
        yield from _card(result, card, folder)
    if (more := len(faults) - _CARDS) > 0:
        yield f"{counted(more, 'further fault')}, in the report"
    if faults:
        yield ""
    yield from _wrapped("intermittent", with_verdict(result, "intermittent"))
    yield from _wrapped("waived", with_verdict(result, "waived"))
    if result["verdict"] != "inconclusive":  # then nothing was verified, and listing it all says nothing new
        yield from _wrapped("not tested", with_verdict(result, "unverified"))
    yield from _listed("error", [f"{error['where']}: {error['what']}" for error in result["errors"]])
    yield from _listed("left behind", [left["id"] or left["mark"] for left in result["cleanup"]["left"]])
    if environment := environment_line(result):
        yield _line(f"environment errors: {environment}")
    if records := records_line(result):
        yield _line(f"resource types {records}")
    yield _line(f"judged by the {edition_line(result)}")
    if folder is not None:
        yield _line(f"report: {folder / 'index.html'} (data: {folder / 'result.json'})")
    if result["repeat"]:
        yield _line(f"repeat: {result['repeat']}")


def _card(result: RunResult, card: FaultCard, folder: Path | None) -> Iterator[str]:
    """Return the card of a fault, at most twelve lines."""
    yield ""
    rows = [("also", f"violates {', '.join(card.others)}")] if card.others else []
    rows.append(("when", card.when))
    if (witness := card.witness) is not None:
        repeat = "" if card.file else witness["curl"]
        rows += _rows(witness["expected"], witness["actual"], witness["pointer"], witness["trace_id"], repeat)
    if card.file:
        rows.append(("reproduce", f"sh {shlex.quote(str(folder / card.file if folder else card.file))}"))
    rows.append(("whose", owner_line(result, card)))
    yield from _block(_requirement(card.entry), rows).split("\n")


def _rows(expected: str, actual: str, pointer: str, trace_id: object, repeat: str) -> list[tuple[str, str]]:
    trace = trace_id if isinstance(trace_id, str) else json.dumps(trace_id) if trace_id is not None else ""
    optional = (("at", pointer), ("trace_id", trace), ("repeat", repeat))
    return [("expected", expected), ("actual", actual), *((label, value) for label, value in optional if value)]


def _requirement(entry: RequirementResult) -> Requirement:
    return Requirement(
        id=entry["id"],
        topic=entry["topic"],
        statement=entry["statement"],
        source=entry["source"],
        weight=entry["weight"],
        basis=basis(entry),
        where=Where(),
    )


def _block(requirement: Requirement, rows: Sequence[tuple[str, str]]) -> str:
    statement = requirement.statement.replace("`", "")
    advice = "  (advice)" if requirement.weight == "advice" else ""
    head = f"{_line(requirement.id)}  “{_line(statement)}”{advice}"
    source = ("source", f"{requirement.basis}: {requirement.source}")
    return "\n".join([head, *(_row(label, value) for label, value in (source, *rows) if value)])


def _row(label: str, value: str) -> str:
    limit = _COMMAND_LIMIT if label == "repeat" else _VALUE_LIMIT
    return f"  {label:<9}  {for_log(shortened(value, limit))}"


def _line(text: str) -> str:
    return for_log(shortened(text, _COMMAND_LIMIT))


def _wrapped(label: str, entries: Sequence[RequirementResult]) -> Iterator[str]:
    """Return a line for each reason, with the number of requirements that have it."""
    for reason, group in by_reason(entries).items():
        yield from _WRAP.wrap(f"{label}: {weights(group)}: {_line(reason)} ({_names(group)})")


def _names(entries: Sequence[RequirementResult]) -> str:
    names = [_line(entry["id"]) for entry in entries[:_NAMED_AT_MOST]]
    more = len(entries) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _listed(label: str, texts: Sequence[str]) -> Iterator[str]:
    for text in _shortlist(texts):
        yield f"{label}: {for_log(shortened(text, _VALUE_LIMIT))}"


def _shortlist(texts: Sequence[str]) -> list[str]:
    more = len(texts) - _LISTED_AT_MOST
    return [*texts[:_LISTED_AT_MOST], *([f"{more} more, in result.json"] if more > 0 else [])]
