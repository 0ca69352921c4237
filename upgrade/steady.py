"""Steady documents: the parts of a response that may differ each time, replaced by words for what they are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from exports_conformance.contract.open_questions import VolatileKind, VolatilePlace, volatile_places
from exports_conformance.contract.requirements import COUNT, NON_EMPTY, NUMBER, OBJECT, TIME, URL, Shape, url_path
from exports_conformance.exchange.exports import own_ids
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json, Reading, member, objects_in, read_response
from exports_conformance.exchange.tags import untagged

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
    if name == "included" and isinstance(value, list):
        return AnyValue("related resources")  # an export has more events the further it has come
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


def words(value: Json) -> str:
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
