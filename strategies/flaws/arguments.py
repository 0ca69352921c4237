"""Flaws of the arguments: an attribute that is missing, of another JSON type, or outside its documented set."""

from typing import Literal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from exports_conformance.contract.resources import include_paths
from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.flaws.flaw import INVALID, WRONG_TYPES, Flaw, Plant, removed, replaced, values_of

DEPTH_TOO_GREAT = 4
"""Levels of a relationship path; the documentation allows three."""


def _argument(
    attribute: str,
    defect: str,
    breaks: str,
    values: SearchStrategy[Json],
    *,
    outcome: Literal["refusal", "either"] = "either",
    plant: Plant | None = None,
) -> Flaw:
    name, at = f"{attribute.replace('_', '-')}-{defect}", f"/data/attributes/{attribute}"
    return Flaw(name, breaks, at, outcome, INVALID, values, plant or replaced(at))


def _of_type(attribute: str, breaks: str, *types: str) -> tuple[Flaw, ...]:
    return tuple(_argument(attribute, wrong, breaks, WRONG_TYPES[wrong]) for wrong in types)


def _too_deep(attribute: str, breaks: str, ending: str = "") -> Flaw:
    def plant(body: Json, _: Json) -> Json:
        attributes = body["data"]["attributes"]
        paths = include_paths(attributes["resource_type"], depth=DEPTH_TOO_GREAT)
        deep = [path for path in paths if path.count(".") == DEPTH_TOO_GREAT - 1]
        attributes[attribute] = [(deep[0] if deep else "events.events.events.events") + ending]
        return body

    return _argument(attribute, "over-deep", breaks, st.none(), plant=plant)


def _resource_type(defect: str, values: SearchStrategy[Json], breaks: str = "argument-resource-type-known") -> Flaw:
    return _argument("resource_type", defect, breaks, values)


_RESOURCE_TYPE = (
    _argument(
        "resource_type",
        "missing",
        "argument-resource-type-required",
        st.none(),
        outcome="refusal",
        plant=removed("/data/attributes/resource_type"),
    ),
    _argument("resource_type", "null", "argument-resource-type-required", st.none(), outcome="refusal"),
    *_of_type("resource_type", "argument-resource-type-typed", "number", "array", "object"),
    _resource_type("empty", values_of("")),
    _resource_type("blank", values_of("   ", st.just("\t"))),
    _resource_type("unknown", WRONG_TYPES["string"]),
    _resource_type("singular", values_of("sku", st.sampled_from(["order", "customer"]))),
    _resource_type("other-case", values_of("SKUS", st.sampled_from(["Skus", "stockItems"]))),
    _resource_type("with-spaces", values_of(" skus ", st.just("stock items"))),
)

_FORMAT = (
    *_of_type("format", "argument-format-typed", "number", "boolean", "array", "object"),
    _argument(
        "format",
        "unknown",
        "argument-format-known",
        values_of("xml", st.sampled_from(["jsonl", "text/csv", "nonsense"])),
    ),
    _argument("format", "other-case", "argument-format-known", values_of("CSV", st.sampled_from(["Json", "JSON"]))),
    _argument("format", "empty", "argument-format-known", values_of("")),
)


def _list_of_paths(attribute: str, *, typed: str, castable: str, known: str, ending: str) -> tuple[Flaw, ...]:
    numbers = st.lists(st.integers(), min_size=1, max_size=3)
    return (
        *_of_type(attribute, typed, "string"),
        *_of_type(attribute, castable, "object", "number"),
        _argument(attribute, "array-of-numbers", typed, values_of([7], numbers)),
        _argument(attribute, "nested-array", typed, values_of([["id"]])),
        _argument(attribute, "unknown", known, WRONG_TYPES["string"].map(lambda name: [name])),
        _argument(attribute, "with-empty-string", known, values_of([""])),
        _too_deep(attribute, known, ending),
    )


_INCLUDES = _list_of_paths(
    "includes",
    typed="argument-includes-typed",
    castable="argument-includes-castable",
    known="argument-includes-known",
    ending="",
)
_FIELDS = _list_of_paths(
    "fields",
    typed="argument-fields-typed",
    castable="argument-fields-castable",
    known="argument-fields-known",
    ending=".id",
)

_FILTERS = (
    *_of_type("filters", "argument-filters-typed", "array", "string", "number", "boolean"),
    _argument(
        "filters",
        "unknown-predicate",
        "argument-filters-known",
        WRONG_TYPES["string"].map(lambda name: {f"created_at_{name}": "1"}),
    ),
    _argument(
        "filters",
        "unknown-attribute",
        "argument-filters-known",
        WRONG_TYPES["string"].map(lambda name: {f"{name}_eq": "1"}),
    ),
)

_FREE = (
    *_of_type("dry_data", "argument-dry-data-typed", "string", "number", "array", "object"),
    *_of_type("reference", "argument-reference-typed", "number", "boolean", "array", "object"),
    *_of_type("reference_origin", "argument-reference-origin-typed", "number", "boolean", "array", "object"),
    *_of_type("metadata", "argument-metadata-typed", "array", "string", "number", "boolean"),
)
"""Flaws of the arguments whose values are free within their type."""

ARGUMENT_FLAWS = (*_RESOURCE_TYPE, *_FORMAT, *_INCLUDES, *_FIELDS, *_FILTERS, *_FREE)
"""The flaws of a creation's attributes, in the order of the page's table."""
