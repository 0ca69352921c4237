"""The limits of a run: how much it may send, create and retry, and what ends it early.

Decision: docs/decisions/0041-late-interruptions.md.
"""

import random
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Final, TypeVar

from exports_conformance.client.guards import ExportLimitError
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.reasons import environment_error
from exports_conformance.exchange.strict_json import Json, as_object, member

_SLICE = 0.1  # seconds; a lock would be safer to wake by, but not within a signal's handler


class Interruption:
    """Whether a run was asked to stop; its `sleep` ends then."""

    def __init__(self) -> None:
        self.requested = False

    def request(self) -> None:
        """End the wait that is under way, and every later one; safe within a signal's handler."""
        self.requested = True

    def clear(self) -> None:
        """Allow waits again, for the clean-up."""
        self.requested = False

    def sleep(self, seconds: float) -> None:
        """Sleep, or less if the run is asked to stop."""
        until = time.monotonic() + seconds
        while not self.requested and (left := until - time.monotonic()) > 0:
            time.sleep(min(_SLICE, left))


ERRORS_AT_MOST: Final = 12
"""Environment errors in a row, retries included, after which nothing more is sent."""

BLOCKED_AT_MOST: Final = 30
"""The same for pages and redirects: a firewall may block several requests in a row for what they contain."""

ENDING: Final = {
    "no-answer": ERRORS_AT_MOST,
    "throttled": ERRORS_AT_MOST,
    "unavailable": ERRORS_AT_MOST,
    "firewall": BLOCKED_AT_MOST,
}
BLOCKING: Final = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})


