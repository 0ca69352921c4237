"""The halves of known records: every filter counts, and together they select all."""

from collections.abc import Callable
from typing import Any

import pytest

from exports_conformance.contract.resources import resource_type
from exports_conformance.exchange.model import File
from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.bodies import is_certain
from exports_conformance.strategies.halves import (
    Half,
    OneFilter,
    halves,
    metadata_half,
    selection_by,
    single_halves,
    table_halves,
    with_related,
    without_reference,
)

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


def test_selection_is_known_with_and_without_each_filter() -> None:
    half = selection_by("abcd", OneFilter("x", 1, "abc"), OneFilter("y", 2, "bcd"))
    assert half == Half({"id_in": [*"abcd"], "x": 1, "y": 2}, ("b", "c"), {"x": ("b", "c", "d"), "y": ("a", "b", "c")})


@pytest.mark.parametrize("conditions", [["abcd"], [""], ["ab", "abc"], ["ab", "cd"]])
def test_filter_that_leaves_out_nothing_is_not_sent(conditions: list[str]) -> None:
    """Nor is one that leaves nothing: an endpoint that ignores it would select the same."""
    assert selection_by("abcd", *(OneFilter(ids, None, ids) for ids in conditions)) is None


def _file(*known: dict[str, Json], codes: str = "") -> File:
    times = tuple(DAYS[: len(known)])
    return File(
        9,
        "",
        1,
        records=len(known),
        ids=tuple("abcdefgh"[: len(known)]),
        created=times,
        known=known,
        codes=tuple(codes),
    )


@pytest.mark.parametrize("codes", ["", IDS.upper()])
def test_half_leaves_out_the_records_without_a_reference(codes: str) -> None:
    """Its bound moves before the first of them, so that the time, the ids and the code leave out others."""
    dated = dict(zip(sorted(IDS), DAYS, strict=True))
    late, early = halves(IDS, [dated[one] for one in IDS], codes, blank="ce")
    selected = "bfg" if codes else "bdfg"
    left_out = {"code_not_eq": "D"} if codes else {}
    kept = [one for one in IDS if one != "h"]
    assert late.filters == {"id_in": kept, "created_at_gteq": dated["b"], "reference_present": True, **left_out}
    assert sorted(late.ids) == [*selected]
    assert sorted(late.without["reference_present"]) == sorted(selected + "ce")
    assert early.ids == ("a",)


@pytest.mark.parametrize("blank", ["", "a", "ab", "abcdefgh", "cdefgh", "bdfh"])
def test_half_is_without_a_filter_by_reference_that_tells_nothing(blank: str) -> None:
    """All records before the bound, or too many behind it, have none; or all have one."""
    assert halves("abcdefgh", DAYS, "ABCDEFGH", blank) == halves("abcdefgh", DAYS, "ABCDEFGH")


def test_relationship_leaves_out_the_records_of_one_resource() -> None:
    known: list[dict[str, Json]] = [{"shipping_category_id": [each]} for each in "XYXZZYZX"]
    related, plain = table_halves(_file(*known), resource_type("skus"))
    times: dict[str, Json] = {"created_at_gteq": DAYS[2], "created_at_lt": DAYS[7]}
    assert related == Half(
        {"id_in": [*"abcdefgh"], **times, "shipping_category_id_in": ["X", "Z"]},
        ("c", "d", "e", "g"),
        {
            "created_at_gteq": ("a", "c", "d", "e", "g"),
            "created_at_lt": ("c", "d", "e", "g", "h"),
            "shipping_category_id_in": ("c", "d", "e", "f", "g"),
        },
    )
    assert (plain.filters, plain.ids) == ({"id_in": [*"abcdefgh"], **times}, tuple("cdefg"))


