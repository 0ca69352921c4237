"""Verdicts: what the evidence amounts to, for a requirement and for a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from exports_conformance.contract.editions import Edition
from exports_conformance.contract.requirements import Requirement
from exports_conformance.results.evidence import Seen

RequirementVerdict = Literal["verified", "violated", "waived", "intermittent", "unverified", "not seen"]
RunVerdict = Literal["conforms", "partial", "violates", "inconclusive", "error"]
FailOn = Literal["violates", "partial", "intermittent", "advice"]

EXIT_CODES: Mapping[RunVerdict, int] = {"conforms": 0, "partial": 0, "violates": 1, "error": 3, "inconclusive": 7}

CORE: Mapping[str, Sequence[str]] = {
    "a created export": ("create-status-201",),
    "an echo": ("create-echoes-resource-type",),
    "a refused body": ("argument-resource-type-required",),
    "a refused token": ("auth-token-required",),
    "a retrieved export": ("retrieve-status-200",),
}
"""What must have been seen for a run to say anything, each with requirements of which one must be decided."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A verdict and, where it needs one, its reason."""

    verdict: RequirementVerdict
    reason: str = ""


def requirement_verdict(requirement: Requirement, seen: Seen, *, edition: Edition) -> Decided:
    """Decide a requirement from its evidence."""
    if not requirement.in_edition(edition):
        return Decided("not seen", f"the edition {edition} does not have it")
    if seen.intermittent:
        return Decided("intermittent", "it was broken, and not again when the same was asked once more")
    if seen.violations:
        return Decided("violated")
    if seen.exchanges:
        return Decided("verified")
    if requirement.when_seen:
        return Decided("not seen", "judged only when it occurs")
    if not seen.asked:
        return Decided("unverified", "no test that was run asks for it")
    return Decided("unverified", "it was asked, but no answer let it be judged")


def run_verdict(
    decided: Mapping[str, Decided],
    contract: Mapping[str, Requirement],
    *,
    errors: int,
    trouble: str,
    asked: frozenset[str],
) -> tuple[RunVerdict, tuple[str, ...]]:
    """Decide a run: its verdict, and the reasons for it.

    `trouble` says why the endpoint could not be judged, empty where it could; `asked` are the requirements
    for which tests were run. The gravest verdict wins: violates, error, inconclusive, partial, conforms.
    """

    def promises(*verdicts: RequirementVerdict) -> list[str]:
        named = [name for name, each in decided.items() if each.verdict in verdicts]
        return [name for name in named if contract[name].weight == "promise"]

    if violated := promises("violated"):
        return "violates", tuple(f"{name} is violated" for name in violated)
    if errors:
        return "error", (f"{errors} of the suite's own tests failed to tell",)
    if trouble:
        return "inconclusive", (trouble,)
    undecided = {"unverified", "not seen"}
    missing = [
        what
        for what, names in CORE.items()
        if asked & set(names) and all(decided[name].verdict in undecided for name in names)
    ]
    if missing:
        return "inconclusive", tuple(f"too little was answered: {what} was never seen" for what in missing)
    weak = promises("unverified", "intermittent")
    reasons = tuple(f"{name} is {decided[name].verdict}: {decided[name].reason}" for name in weak)
    return ("partial" if promises("unverified") else "conforms"), reasons


def exit_code(verdict: RunVerdict, decided: Mapping[str, Decided], *, fail_on: FailOn, stale: bool = False) -> int:
    """Give a run's exit code; `fail_on` makes red what is otherwise only shown, and so does a stale deviation."""
    strict: Mapping[FailOn, bool] = {
        "violates": False,
        "partial": verdict == "partial",
        "intermittent": any(each.verdict == "intermittent" for each in decided.values()),
        "advice": any(each.verdict == "violated" for each in decided.values()),
    }
    code = EXIT_CODES[verdict]
    return 1 if code == 0 and (strict[fail_on] or stale) else code
