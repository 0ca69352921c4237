"""Flaws of the arguments: each attribute missing where it is required, of another type, outside its set."""

from typing import Literal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from exports_conformance.contract.resources import include_paths
from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.flaws.flaw import (
    INVALID,
    WRONG_TYPES,
    Flaw,
    Plant,
    register,
    removed,
    replaced,
    values_of,
)


def _flaw(
    attribute: str,
    defect: str,
    aspect: Literal["required", "typed", "known"],
    values: SearchStrategy[Json],
    *,
    outcome: Literal["refusal", "either"] = "either",
    plant: Plant | None = None,
) -> None:
    at = f"/data/attributes/{attribute}"
    argument = attribute.replace("_", "-")
    breaks = f"argument-{argument}-{aspect}"
    register(Flaw(f"{argument}-{defect}", breaks, at, outcome, INVALID, values, plant or replaced(at)))


def _other_types(attribute: str, *types: str) -> None:
    for wrong in types:
        _flaw(attribute, wrong, "typed", WRONG_TYPES[wrong])


_flaw(
    "resource_type",
    "missing",
    "required",
    st.none(),
    outcome="refusal",
    plant=removed("/data/attributes/resource_type"),
)
_flaw("resource_type", "null", "required", st.none(), outcome="refusal")
_other_types("resource_type", "number", "array", "object")
_flaw("resource_type", "empty", "known", values_of(""))
_flaw("resource_type", "blank", "known", values_of("   ", st.just("\t")))
_flaw("resource_type", "unknown", "known", WRONG_TYPES["string"])
_flaw("resource_type", "singular", "known", values_of("sku", st.sampled_from(["order", "customer"])))
_flaw("resource_type", "other-case", "known", values_of("SKUS", st.sampled_from(["Skus", "stockItems"])))
_flaw("resource_type", "with-spaces", "known", values_of(" skus ", st.just("stock items")))

_other_types("format", "number", "boolean", "array", "object")
_flaw("format", "unknown", "known", values_of("xml", st.sampled_from(["jsonl", "text/csv", "nonsense"])))
_flaw("format", "other-case", "known", values_of("CSV", st.sampled_from(["Json", "JSON"])))
_flaw("format", "empty", "known", values_of(""))

for _paths in ("includes", "fields"):
    _other_types(_paths, "string", "object", "number")
    _flaw(_paths, "array-of-numbers", "typed", values_of([7], st.lists(st.integers(), min_size=1, max_size=3)))
    _flaw(_paths, "nested-array", "typed", values_of([["id"]]))
    _flaw(_paths, "unknown", "known", WRONG_TYPES["string"].map(lambda name: [name]))
    _flaw(_paths, "with-empty-string", "known", values_of([""]))


def _over_deep(attribute: str, ending: str) -> None:
    def plant(body: Json, _: Json) -> Json:
        attributes = body["data"]["attributes"]
        paths = [path for path in include_paths(attributes["resource_type"], depth=4) if path.count(".") == 3]  # noqa: PLR2004
        attributes[attribute] = [(paths[0] if paths else "events.events.events.events") + ending]
        return body

    _flaw(attribute, "over-deep", "known", st.none(), plant=plant)


_over_deep("includes", "")
_over_deep("fields", ".id")

_other_types("filters", "array", "string", "number", "boolean")
_flaw("filters", "unknown-predicate", "known", WRONG_TYPES["string"].map(lambda name: {f"created_at_{name}": "1"}))
_flaw("filters", "unknown-attribute", "known", WRONG_TYPES["string"].map(lambda name: {f"{name}_eq": "1"}))

_other_types("dry_data", "string", "number", "array", "object")
_other_types("reference", "number", "boolean", "array", "object")
_other_types("reference_origin", "number", "boolean", "array", "object")
_other_types("metadata", "array", "string", "number", "boolean")
