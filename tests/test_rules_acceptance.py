"""The judge of acceptance: a documented body is created, a refusal needs an excuse, and an excuse is checked."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from exports_conformance.exchange.model import Exchange, Expectation, Lookups
from exports_conformance.exchange.reasons import named_arguments, selection_refusal
from exports_conformance.exchange.strict_json import Json
from exports_conformance.rules.arguments import ARGUMENTS
from exports_conformance.rules.engine import blame
from tests.exchanges import CERTAIN, EVERY_ARGUMENT, created, error_object, held, refused, violated, with_answer

MINIMAL = {"resource_type": "skus"}
UNCERTAIN = replace(CERTAIN, outcome="either", certain=False)
RECORDS = "/data/attributes/records_count"
EMPTY = error_object(422, RECORDS, meta={"error": "greater_than", "value": 0, "count": 0})
TOO_MANY = error_object(422, RECORDS, meta={"error": "less_than_or_equal_to", "value": 20_000, "count": 10_000})
ACCEPTED = {f"argument-{name.replace('_', '-')}-accepted" for name in ARGUMENTS}


def _at(status: int, pointer: str, sent: Mapping[str, Json] = EVERY_ARGUMENT) -> Exchange:
    return refused(status, error_object(status, pointer), sent=sent)


def _with(exchange: Exchange, *, control: int | None = None, running: int | None = None) -> Exchange:
    return replace(exchange, lookups=Lookups(control_status=control, running=running))


def test_created_body_shows_that_each_of_its_arguments_is_accepted() -> None:
    assert ACCEPTED | {"create-at-exports", "create-accepts-documented"} <= held(created())
    assert "create-needs-only-resource-type" not in held(created())


def test_minimal_body_shows_that_the_rest_is_optional() -> None:
    shown = held(created(MINIMAL))
    assert {"create-needs-only-resource-type", "argument-resource-type-accepted"} <= shown
    assert not (ACCEPTED - {"argument-resource-type-accepted"}) & shown


@pytest.mark.parametrize(
    ("exchange", "broken"),
    [
        pytest.param(_at(422, f"/data/attributes/{name}"), f"argument-{name.replace('_', '-')}-accepted", id=name)
        for name in ARGUMENTS
    ]
    + [
        pytest.param(_at(422, "/data/attributes/filters/code_eq"), "argument-filters-accepted", id="below"),
        pytest.param(_at(400, "/data/attributes/fields/0"), "argument-fields-accepted", id="status-400"),
        pytest.param(refused(422), "create-accepts-documented", id="no-pointer"),
        pytest.param(_at(422, "/data"), "create-accepts-documented", id="pointer-to-data"),
        pytest.param(_at(422, "/data/attributes/format", {"resource_type": "skus"}), "create-needs-only-resource-type"),
        pytest.param(refused(422, sent=MINIMAL), "create-needs-only-resource-type", id="minimal"),
        pytest.param(
            _at(422, "/data/attributes/resource_type", MINIMAL), "argument-resource-type-accepted", id="its-own"
        ),
        pytest.param(refused(403), "create-accepts-documented", id="status-403"),
        pytest.param(refused(409), "create-accepts-documented", id="status-409"),
        pytest.param(refused(500), "create-accepts-documented", id="status-500"),
        pytest.param(_at(500, "/data/attributes/fields"), "create-accepts-documented", id="status-500-pointing"),
        pytest.param(refused(404), "create-at-exports", id="status-404"),
        pytest.param(refused(405, sent=MINIMAL), "create-at-exports", id="status-405"),
        pytest.param(with_answer(created(), status=302), "create-accepts-documented", id="status-302"),
        pytest.param(_with(refused(422, EMPTY), control=201), "refusal-true", id="empty-but-control-created"),
        pytest.param(_with(refused(422, TOO_MANY), control=201), "refusal-true", id="too-many-but-control-created"),
        pytest.param(_with(refused(422), running=9), "create-accepts-documented", id="nine-running"),
    ],
)
def test_refusal_of_a_certain_body_has_one_requirement_to_blame(exchange: Exchange, broken: str) -> None:
    assert violated(exchange) == {broken}
    assert blame(exchange) == broken


@pytest.mark.parametrize(
    "exchange",
    [
        pytest.param(refused(422, EMPTY), id="empty"),
        pytest.param(refused(422, TOO_MANY), id="too-many"),
        pytest.param(_with(refused(422, EMPTY), control=422), id="empty-as-its-control"),
        pytest.param(refused(422, error_object(422, meta={"error": "greater_than"})), id="empty-without-pointer"),
        pytest.param(_with(refused(422), running=10), id="ten-running"),
        pytest.param(_with(refused(400, sent=MINIMAL), running=10), id="ten-running-minimal"),
    ],
)
def test_documented_excuse_is_no_violation_and_no_evidence_of_acceptance(exchange: Exchange) -> None:
    assert violated(exchange) == set()
    assert blame(exchange) == "excused"
    assert not held(exchange) & (ACCEPTED | {"create-accepts-documented", "create-at-exports"})


def test_refused_control_shows_that_the_refusal_is_true() -> None:
    assert "refusal-true" in held(_with(refused(422, EMPTY), control=422))
    assert "refusal-true" not in held(refused(422, EMPTY))


def test_ten_running_do_not_excuse_a_server_error_or_a_missing_address() -> None:
    assert violated(_with(refused(500), running=10)) == {"create-accepts-documented"}
    assert violated(_with(refused(404), running=10)) == {"create-at-exports"}


@pytest.mark.parametrize(
    ("errors", "kind"),
    [
        ([EMPTY], "empty"),
        ([TOO_MANY], "too-many"),
        ([error_object(422, RECORDS)], "empty"),
        ([error_object(422, "/data/attributes/format"), EMPTY], "empty"),
        ([error_object(422, "/data", meta={"error": "greater_than"})], "empty"),
        ([error_object(422, meta={"error": ["greater_than"]})], ""),
        ([error_object(422, meta="greater_than")], ""),
        ([error_object(422)], ""),
    ],
)
def test_selection_refusal_is_known_by_what_is_compared_and_where(errors: list[dict[str, Json]], kind: str) -> None:
    assert selection_refusal(refused(422, *errors)) == kind
    assert selection_refusal(refused(400, *errors)) == ""


@pytest.mark.parametrize("pointer", ["/data/attributes", "/data", "", "/data/attributes/fieldset"])
def test_pointer_blames_an_argument_only_where_it_leads_to_one(pointer: str) -> None:
    sent = {"resource_type": "skus", "fields": ["code"]}
    assert named_arguments(_at(422, pointer, sent)) == ()
    assert named_arguments(_at(422, "/data/attributes/fields/0", sent)) == ("fields",)


def test_uncertain_body_may_be_refused_but_is_no_server_error() -> None:
    assert violated(refused(422, expectation=UNCERTAIN)) == set()
    assert "never-server-error" in held(refused(422, expectation=UNCERTAIN))
    assert violated(refused(500, expectation=UNCERTAIN)) == {"never-server-error"}
    assert "create-accepts-documented" not in held(created(expectation=UNCERTAIN))


def test_nothing_is_demanded_of_a_body_that_is_not_certain_whatever_is_hoped() -> None:
    """The control of an uncertain body must be creatable, and may be refused like that body."""
    exchange = refused(422, expectation=replace(CERTAIN, certain=False))
    assert violated(exchange) == set()
    assert "create-accepts-documented" not in held(exchange)


def test_other_operations_are_no_creation() -> None:
    reading = Expectation("life/list", "list")
    assert not violated(refused(404, expectation=reading)) & {"create-at-exports", "create-accepts-documented"}


@pytest.mark.parametrize(("running", "broken"), [(0, set()), (10, set()), (11, {"ten-running"})])
def test_more_than_ten_running_break_the_documented_limit(running: int, broken: set[str]) -> None:
    exchange = _with(created(), running=running)
    assert violated(exchange) == broken
    assert ("ten-running" in held(exchange)) == (not broken)


@pytest.mark.parametrize(
    ("meta", "broken"),
    [
        ({"error": "greater_than"}, set()),
        ({"error": "less_than_or_equal_to", "value": 2, "count": 1}, set()),
        ({}, {"empty-selection-named"}),
        ({"error": "blank"}, {"empty-selection-named"}),
        ({"error": "less_than_or_equal_to"}, {"too-many-records"}),
        ({"error": "less_than_or_equal_to", "value": 1, "count": 2}, {"too-many-records"}),
        ({"error": "less_than_or_equal_to", "value": "2", "count": 1}, {"too-many-records"}),
    ],
)
def test_refused_selection_names_what_was_compared(meta: Json, broken: set[str]) -> None:
    assert violated(refused(422, error_object(422, RECORDS, meta=meta))) == broken
