"""A rule that finds nothing any more lets its mutants through, and so turns `make test` red: twenty are tried."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from exports_conformance.exchange.model import Exchange
from exports_conformance.rules import Finding, all_rules
from exports_conformance.strategies.profiles import Profile
from tests.mutants import MUTANTS
from tests.proof.hunting import hunt

SMOKE: Profile = "smoke"
QUICK: Profile = "quick"
TRIED = {
    # of success documents
    "create-status-201": SMOKE,
    "answer-media-type": SMOKE,
    "answer-unique-keys": SMOKE,
    "answer-type": SMOKE,
    "answer-self-link": SMOKE,
    "relationship-event-stores": SMOKE,
    "meta-trace-id": SMOKE,
    "answer-records-count": SMOKE,
    "answer-status-known": SMOKE,
    "created-not-updated-before": SMOKE,
    # of what was sent
    "create-echoes-reference": SMOKE,
    "create-default-format": QUICK,
    "create-accepts-documented": SMOKE,
    "refusal-true": SMOKE,
    # of refusals
    "error-status": SMOKE,
    "error-code-agrees": SMOKE,
    "error-pointer": SMOKE,
    "": SMOKE,  # the rule of planted flaws, whose intent names the requirement
    # of an export's life
    "retrieve-as-created": SMOKE,
    "update-takes": QUICK,
}
"""Rules, one of every kind, each with the least that asks for what it decides."""


def _finds_nothing(_: Exchange) -> Iterator[Finding]:
    return iter(())


@pytest.mark.parametrize("requirement", TRIED, ids=lambda requirement: requirement or "planted-flaws")
def test_mutant_gets_away_where_its_rule_finds_nothing(requirement: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = requirement or "argument-resource-type-required"
    mutants = (name for name, each in MUTANTS.items() if each.requirement == broken)
    mutant = next(name for name in mutants if hunt(name, TRIED[requirement]).found)
    monkeypatch.setitem(all_rules(), requirement, replace(all_rules()[requirement], check=_finds_nothing))
    assert hunt(mutant, TRIED[requirement]).found == 0


def test_twenty_are_tried() -> None:
    assert len(TRIED) == 20
    assert set(TRIED) <= set(all_rules())
