"""Pacing: requests wait so that they keep the documented rate limits, instead of running into them.

Decision: docs/decisions/0015-one-rate-limit-window.md.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from exports_conformance.exchange.model import Response

MOST: Final = 100_000
"""Requests or seconds; no limit has larger numbers, whatever a header says."""

LONGEST_WINDOW: Final = 120
"""Seconds. A window that a header calls longer is not kept: a run would have to wait for hours."""

SLOWEST: Final = 10.0
"""Seconds for each request; a limit that is stricter is not kept: a run would have to wait for an hour."""

CROWDED_FOR: Final = 120.0
"""Seconds that a run waits in all because others have spent the limit; then it relies on the statuses 429."""

LONG_PAUSE: Final = 10.0
"""Seconds; shorter waits are the ordinary pace."""


@dataclass(frozen=True, slots=True)
class Limits:
    """At most `requests` in any `seconds`; with `bursts`, also at most a quarter of them in a sixth of that time.

    Both are documented for test mode (100 a minute, 25 in ten seconds of one endpoint) and for live mode (200 and
    50): docs.commercelayer.io/core/rate-limits. Reads and writes have separate windows; they are counted together.
    """

    requests: int
    seconds: float
    bursts: bool = True

    def windows(self) -> Iterator[tuple[int, float]]:
        """Yield the number of requests and the seconds of each window."""
        yield self.requests, self.seconds
        if self.bursts and self.requests >= 4:  # noqa: PLR2004  a quarter of less is nothing
            yield self.requests // 4, self.seconds / 6


TEST_MODE: Final = Limits(100, 60)
TOKENS: Final = Limits(30, 60, bursts=False)


class Pacing:
    """Waits until a request keeps the limits, and learns from responses what they are and what others have spent.

    `X-Ratelimit-Limit` and `-Interval` replace the limits that were assumed, unless their window is longer than
    `LONGEST_WINDOW`, or allows less than a request in `SLOWEST` seconds. While `X-Ratelimit-Remaining` is 0, nothing
    leaves before the oldest of our own requests has left the window. `clock` and `sleep` are in seconds; `announce`
    receives a line for each long wait, and one for each limit that is not kept. While `may_wait` returns False,
    nothing waits.
    """

    def __init__(
        self,
        limits: Limits = TEST_MODE,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        announce: Callable[[str], None] = lambda _: None,
        may_wait: Callable[[], bool] = lambda: True,
    ) -> None:
        self.limits = limits
        self.sleep = sleep
        self.announce = announce
        self.may_wait = may_wait
        self.hurries = False  # whether it waits for no limit that others have spent, but relies on the statuses 429
        self._clock = clock
        self._sent: deque[float] = deque(maxlen=MOST)
        self._crowded_until = 0.0
        self._crowded = 0.0  # seconds waited because others had spent the limit
        self._named: set[str] = set()

    def admit(self) -> None:
        """Wait until one more request keeps the limits."""
        while self.may_wait():
            now = self._clock()
            own, crowded = self._own_wait(now), 0.0 if self.hurries else self._crowded_until - now
            if max(own, crowded) <= 0:
                break
            if crowded > own:
                crowded = self._wait_for_others(crowded)
            if max(own, crowded) > 0:
                self._wait(max(own, crowded), own >= crowded)
        self._sent.append(self._clock())

    def received(self, response: Response | None) -> None:
        """Learn from the response to the request that was admitted last; None if there was none."""
        if self._sent:
            # The server counted it at some moment until now: only from now on its window is known to run.
            self._sent[-1] = self._clock()
        if response is None:
            return
        said = {name: _number(response.header(f"x-ratelimit-{name}")) for name in ("limit", "interval", "remaining")}
        requests, seconds = said["limit"], said["interval"]
        if requests and seconds and (seconds > LONGEST_WINDOW or seconds / requests > SLOWEST):
            self._name_once(
                f"the API announces a limit of {requests} requests in {seconds} s, which a run cannot keep; "
                f"going on at {self.limits.requests} in {self.limits.seconds:.0f} s"
            )
        elif requests and seconds:
            self.limits = Limits(requests, seconds, self.limits.bursts)
        if said["remaining"] == 0:
            self._crowded_until = self._oldest_in_window() + self.limits.seconds + 0.001

    def _own_wait(self, now: float) -> float:
        """Return the seconds until every window has room for one more of our own requests."""
        waits = [
            self._sent[-requests] + seconds + 0.001 - now
            for requests, seconds in self.limits.windows()
            if len(self._sent) >= requests
        ]
        return max(waits, default=0.0)

    def _oldest_in_window(self) -> float:
        now = self._clock()
        return next((each for each in self._sent if each + self.limits.seconds > now), now)

    def _wait_for_others(self, seconds: float) -> float:
        """Return the seconds to wait for a window that others have spent; 0 once the budget for that is spent."""
        allowed = min(seconds, CROWDED_FOR - self._crowded)
        if allowed <= 0:
            self._crowded_until = 0.0
            self._name_once(
                f"X-Ratelimit-Remaining has been 0 for {CROWDED_FOR:.0f} s; going on, since it may not be a count"
            )
            return 0.0
        self._crowded += allowed
        return allowed

    def _wait(self, seconds: float, ours: bool) -> None:  # noqa: FBT001  one private caller
        if seconds >= LONG_PAUSE:
            whose = "the API's rate limit" if ours else "the rate limit, which others have spent"
            self.announce(f"waiting {seconds:.0f} s for {whose}")
        self.sleep(seconds)

    def _name_once(self, line: str) -> None:
        if line not in self._named:
            self._named.add(line)
            self.announce(line)


def _number(text: str | None) -> int | None:
    if not text or not text.isascii() or not text.isdigit() or len(text) > len(str(MOST)):
        return None
    return min(int(text), MOST)
