"""Pairing: finds the exchanges of two runs that have the same request."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from exports_conformance.exchange.exports import RUNNING, own_ids
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.reasons import environment_error, selection_refusal
from exports_conformance.exchange.tags import AN_EXPORT, RequestIdentities, RequestIdentity
from exports_conformance.rules.engine import created, succeeded

ONE_SIDED = NOT_BEFORE, NOT_AFTER, OTHERWISE = "not sent before", "not sent after", "sent differently after"


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
    keys = _Keys(exchanges)
    last = {keys.of(exchange): exchange for exchange in asked}
    return [each for each in asked if last[keys.of(each)] is each or not _is_early(each)]


def earlier(exchanges: Sequence[Exchange], compared: Iterable[Exchange]) -> Mapping[str, list[Exchange]]:
    """Return the retries and polls that a later response replaced, by the id of the exchange compared for them."""
    keys = _Keys(exchanges)
    chosen: dict[RequestIdentity, str] = {}
    for each in compared:
        chosen.setdefault(keys.of(each), each.id)
    found: defaultdict[str, list[Exchange]] = defaultdict(list)
    for each in exchanges:
        if each.expectation.confirms or each.expectation.is_bookkeeping or not _is_early(each):
            continue
        if (id_ := chosen.get(keys.of(each), each.id)) != each.id:
            found[id_].append(each)
    return found


def counting(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Return the exchanges of the suites' requests that can be judged, since not every response is acceptable."""
    return [each for each in questions(exchanges) if not each.expectation.accepts_anything]


def _is_early(exchange: Exchange) -> bool:
    """Return True if a later exchange of the same request replaces this one: a retry, or a poll of a running export."""
    return (
        bool(environment_error(exchange))
        or exchange.expectation.accepts_anything
        or (is_followed(exchange) and exchange.attributes.get("status") in RUNNING)
    )


def is_followed(exchange: Exchange) -> bool:
    """Return True if a retrieval polls an export until it has ended."""
    shown = exchange.expectation.expected
    return (
        exchange.expectation.operation == "retrieve"
        and isinstance(shown, dict)
        and "status" in (shown.get("attributes") or ())
    )


def paired(before: Sequence[Exchange], after: Sequence[Exchange]) -> Pairing:
    """Pair the exchanges of two runs by their case and their request, by order where there are several of a kind."""
    answers: defaultdict[RequestIdentity, list[Exchange]] = defaultdict(list)
    cases: defaultdict[str, int] = defaultdict(int)
    keys_before, keys_after = _Keys(before), _Keys(after)
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


class _Keys:
    """Identities that are equal for the same request of two runs, whichever token it had and wherever a file is."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self._identities = RequestIdentities(exchanges)

    def of(self, exchange: Exchange) -> RequestIdentity:
        """Return the key of an exchange's request."""
        request, ids = exchange.request, own_ids(exchange)
        identity = self._identities.of(request, exchange.expectation.case, foreign=ids)
        if request.is_elsewhere:
            named = "".join(self._identities.name(each) or AN_EXPORT for each in ids)
            identity = replace(identity, path=named, query="", body=None, accept=None, content_type=None)
        return replace(identity, authorization="")


def outcome(exchange: Exchange) -> str:
    """Return the class of a response: "success", "refusal", "server error" or "other"."""
    if succeeded(exchange):
        return "success"
    return {4: "refusal", 5: "server error"}.get(exchange.status // 100, "other")
