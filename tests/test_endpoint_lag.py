"""Reads that lag are repeated, and only the last response counts."""

from itertools import count

from exports_conformance.client.limits import Retries
from exports_conformance.client.opening import open_reference
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from exports_conformance.strategies.bodies import DOCUMENTED
from exports_conformance.suites.expectations import creation, retrieval
from tests.mutants.mutant import refused
from tests.suite_runs import TOKEN, reference


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
