"""Certainty: whether the documentation leaves any doubt that a body creates an export."""

from collections.abc import Iterator, Mapping

from exports_conformance.contract.resources import (
    CERTAIN_TYPES,
    PREDICATES,
    fitting_predicates,
    resource_type,
    sure_includes,
)
from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.selections import sure_fields
from exports_conformance.strategies.texts import LONGEST

SURE_FILTER_FIELDS = ("id", "created_at", "updated_at", "reference", "reference_origin")


def is_certain(attributes: Mapping[str, Json]) -> bool:
    """Say whether a creation with these attributes, each of its documented type, must succeed.

    Certain are the resource types that all published lists have, includes that the vendor's dashboard
    offers, fields that every edition exports, predicates that fit their attribute, texts of usual length.
    """
    name = attributes["resource_type"]
    return name in CERTAIN_TYPES and not any(_doubts(name, attributes))


def _doubts(name: str, attributes: Mapping[str, Json]) -> Iterator[bool]:
    yield not set(attributes.get("includes") or ()) <= set(sure_includes(name))
    yield not all(_is_sure_field(name, field) for field in attributes.get("fields") or ())
    yield not all(_is_sure_filter(name, key) for key in attributes.get("filters") or ())
    for free in ("reference", "reference_origin"):
        yield len(attributes.get(free) or "") > LONGEST


def _is_sure_field(name: str, field: str) -> bool:
    path, _, last = field.rpartition(".")
    if not path:
        return last == "*" or last in sure_fields(name)
    return last == "*" and path in sure_includes(name)


def _is_sure_filter(name: str, key: str) -> bool:
    for predicate in sorted(PREDICATES, key=len, reverse=True):
        if key.endswith(f"_{predicate}"):
            fields = key.removesuffix(f"_{predicate}").split("_or_")
            types = resource_type(name).fields
            return all(
                field in SURE_FILTER_FIELDS and field in types and predicate in fitting_predicates(types[field])
                for field in fields
            )
    return False
