"""What of an answer differs each time the same is asked, and an answer without it."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import unquote

from pydantic import ConfigDict, ValidationError
from pydantic.dataclasses import dataclass as checked

from exports_conformance.contract.errors import ContractError
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json, Reading, read_json
from exports_conformance.exchange.tags import untagged
from exports_conformance.rules.values import COUNT, NUMBER, OBJECT, TEXT, TIME, URL, Shape, address

FILE = Path(__file__).parent.parent / "contract" / "volatile.toml"
ANY = "*"

Kind = Literal["text", "link", "time", "count", "number", "url", "object", "page", "state", "enum", "prose", "free"]

_SHAPES: Mapping[Kind, Shape] = {
    "text": TEXT,
    "time": TIME,
    "count": COUNT,
    "number": NUMBER,
    "url": URL,
    "object": OBJECT,
}
_ID = "{id}"
_OWN_ID = re.compile(r"/exports/([^/?]+)")


@checked(frozen=True, slots=True, config=ConfigDict(extra="forbid", strict=True))
class Place:
    """A place of an answer, and what is known of the values there.

    `values` of a `state` may follow one another by themselves; `moves`: it comes and goes, or is null at times.
    """

    at: str
    kind: Kind
    because: str
    moves: bool = False
    values: list[str] | None = None


class Token(str):
    """What stands for a value that may be another one each time: the words for what it is."""

    __slots__ = ()


@dataclass(slots=True)
class _Node:
    place: Place | None = None
    below: dict[str, "_Node"] = field(default_factory=dict)


def load(file: Path) -> tuple[Place, ...]:
    """Read places from a TOML file.

    Raises:
        ContractError: the file cannot be read, or an entry in it is no place.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))["place"]
        return tuple(Place(**table) for table in tables)
    except (OSError, ValueError, KeyError, TypeError) as error:
        said = error.errors(include_url=False)[0]["msg"] if isinstance(error, ValidationError) else error
        raise ContractError(f"{file}: cannot be read as places: {said}; restore it from the repository") from error


@cache
def places() -> Mapping[str, Place]:
    """Give every place by its pattern."""
    return MappingProxyType({place.at: place for place in load(FILE)})


@cache
def _tree() -> _Node:
    root = _Node()
    for at, place in places().items():
        node = root
        for segment in at[1:].split("/"):
            node = node.below.setdefault(segment, _Node())
        node.place = place
    return root


def kind_at(pointer: str) -> tuple[Kind | None, str]:
    """Give the kind of the place that a generalised pointer leads to or into, and that place's own pointer."""
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
    """Read an answer as it is whenever the same is asked: what is volatile in it stands as a `Token`.

    Marks and the export's own id are one and the same each time, errors are in the order of what they point at,
    and of a list whose exports may be anybody's only its frame is left.
    """
    if exchange.response is None:
        return Reading(problem="no answer")
    body = untagged(exchange.response.body)
    for own in own_ids(exchange):
        body = body.replace(own.encode("utf-8", "surrogatepass"), _ID.encode())
    reading = read_json(body)
    document = reading.value
    if isinstance(document, dict):
        document = {name: _member(exchange, name, value) for name, value in document.items()}
        document = _settled(document, _tree())
    return Reading(document, reading.problem, reading.repeated_keys)


def own_ids(exchange: Exchange) -> list[str]:
    """Give the ids of the export that an exchange is about, as its request and its answer name it."""
    found = _OWN_ID.search(exchange.request.path)
    named = [unquote(found[1])] if found else []
    data, shown = exchange.data, exchange.expectation.expected
    links = data.get("links")
    own = (
        data.get("id")
        if isinstance(data.get("id"), str)
        else _last(links.get("self"))
        if isinstance(links, dict)
        else ""
    )
    known = [*named, own, shown.get("id") if isinstance(shown, dict) else ""]
    return list(dict.fromkeys(each for each in known if isinstance(each, str) and len(each) > len("exports")))


def _last(link: Json) -> str:
    path = address(link) or ""
    return path.rpartition("/exports/")[2] if "/exports/" in path else ""


def _member(exchange: Exchange, name: str, value: Json) -> Json:
    if name == "data" and isinstance(value, list):
        return _listed(exchange, value)
    if name == "errors" and isinstance(value, list) and all(isinstance(each, dict) for each in value):
        return sorted(value, key=lambda error: (str(error.get("source")), str(error.get("code"))))
    return value


def _listed(exchange: Exchange, value: list[Json]) -> Json:
    """Give a list of what was sought, if it is that; anybody's exports have nothing to compare but their number."""
    sought = exchange.expectation.matches
    if sought is None:
        return Token("a page of whatever exports there are")
    shown = exchange.expectation.expected
    ids = [_ID] if sought and isinstance(shown, dict) else []
    found = [each.get("id") if isinstance(each, dict) else None for each in value]
    return value if found == ids else Token(f"{len(found)} exports, where {len(ids)} is sought")


def _settled(value: Json, node: _Node) -> Json:
    place = node.place
    if place:
        return _token(place, value)
    if isinstance(value, dict) and node.below:
        return dict(_members(value, node))
    if isinstance(value, list) and node.below:
        inner = node.below.get(ANY) or node  # a list's resources are at the place of one
        return [_settled(each, inner) for each in value]
    return value


def _members(value: dict[str, Json], node: _Node) -> Iterator[tuple[str, Json]]:
    for name, each in value.items():
        below = node.below.get(name) or node.below.get(ANY)
        if below and below.place and below.place.kind == "page" and (each is None or URL.fits(each)):
            continue
        yield name, _settled(each, below) if below else each


def _token(place: Place, value: Json) -> Json:
    if place.kind == "state" and value in (place.values or ()):
        return Token(" or ".join(place.values or ()))
    if place.kind == "link" and (path := address(value)):
        return Token(f"a link to {path[path.find('/exports') :]}" if "/exports" in path else "a link")
    shape = _SHAPES.get(place.kind)
    if shape and (shape.fits(value) or (place.moves and value is None)):
        return Token(shape.words)
    return value


def words(value: Any) -> str:
    """Say what a value is: a token's own words, else its JSON type."""
    if isinstance(value, Token):
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
