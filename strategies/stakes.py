"""Stakes: which requirements the flaws of a body that somebody else made are about."""

from collections.abc import Iterator, Mapping

from exports_conformance.contract.resources import PREDICATES, include_paths, resource_types
from exports_conformance.exchange.strict_json import Json, read_json
from exports_conformance.strategies.flaws.read_only import PRESUMED

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

_PREDICATES = tuple(f"_{predicate}" for predicate in PREDICATES)


def stakes(body: bytes) -> tuple[str, ...]:
    """Give the requirements whose flaws a creation's body has, those of the whole document first.

    The last of them is what a body without any flaw is about.
    """
    reading = read_json(body)
    if reading.problem:
        return ("request-json", "request-encoding")
    repeated = ("request-repeated-keys",) if reading.repeated_keys else ()
    return (*repeated, *dict.fromkeys(_of_document(reading.value)), "create-accepts-documented")


def _of_document(document: Json) -> Iterator[str]:
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict):
        yield "request-data-object"
        return
    if data.get("type") is None:
        yield "request-type-required"
    elif data["type"] != "exports":
        yield "request-type-exports"
    if set(document) > {"data"} or set(data) - {"type", "attributes"}:
        yield "request-members"
    attributes = data.get("attributes")
    if isinstance(attributes, dict):
        yield from _of_attributes(attributes)
    else:
        yield "request-attributes-object"


def _of_attributes(attributes: Mapping[str, Json]) -> Iterator[str]:
    kind = attributes.get("resource_type")
    if kind is None:
        yield "argument-resource-type-required"
    for name, value in attributes.items():
        argument = f"argument-{name.replace('_', '-')}"
        if name in PRESUMED:
            yield "read-only-attributes"
        elif name not in TYPES:
            yield "request-members"
        elif value is not None and not _is_typed(name, value):
            yield f"{argument}-typed"
        elif value is not None and _is_unknown(name, value, kind):
            yield f"{argument}-known"
        yield from _of_text(value)


def _is_typed(name: str, value: Json) -> bool:
    items = value if isinstance(value, list) else []
    return isinstance(value, TYPES[name]) and all(isinstance(item, str) for item in items)


def _is_unknown(name: str, value: Json, kind: Json) -> bool:
    """Say whether a value of the right type names what there is not, as far as its resource type tells."""
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
            return known is None or not all(key.endswith(_PREDICATES) for key in value)
    return False


def _of_text(value: Json) -> Iterator[str]:
    """Look for the texts that break those who did not think of them, wherever they are nested."""
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
        for item in value.values():
            yield from _of_text(item)
