"""Read JSON schemas as OpenAPI 3.0 to 3.2 write them: what a schema says, and what its members say."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from exports_conformance.upgrade.drift.description import Aspects, UnreadableDocumentError
from exports_conformance.upgrade.drift.loading import DocumentSource

KEYWORDS = (
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "readOnly",
    "writeOnly",
    "default",
    "description",
)
"""Keywords that are compared as they are written."""

_DEEPEST = 30
_JSON_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}

Schema = Mapping[str, Any]


def json_types(values: Iterable[Any]) -> frozenset[str]:
    """Return the JSON types of values, null apart; a number without a fraction is an integer and a number."""
    return _with_integers({_JSON_TYPES[type(value)] for value in values if type(value) in _JSON_TYPES})


def whole(source: DocumentSource, schema: Any, depth: int = 0) -> dict[str, Any]:
    """Return a schema in one piece: references followed, `allOf` merged, alternatives reduced to what all allow.

    Raises:
        UnreadableDocumentError: the schema is a part of itself, or repeats itself without end.
    """
    source.step()
    schema = source.follow(schema)
    if not isinstance(schema, dict):
        return {}
    if depth > _DEEPEST:
        raise UnreadableDocumentError(f"has a schema that is combined of more than {_DEEPEST} levels of parts")
    found = {key: value for key, value in schema.items() if key not in {"allOf", "anyOf", "oneOf"}}
    for part in _list(schema.get("allOf")):
        found = _both(whole(source, part, depth + 1), found)
    for key in ("anyOf", "oneOf"):
        if branches := [whole(source, branch, depth + 1) for branch in _list(schema.get(key))]:
            found = _both(_either(branches), found)
    return found


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that demands what two demand; where they disagree, the second one counts."""
    found = {**one, **other}
    first, second = _properties(one), _properties(other)
    if first and second:
        shared = {name: {"allOf": [first[name], second[name]]} for name in first if name in second}
        found["properties"] = {**first, **second, **shared}
    if required := [*_list(one.get("required")), *_list(other.get("required"))]:
        found["required"] = required
    return found


def _either(branches: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what every one of several schemas allows; a branch that is null makes the schema nullable."""
    nulls = [each for each in branches if each.get("type") == "null" or each.get("enum") == [None]]
    others = [each for each in branches if each not in nulls]
    found: dict[str, Any] = dict(others[0]) if len(others) == 1 else {}
    if len(others) > 1:
        found = {key: others[0][key] for key in others[0] if all(each.get(key) == others[0][key] for each in others)}
        found |= {"properties": {name: schema for each in others for name, schema in _properties(each).items()}}
        required = [set(_list(each.get("required"))) for each in others]
        found["required"] = sorted(set.intersection(*required), key=str)
        types = [_types(each) for each in others]
        found["type"] = sorted({name for each in types for name in each}) if all(types) else None
        values = [_values(each) for each in others]
        found["enum"] = [value for each in values for value in each] if all(values) else None
    return found | ({"nullable": True} if nulls else {})


def aspects(schema: Schema) -> dict[str, Any]:
    """Return what a schema in one piece says of its value, by aspect."""
    types, values = _types(schema), _values(schema)
    explicit = "null" in types or schema.get("nullable") is True or (not types and None in values)
    stated = frozenset(types - {"null"}) or json_types(values)
    found: dict[str, Any] = {key: schema[key] for key in KEYWORDS if schema.get(key) is not None}
    for bound, side in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if found.get(bound) is True and side in found:  # as OpenAPI 3.0 writes it
            found[bound] = found.pop(side)
        elif isinstance(found.get(bound), bool):
            found.pop(bound)
    found["values"] = frozenset(_written(value) for value in values if value is not None)
    found["deprecated"] = schema.get("deprecated") is True
    more = [schema[key] for key in ("additionalProperties", "unevaluatedProperties") if key in schema]
    if more:
        found["closed"] = False in more
    if stated:
        found["types"] = _with_integers(stated)
    if stated or explicit:
        found["nullable"] = explicit
    return found


def members(
    source: DocumentSource, schema: Any, name: str, *, required: bool | None, inside: tuple[Any, ...] = ()
) -> Iterator[tuple[str, Aspects]]:
    """Yield what a schema and its members say, each by its dotted name; `[]` are an array's items, `*` other members.

    `required` is None where the document says nothing of it. A schema within itself is not followed again.
    """
    found = whole(source, schema)
    identity = schema.get("$ref", schema) if isinstance(schema, dict) else schema
    if any(each is identity for each in inside) or len(inside) > _DEEPEST:
        return
    said = aspects(found)
    if required is not None:
        said["required"] = required
    if name:
        yield name, said
    prefix, path = f"{name}." if name else "", (*inside, identity)
    demanded = _list(found.get("required"))
    for key, member in _properties(found).items():
        demands = key in demanded if required is not None or key in demanded else None
        yield from members(source, member, f"{prefix}{key}", required=demands, inside=path)
    if isinstance(found.get("items"), dict):
        yield from members(source, found["items"], f"{name}[]", required=None, inside=path)
    if isinstance(found.get("additionalProperties"), dict) and found["additionalProperties"]:
        yield from members(source, found["additionalProperties"], f"{prefix}*", required=None, inside=path)


def property_schema(source: DocumentSource, schema: Any, name: str) -> Any:
    """Return the schema of one property, `items` for an array's entries; None if the schema has none."""
    found = whole(source, schema)
    return found.get("items") if name == "items" else _properties(found).get(name)


def _types(schema: Schema) -> set[str]:
    said = schema.get("type")
    types = {str(each) for each in (said if isinstance(said, list) else [said]) if each is not None}
    if not types and _properties(schema):
        return {"object"}
    return types or ({"array"} if isinstance(schema.get("items"), dict) else set())


def _values(schema: Schema) -> list[Any]:
    return [schema["const"]] if "const" in schema else _list(schema.get("enum"))


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def _with_integers(types: Iterable[str]) -> frozenset[str]:
    found = frozenset(types)
    return found | {"integer"} if "number" in found else found


def _properties(schema: Schema) -> dict[str, Any]:
    found = schema.get("properties")
    return {str(name): value for name, value in found.items()} if isinstance(found, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
