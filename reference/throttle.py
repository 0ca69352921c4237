"""Rate limits: the documented headers of every answer, and, where they are enforced, the 429."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from exports_conformance.reference.messages import ServerRequest, ServerResponse

_INTERVAL = 60


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds, in a window that slides."""

    requests: int
    seconds: float


AVERAGE, BURST, TOKENS = 100, 25, 30
"""Requests in a minute, in a sixth of it, and for tokens in a minute."""


class Throttle:
    """The limits of test mode, for all clients of a reference together.

    Where they are not enforced, each answer is as if it were the first of its window. `time_scale` shortens the
    windows, to whole seconds as the headers say them, and allows more in them where that is not enough.
    """

    def __init__(self, *, enforced: bool, time_scale: float = 1.0) -> None:
        self._enforced = enforced
        self._interval = max(1, round(_INTERVAL / time_scale))
        self._times = time_scale * self._interval / _INTERVAL
        self._spent: dict[tuple[str, Limit], deque[datetime]] = {}

    def admits(self, request: ServerRequest, now: datetime) -> bool:
        """Spend a request of each window that it belongs to; False if one of them has none left."""
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
        """Give the headers; they describe the average limit only."""
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
        """Give the windows that a request spends of: the average of its kind first, then its endpoint's burst."""
        if request.path == "/oauth/token":
            return [("tokens", self._limit(TOKENS, self._interval))]
        kind = "reads" if request.method in {"GET", "HEAD", "OPTIONS"} else "writes"
        endpoint = f"{kind} {'/'.join(request.path.split('/')[:3])}"
        return [(kind, self._limit(AVERAGE, self._interval)), (endpoint, self._limit(BURST, self._interval / 6))]

    def _limit(self, requests: int, seconds: float) -> Limit:
        return Limit(round(requests * self._times), seconds)


def too_many_requests() -> ServerResponse:
    """Give the answer to one request too many, in the shape that was recorded from the API."""
    document = {"errors": {"title": "Too Many Requests", "code": "THROTTLED", "status": 429}}
    headers = (("content-type", "application/json; charset=utf-8"), ("retry-after", "0"))
    return ServerResponse(429, headers, document)
