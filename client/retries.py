"""Retries: how often and how long a run waits for a better response, within one budget."""

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from exports_conformance.exchange.environment import environment_error
from exports_conformance.exchange.model import Exchange

Attempt = TypeVar("Attempt")

FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 60.0
ANNOUNCED: Final = 1.0
"""Seconds; a shorter wait is over before a line about it could be read."""


class Retries:
    """Repeats an attempt while that is worth waiting for: `seconds` in all, `attempts_per_request` times for one.

    The time that every attempt but the first takes is part of the budget. `announce` receives a line for each wait
    of at least `ANNOUNCED` seconds. `may_repeat` is called before each repetition and ends it by returning False, as
    a spent budget of requests or a signal does. All times are in seconds.
    """

    def __init__(
        self,
        seconds: float = 120.0,
        attempts_per_request: int = 6,
        *,
        sleep: Callable[[float], object] = time.sleep,
        jitter: Callable[[float, float], float] = random.uniform,
        clock: Callable[[], float] = time.monotonic,
        announce: Callable[[str], None] = lambda _: None,
        may_repeat: Callable[[], bool] = lambda: True,
    ) -> None:
        self.seconds = seconds
        self.attempts_per_request = attempts_per_request
        self.spent = 0.0
        self.sleep = sleep
        self.may_repeat = may_repeat
        self._jitter = jitter
        self._clock = clock
        self._announce = announce

    def repeat(
        self,
        attempt: Callable[[], Attempt],
        *,
        while_: Callable[[Attempt], bool],
        first_wait: Callable[[Attempt], float] = lambda _: FIRST_WAIT,
        attempts: int | None = None,
        reason: str = "a response",
    ) -> Attempt:
        """Return the result of the first attempt that `while_` rejects, or of the last one within the budget.

        Each wait is twice as long as the one before it; the first lasts about `first_wait` seconds. `reason` names
        what is waited for, in the line that announces a wait.
        """
        result = attempt()
        for number in range((attempts or self.attempts_per_request) - 1):
            if not while_(result):
                break
            wait = min(LONGEST_WAIT, first_wait(result) * 2.0**number) * self._jitter(0.75, 1.0)
            if self.spent + wait > self.seconds or not self.may_repeat():
                break
            self._wait(wait, reason)
            result = self._timed(attempt)
        return result

    def within(self, seconds: float) -> "Retries":
        """Return retries with a budget of their own, for something that takes its time."""
        return Retries(
            seconds,
            self.attempts_per_request,
            sleep=self.sleep,
            jitter=self._jitter,
            clock=self._clock,
            announce=self._announce,
            may_repeat=self.may_repeat,
        )

    def refill(self) -> None:
        """Start again with the whole budget."""
        self.spent = 0.0

    def _wait(self, seconds: float, reason: str) -> None:
        if seconds >= ANNOUNCED:
            self._announce(f"waiting {seconds:.0f} s for {reason}: {self.spent:.0f} of {self.seconds:.0f} s are spent")
        self.spent += seconds
        self.sleep(seconds)

    def _timed(self, attempt: Callable[[], Attempt]) -> Attempt:
        """Make an attempt and spend the time it takes; waits within it have been counted already."""
        spent, started = self.spent, self._clock()
        try:
            return attempt()
        finally:
            self.spent = max(self.spent, spent + self._clock() - started)


def wait_asked_for(exchange: Exchange) -> float:
    """Return the seconds after which a request is first worth sending again.

    A limit is a sliding window of `X-Ratelimit-Interval` seconds: waits that double from a sixteenth of it
    span it whole within six attempts. Real 429s carry `Retry-After: 0`, which says nothing.
    """
    response = exchange.response
    if response is None or environment_error(exchange) != "throttled":
        return FIRST_WAIT
    asked, interval = _seconds(response.header("retry-after")), _seconds(response.header("x-ratelimit-interval"))
    return max(FIRST_WAIT, min(LONGEST_WAIT, asked or interval / 16))


def _seconds(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 0  # noqa: PLR2004  a day
