"""Causes of differences: those with one cause are one entry, with the combination of arguments that triggers it.

Decision: docs/decisions/0060-faults-and-failing-combinations.md.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

from exports_conformance.exchange.model import Exchange
from exports_conformance.results.evidence import NEVER_SERVER_ERROR
from exports_conformance.results.faults import Condition, RowReader, condition_of
from exports_conformance.upgrade.classifying import subject_of
from exports_conformance.upgrade.comparing import TIMING_AT, Compared, DifferenceFound
from exports_conformance.upgrade.discrepancy import FILE, HEADER_KINDS
from exports_conformance.upgrade.pairing import Pair, outcome

CONDITIONS_AT_MOST = 40
"""The differences whose condition is computed; with more of them, it is not an upgrade but another API."""

_COMPARED_WITH: Mapping[tuple[str, str], str] = {
    ("timing", TIMING_AT): "/data/attributes/created_at",
    ("value", FILE): "/data/attributes/records_count",
}
"""The member with which a difference, by its kind and place, compares what is at its place."""

_LEADING = frozenset({"status", "document", "retyped", "member removed"})
_PRIMARY = frozenset({"/data", "/errors"})
_EXPLAINED = frozenset({"combination", "time"})


@dataclass(frozen=True, slots=True)
class Cause:
    """What explains one or more differences, the gravest first; `condition` is None if none is known."""

    differences: tuple[DifferenceFound, ...]
    condition: Condition | None


def find_causes(compared: Compared) -> tuple[Cause, ...]:
    """Return the causes of the differences, in the order of the gravest difference of each."""
    conditions = _Conditions(compared.asked)
    asked = {pair.before.id: pair.before for pair in compared.asked}
    first = compared.differences[:CONDITIONS_AT_MOST]
    own = {id(each): conditions.of([each]) for each in first}
    groups = _Groups(compared.differences)
    for key in (
        _places,
        _broken,
        lambda each: _requests(each, own.get(id(each))),
        lambda each: _found_again(each, asked),
    ):
        groups.join_equal(key)
    for joined in chain(
        _what_follows(compared.differences),
        _updates_that_are_no_longer_refused(compared.differences, asked),
        _replaced_members(compared.differences),
        _crashes(compared.differences),
    ):
        groups.join_all(joined)
    for alike in _same_changes(first):
        for some in (alike, *combinations(alike, 2)):
            if len(some) > 1 and conditions.of(some).trigger in {"combination", "always"}:
                groups.join_all(some)
    return tuple(_cause(group, own, conditions) for group in groups.listed())


def _cause(group: Sequence[DifferenceFound], own: dict[int, Condition], conditions: "_Conditions") -> Cause:
    """Return a group with the condition of all its requests or, failing that, of its gravest difference."""
    gravest = own.get(id(group[0]))
    together = conditions.of(group) if gravest and len(group) > 1 else None
    known = (each for each in (together, gravest) if each and each.trigger in _EXPLAINED)
    return Cause(tuple(group), next(known, None))


def _places(difference: DifferenceFound) -> Iterator[Hashable]:
    """Yield the places of a difference, at which others have the same cause; a header's name is none."""
    if difference.finding.at and difference.finding.what not in HEADER_KINDS:
        yield difference.finding.at
    if other := _COMPARED_WITH.get((difference.finding.what, difference.finding.at)):
        yield other


def _broken(difference: DifferenceFound) -> Iterable[Hashable]:
    return difference.requirements


def _requests(difference: DifferenceFound, condition: Condition | None) -> Iterator[Hashable]:
    """Yield exactly which requests show a difference, if what they have in common is known, or if they are few."""
    if condition and (condition.trigger in _EXPLAINED or condition.violating < condition.conforming):
        yield frozenset(difference.pairs)


def _found_again(difference: DifferenceFound, asked: Mapping[str, Exchange]) -> Iterator[Hashable]:
    """Yield the exports that were not found and now are: what is not deleted can be retrieved, and deleted again."""
    if difference.finding.what == "status" and difference.finding.before == "404" and _succeeds(difference):
        yield from {("found again", asked[each].request.path) for each in difference.pairs}


def _succeeds(difference: DifferenceFound) -> bool:
    return difference.finding.after.startswith("2")


def _updates_that_are_no_longer_refused(
    differences: Sequence[DifferenceFound], asked: Mapping[str, Exchange]
) -> Iterator[Sequence[DifferenceFound]]:
    """Yield an update that was refused and no longer is, with each difference that its values make afterwards."""
    for update in differences:
        if update.finding.what != "status" or update.operations != {"update"} or not _succeeds(update):
            continue
        sent = [asked[each] for each in update.pairs]
        changed = {(each.request.path, f"/data/attributes/{name}") for each in sent for name in each.sent_attributes}
        for shown in differences:
            if {(asked[each].request.path, shown.finding.at) for each in shown.pairs} <= changed:
                yield update, shown


