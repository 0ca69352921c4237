"""Our contract at a schema version of the vendor, and the draft of an edition from what a document changes."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from exports_conformance.contract.edition import Change, Edition, changes, closed, editions
from exports_conformance.contract.openapi import OPENAPI_FILE, openapi
from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.strict_json import Json
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
        said: Mapping[str, Json] = places.get(place, {})
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


def _copy(document: Json) -> Json:
    """Return a copy: a source makes the references of its document absolute."""
    if isinstance(document, dict):
        return {key: _copy(value) for key, value in document.items()}
    return [_copy(each) for each in document] if isinstance(document, list) else document


_NAME = re.compile(r"[0-9a-z][0-9a-z._-]{0,40}")
_STATED = re.compile(r"((update )?argument\.attributes|attribute|relationship)\.[^.]+(?<!\[\])", re.DOTALL)
"""Places that an edition can state: whole arguments, attributes and relationships, not what lies within them."""
_KEYS = ("of", "at", "requirement", "type", "value", "list", "values", "since", "statement", "source")


class EditionDraftError(Exception):
    """An edition that cannot be drafted: why, and what to do, in one line."""


def draft_edition(name: str, document: Description, *, source: str) -> str:
    """Return the TOML of a new edition: its changes against the first one, and as comments what is no such change.

    Entries of earlier editions are kept where the document has the same change. `source` is where a person finds
    the document.

    Raises:
        EditionDraftError: the name cannot be an edition's, or is one already.
    """
    if not _NAME.fullmatch(name):
        raise EditionDraftError(f"--write-edition {name}: is not a name; write one like 7.11, in lower case")
    if name in editions():
        raise EditionDraftError(f"--write-edition {name}: is an edition already; choose another name")
    found = contract_drifts(document, known_schemas()[0])
    known = [each for edition in editions() for each in changes(edition)]
    drafted: list[dict[str, Json]] = []
    other: list[Drift] = []
    for drift in found:
        entries = list(_entries(drift, document))
        drafted += [_completed(entry, known, document.version, source) for entry in entries]
        other += [] if entries or _goes_with_relationship(drift, found) else [drift]
    return "\n".join(_lines(name, document, drafted, other))


def _entries(drift: Drift, document: Description) -> Iterator[dict[str, Json]]:
    """Yield the changes that a drift from the first edition is; none if an edition cannot state it."""
    place: Place = (drift.part, drift.name)
    of = {"of": "request"} if drift.part in {"argument", "update argument"} else {}
    at = {"attribute": "attributes.", "relationship": "relationships."}.get(drift.part, "") + drift.name
    pointer = f"/data/{at.replace('.', '/')}"
    if _STATED.fullmatch(f"{drift.part}.{drift.name}") is None:
        return
    said = document.places.get(place, {})
    if drift.aspect == "added":
        yield {"how": "adds", **of, "at": pointer} | ({"type": _types(said)} if drift.part != "relationship" else {})
    elif drift.aspect == "removed":
        resting = [each for each in drift.requirements if each in requirements()]
        yield {"how": "drops", **of, "at": pointer} | ({"requirement": resting[0]} if resting else {})
    elif drift.aspect == "values" and drift.part == "attribute" and drift.impact == "breaking":
        known = contract_at(known_schemas()[0]).places[place]["values"]
        yield from ({"how": "adds", "at": pointer, "value": each} for each in sorted(said["values"] - known))
    elif drift.aspect == "values" and of and said["values"]:
        yield {"how": "closes", **of, "at": pointer, "values": sorted(said["values"])}


def _goes_with_relationship(drift: Drift, found: Iterable[Drift]) -> bool:
    """Return True for an address of a relationship that is dropped: the entry of the relationship says so."""
    return drift.aspect == "removed" and any(
        each.key == ("relationship", drift.name.rpartition("/")[2], "removed") for each in found
    )


def _types(said: Json) -> list[str]:
    types = set(said.get("types", ()))
    kept = sorted(types - {"integer"} if "number" in types else types)
    return [*kept, "null"] if said.get("nullable") else kept


def _completed(entry: dict[str, Json], known: Iterable[Change], version: str, source: str) -> dict[str, Json]:
    """Return an entry with `since`, statement and source: an earlier edition's, or drafts for a person to complete."""
    same = [
        each
        for each in known
        if (each.how, each.at, each.value) == (entry["how"], entry["at"], entry.get("value"))
        and (each.of == "request") == (entry.get("of") == "request")
    ]
    if same:
        earlier = {key: getattr(same[0], key) for key in ("list", "since", "statement", "source", "requirement")}
        return entry | {key: value for key, value in earlier.items() if value}
    subject = {"adds": "is new", "drops": "no longer exists", "closes": "is one of a closed list"}[entry["how"]]
    what = entry.get("value") or entry["at"].rpartition("/")[2]
    return entry | {"since": version, "statement": f"TO COMPLETE: `{what}` {subject}.", "source": source}


def _lines(name: str, document: Description, drafted: list[dict[str, Json]], other: list[Drift]) -> Iterator[str]:
    yield f"# A draft of edition {_comment(name)}, from {_comment(document.form)} {_comment(document.version)}."
    yield "# Complete the statements and sources, and check `since`: the first schema version with each change."
    for drift in other:
        yield f"# Not expressed here, correct contract/openapi.yaml by hand: {_comment(str(drift))}"
    yield ""
    yield "[edition]"
    yield f"order = {max(each.order for each in editions().values()) + 1}"
    yield f"title = {_toml(f'TO COMPLETE: documentation since schema {document.version}')}"
    for entry in sorted(drafted, key=lambda each: ("adds", "drops", "closes").index(each["how"])):
        yield ""
        yield f"[[{entry['how']}]]"
        kept = _KEYS if "list" not in entry else tuple(key for key in _KEYS if key != "values")
        yield from (f"{key} = {_toml(entry[key])}" for key in kept if key in entry)
    yield ""


def _toml(value: Json) -> str:
    r"""Return a string or a list of strings as TOML; JSON's escapes are TOML's, but for U+007F."""
    return json.dumps(value, ensure_ascii=True).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text)
