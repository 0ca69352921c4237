"""The halves of known records: every filter counts, and together they select all."""

import pytest

from exports_conformance.strategies.bodies import Half, halves, is_certain

DAYS = [f"2026-03-0{day}T12:00:00.000Z" for day in range(1, 4)]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_three_records_are_divided_by_a_time(order: tuple[int, ...]) -> None:
    late, early = halves("abc", [DAYS[at] for at in order])
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
