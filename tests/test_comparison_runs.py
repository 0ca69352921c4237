"""Comparison of two runs: which requests are paired, which repetitions are believed, and what is left out."""

from dataclasses import replace
from typing import Any

import pytest

from exports_conformance.exchange.model import Exchange, Expectation, Lookups, Response
from exports_conformance.upgrade.comparing import Compared, compare_exchanges
from tests.exchanges import (
    EVERY_ARGUMENT,
    HEADERS,
    created,
    error_object,
    put,
    refused,
)
from tests.test_comparison import one


def test_difference_is_reported_once_with_its_smallest_witness() -> None:
    bodies = [{**EVERY_ARGUMENT, "reference": "x" * size} for size in (9, 2, 5)]
    before = [created(sent, expectation=Expectation(f"creation/{len(sent['reference'])}", "create")) for sent in bodies]
    after = [put(each, "/data/meta/cell", 1) for each in before]
    (difference,) = compare_exchanges(before, after).differences
    assert (difference.count, difference.cases) == (3, ["creation/9", "creation/2", "creation/5"])
    assert difference.witness.case == "creation/2"


def test_responses_of_the_environment_are_not_compared() -> None:
    throttled = replace(created(), response=Response(429, HEADERS, b"{}"))
    compared = compare_exchanges([created()], [throttled])
    assert [each.reason for each in compared.undecided] == ["environment error after (throttled)"]
    compared = compare_exchanges([created()], [throttled, created()])  # it was asked again, and answered
    assert (compared.pairs, compared.same) == (1, 1)
    nobody = replace(created(), response=None, trouble="timeout")
    assert compare_exchanges([nobody], [created()]).undecided[0].reason == "environment error before (no-answer)"


def _empty(**circumstances: Any) -> Exchange:
    error = error_object(422, "/data/attributes/records_count", meta={"error": "greater_than", "value": 0, "count": 0})
    return replace(refused(422, error), lookups=Lookups(**circumstances))


def test_selection_without_records_is_not_a_difference_unless_its_control_was_accepted() -> None:
    compared = compare_exchanges([created()], [_empty(control_status=422)])
    assert [each.reason for each in compared.undecided] == ["refused after, as its selection was empty"]
    assert [each.requirements for each in compare_exchanges([created()], [_empty(control_status=201)]).differences] == [
        ["refusal-true"]
    ]
    assert compare_exchanges([_empty(control_status=422)], [created()]).pairs == 0


def test_request_of_one_side_only_is_reported() -> None:
    other = replace(created(), expectation=Expectation("creation/other", "create"))
    otherwise = created({**EVERY_ARGUMENT, "reference": "else"})

    def reasons(compared: Compared) -> list[tuple[str, str]]:
        return [(each.case, each.reason) for each in compared.undecided]

    assert reasons(compare_exchanges([created()], [other])) == [
        ("creation/certain", "not sent after"),
        ("creation/other", "not sent before"),
    ]
    assert ("creation/certain", "sent differently after") in reasons(compare_exchanges([created()], [otherwise]))


@pytest.mark.parametrize(
    "case", ["excuse/twin", "clean-up/delete", "preflight/list", "lost creation/search", "scenario/stop"]
)
def test_own_business_of_a_run_is_left_out(case: str) -> None:
    own = replace(created(), expectation=Expectation(case, "create"))
    assert compare_exchanges([own], []) == Compared(0, 0, (), ())


def test_same_question_several_times_is_paired_in_order() -> None:
    before = [created(), created()]
    after = [created(), put(created(), "/data/meta/cell", 1)]
    assert one(before[1], after[1]).count == 1
    compared = compare_exchanges(before, after)
    assert (compared.pairs, compared.same) == (2, 1)


def test_repetition_decides_whether_a_difference_is_believed() -> None:
    odd = replace(put(created(), "/data/meta/cell", 1), id="odd")
    again = replace(created(), id="again", expectation=replace(created().expectation, confirms="odd"))
    compared = compare_exchanges([created()], [odd, again])
    assert compared.differences == ()
    assert [each.reason for each in compared.undecided] == ["differed, but not when the request was repeated"]
    lasting = replace(odd, id="again", expectation=again.expectation)
    assert len(compare_exchanges([created()], [odd, lasting]).differences) == 1
    environment_error = replace(again, response=None)
    assert len(compare_exchanges([created()], [odd, environment_error]).differences) == 1
    assert compare_exchanges([odd, again], [created()]).differences == ()  # it was asked once more before
    assert len(compare_exchanges([odd, lasting], [created()]).differences) == 1
