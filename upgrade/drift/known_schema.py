"""Our contract as it stands at a schema version of the vendor, and which version a document is compared with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from exports_conformance.contract.editions import Change, Edition, changes, closed, editions
from exports_conformance.contract.openapi import OPENAPI_FILE, openapi
from exports_conformance.upgrade.drift.description import PRESENT, Aspects, Description, Part, Place
from exports_conformance.upgrade.drift.drifting import Drift, drifts
from exports_conformance.upgrade.drift.loading import DocumentSource
from exports_conformance.upgrade.drift.openapi_document import describe_openapi

_RESPONSE_PARTS: tuple[tuple[str, Part], ...] = (
    ("/data/attributes/", "attribute"),
    ("/data/relationships/", "relationship"),
)

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KnownSchema:
    """A schema that our contract describes: an edition, with its changes up to a version.

    `version` is empty for the first edition, which begins before its first change.
    """

    edition: Edition
    version: str


def version_of(text: str) -> Version:
    """Return a version's numbers; empty if the text is not a version."""
    return tuple(map(int, text.split("."))) if re.fullmatch(r"\d{1,6}(\.\d{1,6})*", text) else ()


@cache
def known_schemas() -> tuple[KnownSchema, ...]:
    """Return the schemas that our contract describes, the oldest first."""
    found: list[KnownSchema] = []
    for edition in editions():
        known = {each.version for each in found}
        versions = ({each.since for each in changes(edition)} or {""}) - known
        found += [KnownSchema(edition, version) for version in sorted(versions, key=version_of)]
    return tuple(found)


def first_change() -> str:
    """Return the version of the first change that our contract knows."""
    return min((each.version for each in known_schemas() if each.version), key=version_of)


def newest_known() -> str:
    """Return the version of the newest schema that our contract describes."""
    return max((each.version for each in known_schemas()), key=version_of)


def comparable(theirs: Description, *, edition: Edition | None = None) -> KnownSchema:
    """Return the schema to compare a document with.

    It is the newest one that is not newer than the document's version; of a document without a version, the one it
    differs from the least, the newest of several. `edition` restricts the choice.
    """
    schemas = [each for each in known_schemas() if edition in {None, each.edition}]
    if version := version_of(theirs.version):
        return next((each for each in reversed(schemas) if version_of(each.version) <= version), schemas[0])
    return min(reversed(schemas), key=lambda each: len(contract_drifts(theirs, each)))


def contract_drifts(theirs: Description, schema: KnownSchema) -> list[Drift]:
    """Return every difference of a document from our contract as it stands at a schema.

    Facts that our contract takes from the vendor's guides, and that no schema document states, are not differences.
    """
    topics = {"", *map(_topic, theirs.places)}
    opened = _opened(schema)

    def silent(place: Place, aspect: str) -> bool:
        if aspect == PRESENT:
            return _topic(place) not in topics
        return aspect == "values" and place in opened

    return drifts(contract_at(schema), theirs, silent=silent)


def _topic(place: Place) -> str:
    """Return the topic of a place if documents of the vendor state that topic wholly or not at all; empty if not."""
    part, name = place
    if part == "operation" and "{id}/" in name:
        return "relationship addresses" if "/relationships/" in name else "related addresses"
    if part == "parameter":
        return f"parameters of {name.partition(': ')[0]}"
    return "meta" if part == "member" and name.partition(".")[0] == "meta" else ""


@cache
def contract_at(schema: KnownSchema) -> Description:
    """Return what our contract says at a schema."""
    whole = describe_openapi(DocumentSource(OPENAPI_FILE, _copy(openapi())))
    places: dict[Place, Aspects] = dict(whole.places)
    holding = {_identity(each) for each in _holding(schema)}
    for change in _all_changes():
        _apply(places, change, holds=_identity(change) in holding)
    return Description("our contract", schema.version, places, whole.scopes)


def _all_changes() -> list[Change]:
    return [change for edition in editions() for change in changes(edition)]


def _holding(schema: KnownSchema) -> list[Change]:
    version = version_of(schema.version)
    return [each for each in changes(schema.edition) if version_of(each.since) <= version]


def _identity(change: Change) -> tuple[str, str, str, str | None]:
    """Return what makes two editions' entries the same change."""
    return change.how, change.of, change.at, change.value


def _opened(schema: KnownSchema) -> frozenset[Place]:
    """Return the places whose list a later schema closes: until then documents give the values in words, or not."""
    holding = {_identity(each) for each in _holding(schema)}
    later = [each for each in _all_changes() if each.how == "closes" and _identity(each) not in holding]
    return frozenset(place for each in later for place in _places_of(each))


def _apply(places: dict[Place, Aspects], change: Change, *, holds: bool) -> None:
    """Apply a change to what our document says, or undo it; the document may state the change already."""
    for place in _places_of(change):
        said: Mapping[str, Any] = places.get(place, {})
        if change.value is not None:
            values = said.get("values", frozenset())
            for each in _alike(places, place, values):
                places[each] = {**places[each], "values": values | {change.value} if holds else values - {change.value}}
        elif change.how == "closes":
            if holds:
                places[place] = {**said, "values": closed(change)}
        elif (change.how == "drops" and holds) or (change.how == "adds" and not holds):
            _remove(places, place)
        elif change.how == "adds" and place not in places:
            places[place] = _added(change)


def _places_of(change: Change) -> list[Place]:
    """Return the places that a change is about; a trigger (`_start`) is an argument of updates only."""
    if change.of == "request":
        name = change.at.removeprefix("/data/").replace("/", ".")
        return [("update argument" if name.startswith("attributes._") else "argument", name)]
    return [
        (part, change.at.removeprefix(start).replace("/", "."))
        for start, part in _RESPONSE_PARTS
        if change.at.startswith(start)
    ]


def _alike(places: Mapping[Place, Aspects], place: Place, values: frozenset[str]) -> list[Place]:
    """Return a place and the parameters of lists that take the same values: filters by status take the statuses."""
    return [place, *(each for each in places if each[0] == "parameter" and places[each].get("values") == values)]


def _added(change: Change) -> Aspects:
    types = frozenset(change.type or ())
    numbers = {"integer"} if "number" in types else set()
    sent = {"required": False} if change.of == "request" else {}
    return {"types": types - {"null"} | numbers, "nullable": "null" in types, "values": frozenset(), **sent}


def _remove(places: dict[Place, Aspects], place: Place) -> None:
    """Remove a place with all that lies within it; a relationship's own addresses go with it."""
    part, name = place
    for each in list(places):
        inside = each[0] == part and (each[1] == name or each[1].startswith((f"{name}.", f"{name}[")))
        address = part == "relationship" and each[0] in {"operation", "parameter"}
        if inside or (address and each[1].partition(":")[0].endswith(f"/{name}")):
            del places[each]
    for each, said in list(places.items()):
        if part == "relationship" and each[0] == "parameter" and name in said.get("values", ()):
            places[each] = {**said, "values": said["values"] - {name}}  # `include` no longer takes it


def _copy(document: Any) -> Any:
    """Return a copy: a source makes the references of its document absolute."""
    if isinstance(document, dict):
        return {key: _copy(value) for key, value in document.items()}
    return [_copy(each) for each in document] if isinstance(document, list) else document
