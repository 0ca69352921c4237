"""Causes of differences: those with one cause are one entry, with the combination of arguments that triggers it.

Decision: docs/decisions/0060-faults-and-failing-combinations.md.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from exports_conformance.results.faults import Condition, RowReader, condition_of
from exports_conformance.upgrade.classifying import subject_of
from exports_conformance.upgrade.comparing import Compared, DifferenceFound
from exports_conformance.upgrade.discrepancy import HEADER_KINDS
from exports_conformance.upgrade.pairing import Pair, outcome

CONDITIONS_AT_MOST = 40
"""The differences whose condition is computed; with more of them, it is not an upgrade but another API."""

_EXPLAINED = frozenset({"combination", "time"})


@dataclass(frozen=True, slots=True)
class Cause:
    """What explains one or more differences, the gravest first; `condition` is None if none is known."""

    differences: tuple[DifferenceFound, ...]
    condition: Condition | None


def find_causes(compared: Compared) -> tuple[Cause, ...]:
    """Return the causes of the differences, in the order of the gravest difference of each."""
    conditions = _Conditions(compared.asked)
    first = compared.differences[:CONDITIONS_AT_MOST]
    own = {id(each): conditions.of([each]) for each in first}
    groups = _Groups(compared.differences)
    for key in (_places, _broken, lambda each: _requests(each, own.get(id(each)))):
        groups.join_equal(key)
    for status in (each for each in compared.differences if each.finding.what == "status"):
        for other in compared.differences:
            if _follows(other, status):
                groups.join(status, other)
    for one, other in combinations([each for each in first if each.finding.what == "status"], 2):
        if _same_change(one, other) and conditions.of([one, other]).trigger in {"combination", "always"}:
            groups.join(one, other)
    return tuple(_cause(group, own, conditions) for group in groups.listed())


def _cause(group: Sequence[DifferenceFound], own: dict[int, Condition], conditions: "_Conditions") -> Cause:
    """Return a group with the condition of all its requests or, failing that, of its gravest difference."""
    gravest = own.get(id(group[0]))
    together = conditions.of(group) if gravest and len(group) > 1 else None
    known = (each for each in (together, gravest) if each and each.trigger in _EXPLAINED)
    return Cause(tuple(group), next(known, None))


def _places(difference: DifferenceFound) -> Iterator[Hashable]:
    """Yield the place of a difference, at which others have the same cause; a header's name is none."""
    if difference.finding.at and difference.finding.what not in HEADER_KINDS:
        yield difference.finding.at


def _broken(difference: DifferenceFound) -> Iterable[Hashable]:
    return difference.requirements


def _requests(difference: DifferenceFound, condition: Condition | None) -> Iterator[Hashable]:
    """Yield exactly which requests show a difference, if what those have in common is known."""
    if condition and condition.trigger in _EXPLAINED:
        yield difference.ruling.severity, frozenset(difference.pairs)


def _follows(other: DifferenceFound, status: DifferenceFound) -> bool:
    """Return True if a difference occurs only where the status changed, unless both statuses are successes."""
    successes = status.finding.before.startswith("2") and status.finding.after.startswith("2")
    return other is not status and other.pairs <= status.pairs and not successes


def _same_change(one: DifferenceFound, other: DifferenceFound) -> bool:
    return (one.finding.before, one.finding.after, one.operations) == (
        other.finding.before,
        other.finding.after,
        other.operations,
    )


class _Groups:
    """Differences in groups, which grow as pairs of them are joined."""

    def __init__(self, differences: Sequence[DifferenceFound]) -> None:
        self._differences = differences
        self._leaders = {id(each): id(each) for each in differences}

    def join(self, one: DifferenceFound, other: DifferenceFound) -> None:
        """Unite the groups of two differences."""
        self._leaders[self._leader(id(other))] = self._leader(id(one))

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
