"""Checks of a creation's values: their JSON types, and whether they exist for the resource type."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from exports_conformance.contract.resources import ResourceType, resource_type, resource_types
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.checks import ErrorObject, invalid
from exports_conformance.reference.selection import UnknownFilterError, attribute_path, conditions

_MAX_DEPTH = 3


class UnknownPathError(ValueError):
    """A path does not exist, or is too deep."""


def texts_in(value: Json) -> list[str]:
    """Return the strings of an array; none of any other value."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def is_include(resource: str, path: str) -> bool:
    """Return True if a path leads to an includable relationship of a type."""
    return _is_known(check_include, resource, path)


def is_field(resource: str, path: str) -> bool:
    """Return True if a path names fields of a type."""
    return _is_known(check_field, resource, path)


def _is_known(check: Callable[[str, str], None], resource: str, path: str) -> bool:
    try:
        check(resource, path)
    except UnknownPathError:
        return False
    return True


def is_filter(resource: str, name: str, value: Json) -> bool:
    """Return True if a filter exists for a type and its value fits."""
    try:
        conditions({name: value}, lambda stem: attribute_path(resource, stem))
    except UnknownFilterError:
        return False
    return True


def check_include(resource: str, path: str) -> None:
    """Raise `UnknownPathError` unless a path leads to an includable relationship."""
    _follow(resource, path, path.split("."))


def check_field(resource: str, path: str) -> None:
    """Raise `UnknownPathError` unless a path such as `name`, `*`, `market.name` or `market.*` names fields."""
    *relationships, name = path.split(".")
    kind = _follow(resource, path, relationships)
    if name != "*" and name not in (kind.fields if kind else ("id",)):
        raise UnknownPathError(f"{path} is not a field of {resource}")


def _follow(resource: str, path: str, relationships: list[str]) -> ResourceType | None:
    """Return the type that relationships lead to, or None if it is polymorphic."""
    if len(relationships) > _MAX_DEPTH:
        raise UnknownPathError(f"{path} is deeper than {_MAX_DEPTH} levels")
    kind: ResourceType | None = resource_type(resource)
    for name in relationships:
        link = kind.relationships.get(name) if kind else None
        if link is None or not link.includable:
            raise UnknownPathError(f"{path} is not a path of {resource}")
        kind = resource_type(link.target) if link.target else None
    return kind


@dataclass(frozen=True, slots=True)
class _Shape:
    """The JSON type of an argument: its name in messages, its test, and its conversion of other types."""

    name: str
    admits: Callable[[Json], bool]
    coerce: Callable[[Json], Json]


def _text_of(value: Json) -> Json:
    return json.dumps(value) if isinstance(value, bool | int | float) else value


def _truth_of(value: Json) -> Json:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _items_of(value: Json) -> Json:
    return value.split(",") if isinstance(value, str) and value else value


_TEXT = _Shape("a string", lambda value: isinstance(value, str), _text_of)
_TRUTH = _Shape("a boolean", lambda value: isinstance(value, bool), _truth_of)
_OBJECT = _Shape("an object", lambda value: isinstance(value, dict), lambda value: value)
_TEXTS = _Shape(
    "an array of strings",
    lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    _items_of,
)
_SHAPES: Mapping[str, _Shape] = {
    "resource_type": _Shape(_TEXT.name, _TEXT.admits, lambda value: value),
    "format": _Shape(_TEXT.name, _TEXT.admits, lambda value: value),
    "includes": _TEXTS,
    "fields": _TEXTS,
    "filters": _OBJECT,
    "dry_data": _TRUTH,
    "jwt_filters": _TRUTH,
    "reference": _TEXT,
    "reference_origin": _TEXT,
    "metadata": _OBJECT,
    "_start": _TRUTH,
    "_interrupt": _TRUTH,
}


def coerced(attributes: Mapping[str, Json]) -> dict[str, Json]:
    """Return the attributes with values of other JSON types converted where that is possible."""
    return {name: _SHAPES[name].coerce(value) for name, value in attributes.items()}


def mistyped(attributes: Mapping[str, Json]) -> list[ErrorObject]:
    """Return an error for each value of a wrong JSON type; null is always allowed."""
    return [
        invalid(name, "invalid", f"must be {_SHAPES[name].name}")
        for name, value in attributes.items()
        if value is not None and not _SHAPES[name].admits(value)
    ]


def blank_or_unknown_format(attributes: Mapping[str, Json]) -> list[ErrorObject]:
    """Return the errors of a blank resource type and an unknown format."""
    errors = []
    resource = attributes.get("resource_type")
    if resource is None or (isinstance(resource, str) and not resource.strip()):
        errors.append(invalid("resource_type", "blank", "can't be blank"))
    wanted = attributes.get("format")
    if isinstance(wanted, str) and wanted not in {"json", "csv"}:
        errors.append(invalid("format", "inclusion", "is not included in the list", value=wanted))
    return errors


def meaningless(attributes: Mapping[str, Json], *, late: bool = False) -> list[ErrorObject]:
    """Return an error for each well-typed value that does not exist for the resource type.

    Four includes that the vendor's dashboard offers are not in its schema: they are ignored, or an error if found
    `late`, by the running export.
    """
    resource = attributes["resource_type"]
    if resource not in resource_types():
        return [invalid("resource_type", "inclusion", "is not included in the list", value=resource)]
    errors = []
    for name, check in (("includes", check_include), ("fields", check_field)):
        try:
            for path in attributes.get(name) or []:
                if late or name == "fields" or path not in resource_type(resource).proven_includes:
                    check(resource, path)
        except UnknownPathError as problem:
            errors.append(invalid(name, "invalid", f"is invalid: {problem}"))
    try:
        conditions(attributes.get("filters") or {}, lambda name: attribute_path(resource, name))
    except UnknownFilterError as problem:
        errors.append(invalid("filters", "invalid", f"is invalid: {problem}"))
    return errors
