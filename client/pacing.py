"""Pacing: the documented rate limits are kept by waiting before a request, not by running into them."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from pyrate_limiter import InMemoryBucket, Rate, RateItem

from exports_conformance.exchange.model import Response

MOST: Final = 100_000
"""Requests or seconds; a header that says more is none that a limit could have."""


@dataclass(frozen=True, slots=True)
class Limits:
    """So many `requests` in so many `seconds`, in a window that slides; with `bursts`, a quarter in a sixth of it.

    Both are documented for test mode (100 a minute, 25 in ten seconds of one endpoint) and for live mode (200 and
    50): docs.commercelayer.io/core/rate-limits. Reads and writes have a window each; they are kept together, as
    if they had one.
    """

    requests: int
    seconds: float
    bursts: bool = True

    def rates(self) -> list[Rate]:
        """Give them as a limiter reads them, the shortest window first."""
        average = Rate(self.requests, math.ceil(self.seconds * 1000))
        if not self.bursts or self.requests < 4:  # noqa: PLR2004  a quarter of less is nothing
            return [average]
        return [Rate(self.requests // 4, math.ceil(self.seconds * 1000 / 6)), average]


TEST_MODE: Final = Limits(100, 60)
TOKENS: Final = Limits(30, 60, bursts=False)


class Pacing:
    """Waits until a request may leave, and learns from each answer what the limits are and what others spent.

    `X-Ratelimit-Limit` and `-Interval` replace the limits that were assumed. Where `X-Ratelimit-Remaining` is
    zero, others behind the same address spend too: nothing leaves before the oldest of our own requests has left
    the window. `clock` and `sleep` are in seconds.
    """

    def __init__(
        self,
        limits: Limits = TEST_MODE,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.limits = limits
        self._clock = clock
        self._sleep = sleep
        self._bucket = InMemoryBucket(limits.rates())
        self._last: RateItem | None = None
        self._closed_until = 0  # in milliseconds, as the bucket counts

    def admit(self) -> None:
        """Wait until one more request keeps the limits."""
        item = RateItem("request", self._now())
        while True:
            closed = self._closed_until - item.timestamp
            if closed <= 0 and self._bucket.put(item):
                break
            wait = closed if closed > 0 else cast("int", self._bucket.waiting(item))  # a bucket in memory knows
            self._sleep(max(wait, 1) / 1000)
            item.timestamp = self._now()
        self._last = item
        self._bucket.leak(item.timestamp)

    def answered(self, response: Response | None) -> None:
        """Learn from the answer to the request that was admitted last; None where none came."""
        if self._last:
            # The server counted it at some moment until now: only from now on its window can be known to run.
            self._last.timestamp = self._now()
        if response is None:
            return
        said = {name: _number(response.header(f"x-ratelimit-{name}")) for name in ("limit", "interval", "remaining")}
        if said["limit"] and said["interval"]:
            self._keep(Limits(said["limit"], said["interval"], self.limits.bursts))
        if said["remaining"] == 0:
            oldest = self._bucket.peek(self._bucket.count() - 1)
            self._closed_until = (oldest.timestamp if oldest else self._now()) + self._bucket.rates[-1].interval + 1

    def _keep(self, limits: Limits) -> None:
        """Change the limits; what was spent stays spent."""
        if limits == self.limits:
            return
        spent = [item for at in reversed(range(self._bucket.count())) if (item := self._bucket.peek(at))]
        self.limits = limits
        self._bucket = InMemoryBucket(limits.rates())
        for item in spent:
            self._bucket.put(item)

    def _now(self) -> int:
        return math.ceil(self._clock() * 1000)


def _number(text: str | None) -> int | None:
    if not text or not text.isascii() or not text.isdigit() or len(text) > len(str(MOST)):
        return None
    return min(int(text), MOST)
