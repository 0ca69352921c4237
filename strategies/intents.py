"""Intents: what the suites mean by a request they send."""

from collections.abc import Mapping

from exports_conformance.exchange.model import Expectation
from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.certainty import is_certain
from exports_conformance.strategies.flaws.flaw import Flaw


def creation(case: str, body: Mapping[str, Json]) -> Expectation:
    """Mean a documented body to create an export, as surely as the documentation says it does."""
    certain = is_certain(body["data"]["attributes"])
    if certain:
        return Expectation(f"creation/{case}", "create")
    return Expectation(
        f"creation/{case}", "create", outcome="either", certain=False, may_break=("create-accepts-documented",)
    )


def refusal(flaw: Flaw) -> Expectation:
    """Mean a creation with this flaw to be refused, or to be right where the documentation is silent."""
    return Expectation(
        flaw.case,
        "create",
        outcome=flaw.outcome,
        certain=flaw.outcome == "refusal",
        breaks=flaw.breaks,
        flaw=flaw.name,
        at=flaw.at,
        answers=flaw.answers,
    )
