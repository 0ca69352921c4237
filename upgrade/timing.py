"""How long exports take to complete, in classes: no time is promised, but clients stop waiting."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from statistics import median

from exports_conformance.contract.shapes import instant
from exports_conformance.exchange.exports import RUNNING
from exports_conformance.exchange.model import Exchange
from exports_conformance.rules.engine import created
from exports_conformance.upgrade.discrepancy import Discrepancy
from exports_conformance.upgrade.pairing import Pair, is_followed

TIMING_AT = "/data/attributes/completed_at"
EXPORTS_NEEDED = 3
"""Exports whose time is known on both sides; with fewer, chance decides."""
TIMES_LONGER = 3
"""The least ratio of the two medians, since times close to a bound fall on either side of it."""

_CLASSES: Sequence[tuple[float, str]] = (
    (1, "within a second"),
    (10, "within 10 seconds"),
    (60, "within a minute"),
    (600, "within 10 minutes"),
    (3600, "within an hour"),
    (86_400, "within a day"),
)


@dataclass(frozen=True, slots=True)
class _Timed:
    pair: Pair
    before: float
    after: float


def timing_differences(
    before: Sequence[Exchange], after: Sequence[Exchange], pairs: Sequence[Pair]
) -> Iterator[tuple[Pair, Discrepancy]]:
    """Yield the creations whose exports now take longer or less long, if most of them do, by class."""
    was, is_now = _seconds(before), _seconds(after)
    timed = [
        _Timed(pair, was[one], is_now[other])
        for pair in pairs
        if created(pair.before) and created(pair.after)
        if (one := str(pair.before.data.get("id"))) in was and (other := str(pair.after.data.get("id"))) in is_now
    ]
    if len(timed) < EXPORTS_NEEDED:
        return
    usual, now = median(each.before for each in timed), median(each.after for each in timed)
    if _class(usual) == _class(now) or max(usual, now) < TIMES_LONGER * min(usual, now):
        return
    finding = Discrepancy("timing", TIMING_AT, _in_words(usual), _in_words(now))
    for each in timed:
        if _class(each.before) != _class(each.after) and (each.after > each.before) is (now > usual):
            yield each.pair, finding


def _seconds(exchanges: Sequence[Exchange]) -> Mapping[str, float]:
    """Return how long each export took, by its id: infinitely long if it still ran when the run stopped waiting."""
    found: dict[str, float] = {}
    creations: dict[str, datetime | None] = {}
    for exchange in exchanges:
        id_, shown = exchange.data.get("id"), exchange.attributes
        if not isinstance(id_, str) or not exchange.succeeded:
            continue
        begun = creations.setdefault(id_, instant(shown.get("created_at")))
        ended = instant(shown.get("completed_at"))
        if begun and ended and shown.get("status") == "completed":
            found[id_] = max(0.0, (ended - begun).total_seconds())
        elif shown.get("status") in RUNNING and is_followed(exchange):
            found[id_] = inf
        else:
            found.pop(id_, None)
    return found


def _class(seconds: float) -> int:
    return sum(seconds > bound for bound, _ in _CLASSES)


def _in_words(seconds: float) -> str:
    if seconds == inf:
        return "most exports had not completed when the run stopped waiting"
    within = next((words for bound, words in _CLASSES if seconds <= bound), "after more than a day")
    return f"most exports complete {within}"