class RunLimits:
    """Counts what a run sends, and says why it may send or create no more.

    At most `exports_at_most` exports are created and `requests_at_most` requests sent, in `seconds_at_most` seconds,
    the clean-up apart; None means any number. Requests that are certain to be refused are exempt from the limit of
    exports, as long as they are.
    What `error` returns for a reason is raised in place of a request that would exceed a limit.
    """

    def __init__(
        self,
        *,
        exports_at_most: int | None = None,
        requests_at_most: int | None = None,
        seconds_at_most: float | None = None,
        allow_live_mode: bool = True,
        error: Callable[[str], BaseException] = ExportLimitError,
        interruption: Interruption | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.exports_at_most = exports_at_most
        self.requests_at_most = requests_at_most
        self._seconds_at_most, self._until = seconds_at_most, 0.0
        self.error = error
        self.interruption = interruption or Interruption()
        self.requests = 0
        self.halted = ""  # why nothing more is sent
        self.creates_no_more = ""  # why nothing more is created
        self.overdrawn = False  # more was created than may be, since a request was not refused that had to be
        self.cleaning = False
        self.is_hopeless = False  # so many environment errors in a row that nobody will answer
        self._allow_live_mode = allow_live_mode
        self._clock = clock
        self._errors = 0  # environment errors in a row
        self._first_error = ""

    def check(self, expectation: Expectation, *, creates: bool, created: int) -> None:
        """Raise what `error` returns if a request would exceed a limit; `created` counts the exports there may be."""
        if self.cleaning:
            return
        if self.interruption.requested:
            raise self.error("the run was stopped")
        if self.halted:
            raise self.error(self.halted)
        if self.requests_at_most is not None and self.requests >= self.requests_at_most:
            raise self.error(f"the run's budget of {self.requests_at_most} requests is spent")
        if self._is_late():
            raise self.error(f"the run's budget of {self._seconds_at_most:.0f} s is spent")
        if not creates or (expectation.outcome == "refusal" and not self.overdrawn):
            return
        if self.creates_no_more:
            raise self.error(self.creates_no_more)
        if self.exports_at_most is not None and created >= self.exports_at_most:
            plural = "" if self.exports_at_most == 1 else "s"
            raise self.error(f"limited to {self.exports_at_most} export{plural} (--max-exports)")

    def _is_late(self) -> bool:
        """Return True if the time is over, which begins with the first request."""
        if self._seconds_at_most is None:
            return False
        self._until = self._until or self._clock() + self._seconds_at_most
        return self._clock() >= self._until

    def may_repeat(self) -> bool:
        """Return True if a request may be repeated."""
        if self.halted and not self.cleaning:
            return False
        spent = self.requests_at_most is not None and self.requests >= self.requests_at_most
        return not self.interruption.requested and (self.cleaning or not spent)

    def sent(self, exchange: Exchange, document: Json) -> None:
        """Count a request, and learn from its response whether the run may go on."""
        if not self.cleaning:
            self.requests += 1
        self._count_errors(exchange)
        if not self._allow_live_mode and shows_live_mode(document):
            self.halted = (
                "the organisation is in live mode, as the API's response says: nothing more is sent there without "
                "--allow-live-mode"
            )

    def created(self, exports: int) -> None:
        """Note how many exports were created."""
        self.overdrawn = self.exports_at_most is not None and exports > self.exports_at_most

    def changed(self, exchange: Exchange) -> None:
        """Learn from the response to an update or a deletion whether exports can be removed."""
        expectation = exchange.expectation
        meant = expectation.operation in {"update", "delete"} and expectation.outcome != "refusal"
        if meant and (environment_error(exchange) == "firewall" or exchange.status in BLOCKING):
            self.creates_no_more = (
                f"{exchange.request.method} of an export was blocked ({exchange.status}): nothing more is created, "
                "since it could not be removed"
            )

    def expect_responses(self) -> None:
        """Count environment errors from 0 again."""
        self._errors, self.is_hopeless = 0, False

    def _count_errors(self, exchange: Exchange) -> None:
        error = environment_error(exchange)
        if error not in ENDING:
            self.expect_responses()
            return
        if self._errors == 0:
            what = str(exchange.status) if exchange.response else f"no response ({exchange.trouble})"
            what += " of a firewall or a login portal" if error == "firewall" else ""
            since = time.strftime("%H:%M:%S", time.localtime(self._clock()))
            before = max(0, self.requests - 1)
            self._first_error = f"{what} since {since}, after {before} request{'' if before == 1 else 's'}"
        self._errors += 1
        if self._errors >= ENDING[error]:
            self.is_hopeless = True
            self.halted = self.halted or f"the API stopped answering: {self._first_error}"


def shows_live_mode(document: Json) -> bool:
    """Return True if a resource of a document says that its organisation is in live mode."""
    data = as_object(document).get("data")
    resources = data if isinstance(data, list) else [data]
    return any(member(each, "meta", "mode") == "live" for each in resources)


LAG, LAG_ATTEMPTS = 10.0, 5
"""Seconds that a read may be behind, and how often it is repeated within them."""

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
        again: Callable[[Attempt], Attempt] | None = None,
        first_wait: Callable[[Attempt], float] = lambda _: FIRST_WAIT,
        attempts: int | None = None,
        reason: str = "a response",
    ) -> Attempt:
        """Return the result of the first attempt that `while_` rejects, or of the last one within the budget.

        `again` makes the later attempts from the result of the one before, where they differ from the first. Each wait
        is twice as long as the one before it; the first lasts about `first_wait` seconds. `reason` names what is
        waited for, in the line that announces a wait.
        """
        result = attempt()
        for number in range((attempts or self.attempts_per_request) - 1):
            if not while_(result):
                break
            wait = min(LONGEST_WAIT, first_wait(result) * 2.0**number) * self._jitter(0.75, 1.0)
            if self.spent + wait > self.seconds or not self.may_repeat():
                break
            self._wait(wait, reason)
            result = self._timed(attempt if again is None else partial(again, result))
        return result

    def catch_up(
        self,
        attempt: Callable[[], Attempt],
        *,
        while_: Callable[[Attempt], bool],
        again: Callable[[Attempt], Attempt] | None = None,
        reason: str,
    ) -> Attempt:
        """Repeat an attempt as `repeat` does, for about `LAG` seconds: as long as a read may lag behind a write."""
        return self.repeat(
            attempt,
            while_=while_,
            again=again,
            first_wait=lambda _: LAG / 2**LAG_ATTEMPTS,
            attempts=LAG_ATTEMPTS + 1,
            reason=reason,
        )

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
