"""Creation bodies over the whole documented domain, and which of them must succeed."""

from collections.abc import Iterator, Mapping

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from exports_conformance.contract.resources import (
    CERTAIN_TYPES,
    PREDICATES,
    fitting_predicates,
    resource_type,
    sure_fields,
    sure_includes,
)
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.strategies import selections
from exports_conformance.strategies.texts import LONGEST_TEXT, texts

Attributes = dict[str, Json]
Body = dict[str, Json]


def enveloped(attributes: Mapping[str, Json]) -> Body:
    """Return attributes in their JSON:API envelope."""
    return {"data": {"type": "exports", "attributes": dict(attributes)}}


def as_sdk_writes(attributes: Mapping[str, Json]) -> Body:
    """Return attributes in the envelope of the vendor's SDK (7.12.1), CLI and dashboard: with empty relationships."""
    return {"data": {"type": "exports", "attributes": dict(attributes), "relationships": {}}}


SURE_FILTER_FIELDS = ("id", "created_at", "updated_at", "reference", "reference_origin")
"""Attributes that every edition lets an export be filtered by, of the types that have them."""

DOCUMENTED = enveloped({"resource_type": "skus"})
"""The request on the page."""


def formats() -> SearchStrategy[Json]:
    """The documented formats."""
    return st.sampled_from(["json", "csv"])


def references() -> SearchStrategy[Json]:
    """References that begin with the run's tag, followed by any text."""
    return texts().map(lambda text: PLACEHOLDER + text)


def metadata(*, max_leaves: int = 12) -> SearchStrategy[Json]:
    """Objects with values of every JSON type, nested; an array holds no null, since an API may drop it."""
    numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False, width=32)
    scalars = st.booleans() | numbers | texts(max_size=40)
    keys = st.from_regex(r"[a-z][a-z0-9_]{0,11}", fullmatch=True)
    values = st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, st.none() | inner, max_size=3),
        max_leaves=max_leaves,
    )
    return st.dictionaries(keys, st.none() | values, max_size=4)


def creation_attributes(
    *,
    resource_types: SearchStrategy[str] = st.sampled_from(CERTAIN_TYPES),  # noqa: B008  strategies are immutable
    formats: SearchStrategy[Json] = formats(),  # noqa: B008
    references: SearchStrategy[Json] = references(),  # noqa: B008
    metadata: SearchStrategy[Json] = metadata(),  # noqa: B008
) -> SearchStrategy[Attributes]:
    """Attributes of a creation: `resource_type`, and any of the eight optional ones, empty ones included."""

    def of_type(name: str) -> SearchStrategy[Attributes]:
        return st.fixed_dictionaries(
            {"resource_type": st.just(name)},
            optional={
                "format": formats,
                "includes": selections.includes(of=name),
                "fields": selections.fields(of=name),
                "filters": selections.filters(of=name),
                "dry_data": st.booleans(),
                "reference": references | st.just(""),
                "reference_origin": texts() | st.just(""),
                "metadata": metadata,
            },
        )

    return resource_types.flatmap(of_type)


def creation_bodies(
    *,
    attributes: SearchStrategy[Attributes] = creation_attributes(),  # noqa: B008
) -> SearchStrategy[Body]:
    """Complete creation bodies: `attributes` in their JSON:API envelope, with empty relationships or without."""
    return attributes.map(enveloped) | attributes.map(as_sdk_writes)


def is_certain(attributes: Mapping[str, Json]) -> bool:
    """Return whether a creation with these attributes, each of its documented type, must succeed.

    Certain are the resource types of all published lists, the includes that the vendor's dashboard offers, the
    fields that every edition exports, predicates that fit the attribute's type, and texts of up to `LONGEST_TEXT`.
    Explicit nulls are not: no schema of the vendor lets an argument of a creation be null.
    """
    name = attributes["resource_type"]
    return name in CERTAIN_TYPES and not any(_doubts(name, attributes))


def _doubts(name: str, attributes: Mapping[str, Json]) -> Iterator[bool]:
    yield any(value is None for value in attributes.values())
    yield not set(attributes.get("includes") or ()) <= set(sure_includes(name))
    yield not all(_is_sure_field(name, field) for field in attributes.get("fields") or ())
    yield not all(_is_sure_filter(name, key) for key in attributes.get("filters") or ())
    for free in ("reference", "reference_origin"):
        yield len(attributes.get(free) or "") > LONGEST_TEXT


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
