"""Pairing: which exchange of one run answers the same question as which of another."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from re import compile as pattern

from exports_conformance.contract.exchange import Exchange, header_of
from exports_conformance.contract.judge.excuses import selection_refusal
from exports_conformance.contract.judge.situations import created, succeeded
from exports_conformance.contract.marks import PLACEHOLDER, unmarked
from exports_conformance.contract.volatile import own_ids
from exports_conformance.contract.weather import weather

OWN_BUSINESS = frozenset({"excuse", "clean-up", "lost creation", "preflight", "scenario"})
"""Families of cases that a run asks for its own sake, and another run need not ask."""

_SEVERAL_MARKS = pattern(f"{PLACEHOLDER}(?:(?:,|%2C){PLACEHOLDER})+")
_OWN_PATH = pattern(r"^/exports/[^/]+")

Question = tuple[str, str, str, str, str, str, bytes]


@dataclass(frozen=True, slots=True)
class Pair:
    """The same question, asked twice."""

    case: str
    before: Exchange
    after: Exchange


@dataclass(frozen=True, slots=True)
class Undecided:
    """A case that cannot be compared, and why."""

    case: str
    reason: str


@dataclass(frozen=True, slots=True)
class Pairing:
    """What can be compared, and what cannot, in the order in which it was asked before."""

    pairs: tuple[Pair, ...]
    undecided: tuple[Undecided, ...]


def counting(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Give what a run asked to learn the answer, in order.

    Repetitions, early attempts, attempts in bad weather that were made again, and its own business are left out.
    """
    asked = [exchange for exchange in exchanges if _is_asked(exchange)]
    last = {question(exchange): exchange for exchange in asked}
    return [each for each in asked if not weather(each) or last[question(each)] is each]


def _is_asked(exchange: Exchange) -> bool:
    intent = exchange.intent
    if intent.confirms or intent.case.partition("/")[0] in OWN_BUSINESS:
        return False
    early = intent.expects == "either" and not intent.certain and not (intent.breaks or intent.stakes)
    return not early


def paired(before: Sequence[Exchange], after: Sequence[Exchange]) -> Pairing:
    """Pair the exchanges of two runs by their case and their request, by order where there are several of a kind."""
    answers: defaultdict[Question, list[Exchange]] = defaultdict(list)
    cases: defaultdict[str, int] = defaultdict(int)
    for exchange in counting(after):
        answers[question(exchange)].append(exchange)
        cases[exchange.intent.case] += 1
    turns = {asked: iter(listed) for asked, listed in answers.items()}
    pairs: list[Pair] = []
    undecided: list[Undecided] = []
    for exchange in counting(before):
        case = exchange.intent.case
        match = next(turns.get(question(exchange), iter(())), None)
        if match is None:
            undecided.append(Undecided(case, "asked otherwise after" if cases[case] else "not asked after"))
            continue
        cases[case] -= 1
        reason = _incomparable(exchange, match)
        if reason:
            undecided.append(Undecided(case, reason))
        else:
            pairs.append(Pair(case, exchange, match))
    for left in turns.values():
        undecided += [Undecided(exchange.intent.case, "not asked before") for exchange in left]
    return Pairing(tuple(pairs), tuple(undecided))


def _incomparable(before: Exchange, after: Exchange) -> str:
    """Say why two answers to the same question say nothing of a difference; empty where they do."""
    for exchange, when in ((before, "before"), (after, "after")):
        if passing := weather(exchange):
            return f"{when}, the environment answered ({passing})"
    # Which records there are is the organisation's affair, and no version's.
    for exchange, other, when in ((before, after, "before"), (after, before, "after")):
        refused = selection_refusal(exchange)
        if (
            refused
            and created(other)
            and not exchange.intent.breaks
            and exchange.circumstances.twin_status != other.status
        ):
            return f"refused {when}, as its selection was {refused}"
    return ""


def question(exchange: Exchange) -> Question:
    """Give what was asked, without what is another each time: marks, ids, tokens."""
    request = exchange.request
    path, query, body = request.path, request.query, request.body or b""
    ids = own_ids(exchange)
    if any(path == f"/exports/{each}" or path.startswith(f"/exports/{each}/") for each in ids):
        path = _OWN_PATH.sub("/exports/{id}", path)
    for each in ids:
        body = body.replace(each.encode("utf-8", "surrogatepass"), b"{id}")
    query = _SEVERAL_MARKS.sub(PLACEHOLDER, unmarked(query.encode("utf-8", "surrogatepass")).decode("utf-8", "replace"))
    media = [header_of(request.headers, name) or "" for name in ("accept", "content-type")]
    return exchange.intent.case, request.method, path, query, *media, unmarked(body)  # type: ignore[return-value]


def outcome(exchange: Exchange) -> str:
    """Name the class of an answer: a success, a refusal, a server error, anything else."""
    if succeeded(exchange):
        return "success"
    return {4: "refusal", 5: "server error"}.get(exchange.status // 100, "other")
