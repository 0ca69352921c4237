"""Certainty: a 201 is demanded only where no document leaves a doubt."""

from typing import Any

import pytest

from exports_conformance.contract.resources import certain_types, resource_types
from exports_conformance.exchange.exports import ALL_SELECTING
from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.bodies import DOCUMENTED, LONGEST_TEXT, is_certain

CERTAIN: list[dict[str, Json]] = [
    {},
    {"format": "csv", "dry_data": True, "metadata": {"any": ["thing"]}},
    {"includes": ["prices.price_tiers"]},
    {"includes": ["prices"], "fields": ["code", "name", "prices.*"]},
    {"fields": ["*"]},
    {"fields": ["code", "prices.id", "prices.price_tiers.name"]},
    {"fields": ["id", "metadata", "reference_origin"]},
    {"filters": {"created_at_gteq": "2001-01-01T00:00:00.000Z"}},
    {"filters": {"id_not_null": True, "reference_eq_or_null": "A"}},
    {"filters": {"reference_not_in": ["A"], "reference_or_reference_origin_start": "A"}},
    {"reference": "x" * LONGEST_TEXT, "reference_origin": "x" * LONGEST_TEXT},
    {"includes": [], "fields": [], "filters": {}, "reference": "", "reference_origin": "", "metadata": {}},
]
DOUBTFUL: list[dict[str, Json]] = [
    *({name: None} for name in ("format", "includes", "fields", "filters", "dry_data", "reference", "metadata")),
    {"includes": ["nonsense"]},
    {"includes": ["prices", "nonsense"]},
    {"includes": ["prices.price_tiers.events"]},
    {"includes": ["tax_categories"]},
    {"fields": ["nonsense"]},
    {"fields": ["code", "prices.amount_cents"]},
    {"fields": ["nonsense.*"]},
    {"fields": ["prices.price_tiers.price_amount_cents"]},
    {"fields": ["weight"]},
    {"filters": {"created_at": "2001-01-01T00:00:00.000Z"}},
    {"filters": {"created_at_nonsense": "1"}},
    {"filters": {"nonsense_eq": "1"}},
    {"filters": {"created_at_cont": "2001"}},
    {"filters": {"name_eq": "AAA"}},
    {"filters": {"reference_gt": "A"}},
    {"filters": {"id_true": True}},
    {"filters": {"reference_start_all": ["A"]}},
    {"filters": {"created_at_gteq": "2001-01-01T00:00:00.000Z", "reference_lt": "A"}},
    {"filters": {"created_at_or_reference_gteq": "2001-01-01T00:00:00.000Z"}},
    {"filters": {"metadata_jcont": {"foo": "bar"}}},
    {"filters": {"eq": "1"}},
    {"filters": {"_eq": "1"}},
    {"filters": {"": "1"}},
    {"reference": "x" * (LONGEST_TEXT + 1)},
    {"reference_origin": "x" * (LONGEST_TEXT + 1)},
]


@pytest.mark.parametrize("attributes", CERTAIN, ids=lambda value: repr(value)[:60])
def test_documented_body_of_a_certain_type_is_certain(attributes: dict[str, Any]) -> None:
    assert is_certain({"resource_type": "skus", **attributes})


@pytest.mark.parametrize("attributes", DOUBTFUL, ids=lambda value: repr(value)[:60])
def test_body_with_one_doubt_is_not_certain(attributes: dict[str, Any]) -> None:
    assert not is_certain({"resource_type": "skus", **attributes})


def test_documented_request_is_certain() -> None:
    assert is_certain(DOCUMENTED["data"]["attributes"])


@pytest.mark.parametrize("name", sorted(resource_types()))
def test_type_is_certain_that_every_list_has(name: str) -> None:
    assert is_certain({"resource_type": name}) is (name in certain_types())


def test_unknown_type_is_not_certain() -> None:
    for name in ("sku", "SKUS", "exports", ""):
        assert not is_certain({"resource_type": name})


@pytest.mark.parametrize("name", certain_types())
def test_filters_that_select_everything_are_certain_of_every_type(name: str) -> None:
    for filters in ALL_SELECTING:
        assert is_certain({"resource_type": name, "filters": filters})
