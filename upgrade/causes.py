"""Causes of differences: those with one cause are one entry, with the combination of arguments that triggers it.

Decision: docs/decisions/0060-faults-and-failing-combinations.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from exports_conformance.results.faults import Condition, RowReader, condition_of
from exports_conformance.upgrade.classifying import subject_of
from exports_conformance.upgrade.comparing import Compared, DifferenceFound
from exports_conformance.upgrade.differing import HEADER_KINDS
from exports_conformance.upgrade.pairing import Pair, outcome

CONDITIONS_AT_MOST = 40
"""The differences whose condition is computed; with more of them, it is not an upgrade but another API."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What explains one or more differences, the gravest first; `condition` is None if none is known."""

    differences: tuple[DifferenceFound, ...]
    condition: Condition | None


def find_causes(compared: Compared) -> tuple[Cause, ...]:
    """Return the causes of the differences, in the order of the gravest difference of each."""
    kinds: dict[tuple[str, str], list[Pair]] = {}
    for pair in compared.asked:
        kinds.setdefault((subject_of(pair), outcome(pair.before)), []).append(pair)
    numbers = {pair.before.id: number for number, pair in enumerate(compared.asked, 1)}
    reader = RowReader(pair.before for pair in compared.asked)
    groups: list[tuple[Condition | None, list[DifferenceFound]]] = []
    for at, difference in enumerate(compared.differences):
        condition = _condition(difference, kinds, numbers, reader) if at < CONDITIONS_AT_MOST else None
        explained = bool(condition and condition.trigger in {"combination", "time"})
        for _, group in groups:
            if any(_same_cause(each, difference, explained=explained) for each in group):
                group.append(difference)
                break
        else:
            groups.append((condition if explained else None, [difference]))
    return tuple(Cause(tuple(group), condition) for condition, group in groups)


def _alike(difference: DifferenceFound, kinds: Mapping[tuple[str, str], list[Pair]]) -> Iterable[list[Pair]]:
    """Return the pairs that could have shown a difference: those of the same requests and outcomes."""
    return (
        pairs
        for pairs in kinds.values()
        if subject_of(pairs[0]) in difference.operations and any(pair.before.id in difference.pairs for pair in pairs)
    )


def _same_cause(one: DifferenceFound, other: DifferenceFound, *, explained: bool) -> bool:
    """Return True if two differences have one cause.

    Either both are about the same place, or break the same requirement; or the other occurs only where the status
    changed; or exactly the same requests show both, and what those have in common is known.
    """
    same_place = one.finding.at == other.finding.at != "" and not HEADER_KINDS & {one.finding.what, other.finding.what}
    follows = one.finding.what == "status" and other.pairs <= one.pairs
    shared = bool(set(one.requirements) & set(other.requirements))
    together = explained and one.pairs == other.pairs and one.ruling.severity == other.ruling.severity
    return same_place or shared or follows or together


def _condition(
    difference: DifferenceFound,
    kinds: Mapping[tuple[str, str], list[Pair]],
    numbers: Mapping[str, int],
    reader: RowReader,
) -> Condition:
    alike: Sequence[Pair] = [pair for pairs in _alike(difference, kinds) for pair in pairs]
    bad = [pair.before for pair in alike if pair.before.id in difference.pairs]
    good = [pair.before for pair in alike if pair.before.id not in difference.pairs]
    parts = difference.finding.at.split("/")
    attributes = frozenset(parts[3:4]) if parts[1:3] == ["data", "attributes"] else frozenset[str]()
    return condition_of(bad, good, numbers=numbers, reader=reader, attributes=attributes)
