"""A document with one change is reported as exactly that change, in both directions."""

from collections.abc import Callable
from typing import Any

import pytest

from exports_conformance.upgrade.drift.description import TABLE, Impact
from exports_conformance.upgrade.drift.drifting import drifts
from tests.drift.changes import CHANGES, CREATE, Change, arguments, post, resource, shown
from tests.drift.documents import MEDIA_TYPE, described, keys_against_contract, newest_schema, vendor_document


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_one_change_is_reported_as_itself_in_both_directions(change: Change) -> None:
    whole = vendor_document()
    before = described(whole)
    change.edit(whole)
    after = described(whole)
    (forth,), (back,) = drifts(before, after), drifts(after, before)
    assert (forth.key, forth.impact) == (change.key, change.there)
    reverse = {"added": "removed", "removed": "added"}.get(change.key[2], change.key[2])
    assert (back.key, back.impact) == ((*change.key[:2], reverse), change.back)


@pytest.mark.parametrize("name", [name for name, change in CHANGES.items() if change.contract])
def test_one_change_is_reported_against_our_contract(name: str) -> None:
    whole = vendor_document()
    CHANGES[name].edit(whole)
    assert keys_against_contract(whole, newest_schema()) == {CHANGES[name].key}


def test_every_row_of_the_table_has_a_change() -> None:
    """Only parameters, and what a creation shows, have documents of their own below."""
    tested = {
        (part, "present" if aspect in {"added", "removed"} else aspect) for part, _, aspect in map(key_of, CHANGES)
    }
    untested = {row.aspect for row in TABLE if not any((part, row.aspect) in tested for part in row.parts)}
    assert untested == {"style", "explode", "attributes shown"}


def key_of(name: str) -> tuple[str, str, str]:
    return CHANGES[name].key


def parameterised() -> Any:
    """Return a document whose list has a parameter."""
    whole = vendor_document()
    whole["paths"]["/exports"]["get"]["parameters"] = [
        {"name": "page[size]", "in": "query", "style": "form", "explode": False, "schema": {"type": "integer"}},
        {"name": "sort", "in": "query", "schema": {"type": "array", "items": {"enum": ["id", "status"]}}},
    ]
    return whole


PARAMETERS: dict[str, tuple[Callable[[Any], object], tuple[str, str], Impact]] = {
    "removed": (lambda it: it.pop(0), ("page[size]", "removed"), "breaking"),
    "added": (lambda it: it.append({"name": "include", "in": "query"}), ("include", "added"), "compatible"),
    "required": (lambda it: it[0].update(required=True), ("page[size]", "required"), "breaking"),
    "maximum": (lambda it: it[0]["schema"].update(maximum=25), ("page[size]", "maximum"), "breaking"),
    "style": (lambda it: it[0].update(style="deepObject"), ("page[size]", "style"), "breaking"),
    "explode": (lambda it: it[0].update(explode=True), ("page[size]", "explode"), "breaking"),
    "deprecated": (lambda it: it[0].update(deprecated=True), ("page[size]", "deprecated"), "compatible"),
    "value": (lambda it: it[1]["schema"]["items"]["enum"].pop(), ("sort[]", "values"), "breaking"),
}


@pytest.mark.parametrize(("edit", "expected", "impact"), PARAMETERS.values(), ids=PARAMETERS)
def test_one_change_of_a_parameter_is_reported(
    edit: Callable[[Any], object], expected: tuple[str, str], impact: Impact
) -> None:
    whole = parameterised()
    before = described(whole)
    edit(whole["paths"]["/exports"]["get"]["parameters"])
    (found,) = drifts(before, described(whole))
    name, aspect = expected
    assert (found.key, found.impact) == (("parameter", f"GET /exports: query {name}", aspect), impact)


def test_bounds_are_compared_by_their_size() -> None:
    whole = vendor_document()
    arguments(whole)["reference"] |= {"minLength": 2, "maxLength": 100}
    before = described(whole)
    arguments(whole)["reference"] |= {"minLength": 3, "maxLength": 200}
    found = {each.aspect: (each.impact, each.old, each.new) for each in drifts(before, described(whole))}
    assert found == {"minLength": ("breaking", "2", "3"), "maxLength": ("loosened", "100", "200")}


def test_creation_that_shows_less_than_before_is_reported_of_the_creation_alone() -> None:
    whole = vendor_document()
    before = described(whole)
    some = {name: schema for name, schema in shown(whole).items() if name != "errors_log"}
    data = {**resource(whole), "properties": {**resource(whole)["properties"], "attributes": {"properties": some}}}
    post(whole)["responses"]["201"]["content"][MEDIA_TYPE]["schema"] = {"properties": {"data": data}}
    (found,) = drifts(before, described(whole))
    assert found.key == ("operation", CREATE, "attributes shown")
    assert (found.old, found.new, found.impact) == ("errors_log", "", "breaking")


def test_values_that_differ_are_named() -> None:
    whole = vendor_document()
    before = described(whole)
    arguments(whole)["format"]["enum"] = ["json", "xlsx"]
    (found,) = drifts(before, described(whole))
    assert str(found).startswith("breaking: argument attributes.format: values: csv → xlsx (requirements: ")


def test_requirements_that_rest_on_a_place_are_named() -> None:
    whole = vendor_document()
    before = described(whole)
    arguments(whole).pop("dry_data")
    (found,) = drifts(before, described(whole))
    assert found.requirements == ("argument-dry-data-accepted", "argument-dry-data-typed", "create-echoes-dry-data")
