"""The reference's filters select what their predicates mean."""

import pytest

from exports_conformance.contract.resources import predicates
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference import Organisation
from exports_conformance.reference.organisation import count_of, records_of, related_records
from exports_conformance.reference.selection import InvalidOperandError, UnknownFilterError, predicate_test, selected

SKUS = 12
TABLE: dict[str, list[tuple[str, Json, Json, bool]]] = {
    # predicate: type, operand, value, whether it holds
    "eq": [
        ("string", "a", "a", True),
        ("string", "a", "A", False),
        ("integer", "5", 5, True),
        ("boolean", "1", True, True),
    ],
    "not_eq": [("string", "a", "b", True), ("string", "a", "a", False), ("string", "a", None, False)],
    "eq_or_null": [("string", "a", "a", True), ("string", "a", None, True), ("string", "a", "b", False)],
    "not_eq_or_null": [("string", "a", "b", True), ("string", "a", None, True), ("string", "a", "a", False)],
    "matches": [("string", "A%_", "abc", True), ("string", "a_", "abc", False), ("string", "%", "", True)],
    "does_not_match": [("string", "a%", "bcd", True), ("string", "a%", "abc", False)],
    "matches_any": [("string", "b%,a%", "abc", True), ("string", "b%,c%", "abc", False)],
    "matches_all": [("string", ["a%", "%c"], "abc", True), ("string", ["a%", "b%"], "abc", False)],
    "does_not_match_any": [("string", "a%,b%", "abc", True), ("string", "a%,%c", "abc", False)],
    "does_not_match_all": [("string", "b%,c%", "abc", True), ("string", "a%,b%", "abc", False)],
    "lt": [("integer", 5, 4, True), ("integer", 5, 5, False), ("integer", 5, None, False)],
    "lteq": [("float", 1.5, 1.5, True), ("float", "1.5", 1.6, False)],
    "gt": [
        ("datetime", "2024-01-01", "2024-01-01T00:00:01Z", True),
        ("datetime", "2024-01-01T02:00:00+02:00", "2024-01-01T00:00:00Z", False),
    ],
    "gteq": [("datetime", "2024-01-01T02:00:00+02:00", "2024-01-01T00:00:00Z", True), ("integer", 5, 4, False)],
    "present": [("string", True, "a", True), ("string", True, " ", False), ("string", "false", None, True)],
    "blank": [("string", True, "", True), ("string", True, "a", False), ("string", False, "a", True)],
    "null": [("string", True, None, True), ("string", True, "", False), ("string", "0", "", True)],
    "not_null": [("string", True, "", True), ("string", True, None, False), ("string", False, None, True)],
    "in": [
        ("string", "a,b", "b", True),
        ("string", ["a,b"], "b", False),
        ("integer", [1, 2], 2, True),
        ("integer", 2, 2, True),
    ],
    "in_or_null": [("string", "a,b", None, True), ("string", "a,b", "c", False)],
    "not_in": [("string", "a,b", "c", True), ("string", "a,b", "b", False), ("string", "a,b", None, False)],
    "not_in_or_null": [("string", "a,b", None, True), ("string", "a,b", "b", False)],
    "lt_any": [("integer", [1, 9], 5, True), ("integer", [1, 5], 5, False)],
    "lteq_any": [("integer", "1,5", 5, True), ("integer", "1,4", 5, False)],
    "gt_any": [("integer", [1, 9], 5, True), ("integer", [5, 9], 5, False)],
    "gteq_any": [("integer", [5, 9], 5, True), ("integer", [6, 9], 5, False)],
    "lt_all": [("integer", [6, 9], 5, True), ("integer", [1, 9], 5, False)],
    "lteq_all": [("integer", [5, 9], 5, True), ("integer", [4, 9], 5, False)],
    "gt_all": [("integer", [1, 4], 5, True), ("integer", [1, 9], 5, False)],
    "gteq_all": [("integer", [1, 5], 5, True), ("integer", [1, 6], 5, False)],
    "not_eq_all": [("string", "a,b", "c", True), ("string", "a,b", "a", False)],
    "start": [("string", "AB", "abc", True), ("string", "bc", "abc", False)],
    "not_start": [("string", "bc", "abc", True), ("string", "ab", "abc", False), ("string", "ab", None, False)],
    "start_any": [("string", "x,a", "abc", True), ("string", "x,y", "abc", False)],
    "start_all": [("string", "a,ab", "abc", True), ("string", "a,b", "abc", False)],
    "not_start_any": [("string", "a,b", "abc", True), ("string", "a,ab", "abc", False)],
    "not_start_all": [("string", "b,c", "abc", True), ("string", "a,b", "abc", False)],
    "end": [("string", "BC", "abc", True), ("string", "ab", "abc", False)],
    "not_end": [("string", "ab", "abc", True), ("string", "bc", "abc", False)],
    "end_any": [("string", "x,c", "abc", True), ("string", "x,y", "abc", False)],
    "end_all": [("string", "c,bc", "abc", True), ("string", "c,b", "abc", False)],
    "not_end_any": [("string", "c,b", "abc", True), ("string", "c,bc", "abc", False)],
    "not_end_all": [("string", "a,b", "abc", True), ("string", "c,b", "abc", False)],
    "cont": [("string", "B", "abc", True), ("string", "x", "abc", False)],
    "not_cont": [("string", "x", "abc", True), ("string", "b", "abc", False)],
    "cont_any": [("string", "x,b", "abc", True), ("string", "x,y", "abc", False)],
    "cont_all": [("string", "a,b", "abc", True), ("string", "a,x", "abc", False)],
    "not_cont_all": [("string", "x,y", "abc", True), ("string", "x,b", "abc", False)],
    "jcont": [
        ("object", {"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, True),
        ("object", {"a": [2]}, {"a": [1, 2]}, True),
        ("object", '{"a": 1}', {"a": True}, False),
        ("object", {"a": 1}, None, False),
        ("object", {}, {"a": 1}, True),
    ],
    "true": [("boolean", True, True, True), ("boolean", True, False, False), ("boolean", False, None, True)],
    "false": [("boolean", True, False, True), ("boolean", "true", None, False), ("boolean", False, True, True)],
}


@pytest.mark.parametrize("predicate", predicates())
def test_predicate_selects_as_documented(predicate: str) -> None:
    for value_type, operand, value, holds in TABLE[predicate]:
        assert predicate_test(predicate, value_type, operand)(value) is holds, (operand, value)


def test_pattern_of_many_wildcards_is_fast() -> None:
    assert not predicate_test("matches", "string", "%a" * 500)("a" * 499 + "b")


@pytest.mark.parametrize(
    ("predicate", "value_type", "operand"),
    [
        ("gt", "integer", "abc"),
        ("eq", "string", {}),
        ("null", "string", "perhaps"),
        ("lt", "object", 1),
        ("in", "string", []),
    ],
)
def test_unfit_operand_is_an_error(predicate: str, value_type: str, operand: Json) -> None:
    with pytest.raises(InvalidOperandError):
        predicate_test(predicate, value_type, operand)


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, SKUS),
        ({"id_present": True}, SKUS),
        ({"code_eq": "AAA"}, 1),
        ({"code_in": ["AAA", "BBB", "nobody"]}, 2),
        ({"code_in": "AAA,BBB"}, 2),
        ({"code_eq": "AAA", "name_eq": "nobody"}, 0),
        ({"code_or_name_eq": "AAA"}, 1),
        ({"reference_null": True}, 1),
        ({"shipping_category_name_start": "name 0"}, -(-SKUS // count_of("shipping_categories"))),
        ({"prices_amount_cents_gt": 100}, count_of("prices") - 1),
        ({"prices_id_null": True}, SKUS - count_of("prices")),
        ({"created_at_lt": "2024-01-03T00:00:00Z"}, 2),
        ({"metadata_jcont": {"season": "s0"}}, 1),
    ],
    ids=str,
)
def test_filters_select_records(filters: dict[str, Json], count: int) -> None:
    assert len(selected(Organisation(), "skus", filters)) == count


def test_related_records_mirror_each_other() -> None:
    for sku in records_of("skus"):
        for price in related_records(sku, "prices"):
            assert related_records(price, "sku") == (sku,)
    assert sum(len(related_records(sku, "prices")) for sku in records_of("skus")) == count_of("prices")


def test_unknown_filter_is_named() -> None:
    with pytest.raises(UnknownFilterError, match="nonsense_eq"):
        selected(Organisation(), "skus", {"nonsense_eq": 1})