def _what_follows(differences: Sequence[DifferenceFound]) -> Iterator[Sequence[DifferenceFound]]:
    """Yield each difference of a kind that entails others with each that follows from it."""
    for one in (each for each in differences if each.finding.what in _LEADING):
        for other in differences:
            if other is not one and other.pairs <= one.pairs and _follows(other, one):
                yield one, other


def _follows(other: DifferenceFound, one: DifferenceFound) -> bool:
    """Return True if a difference, where it occurs, follows from another one in the same responses.

    A refusal with another status has other errors; what is not JSON has another media type; and where a response is of
    another kind, its other members are, too.
    """
    found = one.finding
    if found.what == "status":
        return not (found.before.startswith("2") and found.after.startswith("2"))
    if found.what == "document":
        return other.finding.what == "media type"
    return found.at in _PRIMARY and other.finding.at.count("/") == 1


def _replaced_members(differences: Sequence[DifferenceFound]) -> Iterator[list[DifferenceFound]]:
    """Yield the two differences of each member in whose place another stands, unless an edition documents either."""
    changed: dict[Hashable, list[DifferenceFound]] = {}
    for each in differences:
        if each.finding.what in {"member added", "member removed"}:
            changed.setdefault((each.finding.at.rpartition("/")[0], frozenset(each.pairs)), []).append(each)
    for alike in changed.values():
        whats = {each.finding.what for each in alike}
        if len(alike) == len(whats) == 2 and not any(each.ruling.documented for each in alike):  # noqa: PLR2004  a pair
            yield alike


def _crashes(differences: Sequence[DifferenceFound]) -> Iterator[list[DifferenceFound]]:
    """Yield the server errors of an operation if one flaw at most is known to cause them; drawn bodies have several."""
    found: dict[Hashable, list[DifferenceFound]] = {}
    for each in differences:
        if each.finding.what == "status" and each.finding.after.startswith("5"):
            found.setdefault((each.finding.after, frozenset(each.operations)), []).append(each)
    for alike in found.values():
        if sum(1 for each in alike if set(each.requirements) - {NEVER_SERVER_ERROR}) <= 1:
            yield alike


def _same_changes(differences: Sequence[DifferenceFound]) -> Iterable[list[DifferenceFound]]:
    """Return the changes of a status in groups: the same statuses in answer to the same operations."""
    found: dict[Hashable, list[DifferenceFound]] = {}
    for each in differences:
        if each.finding.what == "status":
            key = each.finding.before, each.finding.after, frozenset(each.operations)
            found.setdefault(key, []).append(each)
    return found.values()


class _Groups:
    """Differences in groups, which grow as pairs of them are joined."""

    def __init__(self, differences: Sequence[DifferenceFound]) -> None:
        self._differences = differences
        self._leaders = {id(each): id(each) for each in differences}

    def join(self, one: DifferenceFound, other: DifferenceFound) -> None:
        """Unite the groups of two differences."""
        self._leaders[self._leader(id(other))] = self._leader(id(one))

    def join_all(self, differences: Sequence[DifferenceFound]) -> None:
        """Unite the groups of several differences."""
        for each in differences[1:]:
            self.join(differences[0], each)

    def join_equal(self, keys: Callable[[DifferenceFound], Iterable[Hashable]]) -> None:
        """Unite the groups of the differences that share a key."""
        known: dict[Hashable, DifferenceFound] = {}
        for each in self._differences:
            for key in keys(each):
                self.join(known.setdefault(key, each), each)

    def listed(self) -> Iterable[list[DifferenceFound]]:
        """Return the groups in the order of their first differences."""
        found: dict[int, list[DifferenceFound]] = {}
        for each in self._differences:
            found.setdefault(self._leader(id(each)), []).append(each)
        return found.values()

    def _leader(self, of: int) -> int:
        while self._leaders[of] != of:
            of = self._leaders[of]
        return of


class _Conditions:
    """Computes what the requests that show differences have in common."""

    def __init__(self, asked: Sequence[Pair]) -> None:
        self._kinds: dict[tuple[str, str], list[Pair]] = {}
        for pair in asked:
            self._kinds.setdefault((subject_of(pair), outcome(pair.before)), []).append(pair)
        self._numbers = {pair.before.id: number for number, pair in enumerate(asked, 1)}
        self._reader = RowReader(pair.before for pair in asked)

    def of(self, differences: Sequence[DifferenceFound]) -> Condition:
        """Return the condition of one or several differences, among the requests that could have shown them."""
        shown = set().union(*(each.pairs for each in differences))
        alike = [
            pair.before
            for pairs in self._kinds.values()
            if any(pair.before.id in shown for pair in pairs)
            for pair in pairs
        ]
        bad = [each for each in alike if each.id in shown]
        good = [each for each in alike if each.id not in shown]
        attributes = frozenset(name for each in differences for name in _attribute(each))
        return condition_of(bad, good, numbers=self._numbers, reader=self._reader, attributes=attributes)


def _attribute(difference: DifferenceFound) -> list[str]:
    parts = difference.finding.at.split("/")
    return parts[3:4] if parts[1:3] == ["data", "attributes"] else []
