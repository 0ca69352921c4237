"""The halves of known records: every filter counts, and together they select all."""

from collections.abc import Callable
from typing import Any

import pytest

from exports_conformance.strategies.bodies import is_certain
from exports_conformance.strategies.halves import Half, halves

DAYS = [f"2026-03-0{day}T12:00:00.000Z" for day in range(1, 9)]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_three_records_are_divided_by_a_time(order: tuple[int, ...]) -> None:
    late, early = halves("abc", [DAYS[at] for at in order], "xyz")
    at = dict(zip("abc", order, strict=True))
    assert late.filters == {"id_in": ["a", "b", "c"], "created_at_gteq": DAYS[1]}
    assert early.filters == {"created_at_lt": DAYS[1], "id_in": ["a", "b", "c"]}
    assert {at[each] for each in early.ids} == {0}
    assert {at[each] for each in late.ids} == {1, 2}
    assert all(is_certain({"resource_type": "skus", "filters": dict(half.filters)}) for half in (late, early))


@pytest.mark.parametrize("created", [[], DAYS[:2], [DAYS[0]] * 3, [DAYS[0], DAYS[0], DAYS[1]]])
def test_records_without_a_bound_between_them_are_selected_by_id(created: list[str]) -> None:
    assert halves("abc", created) == (Half({"id_in": ["a", "b"]}, ("a", "b")), Half({"id_eq": "b"}, ("b",)))


def test_times_with_offsets_are_compared_as_times() -> None:
    created = ["2026-03-02T01:00:00+02:00", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"]
    assert halves("abc", created)[1].ids == ("a",)


IDS = "dbacfehg"  # not in the order of their times


@pytest.mark.parametrize("number", range(4, 9))
def test_each_filter_alone_leaves_out_a_record(number: int) -> None:
    """Each filter excludes a record, so that ignoring it, or applying it alone, selects others."""
    ids, times, codes = IDS[:number], DAYS[:number], IDS[:number].upper()
    late, early = halves(ids, times, codes)
    known = {one: (time, code) for one, time, code in zip(ids, times, codes, strict=True)}
    accepts: dict[str, Callable[[str, Any], bool]] = {
        "id_in": lambda one, operand: one in operand,
        "created_at_gteq": lambda one, operand: known[one][0] >= operand,
        "created_at_lt": lambda one, operand: known[one][0] < operand,
        "code_not_eq": lambda one, operand: known[one][1] != operand,
    }
    assert set(late.filters) == {"id_in", "created_at_gteq", "code_not_eq"}
    for half in (late, early):
        selected = {one for one in ids if all(accepts[name](one, value) for name, value in half.filters.items())}
        assert selected == set(half.ids)
    for name, operand in late.filters.items():
        assert any(
            not accepts[name](one, operand)
            and all(accepts[other](one, value) for other, value in late.filters.items() if other != name)
            for one in ids
        ), name
    assert late.filters["created_at_gteq"] in {known[one][0] for one in late.ids}, "no record is at the bound"
    assert is_certain({"resource_type": "skus", "filters": dict(late.filters)})


@pytest.mark.parametrize("codes", ["", "AAAA", "xBbC"])
def test_code_leaves_out_one_record_only_if_others_have_another(codes: str) -> None:
    late, _ = halves("abcd", DAYS[:4], codes)
    assert "code_not_eq" not in late.filters
    assert late.ids == ("b", "c")
