"""Rules: what a requirement's rule consists of, and how it is registered."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from exports_conformance.exchange.model import Exchange
from exports_conformance.rules.conditions import AppliesTo


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found wrong: expected, actual, and a JSON pointer into the response (`at`) if one fits."""

    expected: str
    actual: str
    at: str = ""


Check = Callable[[Exchange], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A pure function that decides one requirement from an exchange.

    It is silent if `applies` is false, and if one of `needs` (requirements with rules of their own) did not hold
    in the same exchange: one broken promise is reported once. `requirement` is empty for the rule of planted
    flaws, whose requirement the expectation names.
    """

    requirement: str
    applies: AppliesTo
    needs: tuple[str, ...]
    check: Check


WRITTEN: dict[str, Rule] = {}
"""The rules that are written in the modules of this package, by requirement."""


def rule(requirement: str, *, applies: AppliesTo, needs: tuple[str, ...] = ()) -> Callable[[Check], Check]:
    """Register a check as the rule of a requirement (see `Rule`).

    Raises:
        ValueError: the requirement has a rule already.
    """

    def register(check: Check) -> Check:
        if requirement in WRITTEN:
            raise ValueError(f"{check.__module__}.{check.__name__}: {requirement!r} has a rule already")
        WRITTEN[requirement] = Rule(requirement, applies, needs, check)
        return check

    return register
