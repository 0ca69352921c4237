"""Pairing: finds the exchanges of two runs that have the same request."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from re import compile as pattern

from exports_conformance.exchange.environment import environment_error
from exports_conformance.exchange.identity import own_ids
from exports_conformance.exchange.model import Exchange, header_of
from exports_conformance.exchange.refusal_reasons import selection_refusal
from exports_conformance.exchange.states import RUNNING
from exports_conformance.exchange.tags import untagged, untagged_query
from exports_conformance.rules.conditions import created, succeeded

_OWN_PATH = pattern(r"^/exports/[^/]+")

ONE_SIDED = NOT_BEFORE, NOT_AFTER, OTHERWISE = "not sent before", "not sent after", "sent differently after"

Question = tuple[str, str, str, str, str, str, bytes]


@dataclass(frozen=True, slots=True)
class Pair:
    """The exchanges of the same request, before and after."""

    case: str
    before: Exchange
    after: Exchange


@dataclass(frozen=True, slots=True)
class Undecided:
    """A case that cannot be compared, and why; `neither`: no side has a response that can be judged."""

    case: str
    reason: str
    neither: bool = False


@dataclass(frozen=True, slots=True)
class Pairing:
    """The pairs that can be compared and the cases that cannot, in the order of the run before."""

    pairs: tuple[Pair, ...]
    undecided: tuple[Undecided, ...]


def questions(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Return the exchanges of the suites' requests, in order; of a request that was retried or polled, the last one.

    Repetitions that confirm a violation and the client's own bookkeeping are left out.
    """
    asked = [each for each in exchanges if not each.expectation.confirms and not each.expectation.is_bookkeeping]
    keys = Keys(exchanges)
    last = {keys.of(exchange): exchange for exchange in asked}
    return [each for each in asked if last[keys.of(each)] is each or not _is_early(each)]


def counting(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Return the exchanges of the suites' requests that can be judged, since not every response is acceptable."""
    return [each for each in questions(exchanges) if not each.expectation.accepts_anything]


def _is_early(exchange: Exchange) -> bool:
    """Return True if a later exchange of the same request replaces this one: a retry, or a poll of a running export."""
    expectation, shown = exchange.expectation, exchange.expectation.expected
    followed = (
        expectation.operation == "retrieve" and isinstance(shown, dict) and "status" in (shown.get("attributes") or ())
    )
    return (
        bool(environment_error(exchange))
        or expectation.accepts_anything
        or (followed and exchange.attributes.get("status") in RUNNING)
    )


def paired(before: Sequence[Exchange], after: Sequence[Exchange]) -> Pairing:
    """Pair the exchanges of two runs by their case and their request, by order where there are several of a kind."""
    answers: defaultdict[Question, list[Exchange]] = defaultdict(list)
    cases: defaultdict[str, int] = defaultdict(int)
    keys_before, keys_after = Keys(before), Keys(after)
    for exchange in counting(after):
        answers[keys_after.of(exchange)].append(exchange)
        cases[exchange.expectation.case] += 1
    turns = {asked: iter(listed) for asked, listed in answers.items()}
    pairs: list[Pair] = []
    undecided: list[Undecided] = []
    for exchange in counting(before):
        case = exchange.expectation.case
        match = next(turns.get(keys_before.of(exchange), iter(())), None)
        if match is None:
            undecided.append(Undecided(case, OTHERWISE if cases[case] else NOT_AFTER))
            continue
        cases[case] -= 1
        reason = _incomparable(exchange, match)
        if reason:
            undecided.append(Undecided(case, reason, neither=all(map(environment_error, (exchange, match)))))
        else:
            pairs.append(Pair(case, exchange, match))
    for left in turns.values():
        undecided += [Undecided(exchange.expectation.case, NOT_BEFORE) for exchange in left]
    return Pairing(tuple(pairs), tuple(undecided))


def _incomparable(before: Exchange, after: Exchange) -> str:
    """Return why the responses of a pair cannot be compared; empty if they can."""
    was, is_now = environment_error(before), environment_error(after)
    if was and is_now:
        return f"environment error before and after ({was if was == is_now else f'{was}, {is_now}'})"
    for exchange, when in ((before, "before"), (after, "after")):
        if passing := environment_error(exchange):
            return f"environment error {when} ({passing})"
    # The records belong to the organisation, not to the API's version.
    for exchange, other, when in ((before, after, "before"), (after, before, "after")):
        refused = selection_refusal(exchange)
        if (
            refused
            and created(other)
            and not exchange.expectation.breaks
            and exchange.lookups.control_status != other.status
        ):
            return f"refused {when}, as its selection was {refused}"
    return ""


class Keys:
    """Keys that are equal for the same request of two runs: tags, ids, tokens and the addresses of files are left out.

    Exports are named by the cases that created them.
    """

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        creations = [each for each in exchanges if each.expectation.operation == "create"]
        self._names = {
            each.data["id"]: each.expectation.case for each in creations if isinstance(each.data.get("id"), str)
        }

    def of(self, exchange: Exchange) -> Question:
        """Return the key of an exchange's request."""
        request = exchange.request
        path, body = request.path, request.body or b""
        names = {each: f"({self._names.get(each, 'an export')})" for each in own_ids(exchange)}
        for own, name in names.items():
            if path == f"/exports/{own}" or path.startswith(f"/exports/{own}/"):
                path = _OWN_PATH.sub(f"/exports/{name}", path)
            body = body.replace(own.encode("utf-8", "surrogatepass"), name.encode())
        if request.is_elsewhere:
            return exchange.expectation.case, request.method, "".join(names.values()), "", "", "", b""
        media = [header_of(request.headers, name) or "" for name in ("accept", "content-type")]
        query = untagged_query(request.query)
        return exchange.expectation.case, request.method, path, query, media[0], media[1], untagged(body)


def outcome(exchange: Exchange) -> str:
    """Return the class of a response: "success", "refusal", "server error" or "other"."""
    if succeeded(exchange):
        return "success"
    return {4: "refusal", 5: "server error"}.get(exchange.status // 100, "other")
