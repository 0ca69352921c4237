"""Volatile values are known by their place, and only if they have the shape of that place."""

from dataclasses import replace
from pathlib import Path

import pytest

from exports_conformance.contract.open_questions import load_places, volatile_places
from exports_conformance.contract.requirements import TIME, requirements
from exports_conformance.contract.tables import ContractError
from exports_conformance.exchange.exports import own_ids
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.strict_json import Json
from exports_conformance.upgrade.steady import AnyValue, kind_at, steady
from tests.exchanges import created, edited, put, with_answer


def test_every_place_has_a_reason() -> None:
    assert all(place.because.endswith(".") for place in volatile_places().values())


def test_every_attribute_that_is_a_time_is_volatile() -> None:
    times = [each.where.response[-1] for each in requirements().values() if TIME.words in each.shape]
    assert len(times) > 5
    assert {kind_at(pointer)[0] for pointer in times} == {"time"}


@pytest.mark.parametrize(
    ("pointer", "kind", "reached"),
    [
        ("/data/id", "text", "/data/id"),
        ("/data/attributes/metadata/a/b", "free", "/data/attributes/metadata"),
        ("/data/relationships/tags/links/self", "link", "/data/relationships/tags/links/self"),
        ("/errors/*/title", "prose", "/errors/*/title"),
        ("/data/attributes/format", "enum", "/data/attributes/format"),
        ("/data/attributes/priority", None, "/data/attributes/priority"),
        ("/nonsense", None, "/nonsense"),
    ],
)
def test_place_is_known_by_its_pattern(pointer: str, kind: str | None, reached: str) -> None:
    assert kind_at(pointer) == (kind, reached)


def at(exchange: Exchange, *path: str) -> Json:
    """Return the value at a place of the steady response."""
    value = steady(exchange).value
    for step in path:
        value = value[step]
    return value


@pytest.mark.parametrize(
    ("pointer", "value", "is_volatile"),
    [
        ("/data/attributes/created_at", "2026-03-01T12:00:00Z", True),
        ("/data/attributes/created_at", "2026-03-01", False),
        ("/data/attributes/created_at", None, False),
        ("/data/attributes/started_at", None, True),
        ("/data/attributes/records_count", 3, True),
        ("/data/attributes/records_count", -3, False),
        ("/data/attributes/records_count", None, True),
        ("/data/attributes/status", "completed", True),
        ("/data/attributes/status", "failed", False),
        ("/data/attributes/status", 7, False),
        ("/data/meta/trace_id", "", False),
        ("/data/meta/mode", "test", False),
        ("/data/attributes/attachment_url", "/file", False),
        ("/data/links/self", "/exports/x", False),
        ("/data/links/self", "https://x.example/api/elsewhere", True),
    ],
)
def test_value_is_volatile_only_with_the_shape_of_its_place(pointer: str, value: Json, is_volatile: bool) -> None:  # noqa: FBT001  a value
    found = at(put(created(), pointer, value), *pointer[1:].split("/"))
    assert isinstance(found, AnyValue) is is_volatile
    assert is_volatile or found == value


def test_unreadable_response_is_a_problem() -> None:
    assert steady(with_answer(created(), body=b"{")).problem
    assert steady(replace(created(), response=None)).problem == "no response"
    assert steady(with_answer(created(), body=b"[1]")).value == [1]
    assert steady(with_answer(created(), body=b'{"data": 1, "errors": 2}')).value == {"data": 1, "errors": 2}


def test_own_id_is_known_by_the_path_the_data_or_the_link() -> None:
    assert own_ids(created()) == ["XAyRWNUzyN"]
    assert own_ids(put(created(), "/data/id", 7)) == ["XAyRWNUzyN"]
    asked = replace(created(), request=replace(created().request, path="/exports/OtherOther"))
    assert own_ids(asked) == ["OtherOther", "XAyRWNUzyN"]
    assert own_ids(put(created(), "/data/links", None)) == ["XAyRWNUzyN"]
    assert own_ids(edited(created(), lambda whole: whole.clear())) == []


def _list(finds: int | None, *ids: str) -> Exchange:
    expectation = Expectation("life/listed", "list", matches=finds, expected={"id": "XAyRWNUzyN"} if finds else None)

    def listed(whole: Json) -> None:
        whole["data"] = [{**whole["data"], "id": each} for each in ids]
        whole["links"] = {"first": "https://x.example/api/exports?page=1", "next": None, "about": 7}
        whole["meta"] = {"record_count": len(ids), "page_count": 1}

    return replace(edited(created(), listed), expectation=expectation)


def test_list_is_compared_if_it_contains_what_it_should() -> None:
    found = at(_list(1, "XAyRWNUzyN"), "data")
    assert isinstance(found[0]["attributes"]["created_at"], AnyValue)
    assert at(_list(1, "XAyRWNUzyN", "XAyRWNUzyM"), "data") == "2 exports instead of 1"
    assert at(_list(0), "data") == []
    assert at(_list(0, "XAyRWNUzyN"), "data") == "1 exports instead of 0"
    assert isinstance(at(_list(None, "XAyRWNUzyN"), "data"), AnyValue)


def test_pages_of_a_list_come_and_go() -> None:
    assert at(_list(0), "links") == {"*": "an integer"}  # of what leads elsewhere than to a page
    assert isinstance(at(_list(0), "meta", "record_count"), AnyValue)


@pytest.mark.parametrize(
    "text", ["", "[[place]]\nat = '/data'", "[[place]]\nwhere = 1", "place = [", "[[place]]\nkind = 'x'"]
)
def test_faulty_places_are_one_clear_line(text: str, tmp_path: Path) -> None:
    file = tmp_path / "volatile.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as raised:
        load_places(file)
    assert str(raised.value).startswith(f"{file}: ")
    assert "\n" not in str(raised.value)
