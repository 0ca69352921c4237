"""Others keep their places and their exports: room is left, and nothing without a tag becomes ours."""

from itertools import count

import httpx
import pytest

from exports_conformance.client.cleanup import UNTRACEABLE
from exports_conformance.client.client import Client
from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.limits import Retries
from exports_conformance.client.opening import open_reference
from exports_conformance.client.ownership import MemoryLedger
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.reference.app import Reference
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from exports_conformance.reference.policy import Pace
from exports_conformance.strategies.bodies import DOCUMENTED, enveloped
from exports_conformance.suites.expectations import creation, retrieval
from tests.mutants.mutant import is_creation, refused
from tests.suite_runs import TOKEN, reference

CREATION = Expectation("creation/x", "create")
MARKED = enveloped({"resource_type": "skus", "reference": PLACEHOLDER})
PLAIN = enveloped({"resource_type": "skus"})


def _endpoint(app: Reference, observed: list[Exchange], *, margin: int | None = 2) -> Endpoint:
    def observe(exchange: Exchange) -> bool:
        observed.append(exchange)
        return False

    ledger = MemoryLedger()
    client = Client("http://127.0.0.1/api", token=app.token, owns=ledger.owns, transport=httpx.WSGITransport(app=app))
    retries = Retries(sleep=lambda _: None)
    return Endpoint(client, ledger=ledger, retries=retries, observe=observe, margin=margin)


@pytest.mark.parametrize("foreign_exports", [[], ["busy"]])
def test_two_places_are_left_to_others(foreign_exports: list[str]) -> None:
    app = Reference(pace=Pace(60, 60), variants=foreign_exports)
    observed: list[Exchange] = []
    endpoint = _endpoint(app, observed)
    endpoint.set_running(app.organisation.running(app.clock.now()))
    most = 0
    for _ in range(20):
        assert endpoint.create(MARKED, expectation=CREATION).status == 201
        most = max(most, app.organisation.running(app.clock.now()))
    assert most <= 8
    assert sum(exchange.expectation.case == "quota/interrupt" for exchange in observed) >= 9
    assert len([exchange for exchange in observed if exchange.expectation.case == "quota/running"]) < 15


def test_export_that_is_spared_runs_on() -> None:
    app = Reference(pace=Pace(60, 60))
    endpoint = _endpoint(app, [])
    first = endpoint.create(MARKED, expectation=CREATION).data["id"]
    endpoint.spare(first)
    for _ in range(20):
        endpoint.create(MARKED, expectation=CREATION)
    assert app.organisation.exports[first].stage(app.clock.now()).running


def test_exports_that_ended_are_not_stopped() -> None:
    app = Reference()
    observed: list[Exchange] = []
    endpoint = _endpoint(app, observed, margin=None)
    for _ in range(12):
        endpoint.create(MARKED, expectation=CREATION)
    assert {exchange.expectation.case for exchange in observed} == {"creation/x"}


def test_exports_that_end_by_themselves_are_seen_in_one_list_and_not_stopped() -> None:
    app = Reference()
    observed: list[Exchange] = []
    endpoint = _endpoint(app, observed)
    for _ in range(40):
        app.clock.advance(0.5)
        endpoint.create(MARKED, expectation=CREATION)
    assert [exchange.expectation.case for exchange in observed if exchange.expectation.operation != "create"] == [
        "quota/newest"
    ] * 4


@pytest.mark.parametrize("trouble", ["token-refused", "no-answer"])
def test_creation_without_a_tag_makes_no_foreign_export_ours(trouble: str) -> None:
    """Every text contains the empty tag: searching a list for it would make foreign exports ours."""
    first = iter([True])

    def once(request: ServerRequest, respond: Respond) -> ServerResponse:
        if not is_creation(request) or not next(first, False):
            return respond(request)
        if trouble == "no-answer":
            respond(request)
            raise ConnectionResetError("the answer is lost")
        return refused(401, "INVALID_TOKEN")

    app = Reference(variants=["busy"], middlewares=[once])
    foreign_exports = set(app.organisation.exports)
    endpoint = _endpoint(app, [])
    endpoint.create(PLAIN, expectation=CREATION)
    cleaned = endpoint.clean()
    assert foreign_exports <= set(app.organisation.exports)
    assert cleaned.deleted == 0
    assert cleaned.left == ((f"{UNTRACEABLE} creation/x",) if trouble == "no-answer" else ())


@pytest.mark.parametrize(("refusals", "status"), [(3, 201), (99, 422)])
def test_lists_may_lag_before_a_reason_of_a_refusal_is_called_wrong(refusals: int, status: int) -> None:
    """Others' young exports fill the places without being listed; an endpoint that goes on refusing is believed."""
    times = iter(range(1000))

    def full(request: ServerRequest, respond: Respond) -> ServerResponse:
        if is_creation(request) and next(times) < refusals:
            return refused(422, "VALIDATION_ERROR", pointer="/data")
        return respond(request)

    observed: list[Exchange] = []
    endpoint = _endpoint(Reference(middlewares=[full]), observed)
    exchange = endpoint.create(MARKED, expectation=CREATION)
    assert exchange.status == status
    assert all(each.expectation.outcome == "either" for each in observed[:-1])
    asked = next(times)
    endpoint.create(MARKED, expectation=CREATION)
    assert next(times) - asked <= 4  # what was outlasted once in vain is not waited for again


def _lags(times: int) -> tuple[list[Exchange], Exchange, float]:
    """Retrieve an export from a server that does not know it the first times; give what was observed and waited."""
    asked = count(1)

    def behind(request: ServerRequest, respond: Respond) -> ServerResponse:
        lags = request.method == "GET" and "/exports/" in request.path and next(asked) <= times
        return refused(404, "RECORD_NOT_FOUND") if lags else respond(request)

    observed: list[Exchange] = []

    waited: list[float] = []
    app = reference(middlewares=[behind])
    retries = Retries(sleep=waited.append, jitter=lambda _, longest: longest)
    with open_reference(app=app, token=TOKEN, retries=retries, observe=observed.append) as endpoint:
        created = endpoint.create(DOCUMENTED, expectation=creation("x", DOCUMENTED))
        last = endpoint.retrieve(
            created.data["id"], expectation=retrieval(created), until=lambda exchange: exchange.status == 200
        )
    return [each for each in observed if each.request.path != "/exports"], last, sum(waited)


def test_lagging_read_is_repeated_until_current() -> None:
    observed, last, _ = _lags(2)
    assert [exchange.status for exchange in observed] == [404, 404, 200]
    assert [exchange.expectation.outcome for exchange in observed] == ["either", "either", "success"]
    assert observed[-1] is last


def test_repeated_response_is_judged_for_its_form_only() -> None:
    observed, _, _ = _lags(1)
    assert observed[0].expectation == Expectation("life/retrieved", "retrieve", outcome="either", certain=False)


def test_read_that_lags_for_more_than_ten_seconds_is_final() -> None:
    observed, last, waited = _lags(99)
    assert last.status == 404
    assert last.expectation.outcome == "success"
    assert observed[-1] is last
    assert 9 < waited <= 10
