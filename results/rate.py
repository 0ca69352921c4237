"""The rate of a run: how much of what the limits allowed it used."""

from collections.abc import Sequence

from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json

INTERVAL = 60


def limits(exchanges: Sequence[Exchange]) -> dict[str, Json]:
    """Give the limit that the last answer said, and the share that was used of what it allowed in that time.

    Both are None where nothing was said; the share also where there was a single exchange.
    """
    limit, interval = _said(exchanges, "limit"), _said(exchanges, "interval") or INTERVAL
    if not limit or len(exchanges) < 2:  # noqa: PLR2004  a rate takes two
        return {"limit": limit, "share": None}
    times = [exchange.started for exchange in exchanges]
    return {"limit": limit, "share": round(len(exchanges) / allowed(max(times) - min(times), limit, interval), 3)}


def allowed(seconds: float, limit: int, interval: int) -> int:
    """Give the most requests that windows which slide let through in a time that begins with the first of them.

    A quarter of the limit at once, and again with each sixth of the interval, is what is documented for both modes.
    """
    whole, rest = divmod(seconds, interval)
    quarter = max(limit // 4, 1)
    return int(whole) * limit + min(limit, quarter * (1 + int(rest // (interval / 6))))


def _said(exchanges: Sequence[Exchange], name: str) -> int | None:
    told = [exchange.response.header(f"x-ratelimit-{name}") for exchange in exchanges if exchange.response]
    return next((int(text) for text in reversed(told) if text and text.isdecimal() and len(text) < 10), None)  # noqa: PLR2004


def seconds_for(requests: int, limit: int, interval: int) -> float:
    """Give how long so many requests take at least, from the first to the last of them."""
    whole, rest = divmod(max(requests - 1, 0), limit)
    return whole * interval + rest // max(limit // 4, 1) * interval / 6
