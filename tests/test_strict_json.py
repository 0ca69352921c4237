"""The strict reader and the JSON equality: anything but JSON is a problem, and distinct values stay distinct."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports_conformance.exchange.strict_json import (
    Json,
    Reading,
    equal,
    is_empty,
    one_line,
    read_json,
    read_response,
    same_class,
)

LEAVES = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)
DRAWN = settings(max_examples=100, deadline=None, derandomize=True, database=None)


@DRAWN
@given(value=VALUES)
def test_what_was_written_is_read_and_equal(value: Json) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        reading = read_json(text.encode("utf-8", "surrogatepass"))
        assert reading.problem == ""
        assert equal(reading.value, value)


def test_response_behind_a_byte_order_mark_is_read_and_the_mark_noted() -> None:
    assert read_response(b'\xef\xbb\xbf{"a": 1}') == Reading({"a": 1}, is_marked=True)
    assert read_response(b'{"a": 1}') == Reading({"a": 1})
    assert read_response(b"\xef\xbb\xbf").problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "Expecting value"),
        (b" ", "Expecting value"),
        (b"{", "Expecting property name"),
        (b"{'a': 1}", "Expecting property name"),
        (b'{"a": 1,}', "Expecting property name|Illegal trailing comma"),
        (b"{} {}", "Extra data"),
        (b'"a\nb"', "Invalid control character"),
        (b"01", "Extra data"),
        (b"undefined", "Expecting value"),
        (b"NaN", "NaN is not a JSON value"),
        (b"[Infinity]", "Infinity is not a JSON value"),
        (b'{"a": -Infinity}', "-Infinity is not a JSON value"),
        (b"1e999", "1e999 is beyond every finite number"),
        (b"[-1e999]", "-1e999 is beyond every finite number"),
        (b"9" * 5000, "integer string conversion"),
        (b"[" * 100_000, "nested too deep to be read"),
        (b'{"a":' * 100_000, "nested too deep to be read"),
        (b"\xef\xbb\xbf{}", "BOM"),
        ('"ö"'.encode("latin-1"), "not UTF-8: byte 1 is 0xf6"),
        ('"ö"'.encode("utf-16"), "not UTF-8: byte 0 is 0xff"),
        (b'"\xed\xa0\x80"', "not UTF-8: byte 1 is 0xed"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_anything_but_json_is_a_problem_and_not_an_exception(text: bytes, problem: str) -> None:
    reading = read_json(text)
    assert reading.value is None
    assert any(words in reading.problem for words in problem.split("|")), reading.problem


@settings(DRAWN, max_examples=300)
@given(text=st.binary(max_size=40) | st.text('{}[]":,0123456789eE+-.truefalsn \\u', max_size=20).map(str.encode))
def test_reader_never_raises(text: bytes) -> None:
    assert isinstance(read_json(text), Reading)


def test_repeated_keys_are_noted_and_the_last_value_is_kept() -> None:
    reading = read_json(b'{"b": 1, "a": {"x": 1, "x": 2, "x": 3}, "b": 2, "c": [{"y": 0, "y": 0}]}')
    assert reading.value == {"b": 2, "a": {"x": 3}, "c": [{"y": 0}]}
    assert sorted(reading.repeated_keys) == ["b", "x", "y"]
    assert reading.problem == ""
    assert read_json(b'{"a": {"a": 1}, "b": {"a": 1}}').repeated_keys == ()


def test_halves_of_surrogate_pairs_and_large_numbers_are_read() -> None:
    assert read_json(b'["\\ud83e", "\\u0000"]').value == ["\ud83e", "\0"]
    assert read_json(b"9" * 4000).value == int("9" * 4000)
    assert read_json(b"1e308").value == 1e308


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (True, 1),
        (False, 0),
        (True, 1.0),
        ([True], [1]),
        ({"a": False}, {"a": 0}),
        (1, "1"),
        (None, False),
        (None, 0),
        ("", None),
        ([], {}),
        ([1, 2], [2, 1]),
        ([1], [1, 1]),
        ({"a": 1}, {"a": 1, "b": None}),
        ({"a": 1}, {"b": 1}),
        ("é", "e\N{COMBINING ACUTE ACCENT}"),
        ("a", "A"),
        (2**53, 2**53 + 2),
        (10**400, -(10**400)),
        (0.1, 0.10000000000000002),
    ],
)
def test_values_that_differ_are_not_equal(left: Json, right: Json) -> None:
    assert not equal(left, right)
    assert not equal(right, left)
    assert not equal([{"deep": left}], [{"deep": right}])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, 1.0),
        (5.369827099987149e16, 53698270999871490),
        (9007199254740993, 9007199254740993.0),
        (2**53, 2**53 + 1),
        (0, -0.0),
        (10**20, 1e20),
        ({"a": 1, "b": [2.0]}, {"b": [2], "a": 1.0}),
        (True, True),
        (None, None),
        ("\ud83e", "\ud83e"),
    ],
)
def test_values_that_are_the_same_are_equal(left: Json, right: Json) -> None:
    assert equal(left, right)
    assert equal(right, left)


@DRAWN
@given(left=VALUES, right=VALUES)
def test_equality_is_that_of_sorted_texts_but_for_numbers(left: Json, right: Json) -> None:
    def floated(text: str) -> Json:
        return json.loads(text, parse_int=float)

    def written(value: Json) -> str:
        return json.dumps(floated(json.dumps(value)), sort_keys=True).replace("-0.0", "0.0")

    assert equal(left, left)
    if equal(left, right):
        assert written(left) == written(right)
        assert equal(right, left)


EMPTY: list[Any] = [None, [], {}, ""]


def test_everything_empty_is_one_class_and_nothing_else_is() -> None:
    assert all(same_class(one, other) for one in EMPTY for other in EMPTY)
    full: list[Any] = [0, 0.0, False, " ", [None], [[]], {"": None}, "0"]
    for value in full:
        assert not is_empty(value)
        assert not any(same_class(value, one) or same_class(one, value) for one in EMPTY)
    assert same_class([1, {"a": None}], [1.0, {"a": None}])
    assert not same_class({"a": None}, {"a": []})


@pytest.mark.parametrize("limit", [40, 240, 1000])
@pytest.mark.parametrize("length", [1, 38, 39, 238, 239, 998, 999, 100_000])
def test_shown_value_is_bounded(limit: int, length: int) -> None:
    text = one_line("x" * length, limit=limit)
    assert len(text) <= limit
    assert (text == json.dumps("x" * length)) is (length + 2 <= limit)
    assert text.startswith('"x')
    assert text.endswith('x"')


@DRAWN
@given(value=VALUES | st.text(st.characters(exclude_categories=()), min_size=60))
def test_shown_value_is_one_line_of_ascii_but_for_the_ellipses(value: Json) -> None:
    text = one_line(value, limit=60).replace("…", "...")
    assert text.isascii()
    assert text.isprintable()


def test_anything_at_all_can_be_shown() -> None:
    assert one_line("\ud83e\n\x1b[2J") == '"\\ud83e\\n\\u001b[2J"'
    assert one_line(math.pi) == "3.141592653589793"
    assert one_line({1, 2}) == '"{1, 2}"'
    deep: Json = []
    for _ in range(100_000):
        deep = [deep]
    assert one_line(deep) == "<list too deep to show>"
    assert one_line(10**5000) == "<int too deep to show>"
