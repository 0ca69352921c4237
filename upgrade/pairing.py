"""Pairing: finds the exchanges of two runs that have the same request."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from exports_conformance.contract.open_questions import VolatileKind, VolatilePlace, volatile_places
from exports_conformance.contract.shapes import COUNT, NON_EMPTY, NUMBER, OBJECT, TIME, URL, Shape, url_path
from exports_conformance.exchange.environment import environment_error
from exports_conformance.exchange.exports import RUNNING, own_ids
from exports_conformance.exchange.jsonapi import member, objects_in
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.refusal_reasons import selection_refusal
from exports_conformance.exchange.request_identity import AN_EXPORT, RequestIdentities, RequestIdentity
from exports_conformance.exchange.strict_json import Json, Reading, read_response
from exports_conformance.exchange.tags import untagged
from exports_conformance.rules.conditions import created, succeeded

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


ANY = "*"
PAGE_LINKS = f"/links/{ANY}"

_SHAPES: Mapping[VolatileKind, Shape] = {
    "text": NON_EMPTY,
    "time": TIME,
    "count": COUNT,
    "number": NUMBER,
    "url": URL,
    "object": OBJECT,
}
ID = "{id}"
"""Stands for the export's own id."""


class AnyValue(str):
    """Stands for a value that may differ each time; the text describes it."""

    __slots__ = ()


@dataclass(slots=True)
class _Node:
    place: VolatilePlace | None = None
    below: dict[str, "_Node"] = field(default_factory=dict)


@cache
def _tree() -> _Node:
    root = _Node()
    for at, place in volatile_places().items():
        node = root
        for segment in at[1:].split("/"):
            node = node.below.setdefault(segment, _Node())
        node.place = place
    return root


def kind_at(pointer: str) -> tuple[VolatileKind | None, str]:
    """Return the kind of the volatile place that a pointer leads to or into, and that place's own pointer."""
    node, reached = _tree(), ""
    for segment in pointer[1:].split("/"):
        following = node.below.get(segment) or node.below.get(ANY)
        if following is None:
            break
        node, reached = following, f"{reached}/{segment}"
        if node.place:
            return node.place.kind, reached
    return None, pointer


def steady(exchange: Exchange) -> Reading:
    """Return the response's document with an `AnyValue` for everything that may differ each time.

    Tags and the export's own id are replaced, errors are sorted by what they point at, and the content of a list that
    may contain foreign exports is dropped.
    """
    if exchange.response is None:
        return Reading(problem="no response")
    body = untagged(exchange.response.body)
    for own in own_ids(exchange):
        body = body.replace(own.encode("utf-8", "surrogatepass"), ID.encode())
    reading = read_response(body)
    document = reading.value
    if isinstance(document, dict):
        document = {name: _member(exchange, name, value) for name, value in document.items()}
        document = _settled(exchange, document, _tree())
    return Reading(document, reading.problem, reading.repeated_keys)


def _member(exchange: Exchange, name: str, value: Json) -> Json:
    if name == "data" and isinstance(value, list):
        return _listed(exchange, value)
    if name == "links" and isinstance(value, dict):
        return _page_links(exchange, value)
    if name == "errors" and isinstance(value, list) and len(objects_in(value)) == len(value):
        return sorted(value, key=lambda error: (str(error.get("source")), str(error.get("code"))))
    return value


def _listed(exchange: Exchange, value: list[Json]) -> Json:
    """Return the list unchanged if it holds what was searched for; otherwise only a description of its length."""
    sought = exchange.expectation.matches
    if sought is None:
        return AnyValue("a page of exports")
    ids = [ID] if sought and isinstance(exchange.expectation.expected, dict) else []
    found = [member(each, "id") for each in value]
    return value if found == ids else AnyValue(f"{len(found)} exports instead of {len(ids)}")


def _page_links(exchange: Exchange, links: dict[str, Json]) -> Json:
    """Return only the links that lead elsewhere than to pages of what was requested: their number varies."""
    path = exchange.request.path
    for own in own_ids(exchange):
        path = path.replace(own, ID)
    kinds = {led_to(exchange, each) or words(each) for each in links.values() if each is not None}
    elsewhere = sorted(kinds - {f"a link to {path}"})
    return {ANY: AnyValue(" and ".join(elsewhere))} if elsewhere else {}


def _settled(exchange: Exchange, value: Json, node: _Node) -> Json:
    place = node.place
    if place:
        return _any_value(exchange, place, value)
    if isinstance(value, dict) and node.below:
        return dict(_members(exchange, value, node))
    if isinstance(value, list) and node.below:
        inner = node.below.get(ANY) or node  # the resources of a list have the places of a single one
        return [_settled(exchange, each, inner) for each in value]
    return value


def _members(exchange: Exchange, value: dict[str, Json], node: _Node) -> Iterator[tuple[str, Json]]:
    for name, each in value.items():
        below = node.below.get(name) or node.below.get(ANY)
        yield name, _settled(exchange, each, below) if below else each


def _any_value(exchange: Exchange, place: VolatilePlace, value: Json) -> Json:
    if place.kind == "state" and value in (place.values or ()):
        return AnyValue(" or ".join(place.values or ()))
    if place.kind == "link" and (words_of_link := led_to(exchange, value)):
        return AnyValue(words_of_link)
    shape = _SHAPES.get(place.kind)
    if shape and (shape.fits(value) or (place.moves and value is None)):
        return AnyValue(shape.words)
    return value


def led_to(exchange: Exchange, value: Json) -> str:
    """Return where an absolute URL leads, in words; its host is free. Empty for any other value."""
    path = url_path(value)
    if path is None:
        return ""
    api = urlsplit(exchange.base_url).path.rstrip("/")
    if path == api or path.startswith(f"{api}/"):
        return f"a link to {path.removeprefix(api) or '/'}"
    return f"a link outside the API, to {path}"


def words(value: Any) -> str:
    """Return the words for a value: those of an `AnyValue`, or its JSON type."""
    if isinstance(value, AnyValue):
        return str(value)
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"
