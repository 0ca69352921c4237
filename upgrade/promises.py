"""Requirement by requirement: what two runs say of each promise, where that is not the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from exports_conformance.contract.editions import Edition
from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.model import Exchange
from exports_conformance.results.evidence import gather_judged
from exports_conformance.results.verdicts import Decision, decide, run_verdict
from exports_conformance.rules import judge

Turn = Literal["regressed", "fixed", "newly verified", "no longer verifiable"]
TURNS: tuple[Turn, ...] = ("regressed", "fixed", "newly verified", "no longer verifiable")

_BROKEN = frozenset({"violated", "intermittent", "waived"})
_UNDECIDED = frozenset({"unverified", "not seen"})

Verdicts = Mapping[str, Decision]


@dataclass(frozen=True, slots=True)
class Turned:
    """A requirement of which two runs say something else."""

    requirement: str
    turn: Turn
    before: Decision
    after: Decision


def verdicts(exchanges: Sequence[Exchange], *, edition: Edition) -> tuple[Verdicts, tuple[str, ...]]:
    """Judge what a run was asked; give the verdict of each requirement, and why the run is inconclusive, if it is.

    What a run does for itself, another need not do, so that nothing is turned by it.
    """
    judged = [(each, judge(each)) for each in exchanges if not each.expectation.is_bookkeeping]
    decided = decide(gather_judged(judged), edition=edition)
    decided |= {
        name: Decision("unverified", "nothing that was recorded shows it")
        for name, each in decided.items()
        if each.verdict == "unverified"
    }
    verdict, reasons = run_verdict(decided, errors=0, trouble="", cited=requirements())
    return decided, reasons if verdict == "inconclusive" else ()


def turned(before: Verdicts, after: Verdicts, *, editions: tuple[Edition, Edition]) -> tuple[Turned, ...]:
    """Give the requirements that turned from one run to the other, the gravest turn first.

    A requirement that an edition does not have is not held against it.
    """
    found = []
    for name, requirement in requirements().items():
        if name not in before or name not in after or not all(map(requirement.in_edition, editions)):
            continue
        turn = _turn(before[name].verdict, after[name].verdict)
        if turn:
            found.append(Turned(name, turn, before[name], after[name]))
    return tuple(sorted(found, key=lambda each: TURNS.index(each.turn)))


def _turn(before: str, after: str) -> Turn | None:
    if (after == "violated" and before != "violated") or (after == "intermittent" and before == "verified"):
        return "regressed"
    if before in _BROKEN and after == "verified":
        return "fixed"
    if before in _UNDECIDED and after == "verified":
        return "newly verified"
    if before not in _UNDECIDED and after in _UNDECIDED:
        return "no longer verifiable"
    return None
