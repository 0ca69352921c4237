"""Pacing: the limits are kept at nearly their full rate, by a clock that needs no time."""

from collections.abc import Callable
from random import Random

import httpx
import pytest

from exports_conformance.client.client import Client
from exports_conformance.client.pacing import TEST_MODE, TOKENS, Limits, Pacing
from exports_conformance.exchange.model import Expectation, Response
from exports_conformance.results.observations import requests_allowed


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def clock(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds

    def pacing(self, limits: Limits = TEST_MODE) -> Pacing:
        """Return a pacing that uses this clock."""
        return Pacing(limits, clock=self.clock, sleep=self.sleep)


def limited(**headers: object) -> Response:
    """Return a response with rate limit headers."""
    return Response(200, tuple((f"X-Ratelimit-{name}", str(value)) for name, value in headers.items()))


def counted(
    pacing: Pacing, time: Time, requests: int, *, response: Response | None = None, latency: Callable[[], float]
) -> list[float]:
    """Send requests; give the moments at which a server counted them, anywhere between sending and answer."""
    arrival, counts = Random(1), []  # noqa: S311  nothing secret
    for _ in range(requests):
        pacing.admit()
        took = latency()
        counts.append(time.now + arrival.random() * took)
        time.now += took
        pacing.received(response)
    return counts


def most_within(moments: list[float], seconds: float) -> int:
    """Count what the fullest window holds, as a server does that forgets what is as old as its window."""
    return max(sum(1 for each in moments if start <= each < start + seconds) for start in moments)


@pytest.mark.parametrize(
    ("limits", "windows"),
    [
        (TEST_MODE, {10: 25, 60: 100}),
        (Limits(200, 60), {10: 50, 60: 200}),
        (TOKENS, {60: 30}),
        (Limits(100, 3), {0.5: 25, 3: 100}),
        (Limits(3, 10), {10: 3}),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_no_window_is_ever_overrun(limits: Limits, windows: dict[float, int], seed: int) -> None:
    drawn, time = Random(seed), Time()  # noqa: S311  nothing secret
    moments = counted(time.pacing(limits), time, 400, latency=lambda: drawn.uniform(0, limits.seconds / 200))
    assert {seconds: most_within(moments, seconds) for seconds in windows} == windows


@pytest.mark.parametrize(("requests", "seconds"), [(25, 2), (100, 40), (250, 140), (1500, 880)])
def test_nine_tenths_of_the_rate_are_used(requests: int, seconds: float) -> None:
    time = Time()
    moments = counted(time.pacing(), time, requests, latency=lambda: 0.05)
    took = moments[-1] - moments[0]
    assert took <= seconds
    assert requests / requests_allowed(took, 100, 60) >= 0.9


def test_limits_of_a_response_replace_the_documented_ones() -> None:
    time = Time()
    pacing = time.pacing()
    scaled = limited(limit=200, interval=6, remaining=50)
    moments = counted(pacing, time, 500, response=scaled, latency=lambda: 0.001)
    assert pacing.limits == Limits(200, 6)
    assert most_within(moments, 6) == 200
    assert most_within(moments, 1) == 50


def test_what_was_spent_stays_spent_when_limits_change() -> None:
    time = Time()
    pacing = time.pacing()
    counted(pacing, time, 20, latency=lambda: 0.0)
    pacing.received(limited(limit=80, interval=60))
    counted(pacing, time, 1, latency=lambda: 0.0)
    assert time.slept == [pytest.approx(10, abs=0.1)]


def test_nothing_leaves_while_others_have_spent_the_limit() -> None:
    """If others spent the limit, requests wait until our oldest one leaves the window."""
    time = Time()
    pacing = time.pacing()
    counted(pacing, time, 1, response=limited(remaining=40), latency=lambda: 0.0)
    time.now += 20
    counted(pacing, time, 1, response=limited(remaining=0), latency=lambda: 0.0)
    counted(pacing, time, 1, response=limited(remaining=0), latency=lambda: 0.0)
    assert time.now == pytest.approx(160, abs=0.1)
    counted(pacing, time, 1, response=limited(remaining=3), latency=lambda: 0.0)
    assert time.now == pytest.approx(180, abs=0.1)
    counted(pacing, time, 10, response=limited(remaining=3), latency=lambda: 0.0)
    assert time.now == pytest.approx(180, abs=0.1)


@pytest.mark.parametrize(
    "response",
    [
        None,
        Response(429),
        limited(limit=0, interval=60, remaining=-1),
        limited(limit="many", interval="", remaining="²"),
        limited(limit=100, remaining="9" * 5000),
        limited(limit=10, interval=0),
    ],
    ids=["none", "silent", "zero", "words", "digits", "no-interval"],
)
def test_headers_that_say_nothing_change_nothing(response: Response | None) -> None:
    time = Time()
    pacing = time.pacing()
    counted(pacing, time, 25, response=response, latency=lambda: 0.0)
    assert (pacing.limits, time.slept) == (TEST_MODE, [])


def test_the_client_waits_before_it_sends_and_counts_no_time_of_it() -> None:
    time = Time()
    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    client = Client("http://127.0.0.1/api", token="t", transport=transport, pacing=time.pacing(Limits(1, 9)))
    exchanges = [client.send("GET", "/exports", expectation=Expectation("c", "list"))[0] for _ in range(3)]
    assert time.slept == [pytest.approx(9, abs=0.1)] * 2
    assert all(exchange.elapsed < 1 for exchange in exchanges)
