"""The resource types and predicates: the data, and queries of it."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest

from exports_conformance.contract.resources import (
    BREADTH,
    RESOURCES_FILE,
    FieldType,
    certain_types,
    deep_include,
    fitting_predicates,
    include_paths,
    load,
    predicates,
    related_type,
    resource_type,
    resource_types,
    sure_includes,
)
from exports_conformance.contract.tables import ContractError

DATA: dict[str, Any] = json.loads(RESOURCES_FILE.read_text(encoding="utf-8"))
EVERY_TYPE = sorted(resource_types())


def test_certain_types_are_the_22_that_every_list_has() -> None:
    lists = {one for kind in resource_types().values() for one in kind.listed_in}
    in_all = sorted(name for name, kind in resource_types().items() if kind.listed_in == lists)
    assert len(lists) == 3
    assert list(certain_types()) == in_all
    assert len(certain_types()) == 22
    assert {name for name, kind in resource_types().items() if kind.certain} == set(certain_types())


def test_exportable_types_are_the_union_of_the_lists() -> None:
    assert len(resource_types()) == 90
    assert "exports" not in resource_types()
    assert "versions" not in resource_types()
    assert resource_type("versions").listed_in == frozenset()


def test_facts_name_only_sources_that_the_file_describes() -> None:
    named = {one for entry in DATA["types"].values() for one in entry.get("listed_in", ())}
    named |= {one for entry in DATA["predicates"].values() for one in entry["sources"]}
    assert named <= DATA["sources"].keys()


def test_data_is_sorted_and_small() -> None:
    assert json.dumps(DATA) == json.dumps(DATA, sort_keys=True)
    assert RESOURCES_FILE.stat().st_size < 160_000


@pytest.mark.parametrize("name", EVERY_TYPE)
def test_every_type_has_an_id_and_typed_fields(name: str) -> None:
    kind = resource_type(name)
    assert kind.fields["id"] == "string"
    assert set(kind.fields.values()) <= set(get_args(FieldType))
    assert "event_stores" not in {link.name for link in kind.relationships.values() if link.includable}


def test_secrets_are_no_exportable_fields() -> None:
    assert "password" not in resource_type("customers").fields
    assert "shared_secret" not in resource_type("webhooks").fields


def test_relationships_tell_one_from_many_and_known_from_any() -> None:
    links = resource_type("orders").relationships
    assert (links["line_items"].target, links["line_items"].many) == ("line_items", True)
    assert (links["customer"].target, links["customer"].many) == ("customers", False)
    assert links["payment_source"].target is None


def test_returned_tables_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        resource_type("skus").fields["code"] = "integer"  # type: ignore[index]
    with pytest.raises(TypeError):
        del resource_types()["skus"]  # type: ignore[attr-defined]


def test_unknown_type_is_refused_with_a_near_one() -> None:
    with pytest.raises(KeyError, match='did you mean "skus"'):
        resource_type("skuz")


@pytest.mark.parametrize("name", EVERY_TYPE)
def test_include_paths_resolve_within_their_depth(name: str) -> None:
    paths = include_paths(name, depth=3)
    assert len(set(paths)) == len(paths)
    assert max((path.count(".") for path in paths), default=0) <= 2
    for path in paths:
        assert _resolves(name, path), path


def test_include_paths_are_complete_at_first_and_narrow_below() -> None:
    kind = resource_type("orders")
    first = include_paths("orders", depth=1)
    assert set(first) == {link.name for link in kind.relationships.values() if link.includable}
    below = Counter(
        path.rpartition(".")[0] for path in set(include_paths("orders")) - {*first, *sure_includes("orders")}
    )
    assert max(below.values()) == BREADTH
    assert include_paths("orders")[: len(first)] == first


def test_include_paths_never_walk_back() -> None:
    assert "prices.sku" not in include_paths("skus")
    assert not [path for path in include_paths("skus", depth=4) if path.startswith("prices.price_list.prices")]


@pytest.mark.parametrize("name", certain_types())
def test_sure_includes_are_include_paths(name: str) -> None:
    assert set(sure_includes(name)) <= set(include_paths(name))


def test_sure_includes_are_all_that_the_dashboard_proves_but_four() -> None:
    missing = {
        f"{name}.{path}"
        for name in EVERY_TYPE
        for path in {*resource_type(name).proven_includes} - {*sure_includes(name)}
    }
    assert missing == {
        "bundles.sku_list_items",
        "payment_methods.order",
        "shipping_methods.shipments",
        "skus.tax_categories",
    }


def test_documented_include_is_sure() -> None:
    assert "prices.price_tiers" in sure_includes("skus")


def test_every_predicate_has_the_shape_of_its_name() -> None:
    assert len(predicates()) == 51
    for name, predicate in predicates().items():
        several = name.endswith(("_any", "_all")) or name.removeprefix("not_").removesuffix("_or_null") == "in"
        assert (predicate.values == "list") is several, name
        assert predicate.pattern is ("match" in name), name
    assert {name for name, one in predicates().items() if one.values == "object"} == {"jcont"}
    booleans = {"present", "blank", "null", "not_null", "true", "false"}
    assert {name for name, one in predicates().items() if one.values == "boolean"} == booleans


@pytest.mark.parametrize(
    ("field_type", "fits", "does_not"),
    [
        (
            "string",
            {"eq", "in", "present", "null", "start", "end", "cont", "matches"},
            {"lt", "true", "jcont", "start_all"},
        ),
        ("integer", {"eq", "in", "lt", "gteq_any"}, {"start", "matches", "false"}),
        ("float", {"not_eq", "lteq", "gt_all"}, {"cont", "jcont"}),
        ("datetime", {"eq", "gteq", "lt", "not_null"}, {"start", "true"}),
        ("boolean", {"eq", "true", "false", "null"}, {"gt", "cont"}),
        ("object", {"jcont"}, {"eq", "lt"}),
        ("array", set(), {"eq", "in", "jcont"}),
    ],
)
def test_fitting_predicates_suit_the_type(field_type: FieldType, fits: set[str], does_not: set[str]) -> None:
    fitting = fitting_predicates(field_type)
    assert fits <= set(fitting) <= predicates().keys()
    assert not does_not & set(fitting)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{", "Expecting property name"),
        ("{}", "has no 'certain'"),
        (json.dumps(DATA).replace('"boolean": ["', '"truth": ["', 1), "addresses: fields has 'truth'"),
        (json.dumps(DATA).replace('"target": "events"', '"target": "evenings"', 1), "leads to evenings"),
    ],
    ids=["no-json", "empty", "unknown-field-type", "unknown-target"],
)
def test_faulty_data_is_one_clear_line(text: str, hint: str, tmp_path: Path) -> None:
    file = tmp_path / "resources.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        load(file)
    message = str(caught.value)
    assert message.startswith(str(file))
    assert hint in message
    assert "restore" in message
    assert "\n" not in message


def test_missing_data_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="cannot be read: No such file"):
        load(tmp_path / "resources.json")


def _resolves(name: str, path: str) -> bool:
    target: str | None = name
    for segment in path.split("."):
        link = resource_type(target).relationships.get(segment) if target else None
        if link is None or not link.includable:
            return False
        target = link.target
    return True


def test_deep_include_has_three_known_levels() -> None:
    """It begins with a sure include and goes on to single resources, where there are any."""
    assert deep_include("skus") == "stock_items.stock_location.address"
    found = {name: deep_include(name) for name in certain_types()}
    assert found["gift_cards"] == ""
    for name, path in found.items():
        if path:
            assert path.count(".") == 2
            assert path.partition(".")[0] in sure_includes(name)
            assert related_type(name, path) is not None
