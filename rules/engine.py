"""The engine of the judge: rules, what they need, and what one exchange says of each requirement."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter

from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.environment import environment_error
from exports_conformance.exchange.model import Exchange


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule saw that should be otherwise; `at` is a JSON pointer into the answer where one fits."""

    expected: str
    actual: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Violation:
    """A requirement that an exchange broke."""

    requirement: str
    expected: str
    actual: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one exchange says: the requirements it showed to hold, and those it broke, in order of need."""

    held: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()


Applies = Callable[[Exchange], bool]
Check = Callable[[Exchange], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A pure function that decides one requirement; `requirement` is empty where the intent names it."""

    requirement: str
    applies: Applies
    needs: tuple[str, ...]
    check: Check


RULES: dict[str, Rule] = {}
"""Every rule by its requirement; the rule of planted flaws, whose intent names the requirement, by an empty one."""


def rule(requirement: str, *, applies: Applies, needs: tuple[str, ...] = ()) -> Callable[[Check], Check]:
    """Register a check as the rule of a requirement.

    The rule is silent where `applies` says no, and where one of its `needs` (requirements with rules of
    their own) did not hold in the same exchange: one broken promise is reported once.

    Raises:
        ValueError: the requirement has a rule already.
    """

    def register(check: Check) -> Check:
        if requirement in RULES:
            raise ValueError(f"{check.__module__}.{check.__name__}: {requirement!r} has a rule already")
        RULES[requirement] = Rule(requirement, applies, needs, check)
        return check

    return register


@cache
def _rules_in_order() -> tuple[Rule, ...]:
    """Every rule behind those it needs."""
    order = TopologicalSorter({name: each.needs for name, each in RULES.items()})
    return tuple(RULES[name] for name in order.static_order())


def every(*conditions: Applies) -> Applies:
    """Join conditions: all must hold."""

    def joined(exchange: Exchange) -> bool:
        return all(condition(exchange) for condition in conditions)

    return joined


def judge(exchange: Exchange) -> Judgement:
    """Judge an exchange by every rule that applies to it in its edition.

    An answer of the environment's (`weather`) says nothing of the endpoint: its judgement is empty. What a
    storage answers is judged by the promises about files, and by no other.
    """
    held: list[str] = []
    violations: list[Violation] = []
    if environment_error(exchange):
        return Judgement()
    contract = requirements()
    for each in _rules_in_order():
        name = each.requirement or exchange.expectation.breaks
        promise = contract.get(name)
        if promise is None or not promise.in_edition(exchange.edition):
            continue
        if (promise.topic == "file") is not (exchange.expectation.operation == "download"):
            continue
        if any(need not in held for need in each.needs) or not each.applies(exchange):
            continue
        findings = list(each.check(exchange))
        if not findings:
            held.append(name)
        violations += [Violation(name, finding.expected, finding.actual, finding.at) for finding in findings]
    broken = {violation.requirement for violation in violations}
    return Judgement(tuple(dict.fromkeys(name for name in held if name not in broken)), tuple(violations))
