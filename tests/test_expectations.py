"""Expectations: what a creation and a flawed body are expected to be, member by member."""

import pytest

from exports_conformance.exchange.model import Expectation
from exports_conformance.strategies.bodies import DOCUMENTED, enveloped
from exports_conformance.strategies.flaw import Flaw
from exports_conformance.strategies.flaws import FLAWS
from exports_conformance.suites.expectations import creation


def test_certain_body_is_expected_to_be_created() -> None:
    assert creation("documented", DOCUMENTED) == Expectation("creation/documented", "create")


def test_uncertain_body_may_be_created_or_refused_and_may_break_the_general_promise() -> None:
    assert creation("odd", enveloped({"resource_type": "skus", "includes": ["nonsense"]})) == Expectation(
        "creation/odd", "create", outcome="either", certain=False, may_break=("create-accepts-documented",)
    )


@pytest.mark.parametrize("flaw", [FLAWS["type-missing"], FLAWS["format-unknown"]], ids=lambda flaw: flaw.outcome)
def test_expectation_of_a_flawed_body_is_that_of_its_flaw(flaw: Flaw) -> None:
    assert flaw.expectation == Expectation(
        f"refusal/{flaw.name}",
        "create",
        outcome=flaw.outcome,
        certain=flaw.outcome == "refusal",
        breaks=flaw.breaks,
        flaw=flaw.name,
        at=flaw.at,
        answers=flaw.answers,
    )
