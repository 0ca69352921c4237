"""Patience: one budget of waiting for a whole run, and how long each wait is."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_result

from exports_conformance.exchange.environment import environment_error
from exports_conformance.exchange.model import Exchange

Result = TypeVar("Result")

SHORTEST = 0.5
LONGEST = 60.0
TOLD = 1.0  # seconds: a shorter wait is over before a line about it is read


class Patience:
    """Waits while it is worth waiting, `seconds` in all and `attempts_per_request` times for one request.

    The time that attempts after the first take is waited, too. `tell` is given a line for each long wait where
    `waiting_for` names what is waited for.
    """

    def __init__(
        self,
        seconds: float = 120.0,
        attempts_per_request: int = 6,
        *,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[float, float], float] = random.uniform,
        clock: Callable[[], float] = time.monotonic,
        tell: Callable[[str], None] = lambda _: None,
        waiting_for: str = "",
    ) -> None:
        self.seconds = seconds
        self.attempts_per_request = attempts_per_request
        self.spent = 0.0
        self.waits = 0
        self._sleep = sleep
        self._jitter = jitter
        self._clock = clock
        self._tell = tell
        self._waiting_for = waiting_for

    def settle(
        self,
        attempt: Callable[[], Result],
        *,
        worth: Callable[[Result], bool],
        shortest: Callable[[Result], float] = lambda _: SHORTEST,
        attempts: int | None = None,
    ) -> Result:
        """Attempt until the result is not worth another wait, and give it.

        Each wait is twice as long as the one before it, the first about `shortest` seconds.
        """
        again = False

        def timed() -> Result:
            nonlocal again
            if not again:
                again = True
                return attempt()
            spent, started = self.spent, self._clock()
            try:
                return attempt()
            finally:  # what was waited within has been counted
                self.spent = max(self.spent, spent + self._clock() - started)

        def result(state: RetryCallState) -> Result:
            value: Result = state.outcome.result()  # type: ignore[union-attr]  # there is one after an attempt
            return value

        def wait(state: RetryCallState) -> float:
            seconds = shortest(result(state)) * 2.0 ** (state.attempt_number - 1)
            return min(LONGEST, seconds) * self._jitter(0.75, 1.0)

        def stop(state: RetryCallState) -> bool:
            enough = state.attempt_number >= (attempts or self.attempts_per_request)
            return enough or self.spent + state.upcoming_sleep > self.seconds

        retrying = Retrying(
            retry=retry_if_result(worth),
            wait=wait,
            stop=stop,
            sleep=self._spend,
            retry_error_callback=result,
        )
        return retrying(timed)

    def of(self, seconds: float, *, waiting_for: str) -> "Patience":
        """Give the patience with something that takes its time: a budget of its own, and a line for each long wait."""
        return Patience(
            seconds,
            sleep=self._sleep,
            jitter=self._jitter,
            clock=self._clock,
            tell=self._tell,
            waiting_for=waiting_for,
        )

    def refill(self) -> None:
        """Have the whole budget again."""
        self.spent = 0.0

    def _spend(self, seconds: float) -> None:
        if self._waiting_for and seconds >= TOLD:
            self._tell(f"waiting for {self._waiting_for}: {self.spent:.0f} s of {self.seconds:.0f} s at most")
        self.spent += seconds
        self.waits += 1
        self._sleep(seconds)


def shortest_wait(exchange: Exchange) -> float:
    """Give the seconds after which a request is first worth sending again.

    A limit is a sliding window of `X-Ratelimit-Interval` seconds: waits that double from a sixteenth of it
    span it whole within six attempts. `Retry-After: 0` has been seen on a 429, and says nothing.
    """
    response = exchange.response
    if response is None or environment_error(exchange) != "throttled":
        return SHORTEST
    asked, interval = _seconds(response.header("retry-after")), _seconds(response.header("x-ratelimit-interval"))
    return max(SHORTEST, min(LONGEST, asked or interval / 16))


def _seconds(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 0  # noqa: PLR2004  a day
