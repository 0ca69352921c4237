"""The checks of a creation's values: their JSON types, and what they mean to the resource type."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from exports_conformance.contract.resources import resource_types
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.errors import ErrorObject, invalid
from exports_conformance.reference.paths import UnknownPathError, check_field, check_include
from exports_conformance.reference.selection import UnknownFilterError, attribute_path, conditions


@dataclass(frozen=True, slots=True)
class Shape:
    """The JSON type of an argument: how it is called, which values have it, and what else can be read as it."""

    name: str
    admits: Callable[[Json], bool]
    coerce: Callable[[Json], Json]


def _text_of(value: Json) -> Json:
    return json.dumps(value) if isinstance(value, bool | int | float) else value


def _truth_of(value: Json) -> Json:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _items_of(value: Json) -> Json:
    return value.split(",") if isinstance(value, str) and value else value


TEXT = Shape("a string", lambda value: isinstance(value, str), _text_of)
TRUTH = Shape("a boolean", lambda value: isinstance(value, bool), _truth_of)
OBJECT = Shape("an object", lambda value: isinstance(value, dict), lambda value: value)
TEXTS = Shape(
    "an array of strings",
    lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    _items_of,
)
SHAPES: Mapping[str, Shape] = {
    "resource_type": Shape(TEXT.name, TEXT.admits, lambda value: value),
    "format": Shape(TEXT.name, TEXT.admits, lambda value: value),
    "includes": TEXTS,
    "fields": TEXTS,
    "filters": OBJECT,
    "dry_data": TRUTH,
    "jwt_filters": TRUTH,
    "reference": TEXT,
    "reference_origin": TEXT,
    "metadata": OBJECT,
    "_start": TRUTH,
    "_interrupt": TRUTH,
}


def coerced(attributes: Mapping[str, Json]) -> dict[str, Json]:
    """Give the attributes with values of another JSON type read as the documented one where they can be."""
    return {name: SHAPES[name].coerce(value) for name, value in attributes.items()}


def mistyped(attributes: Mapping[str, Json]) -> list[ErrorObject]:
    """Give an error for each value that is not of its JSON type; null is of every one."""
    return [
        invalid(name, "invalid", f"must be {SHAPES[name].name}")
        for name, value in attributes.items()
        if value is not None and not SHAPES[name].admits(value)
    ]


def blank_or_unknown_format(attributes: Mapping[str, Json]) -> list[ErrorObject]:
    """Give errors for a resource type that is not said and a format that there is not."""
    errors = []
    resource = attributes.get("resource_type")
    if resource is None or (isinstance(resource, str) and not resource.strip()):
        errors.append(invalid("resource_type", "blank", "can't be blank"))
    wanted = attributes.get("format")
    if isinstance(wanted, str) and wanted not in {"json", "csv"}:
        errors.append(invalid("format", "inclusion", "is not included in the list", value=wanted))
    return errors


def meaningless(attributes: Mapping[str, Json]) -> list[ErrorObject]:
    """Give an error for each well-typed value that means nothing to the resource type."""
    resource = attributes["resource_type"]
    if resource not in resource_types():
        return [invalid("resource_type", "inclusion", "is not included in the list", value=resource)]
    errors = []
    for name, check in (("includes", check_include), ("fields", check_field)):
        try:
            for path in attributes.get(name) or []:
                check(resource, path)
        except UnknownPathError as problem:
            errors.append(invalid(name, "invalid", f"is invalid: {problem}"))
    try:
        conditions(attributes.get("filters") or {}, lambda name: attribute_path(resource, name))
    except UnknownFilterError as problem:
        errors.append(invalid("filters", "invalid", f"is invalid: {problem}"))
    return errors
