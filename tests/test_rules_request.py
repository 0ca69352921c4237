"""The judge of refusals: one flaw is refused as documented or, where nothing is said, is right; never a crash."""

from dataclasses import replace

import pytest

from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.strict_json import Json
from exports_conformance.rules import judge
from exports_conformance.strategies.flaw import Flaw
from exports_conformance.strategies.flaws import FLAWS, READ_ONLY
from tests.exchanges import created, error_object, held, put, refused, violated

RECORDS = "/data/attributes/records_count"
DEMANDED = Expectation(
    "refusal/x", "create", "refusal", breaks="request-type-exports", at="/data/type", answers=frozenset({409, 422})
)
SILENT = replace(DEMANDED, outcome="either", breaks="argument-format-known")


def _answered(expectation: Expectation, status: int) -> Exchange:
    if status < 300:
        return created(expectation=expectation)
    return refused(status, error_object(status, expectation.at), expectation=expectation)


@pytest.mark.parametrize(
    ("expectation", "status", "broken"),
    [
        (DEMANDED, 422, set()),
        (DEMANDED, 409, set()),
        (DEMANDED, 400, {"request-type-exports"}),
        (DEMANDED, 404, {"request-type-exports"}),
        (DEMANDED, 500, {"request-type-exports"}),
        (DEMANDED, 201, {"request-type-exports"}),
        (SILENT, 422, set()),
        (SILENT, 201, set()),
        (SILENT, 400, {"argument-format-known"}),
        (SILENT, 500, {"argument-format-known"}),
    ],
)
def test_flaw_allows_the_responses_of_its_intent(expectation: Expectation, status: int, broken: set[str]) -> None:
    exchange = _answered(expectation, status)
    assert violated(exchange) == broken
    assert (expectation.breaks in held(exchange)) == (not broken)


def test_success_of_a_flawed_body_is_judged_as_an_export() -> None:
    exchange = put(created(expectation=SILENT), "/data/attributes/status", "done")
    assert violated(exchange) == {"answer-status-known"}


def test_expectation_of_a_refusal_names_its_statuses() -> None:
    (violation,) = judge(_answered(DEMANDED, 400)).violations
    assert (violation.expected, violation.at) == ("409 or 422", "/data/type")
    assert violation.actual.startswith("400 ")
    (violation,) = judge(_answered(SILENT, 400)).violations
    assert violation.expected == "409 or 422 (or a success that is right)"


def test_refusal_for_the_selection_is_no_evidence_about_the_flaw() -> None:
    empty = error_object(422, RECORDS, meta={"error": "greater_than"})
    exchange = refused(422, empty, expectation=replace(DEMANDED, answers=frozenset({400})))
    assert violated(exchange) == set()
    assert not held(exchange) & {"request-type-exports", "error-pointer"}


def test_refusal_of_a_planted_records_count_is_none_for_the_selection() -> None:
    """An error that points at `records_count` speaks of the planted one, unless it says what was compared."""
    expectation = FLAWS["read-only-records-count"].expectation
    exchange = refused(422, error_object(422, RECORDS), expectation=expectation)
    assert violated(exchange) == set()
    assert {"read-only-attributes", "error-pointer"} <= held(exchange)
    assert "read-only-attributes" not in held(
        refused(422, error_object(422, RECORDS, meta={"error": "greater_than"}), expectation=expectation)
    )


@pytest.mark.parametrize("flaw", FLAWS.values(), ids=FLAWS)
def test_every_flaw_breaks_what_it_names_and_may_be_refused(flaw: Flaw) -> None:
    expectation = flaw.expectation
    assert violated(refused(500, expectation=expectation)) == {expectation.breaks}
    for status in sorted(expectation.answers):
        exchange = refused(status, error_object(status, expectation.at), expectation=expectation)
        assert violated(exchange) == set()
        assert expectation.breaks in held(exchange)


@pytest.mark.parametrize("attribute", sorted(READ_ONLY))
def test_presumed_value_is_not_taken(attribute: str) -> None:
    """What only the API sets may be ignored; shown as the caller's, it was taken. `status` may be so by chance."""
    expectation = FLAWS[f"read-only-{attribute.replace('_', '-')}"].expectation
    sent: dict[str, Json] = {"resource_type": "skus", attribute: READ_ONLY[attribute]}
    ignored = put(
        created(sent, expectation=expectation), f"/data/attributes/{attribute}", created().attributes[attribute]
    )
    assert violated(ignored) == set()
    assert ("read-only-kept" in held(ignored)) is (attribute != "status")
    taken = violated(created(sent, expectation=expectation)) - {
        "created-now",
        "created-not-updated-before",
        "pending-not-completed",
    }
    assert taken == ({"read-only-kept"} if attribute != "status" else set())
