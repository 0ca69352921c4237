"""What the exchanges of a run show beside verdicts: facts of the organisation, and what pictures are drawn from.

Decision: docs/decisions/0080-result-and-contract-are-two-pages.md.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Literal, TypedDict

from exports_conformance.contract.resources import certain_types
from exports_conformance.exchange.exports import selects_everything, value_classes
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.reasons import environment_error, selection_refusal
from exports_conformance.exchange.strict_json import Json, as_object, member
from exports_conformance.results.har import moment
from exports_conformance.rules import Judgement

DEFAULT_INTERVAL = 60
"""The documented interval of the rate limit, in seconds; used where no response names one."""

NO_RECORDS = (
    "no resource type has records here: exports of every type that must be exportable were refused as empty; "
    "create a record, for instance a SKU"
)
"""The message for an organisation without any record, which cannot be judged."""

RecordsShown = Literal["", "counted", "counted none", "accepted", "refused"]


class RateLimitUse(TypedDict):
    """The rate limit in requests per interval, and the share of it that was used; None where it is unknown."""

    limit: int | None
    share: float | None


class RecordsFound(TypedDict):
    """The certain resource types that have records, and those that have none, in the contract's order."""

    found: list[str]
    none: list[str]


def rate_limit_use(exchanges: Sequence[Exchange]) -> RateLimitUse:
    """Return the limit of the last response that names one, and the share of it that the exchanges used.

    Both are None where no response names a limit; the share also where there is only one exchange.
    """
    limit, interval = _last_header(exchanges, "limit"), _last_header(exchanges, "interval") or DEFAULT_INTERVAL
    if not limit or len(exchanges) < 2:  # noqa: PLR2004  a rate takes two
        return {"limit": limit, "share": None}
    times = [exchange.started for exchange in exchanges]
    allowed = requests_allowed(max(times) - min(times), limit, interval)
    return {"limit": limit, "share": round(len(exchanges) / allowed, 3)}


def requests_allowed(seconds: float, limit: int, interval: int) -> int:
    """Return how many requests fit into `seconds`, counted from the first of them.

    The documented sliding windows let a quarter of the limit through at once, and again with each sixth of the
    interval.
    """
    whole, rest = divmod(seconds, interval)
    quarter = max(limit // 4, 1)
    return int(whole) * limit + min(limit, quarter * (1 + int(rest // (interval / 6))))


def seconds_for(requests: int, limit: int, interval: int) -> float:
    """Return the least time in seconds between the first and the last of so many requests."""
    whole, rest = divmod(max(requests - 1, 0), limit)
    return whole * interval + rest // max(limit // 4, 1) * interval / 6


def _last_header(exchanges: Sequence[Exchange], name: str) -> int | None:
    values = [exchange.response.header(f"x-ratelimit-{name}") for exchange in exchanges if exchange.response]
    return next((int(text) for text in reversed(values) if text and text.isdecimal() and len(text) < 10), None)  # noqa: PLR2004  a longer number is not plausible


def records_shown(exchange: Exchange) -> tuple[str, RecordsShown]:
    """Return a certain resource type and what an exchange shows of its records; two empty texts if it shows nothing.

    A refusal as empty shows that there are none, and so does an export that completed without one; where filters leave
    something out, only records that were found show anything.
    """
    creates = exchange.expectation.operation == "create" and exchange.status // 100 in (2, 4)
    source = exchange.sent_attributes if creates else exchange.attributes
    kind, everything = source.get("resource_type"), selects_everything(source.get("filters"))
    if kind not in certain_types() or exchange.expectation.flaw:
        return "", ""
    if refused := selection_refusal(exchange) if creates else "":
        return kind, "counted" if refused == "too-many" else "refused" if everything else ""
    attributes = exchange.attributes
    count = attributes.get("records_count")
    if isinstance(count, int) and count > 0:
        return kind, "counted"
    if count == 0 and everything and attributes.get("status") == "completed":
        return kind, "counted none"
    return kind, "accepted" if creates and exchange.status == 201 else ""  # noqa: PLR2004  Created


def types_with_records(exchanges: Iterable[Exchange]) -> RecordsFound:
    """Return which certain resource types were seen to have records, and which to have none.

    A count outweighs an accepted creation, which outweighs a refusal at another moment.
    """
    seen: dict[str, set[RecordsShown]] = {}
    for exchange in exchanges:
        kind, what = records_shown(exchange)
        seen.setdefault(kind, set()).add(what)
    found, none = [], []
    for kind in certain_types():
        signs = seen.get(kind, set())
        if "counted" in signs or ("accepted" in signs and "counted none" not in signs):
            found.append(kind)
        elif signs & {"counted none", "refused"}:
            none.append(kind)
    return {"found": found, "none": none}


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
