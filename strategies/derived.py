"""Creations that Schemathesis derives from our OpenAPI document, and the requirements that each may break."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import schemathesis
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode

from exports_conformance.contract.openapi import openapi
from exports_conformance.contract.resources import ResourceType, include_paths, predicates, resource_types
from exports_conformance.exchange.model import Expectation, Request
from exports_conformance.exchange.strict_json import Json, as_array, member, read_json
from exports_conformance.exchange.tags import untagged
from exports_conformance.strategies.bodies import enveloped
from exports_conformance.strategies.flaws import READ_ONLY

CLIENT_HEADERS = frozenset(
    {"user-agent", "accept", "accept-encoding", "connection", "x-schemathesis-testcaseid", "authorization"}
)
"""Headers that Schemathesis adds as a client, or that only the client may send."""

TYPES: Mapping[str, type] = {
    "resource_type": str,
    "format": str,
    "includes": list,
    "fields": list,
    "filters": dict,
    "dry_data": bool,
    "reference": str,
    "reference_origin": str,
    "metadata": dict,
}
"""The JSON types of a creation's arguments, as the page's table has them."""

TYPED: Mapping[str, str] = {
    "resource_type": "argument-resource-type-typed",
    "format": "argument-format-typed",
    "includes": "argument-includes-typed",
    "fields": "argument-fields-typed",
    "filters": "argument-filters-typed",
    "dry_data": "argument-dry-data-typed",
    "reference": "argument-reference-typed",
    "reference_origin": "argument-reference-origin-typed",
    "metadata": "argument-metadata-typed",
}
"""The requirement that each argument has a value of its type."""

KNOWN: Mapping[str, str] = {
    "resource_type": "argument-resource-type-known",
    "format": "argument-format-known",
    "includes": "argument-includes-known",
    "fields": "argument-fields-known",
    "filters": "argument-filters-known",
}
"""The requirement that each argument names only what exists."""

CASTABLE: Mapping[str, str] = {"includes": "argument-includes-castable", "fields": "argument-fields-castable"}
"""The requirement that each list is not sent as an object or a number."""

MAX_LEVELS = 100
"""Levels of objects and arrays that every JSON reader reads."""

_PREDICATES = tuple(f"_{predicate}" for predicate in predicates())


@dataclass(frozen=True, slots=True)
class Derived:
    """A request derived from the OpenAPI document, as it is given to the client."""

    method: str
    path: str
    query: str
    headers: dict[str, str | None]
    body: Json | bytes | None
    name: str = "createExport"

    @property
    def expectation(self) -> Expectation:
        """No certain outcome: OpenAPI constrains the request, not what becomes of it."""
        written = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return Expectation(
            f"schemathesis/{self.name}",
            "create",
            outcome="either",
            certain=False,
            at="/data/attributes",
            may_break=requirements_at_stake(written),
        )


LEAST = Derived("POST", "/exports", "", {}, enveloped({"resource_type": "0"}), "least")
"""The first request that the generator derives, written out: what must be sent does not depend on its version."""


@cache
def derived_creations() -> SearchStrategy[Derived]:
    """Creations within the schema, and outside it; reading the schema takes longer than a draw, so it is read once."""
    config = schemathesis.Config()
    # The same characters as with "utf-8", for which Hypothesis tries every code point: 170 MB in a new folder.
    config.projects.default.generation.codec = None
    operation = schemathesis.openapi.from_dict(openapi(), config=config)["/exports"]["POST"]
    within = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    outside = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    return (within | outside).map(_derived)


def derived_again(request: Request) -> Derived:
    """Return a recorded request as it was derived, without the headers and the tag that the client added."""
    of_the_wire = {"host", "content-length", *CLIENT_HEADERS}
    headers = {name: value for name, value in request.headers if name.lower() not in of_the_wire}
    body = None if request.body is None else untagged(request.body)
    return Derived(request.method, request.path, request.query, {"Content-Type": None, **headers}, body)


def _derived(case: Case[Any]) -> Derived:
    """Return the whole case: method, path, query, headers and body."""
    sent = case.as_transport_kwargs(base_url="http://localhost")
    query = "&".join(f"{name}={value}" for name, value in (sent.get("params") or {}).items())
    headers: dict[str, str | None] = {
        name: value
        for name, value in sent["headers"].items()
        if name.lower() not in CLIENT_HEADERS and value.isascii() and value.isprintable() and value == value.strip()
    }
    body = sent["json"] if "json" in sent else sent.get("data")
    return Derived(sent["method"], "/exports", query, headers, body.encode() if isinstance(body, str) else body)


def requirements_at_stake(body: bytes) -> tuple[str, ...]:
    """Return the requirements that a response to this creation's body may break, those of the whole document first.

    The last of them is the one that a body without any flaw tests.
    """
    reading = read_json(body)
    if reading.problem:
        return ("request-json", "request-encoding", "request-json-lenient")
    repeated = ("request-repeated-keys",) if reading.repeated_keys else ()
    deep = ("metadata-deep",) if _is_deep(reading.value) else ()
    return (*repeated, *deep, *dict.fromkeys(_of_document(reading.value)), "create-accepts-documented")


def _is_deep(document: Json) -> bool:
    """Return whether objects and arrays are nested over a hundred levels, at which some JSON readers stop."""
    level, found = 0, [document]
    while found := [each for each in found if isinstance(each, dict | list)]:
        level += 1
        if level > MAX_LEVELS:
            return True
        found = [item for each in found for item in (each.values() if isinstance(each, dict) else each)]
    return False


def _of_document(document: Json) -> Iterator[str]:
    data = member(document, "data")
    if not isinstance(data, dict):
        yield "request-data-object"
        return
    if data.get("type") is None:
        yield "request-type-required"
    elif data["type"] != "exports":
        yield "request-type-exports" if isinstance(data["type"], str) else "request-type-string"
    if not isinstance(data.get("relationships", {}), dict):
        yield "request-relationships-shape"
    if set(document) > {"data"} or set(data) - {"type", "attributes", "relationships"} or data.get("relationships"):
        yield "request-members"
    attributes = data.get("attributes")
    if isinstance(attributes, dict):
        yield from _of_attributes(attributes)
    else:
        yield "request-attributes-shape" if "attributes" in data else "request-attributes-object"


def _of_attributes(attributes: Mapping[str, Json]) -> Iterator[str]:
    kind = attributes.get("resource_type")
    if kind is None:
        yield "argument-resource-type-required"
    for name, value in attributes.items():
        if name in READ_ONLY:
            yield "read-only-attributes"
        elif name not in TYPES:
            yield "request-members"
        elif value is not None and not _is_typed(name, value):
            yield CASTABLE[name] if _is_castable(name, value) else TYPED[name]
        elif value is not None and _is_unknown(name, value, kind):
            yield KNOWN[name]
        yield from _of_text(value)


def _is_typed(name: str, value: Json) -> bool:
    items = as_array(value)
    return isinstance(value, TYPES[name]) and all(isinstance(item, str) for item in items)


def _is_castable(name: str, value: Json) -> bool:
    return name in CASTABLE and not isinstance(value, str | list)


def _is_unknown(name: str, value: Json, kind: Json) -> bool:
    """Return whether a value of the right type names something unknown, as far as its resource type tells."""
    known = resource_types().get(kind) if isinstance(kind, str) else None
    match name:
        case "resource_type":
            return known is None
        case "format":
            return value not in {"json", "csv"}
        case "includes":
            return known is None or not set(value) <= set(include_paths(known.name))
        case "fields":
            return known is None or not all(field == "*" or field in known.fields for field in value)
        case "filters":
            return known is None or not all(_is_filter(known, key) for key in value)
    return False


def _is_filter(kind: ResourceType, key: str) -> bool:
    """Return whether a filter names attributes and a predicate; attributes of related resources are not looked up."""
    related = tuple(f"{name}_" for name in kind.relationships)

    def is_known(name: str) -> bool:
        return name in kind.filterable or name.startswith(related)

    stems = [key.removesuffix(predicate) for predicate in _PREDICATES if key.endswith(predicate)]
    return any(is_known(stem) or all(map(is_known, stem.split("_or_"))) for stem in stems)


def _of_text(value: Json) -> Iterator[str]:
    """Yield the requirements of hostile texts and keys, however deep they are nested."""
    if isinstance(value, str):
        if "\0" in value:
            yield "text-nul"
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            yield "text-surrogates"
    elif isinstance(value, list):
        for item in value:
            yield from _of_text(item)
    elif isinstance(value, dict):
        if not all(key.isidentifier() and not key.startswith("__") for key in value):
            yield "metadata-odd-keys"
        for key, item in value.items():
            yield from _of_text(key)
            yield from _of_text(item)