@pytest.mark.parametrize("first", [1, 2, 3])
def test_table_begins_with_a_record_without_a_reference_and_has_four(first: int) -> None:
    """A writer that takes its columns from the first record, or the first three, then writes others."""
    known: list[dict[str, Json]] = [
        {"shipping_category_id": [each], "reference": number != first} for number, each in enumerate("ABCDEFGA")
    ]
    file = _file(*known)
    (blank,) = without_reference(file)
    several = table_halves(file, resource_type("skus"))
    assert [half.ids[0] for half in several] == [blank, blank]
    assert all(len(half.ids) >= 4 for half in several)
    assert [set(half.without) - {"created_at_lt"} for half in several] == [
        {"created_at_gteq", "shipping_category_id_in"},
        {"created_at_gteq"},
    ]


def test_record_is_joined_once() -> None:
    """No record is related to two of the ids in a filter: a join may have it twice, and nothing promises that."""
    known: list[dict[str, Json]] = [{"prices_id": each} for each in (["p", "q"], ["r"], ["s"], [], ["t"], ["r"])]
    half, _ = table_halves(_file(*known), resource_type("skus"))
    (wanted,) = [ids for name, ids in half.filters.items() if name == "prices_id_in"]
    assert all(len(set(wanted) & set(each["prices_id"])) < 2 for each in known)


@pytest.mark.parametrize(
    "known",
    [
        pytest.param([{"shipping_category_id": ["X"]}] * 6, id="one for all"),
        pytest.param([{"jwt_customer_id": [each]} for each in "XYXZZY"], id="not filterable"),
        pytest.param([{"shipping_category_id": ["X"]}, *([{}] * 5)], id="not known of all"),
        pytest.param([{"shipping_category_id": []}] * 6, id="none"),
        pytest.param([{"shipping_category_id": ["X"]}], id="one record"),
        pytest.param([], id="no record"),
    ],
)
def test_relationship_that_tells_nothing_is_in_no_filter(known: list[dict[str, Json]]) -> None:
    several = table_halves(_file(*known), resource_type("skus"))
    assert {name for half in several for name in half.filters} <= {"id_in", "created_at_gteq", "created_at_lt"}


def test_member_of_metadata_that_most_have_is_the_filter() -> None:
    members: list[dict[str, Json]] = [{"a": 1, "b": "x"}, {"a": True, "b": "x"}, {"a": 1, "b": "y"}, {"b": "x"}, {}]
    half = metadata_half(_file(*({"metadata": each} for each in members)))
    assert half == Half(
        {"id_in": [*"abcde"], "metadata_jcont": {"b": "x"}}, ("a", "b", "d"), {"metadata_jcont": tuple("abcde")}
    )
    assert metadata_half(_file(*({"metadata": {"a": 1}} for _ in "abc"))) is None
    assert metadata_half(_file({"metadata": {"a": 1}}, {})) is None


def test_complements_add_up() -> None:
    known: list[dict[str, Json]] = [{"reference": each} for each in (True, False, True, True)]
    found = single_halves(_file(*known, codes="ABCD"), resource_type("skus"))
    for one, other in (("present", "blank"), ("not_null", "null")):
        assert (found[f"reference_{one}"].ids, found[f"reference_{other}"].ids) == (("a", "c", "d"), ("b",))
    for one, other in (("code_eq", "code_not_eq"), ("code_in", "code_not_in")):
        assert sorted(found[one].ids + found[other].ids) == [*"abcd"]
    assert (found["code_in"].filters["code_in"], found["code_in"].ids) == (["A", "B"], ("a", "b"))
    assert found["code_start"].ids == ("a",)


@pytest.mark.parametrize("codes", ["", "ABAC", "AaBC"])
def test_codes_that_others_may_have_too_are_in_no_filter(codes: str) -> None:
    assert single_halves(_file(*[{"reference": True}] * 4, codes=codes), resource_type("skus")) == {}


def test_relationships_that_each_selected_record_has_are_known() -> None:
    known: list[dict[str, Json]] = [
        {"prices_id": ["p"], "shipping_category_id": [each] * bool(each)} for each in ("X", "", "Y")
    ]
    file, kind = _file(*known), resource_type("skus")
    assert with_related(Half({}, ("a", "c")), file, kind).related == ("prices", "shipping_category")
    assert with_related(Half({}, ("a", "b")), file, kind).related == ("prices",)
    assert with_related(Half({}, ("a",)), _file({"prices_id": ["p"]}, {}), kind).related == ()
