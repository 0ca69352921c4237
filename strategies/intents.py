"""Intents: what the suites mean by a request they send."""

from collections.abc import Mapping

from exports_conformance.contract.exchange import Intent
from exports_conformance.contract.strict_json import Json
from exports_conformance.strategies.certainty import is_certain
from exports_conformance.strategies.flaws.flaw import Flaw


def creation(case: str, body: Mapping[str, Json]) -> Intent:
    """Mean a documented body to create an export, as surely as the documentation says it does."""
    certain = is_certain(body["data"]["attributes"])
    if certain:
        return Intent(f"creation/{case}", "create")
    return Intent(f"creation/{case}", "create", expects="either", certain=False, stakes=("create-accepts-documented",))


def refusal(flaw: Flaw) -> Intent:
    """Mean a creation with this flaw to be refused, or to be right where the documentation is silent."""
    return Intent(
        flaw.case,
        "create",
        expects=flaw.expects,
        certain=flaw.expects == "refusal",
        breaks=flaw.breaks,
        flaw=flaw.name,
        at=flaw.at,
        answers=flaw.answers,
    )
