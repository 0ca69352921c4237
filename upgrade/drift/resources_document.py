"""Read `resources.json`, the vendor's machine-readable list of resources, as far as it speaks of exports."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from exports_conformance.upgrade.drift.description import (
    Aspects,
    Description,
    Part,
    Place,
    Scope,
    UnreadableDocumentError,
)

_ACTIONS = {
    "list": "GET /exports",
    "create": "POST /exports",
    "retrieve": "GET /exports/{id}",
    "update": "PATCH /exports/{id}",
    "delete": "DELETE /exports/{id}",
}
_TYPES = {"float": {"number", "integer"}}
_FORMATS = {"datetime": "date-time"}
_FIELD = frozenset({"present", "types", "default", "format", "description", "required"})
_SCOPES: Mapping[Part, Scope] = MappingProxyType(
    {
        "operation": Scope(r"\w+ /exports(/\{id\})?", frozenset({"present", "deprecated"})),
        "argument": Scope(r"attributes\.\w+", _FIELD),
        "update argument": Scope(r"attributes\.\w+", _FIELD - {"required"}),
        "attribute": Scope(r"\w+", _FIELD - {"required"}),
        "relationship": Scope(r"\w+", frozenset({"present"})),
    }
)


def is_resources(document: Any) -> bool:
    """Return True for the vendor's list of resources, bare or as the `data` of a document."""
    entries = _entries(document)
    return bool(entries) and all(isinstance(each, dict) and each.get("type") == "resources" for each in entries)


def describe_resources(document: Any) -> Description:
    """Return what the list says of exports: no version, no null, no statuses, but what is fetchable and settable.

    Raises:
        UnreadableDocumentError: exports are not among the resources, or have no fields.
    """
    export = next((each for each in _entries(document) if each.get("id") in {"export", "exports"}), None)
    said = _object(_object(export).get("attributes"))
    fields = {str(name): _object(field) for name, field in _object(said.get("fields")).items() if name != "id"}
    if not fields:
        raise UnreadableDocumentError(
            "is a list of resources without the fields of exports; give the whole resources.json"
        )
    actions = said.get("actions")
    places: dict[Place, Aspects] = {
        ("operation", _ACTIONS[action]): {"deprecated": said.get("deprecated") is True}
        for action in (actions if isinstance(actions, list) else [])
        if action in _ACTIONS
    }
    for name, field in fields.items():
        aspects = _aspects(field)
        if field.get("creatable") is True:
            required = str(field.get("required", "")).split(",")[0].strip() == "required"
            places["argument", f"attributes.{name}"] = {**aspects, "required": required}
        if field.get("updatable") is True:
            places["update argument", f"attributes.{name}"] = aspects
        if field.get("fetchable") is True:
            places["attribute", name] = aspects
    for name in _object(said.get("relationships")):
        places["relationship", str(name)] = {}
    return Description("resources.json", "", places, _SCOPES)


def _aspects(field: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(field.get("type"))
    stated = {"types": frozenset(_TYPES.get(kind, {kind}))} if field.get("type") else {}
    more = {"format": _FORMATS.get(str(field.get("format"))), "description": field.get("desc")}
    return stated | {
        key: value for key, value in {**more, "default": field.get("default")}.items() if value is not None
    }


def _entries(document: Any) -> list[Any]:
    entries = document.get("data") if isinstance(document, dict) else document
    return entries if isinstance(entries, list) else []


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
