"""The fixtures by which the suites reach the run: `endpoint`, `judge`, `again`."""

from collections.abc import Callable

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.replaying import CannotAskError
from exports_conformance.exchange.model import Exchange
from exports_conformance.run.session import SESSION
from exports_conformance.suites import Judge


@pytest.fixture(scope="session")
def endpoint(pytestconfig: pytest.Config) -> Endpoint:
    """Return the endpoint that this run tests."""
    ours = pytestconfig.stash.get(SESSION, None)
    if ours is None or ours.endpoint is None:
        raise pytest.UsageError("no argument names the suites; run `pytest --pyargs exports_conformance.suites`")
    return ours.endpoint


@pytest.fixture(scope="session")
def again(pytestconfig: pytest.Config, endpoint: Endpoint) -> Callable[[Exchange], Exchange]:
    """Return a function that sends a recorded request again; it skips the test if that is impossible."""
    gate = pytestconfig.stash[SESSION].configuration.gate
    if gate is None:
        raise pytest.UsageError("no recording to replay; add --replay FILE")

    def asked(question: Exchange) -> Exchange:
        try:
            return gate.ask(endpoint, question)
        except CannotAskError as error:
            pytest.skip(f"cannot be sent again: {error}")

    return asked


@pytest.fixture(scope="session", name="judge")
def judging_fixture(pytestconfig: pytest.Config) -> Judge:
    """Return a function that judges exchanges; a test with a violation fails once, after its last example."""
    run = pytestconfig.stash[SESSION].run

    def judge_exchange(exchange: Exchange) -> None:
        run.judge(exchange)

    return judge_exchange
