"""What the pictures of a result show: requests over time, pairs of argument values, the exchanges of each fault.

Decision: docs/decisions/0080-result-and-contract-are-two-pages.md.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Literal, TypedDict

from exports_conformance.exchange.jsonapi import as_object, member
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.reasons import environment_error
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.value_classes import value_classes
from exports_conformance.results.har import moment
from exports_conformance.rules import Judgement

Judged = tuple[Exchange, Judgement]
TickOutcome = Literal["", "violated", "throttled", "environment"]

TICKS_AT_MOST = 3_000
ROWS_OF_A_FAULT = 60
_CLASSES_NAMED = 12


class Tick(TypedDict):
    """A request of a run: seconds since its first request, the family of its test case, and what came of it."""

    at: float
    family: str
    outcome: TickOutcome


class PairCount(TypedDict):
    """How many creations had two classes of argument values, and how many of them broke a violated requirement."""

    creations: int
    violating: int


class Outage(TypedDict):
    """The first environment error: when it came, after how many requests, its cause, and its exchange's id."""

    since: str
    after: int
    cause: str
    example: str


class FaultRow(TypedDict):
    """An exchange that a fault's requirement applies to: its status, whether it held, and its argument classes."""

    exchange: str
    case: str
    status: int
    held: bool
    classes: list[str]


class FaultExchanges(TypedDict):
    """The exchanges of a fault, the violating ones first; `holds` is the id of the nearest that does not violate it."""

    rows: list[FaultRow]
    violating: int
    holding: int
    holds: str | None


def timeline(judged: Sequence[Judged], violated: Collection[str]) -> list[Tick]:
    """Return a tick for each request in the order of their times, at most `TICKS_AT_MOST`.

    A request is marked as violating if it broke one of the `violated` requirements.
    """
    in_time = sorted(judged, key=_started)
    begin = in_time[0][0].started if in_time else 0.0
    return [
        {
            "at": round(each.started - begin, 3),
            "family": each.expectation.case.partition("/")[0][:40],
            "outcome": _outcome(each, is_violating=_breaks(judgement, violated)),
        }
        for each, judgement in in_time[:TICKS_AT_MOST]
    ]


def _breaks(judgement: Judgement, violated: Collection[str]) -> bool:
    return any(each.requirement in violated for each in judgement.violations)


def _started(judged: Judged) -> float:
    return judged[0].started


def _outcome(exchange: Exchange, *, is_violating: bool) -> TickOutcome:
    cause = environment_error(exchange)
    if cause:
        return "throttled" if cause == "throttled" else "environment"
    return "violated" if is_violating else ""


def pairs_sent(judged: Iterable[Judged], violated: Collection[str]) -> dict[str, dict[str, PairCount]]:
    """Count the creations without a flaw by each pair of their argument classes, written `format: csv`."""
    found: dict[str, dict[str, PairCount]] = {}
    for exchange, judgement in judged:
        if exchange.expectation.operation != "create" or exchange.expectation.flaw or environment_error(exchange):
            continue
        for one, other in combinations(_classes_of_body(exchange), 2):
            count = found.setdefault(one, {}).setdefault(other, {"creations": 0, "violating": 0})
            count["creations"] += 1
            count["violating"] += _breaks(judgement, violated)
    return found


def _classes_of_body(exchange: Exchange) -> list[str]:
    data = as_object(member(exchange.sent, "data"))
    known = value_classes(exchange.sent_attributes, has_relationships="relationships" in data)
    return [f"{name}: {value}" for name, value in known.items()]


def first_outage(judged: Sequence[Judged]) -> tuple[Outage, Exchange] | None:
    """Return the first environment error with its exchange; None if there was none."""
    for number, (each, _) in enumerate(sorted(judged, key=_started)):
        if cause := environment_error(each):
            return {"since": moment(each.started), "after": number, "cause": cause, "example": each.id}, each
    return None


def fault_exchanges(name: str, witness: Exchange, judged: Sequence[Judged]) -> FaultExchanges:
    """Return the exchanges that a fault's requirement applies to."""
    created = {
        str(each.data["id"]): each.sent_attributes
        for each, _ in judged
        if each.expectation.operation == "create" and each.data.get("id")
    }
    bad = [each for each, judgement in judged if name in {one.requirement for one in judgement.violations}]
    violating = {each.id for each in bad}
    good = [each for each, judgement in judged if name in judgement.held and each.id not in violating]
    rows = [_row(each, created, held=False) for each in bad[:ROWS_OF_A_FAULT]]
    rows += [_row(each, created, held=True) for each in good[: ROWS_OF_A_FAULT - len(rows) // 2]]
    wanted = set(_named_classes(witness, created))
    nearest = min(
        good,
        key=lambda each: (
            each.expectation.operation != witness.expectation.operation,
            len(wanted ^ set(_named_classes(each, created))),
        ),
        default=None,
    )
    return {"rows": rows, "violating": len(bad), "holding": len(good), "holds": nearest.id if nearest else None}


def _row(exchange: Exchange, created: Mapping[str, Mapping[str, Json]], *, held: bool) -> FaultRow:
    return {
        "exchange": exchange.id,
        "case": exchange.expectation.case[:200],
        "status": exchange.status,
        "held": held,
        "classes": _named_classes(exchange, created)[:_CLASSES_NAMED],
    }


def _named_classes(exchange: Exchange, created: Mapping[str, Mapping[str, Json]]) -> list[str]:
    """Return the classes of the arguments that were sent; a later request has those of the export's creation."""
    attributes: Mapping[str, Json] = exchange.sent_attributes
    if exchange.expectation.operation != "create":
        id_ = next((each for each in exchange.request.path.split("/") if each in created), "")
        attributes = created.get(id_, {})
    kind = attributes.get("resource_type")
    named = [kind[:40]] if isinstance(kind, str) else []
    named += [f"{key}: null" for key, value in attributes.items() if value is None and key != "resource_type"]
    known = value_classes(attributes)
    return named + [f"{key}: {value}" for key, value in known.items() if value != "absent"]
