"""The limits of a run: what it may send, what ends it early, and that no wait outlasts a signal."""

import signal
import threading
import time
from collections.abc import Callable

import httpx
import pytest

from exports_conformance.client.client import Client
from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.guards import ExportLimitError
from exports_conformance.client.limits import ERRORS_AT_MOST, Interruption, Retries, RunLimits
from exports_conformance.client.ownership import MemoryLedger
from exports_conformance.client.pacing import LONGEST_WINDOW, TEST_MODE, Limits, Pacing
from exports_conformance.exchange.exports import has_ended
from exports_conformance.exchange.model import Exchange, Expectation, Response
from exports_conformance.exchange.tags import PLACEHOLDER

LISTING = Expectation("c", "list")
CREATION = Expectation("creation/x", "create")
TAGGED = {"data": {"type": "exports", "attributes": {"resource_type": "skus", "reference": PLACEHOLDER}}}


def _endpoint(
    response: Callable[[httpx.Request], httpx.Response], limits: RunLimits, *, observed: list[Exchange] | None = None
) -> Endpoint:
    client = Client("http://127.0.0.1/api", token="t", transport=httpx.MockTransport(response))
    retries = Retries(sleep=lambda _: None)
    observe = (observed if observed is not None else []).append
    return Endpoint(client, ledger=MemoryLedger(), retries=retries, limits=limits, observe=observe)


def _running(request: httpx.Request) -> httpx.Response:
    """Answer with an export that never ends."""
    data = {"id": "never", "type": "exports", "attributes": {"status": "pending"}}
    return httpx.Response(201 if request.method == "POST" else 200, json={"data": data, "meta": {"record_count": 10}})


def test_the_budget_of_requests_holds_while_an_export_is_polled() -> None:
    limits = RunLimits(requests_at_most=5)
    observed: list[Exchange] = []
    endpoint = _endpoint(_running, limits, observed=observed)
    first = endpoint.create(TAGGED, expectation=CREATION)
    endpoint.follow(first, expectation=lambda _: Expectation("c", "retrieve"), ended=has_ended, seconds=1e9)
    assert len(observed) == limits.requests == 5
    with pytest.raises(ExportLimitError, match="budget of 5 requests is spent"):
        endpoint.list(expectation=LISTING)


def test_the_clean_up_is_no_part_of_the_budget() -> None:
    limits = RunLimits(requests_at_most=1)
    observed: list[Exchange] = []
    endpoint = _endpoint(_running, limits, observed=observed)
    endpoint.create(TAGGED, expectation=CREATION)
    endpoint.clean()
    assert len(observed) > 2
    assert limits.requests == 1


@pytest.mark.parametrize(
    ("response", "what"),
    [(httpx.Response(503), "503"), (httpx.ReadTimeout("late"), "no response .timeout."), (httpx.Response(429), "429")],
    ids=["unavailable", "no response", "throttled"],
)
def test_so_many_environment_errors_in_a_row_end_a_run_with_a_sentence(
    response: httpx.Response | httpx.TransportError, what: str
) -> None:
    """What came, since when, after how many requests."""
    healthy = iter([True] * 3)
    sent = 0

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal sent
        sent += 1
        if next(healthy, False):
            return httpx.Response(200, json={"data": []})
        if isinstance(response, httpx.TransportError):
            raise response
        return response

    limits = RunLimits(clock=lambda: 0.0)
    endpoint = _endpoint(answer, limits)
    for _ in range(5):
        endpoint.list(expectation=LISTING)
    assert sent == 3 + ERRORS_AT_MOST
    with pytest.raises(
        ExportLimitError, match=rf"^the API stopped answering: {what} since ..:..:.., after 3 requests$"
    ):
        endpoint.list(expectation=LISTING)


def test_environment_errors_with_a_response_between_them_end_nothing() -> None:
    weak = iter([True, True, True, False] * 20)
    limits = RunLimits()
    endpoint = _endpoint(lambda _: httpx.Response(503 if next(weak) else 200, json={"data": []}), limits)
    for _ in range(10):
        assert endpoint.list(expectation=LISTING).status == 200
    assert limits.halted == ""


@pytest.mark.parametrize("allowed", [True, False])
def test_a_response_that_shows_live_mode_ends_a_run_that_may_not_use_it(*, allowed: bool) -> None:
    resource = {"id": "x", "type": "exports", "attributes": {}, "meta": {"mode": "live"}}
    limits = RunLimits(allow_live_mode=allowed)
    endpoint = _endpoint(lambda _: httpx.Response(200, json={"data": [resource]}), limits)
    endpoint.list(expectation=LISTING)
    if allowed:
        endpoint.list(expectation=LISTING)
        return
    with pytest.raises(ExportLimitError, match="live mode"):
        endpoint.list(expectation=LISTING)


def test_nothing_is_sent_after_a_signal() -> None:
    interruption = Interruption()
    endpoint = _endpoint(_running, RunLimits(interruption=interruption))
    interruption.request()
    with pytest.raises(ExportLimitError, match="the run was stopped"):
        endpoint.list(expectation=LISTING)
    endpoint.clean()
    assert not interruption.requested


def test_a_signal_ends_a_sleep() -> None:
    interruption = Interruption()
    before = signal.signal(signal.SIGUSR1, lambda *_: interruption.request())
    started = time.monotonic()
    try:
        threading.Timer(0.05, lambda: signal.raise_signal(signal.SIGUSR1)).start()
        interruption.sleep(30)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert time.monotonic() - started < 10


def _said(**headers: object) -> Response:
    return Response(200, tuple((f"X-Ratelimit-{name}", str(value)) for name, value in headers.items()))


@pytest.mark.parametrize(
    "said",
    [_said(limit=1, interval=99_999), _said(limit=5, interval=3600), _said(limit=1, interval=60)],
    ids=["a day", "an hour", "one a minute"],
)
def test_limits_that_no_run_could_keep_are_named_and_not_kept(said: Response) -> None:
    slept: list[float] = []
    lines: list[str] = []
    pacing = Pacing(clock=lambda: sum(slept), sleep=slept.append, announce=lines.append)
    for _ in range(25):
        pacing.admit()
        pacing.received(said)
    assert (pacing.limits, slept) == (TEST_MODE, [])
    assert len(lines) == 1
    assert "which a run cannot keep; going on at 100 in 60 s" in lines[0]


def test_the_longest_window_is_kept() -> None:
    pacing = Pacing(clock=lambda: 0.0, sleep=lambda _: None)
    pacing.received(_said(limit=100, interval=LONGEST_WINDOW))
    assert pacing.limits == Limits(100, LONGEST_WINDOW)


def test_a_window_that_others_always_have_spent_is_waited_for_within_a_budget() -> None:
    """After two minutes the header is not believed any more; each wait has a line."""
    now = [0.0]
    lines: list[str] = []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    pacing = Pacing(clock=lambda: now[0], sleep=sleep, announce=lines.append)
    for _ in range(20):
        pacing.admit()
        pacing.received(_said(remaining=0))
    assert now[0] == pytest.approx(120, abs=1)
    assert lines[0] == "waiting 60 s for the rate limit, which others have spent"
    assert any("going on, since it may not be a count" in line for line in lines)


def test_nothing_waits_after_a_signal() -> None:
    slept: list[float] = []
    pacing = Pacing(Limits(1, 60), clock=lambda: 0.0, sleep=slept.append, may_wait=lambda: False)
    for _ in range(5):
        pacing.admit()
    assert slept == []
