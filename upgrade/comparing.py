"""Comparison of two runs: every difference once, with its count, severity and witness; durations, in classes.

Decision: docs/decisions/0026-what-is-compared.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import inf
from statistics import median

from exports_conformance.contract.requirements import instant
from exports_conformance.exchange.exports import RUNNING
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.reasons import environment_error
from exports_conformance.rules.engine import created
from exports_conformance.upgrade.classifying import GRAVITY, Ruling, classify, subject_of, violated_on_the_way
from exports_conformance.upgrade.differing import discrepancies
from exports_conformance.upgrade.discrepancy import Discrepancy
from exports_conformance.upgrade.pairing import Pair, Undecided, earlier, is_followed, paired
from exports_conformance.upgrade.usage import Uses

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


CASES_SHOWN = 5


@dataclass(slots=True)
class DifferenceFound:
    """One difference: what it is, what it means, how often and in which cases it occurs, and its smallest witness.

    `pairs` are the ids of the exchanges before that show it. `breaks_you` is None if there is no list of what the
    client uses.
    """

    finding: Discrepancy
    ruling: Ruling
    witness: Pair
    count: int = 0
    cases: list[str] = field(default_factory=list)
    requirements: list[str] = field(default_factory=list)
    operations: set[str] = field(default_factory=set)
    pairs: set[str] = field(default_factory=set)
    breaks_you: bool | None = None

    @property
    def order(self) -> tuple[int, str, str, str, str]:
        """Sort key: by severity, the gravest first, then by place."""
        found = self.finding
        return GRAVITY[self.ruling.severity], found.at, found.what, found.before, found.after


@dataclass(frozen=True, slots=True)
class Compared:
    """The outcome of comparing two runs.

    `pairs` counts the pairs compared, `same` those without a difference; `asked` are the pairs, in order.
    """

    pairs: int
    same: int
    differences: tuple[DifferenceFound, ...]
    undecided: tuple[Undecided, ...]
    asked: tuple[Pair, ...] = ()


Meant = list[tuple[Discrepancy, Ruling]]


def compare_exchanges(before: Sequence[Exchange], after: Sequence[Exchange], *, uses: Uses | None = None) -> Compared:
    """Compare two runs, request by request; if a request was repeated, only what differs again counts."""
    pairing = paired(before, after)
    again_before, again_after = (
        {each.expectation.confirms: each for each in run if _confirms(each)} for run in (before, after)
    )
    polled_before = earlier(before, [pair.before for pair in pairing.pairs])
    polled_after = earlier(after, [pair.after for pair in pairing.pairs])
    timed = {pair.before.id: found for pair, found in timing_differences(before, after, pairing.pairs)}
    compared: list[tuple[Pair, Meant]] = []
    passing: list[Undecided] = []
    for pair in pairing.pairs:
        if pair.before.is_cut or pair.after.is_cut:
            passing.append(Undecided(pair.case, "only a part of a response was kept, since it was too large"))
        found = differing(pair)
        second = replace(
            pair,
            before=again_before.get(pair.before.id, pair.before),
            after=again_after.get(pair.after.id, pair.after),
        )
        if found and second != pair:
            lasting = {_identity(pair, *each) for each in differing(second)}
            believed = [each for each in found if _identity(pair, *each) in lasting]
            if len(believed) < len(found):
                passing.append(Undecided(pair.case, "differed, but not when the request was repeated"))
            found = believed
        found += violated_on_the_way(pair, polled_before.get(pair.before.id, ()), polled_after.get(pair.after.id, ()))
        if late := timed.get(pair.before.id):
            found.append((late, Ruling("time-free")))
        compared.append((pair, found))
    return collect(compared, (*pairing.undecided, *passing), uses=uses)


def _confirms(exchange: Exchange) -> bool:
    return bool(exchange.expectation.confirms) and not environment_error(exchange)


def differing(pair: Pair) -> Meant:
    """Return the differences of a pair, each with its ruling."""
    return classify(pair, list(discrepancies(pair)))


def collect(
    compared: Iterable[tuple[Pair, Meant]], undecided: Sequence[Undecided], *, uses: Uses | None = None
) -> Compared:
    """Merge the differences of all pairs, so that each is reported once."""
    known: dict[tuple[str, ...], DifferenceFound] = {}
    asked: list[Pair] = []
    same = 0
    for pair, found in compared:
        asked.append(pair)
        same += not found
        for finding, ruling in found:
            key = _identity(pair, finding, ruling)
            difference = known.setdefault(key, DifferenceFound(finding, ruling, pair))
            _add(difference, pair, finding, ruling, uses)
    ordered = tuple(sorted(known.values(), key=lambda each: each.order))
    return Compared(len(asked), same, ordered, tuple(undecided), tuple(asked))


def _identity(pair: Pair, finding: Discrepancy, ruling: Ruling) -> tuple[str, ...]:
    """Return what identifies a difference; for a status that includes what was requested, and the ruling.

    Refusals that violate different promises are different: each argument may have its own cause.
    """
    if finding.what == "status":
        promise = ruling.requirement if ruling.rule == "promise-violated" else ""
        return finding.what, subject_of(pair), finding.before, finding.after, ruling.rule, promise
    if finding.what == "pointer":  # a changed format of pointers shows for every argument
        return finding.what, finding.at, ruling.rule
    if finding.what == "promise":
        return finding.what, finding.at, ruling.requirement
    if finding.what == "document":  # the position at which it stops being JSON differs each time
        return finding.what, finding.at, *(each.partition(": ")[0] for each in (finding.before, finding.after))
    if finding.what in {"value", "order", "prose"}:
        return finding.what, finding.at
    return finding.what, finding.at, finding.before, finding.after


def _add(difference: DifferenceFound, pair: Pair, finding: Discrepancy, ruling: Ruling, uses: Uses | None) -> None:
    difference.count += 1
    difference.operations.add(subject_of(pair))
    difference.pairs.add(pair.before.id)
    if len(difference.cases) < CASES_SHOWN and pair.case not in difference.cases:
        difference.cases.append(pair.case)
    if ruling.requirement and ruling.requirement not in difference.requirements:
        difference.requirements.append(ruling.requirement)
    graver = GRAVITY[ruling.severity] - GRAVITY[difference.ruling.severity]
    if graver < 0 or (graver == 0 and _size(pair) < _size(difference.witness)):
        difference.finding, difference.ruling, difference.witness = finding, ruling, pair
    if uses is not None:
        difference.breaks_you = bool(difference.breaks_you) or uses.touched_by(finding, ruling, pair)


def _size(pair: Pair) -> tuple[int, str]:
    return len(pair.before.request.body or b""), pair.before.id
