"""The checks of a request's document, before any value is looked at: JSON, members, type."""

from collections.abc import Collection

from exports_conformance.exchange.strict_json import Json, read_json
from exports_conformance.reference.errors import Refused, malformed, missing, not_allowed, refusal

MAX_DEPTH = 256
MAX_BYTES = 4 * 1024 * 1024
TOP_LEVEL = frozenset({"data", "meta", "jsonapi"})

ARGUMENTS = frozenset({
    "resource_type", "format", "includes", "fields", "filters", "dry_data", "reference", "reference_origin", "metadata",
})  # fmt: skip
UPDATES = frozenset({"_start", "_interrupt", "reference", "reference_origin", "metadata"})


def data_of(body: bytes) -> dict[str, Json]:
    """Give the `data` of a request's document; refuses what is no document with a resource object of exports."""
    reading = read_json(body)
    if reading.problem:
        raise malformed(f"The body is no JSON document: {reading.problem}")
    document = reading.value
    if not isinstance(document, dict):
        raise malformed("The document is not an object.")
    # Brackets in strings count too: the exact depth is looked for only where it could be too much.
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _deeper_than(document, MAX_DEPTH):
        raise malformed(f"The document is nested deeper than {MAX_DEPTH} levels.")
    if "data" not in document:
        raise missing("data")
    data = document["data"]
    if not isinstance(data, dict):
        raise malformed("data is not an object.")
    if unknown := sorted(document.keys() - TOP_LEVEL):
        raise Refused(400, [not_allowed(name, f"/{name}") for name in unknown])
    if "type" not in data:
        raise missing("type")
    if data["type"] != "exports":
        raise refusal(400, "INVALID_RESOURCE", "Invalid resource", f"{data['type']} is not a valid resource.")
    return data


def attributes_of(data: dict[str, Json], allowed: Collection[str], *, members: Collection[str]) -> dict[str, Json]:
    """Give the attributes of a resource object; refuses members and attributes that it must not have."""
    if "attributes" not in data:
        raise missing("attributes")
    attributes = data["attributes"]
    if not isinstance(attributes, dict):
        raise malformed("attributes is not an object.")
    relationships = data.get("relationships", {})
    if not isinstance(relationships, dict):
        raise malformed("relationships is not an object.")
    errors = [not_allowed(name, f"/data/{name}") for name in data if name not in members]
    errors += [not_allowed(name, f"/data/relationships/{name}") for name in relationships]
    errors += [not_allowed(name, f"/data/attributes/{name}") for name in attributes if name not in allowed]
    if errors:
        raise Refused(400, errors)
    return attributes


def _deeper_than(value: Json, depth: int) -> bool:
    """Say whether a value is nested deeper; level by level, so that no depth exhausts the stack."""
    level = [value]
    for _ in range(depth + 1):
        nested: list[Json] = []
        for item in level:
            nested.extend(item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
        if not nested:
            return False
        level = nested
    return True
