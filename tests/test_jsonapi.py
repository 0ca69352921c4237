"""Parts of JSON:API documents are read from documents of any shape."""

import pytest

from exports_conformance.exchange.strict_json import (
    Json,
    as_array,
    as_object,
    as_text,
    member,
    objects_in,
    shown,
    source_pointer,
)

VALUES: tuple[Json, ...] = (None, True, 7, 1.5, "text", ["a"], {"a": 1})


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_accessor_returns_a_value_of_its_type_and_an_empty_one_of_any_other(value: Json) -> None:
    assert as_object(value) == (value if isinstance(value, dict) else {})
    assert as_array(value) == (value if isinstance(value, list) else [])
    assert as_text(value) == (value if isinstance(value, str) else "")


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"data": {"attributes": {"status": "pending"}}}, "pending"),
        ({"data": {"attributes": {"status": 7}}}, 7),
        ({"data": {"attributes": {}}}, None),
        ({"data": {"attributes": []}}, None),
        ({"data": None}, None),
        ([], None),
        ("data", None),
    ],
)
def test_member_is_found_where_every_object_on_its_path_is(document: Json, found: Json) -> None:
    assert member(document, "data", "attributes", "status") == found


def test_member_without_a_path_is_the_document() -> None:
    assert member([7]) == [7]


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ({"data": {"id": None}}, "null"),
        ({"data": {"id": "a"}}, '"a"'),
        ({"data": {}}, "absent"),
        ({"data": None}, "absent"),
        ({}, "absent"),
        ([], "absent"),
    ],
)
def test_member_is_shown_as_it_is_or_absent(document: Json, line: str) -> None:
    assert shown(document, "data", "id") == line


def test_member_of_an_element_is_shown() -> None:
    assert [shown([{"id": 7}], index, "id") for index in ("0", "1", "x")] == ["7", "absent", "absent"]


def test_objects_are_those_of_an_array() -> None:
    assert objects_in([{"a": 1}, None, "b", [], {}]) == [{"a": 1}, {}]
    assert objects_in({"a": {}}) == []


@pytest.mark.parametrize(
    ("error", "pointer"),
    [
        ({"source": {"pointer": "/data/id"}}, "/data/id"),
        ({"source": {"pointer": 7}}, ""),
        ({"source": "/data/id"}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_pointer_of_an_error_is_a_string(error: Json, pointer: str) -> None:
    assert source_pointer(error) == pointer
