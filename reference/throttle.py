"""Rate limits: the documented headers of every response, and the 429 if they are enforced."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from exports_conformance.reference.messages import ServerRequest, ServerResponse

_INTERVAL = 60


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of requests in a sliding window."""

    requests: int
    seconds: float


AVERAGE, BURST, TOKENS = 100, 25, 30
"""Requests per minute on average, per ten seconds in a burst, and for tokens per minute."""


class Throttle:
    """The rate limits of test mode, for all clients of a reference together.

    If they are not `enforced`, the headers of each response are those of the first request in a window. `time_scale`
    shortens the windows, to whole seconds because the headers have them, and raises the limits by the rest.
    """

    def __init__(self, *, enforced: bool, time_scale: float = 1.0) -> None:
        self._enforced = enforced
        self._interval = max(1, round(_INTERVAL / time_scale))
        self._times = time_scale * self._interval / _INTERVAL
        self._spent: dict[tuple[str, Limit], deque[datetime]] = {}

    def admits(self, request: ServerRequest, now: datetime) -> bool:
        """Count a request in each of its windows and return True; return False if one of them is full."""
        if not self._enforced:
            return True
        windows = [self._window(name, limit, now) for name, limit in self._limits(request)]
        if any(
            len(window) >= limit.requests for window, (_, limit) in zip(windows, self._limits(request), strict=True)
        ):
            return False
        for window in windows:
            window.append(now)
        return True

    def headers(self, request: ServerRequest, now: datetime) -> tuple[tuple[str, str], ...]:
        """Return the rate limit headers, which describe the average limit only."""
        name, limit = self._limits(request)[0]
        spent = len(self._window(name, limit, now)) if self._enforced else 1
        return (
            ("x-ratelimit-limit", str(limit.requests)),
            ("x-ratelimit-interval", str(self._interval)),
            ("x-ratelimit-remaining", str(max(limit.requests - spent, 0))),
        )

    def _window(self, name: str, limit: Limit, now: datetime) -> deque[datetime]:
        window = self._spent.setdefault((name, limit), deque())
        while window and now - window[0] >= timedelta(seconds=limit.seconds):
            window.popleft()
        return window

    def _limits(self, request: ServerRequest) -> list[tuple[str, Limit]]:
        """Return the windows that a request counts in: the average of its kind first, then its endpoint's burst."""
        if request.path == "/oauth/token":
            return [("tokens", self._limit(TOKENS, self._interval))]
        kind = "reads" if request.method in {"GET", "HEAD", "OPTIONS"} else "writes"
        endpoint = f"{kind} {'/'.join(request.path.split('/')[:3])}"
        return [(kind, self._limit(AVERAGE, self._interval)), (endpoint, self._limit(BURST, self._interval / 6))]

    def _limit(self, requests: int, seconds: float) -> Limit:
        return Limit(round(requests * self._times), seconds)


def too_many_requests() -> ServerResponse:
    """Return the 429, in the form that was recorded from the API."""
    document = {"errors": {"title": "Too Many Requests", "code": "THROTTLED", "status": 429}}
    headers = (("content-type", "application/json; charset=utf-8"), ("retry-after", "0"))
    return ServerResponse(429, headers, document)
