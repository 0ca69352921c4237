"""Facts about an organisation that exchanges show: its rate limit, and which resource types have records."""

from collections.abc import Iterable, Sequence
from typing import Literal, TypedDict

from exports_conformance.contract.resources import certain_types
from exports_conformance.exchange.exports import selects_everything
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.reasons import selection_refusal

DEFAULT_INTERVAL = 60
"""The documented interval of the rate limit, in seconds; used where no response names one."""

NO_RECORDS = (
    "no resource type has records here: exports of every type that must be exportable were refused as empty; "
    "create a record, for instance a SKU"
)
"""The message for an organisation without any record, which cannot be judged."""

RecordsShown = Literal["", "counted", "counted none", "accepted", "refused"]


class RateLimitUse(TypedDict):
    """The rate limit in requests per interval, and the share of it that was used; None where it is unknown."""

    limit: int | None
    share: float | None


class RecordsFound(TypedDict):
    """The certain resource types that have records, and those that have none, in the contract's order."""

    found: list[str]
    none: list[str]


def rate_limit_use(exchanges: Sequence[Exchange]) -> RateLimitUse:
    """Return the limit of the last response that names one, and the share of it that the exchanges used.

    Both are None where no response names a limit; the share also where there is only one exchange.
    """
    limit, interval = _last_header(exchanges, "limit"), _last_header(exchanges, "interval") or DEFAULT_INTERVAL
    if not limit or len(exchanges) < 2:  # noqa: PLR2004  a rate takes two
        return {"limit": limit, "share": None}
    times = [exchange.started for exchange in exchanges]
    allowed = requests_allowed(max(times) - min(times), limit, interval)
    return {"limit": limit, "share": round(len(exchanges) / allowed, 3)}


def requests_allowed(seconds: float, limit: int, interval: int) -> int:
    """Return how many requests fit into `seconds`, counted from the first of them.

    The documented sliding windows let a quarter of the limit through at once, and again with each sixth of the
    interval.
    """
    whole, rest = divmod(seconds, interval)
    quarter = max(limit // 4, 1)
    return int(whole) * limit + min(limit, quarter * (1 + int(rest // (interval / 6))))


def seconds_for(requests: int, limit: int, interval: int) -> float:
    """Return the least time in seconds between the first and the last of so many requests."""
    whole, rest = divmod(max(requests - 1, 0), limit)
    return whole * interval + rest // max(limit // 4, 1) * interval / 6


def _last_header(exchanges: Sequence[Exchange], name: str) -> int | None:
    values = [exchange.response.header(f"x-ratelimit-{name}") for exchange in exchanges if exchange.response]
    return next((int(text) for text in reversed(values) if text and text.isdecimal() and len(text) < 10), None)  # noqa: PLR2004  a longer number is not plausible


def records_shown(exchange: Exchange) -> tuple[str, RecordsShown]:
    """Return a certain resource type and what an exchange shows of its records; two empty texts if it shows nothing.

    A refusal as empty shows that there are none, and so does an export that completed without one; where filters leave
    something out, only records that were found show anything.
    """
    creates = exchange.expectation.operation == "create" and exchange.status // 100 in (2, 4)
    source = exchange.sent_attributes if creates else exchange.attributes
    kind, everything = source.get("resource_type"), selects_everything(source.get("filters"))
    if kind not in certain_types() or exchange.expectation.flaw:
        return "", ""
    if refused := selection_refusal(exchange) if creates else "":
        return kind, "counted" if refused == "too-many" else "refused" if everything else ""
    attributes = exchange.attributes
    count = attributes.get("records_count")
    if isinstance(count, int) and count > 0:
        return kind, "counted"
    if count == 0 and everything and attributes.get("status") == "completed":
        return kind, "counted none"
    return kind, "accepted" if creates and exchange.status == 201 else ""  # noqa: PLR2004  Created


def types_with_records(exchanges: Iterable[Exchange]) -> RecordsFound:
    """Return which certain resource types were seen to have records, and which to have none.

    A count outweighs an accepted creation, which outweighs a refusal at another moment.
    """
    seen: dict[str, set[RecordsShown]] = {}
    for exchange in exchanges:
        kind, what = records_shown(exchange)
        seen.setdefault(kind, set()).add(what)
    found, none = [], []
    for kind in certain_types():
        signs = seen.get(kind, set())
        if "counted" in signs or ("accepted" in signs and "counted none" not in signs):
            found.append(kind)
        elif signs & {"counted none", "refused"}:
            none.append(kind)
    return {"found": found, "none": none}
