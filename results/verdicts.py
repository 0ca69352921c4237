"""Verdicts on requirements, tests and runs, decided from the evidence, and only here; and deviations, which waive.

Decision: docs/decisions/0042-deviations-name-a-case.md.

Decision: docs/decisions/0016-intermittent-is-not-partial.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, TypedDict

from pydantic import ConfigDict, ValidationError
from pydantic import dataclasses as pydantic_dataclasses

from exports_conformance.contract.edition import Edition
from exports_conformance.contract.requirements import Requirement, requirements
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.untrusted import parse_toml, read_regular
from exports_conformance.results.evidence import NEVER_SERVER_ERROR, Evidence

DeviationState = Literal["waived", "stale", "not asked"]


class DeviationError(Exception):
    """A deviations file cannot be used; the message is one line: which entry, why, and what to do."""


class DeviationOutcome(TypedDict):
    """A deviation as `result.json` has it, with its state after the run."""

    requirement: str
    owner: str
    reason: str
    since: str
    until: str
    ticket: str
    witness: str
    case: str
    state: DeviationState


@pydantic_dataclasses.dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid", strict=True))
class Deviation:
    """One requirement that an endpoint is known to break, from `since` until the end of the day `until`.

    `witness` narrows it to a JSON pointer into the response, `case` to the case that shows it
    (`refusal/format-object`); empty: any.
    """

    requirement: str
    owner: str
    reason: str
    since: date
    until: date
    ticket: str
    witness: str = ""
    case: str = ""

    def covers(self, case: str, at: str) -> bool:
        """Return whether a violation in a case, at a JSON pointer into its response, is this deviation."""
        there = not self.witness or at == self.witness or at.startswith(f"{self.witness}/")
        return there and self.case in {"", case}


def read_deviations(file: Path, *, today: date) -> Mapping[str, Deviation]:
    """Return the deviations of a TOML file of `[[deviations]]` tables, by their requirements.

    Raises:
        DeviationError: the file cannot be read, or an entry is malformed, unknown, repeated, expired or not yet valid.
    """
    try:
        document = parse_toml(read_regular(file).decode())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise DeviationError(f"{file}: cannot be read: {reason}; give a TOML file of [[deviations]] tables") from None
    entries = document.get("deviations")
    if document.keys() != {"deviations"} or not isinstance(entries, list):
        raise DeviationError(
            f"{file}: must consist of [[deviations]] tables and nothing else; write each deviation as such a table"
        )
    known: dict[str, Deviation] = {}
    for number, entry in enumerate(entries, 1):
        try:
            deviation = _deviation(entry, today, known)
        except ValueError as error:
            raise DeviationError(f"{file}: deviation {number}: {error}") from None
        known[deviation.requirement] = deviation
    return known


def _deviation(entry: Json, today: date, known: Mapping[str, Deviation]) -> Deviation:
    try:
        deviation = Deviation(**entry)
    except (TypeError, ValidationError) as error:
        raise ValueError(_reason(error)) from None
    name = deviation.requirement
    if name not in requirements():
        near = get_close_matches(name, requirements(), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f'"{name}" is not in contract/requirements.toml{hint}')
    if name in known:
        raise ValueError(f"{name} has an earlier entry; keep one of them")
    if empty := [each for each in ("owner", "reason", "ticket") if not getattr(deviation, each).strip()]:
        raise ValueError(f"{empty[0]} is empty; fill it in")
    if deviation.until < deviation.since:
        raise ValueError(f"until {deviation.until} is before since {deviation.since}; change one of them")
    if deviation.since > today:
        raise ValueError(f"of {name} begins on {deviation.since}; remove it until then")
    if deviation.until < today:
        raise ValueError(
            f"of {name} expired on {deviation.until}; fix the violation, or have {deviation.owner} extend `until`"
        )
    return deviation


def _reason(error: TypeError | ValidationError) -> str:
    if not isinstance(error, ValidationError):
        return "is not a table with the members of a deviation"
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


RequirementVerdict = Literal["verified", "violated", "waived", "intermittent", "unverified", "not seen"]
RunVerdict = Literal["conforms", "partial", "violates", "inconclusive", "error"]
FailOn = Literal["violates", "partial", "intermittent", "advice"]

EXIT_CODES: Mapping[RunVerdict, int] = {"conforms": 0, "partial": 0, "violates": 1, "error": 3, "inconclusive": 7}
INCONCLUSIVE = EXIT_CODES["inconclusive"]

CORE: Mapping[str, Sequence[str]] = {
    "a created export": ("create-status-201",),
    "an echo": ("create-echoes-resource-type",),
    "a refused body": ("argument-resource-type-required",),
    "a refused token": ("auth-token-required",),
    "a retrieved export": ("retrieve-status-200",),
}
"""What a run must have seen to be conclusive, each with requirements of which one must be decided."""

_UNDECIDED = frozenset({"unverified", "not seen"})


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict on a requirement and, where it needs one, its reason."""

    verdict: RequirementVerdict
    reason: str = ""


Decisions = Mapping[str, Decision]


@dataclass(frozen=True, slots=True)
class RunScope:
    """What a run is about: `chosen` requirements, None for all; `left_out` says why tests were left out."""

    chosen: frozenset[str] | None = None
    left_out: str = ""

    def __contains__(self, requirement: object) -> bool:
        return self.chosen is None or requirement in self.chosen


WHOLE_RUN = RunScope()

NOT_CHOSEN = "not chosen on the command line"
"""The reason why a requirement that a run was not about has no verdict."""


def decide(
    evidence: Mapping[str, Evidence],
    *,
    edition: Edition,
    deviations: Iterable[Deviation] = (),
    scope: RunScope = WHOLE_RUN,
) -> dict[str, Decision]:
    """Return the decision on every requirement with evidence, with known deviations waived."""
    known = {each.requirement: each for each in deviations}
    contract = requirements()
    return {
        name: decide_requirement(
            contract[name], each, edition=edition, deviation=known.get(name), left_out=scope.left_out
        )
        if name in scope
        else Decision("not seen", NOT_CHOSEN)
        for name, each in evidence.items()
    }


def decide_requirement(
    requirement: Requirement,
    evidence: Evidence,
    *,
    edition: Edition,
    deviation: Deviation | None = None,
    left_out: str = "",
) -> Decision:
    """Return the decision on one requirement; a deviation waives it only if it covers every violation."""
    if not requirement.in_edition(edition):
        return Decision("not seen", f"edition {edition} does not have it")
    if evidence.intermittent:
        of_all = f"{evidence.violations} of {evidence.exchanges} responses"
        return Decision("intermittent", f"violated in {of_all}, but not when the same request was repeated")
    if evidence.violations:
        if deviation and all(deviation.covers(case, at) for case, at in evidence.broken_at):
            return Decision(
                "waived", f"{deviation.reason} ({deviation.ticket}, {deviation.owner}, until {deviation.until})"
            )
        return Decision("violated")
    if evidence.exchanges:
        return Decision("verified")
    if requirement.when_seen:
        return Decision("not seen", "only checked when it occurs")
    if evidence.skips:
        ((reason, _),) = evidence.skips.most_common(1)
        return Decision("unverified", reason)
    if not evidence.cited:
        return Decision("unverified", left_out or "no test in this run covers it")
    return Decision("unverified", "tested, but no response could be evaluated")


def fails_run(requirement: Requirement, decision: Decision, *, fail_on: FailOn) -> bool:
    """Return whether the decision on a requirement makes a run, and the tests that show it, fail."""
    if decision.verdict == "violated":
        return requirement.weight == "promise" or fail_on == "advice"
    return decision.verdict == "intermittent" and fail_on == "intermittent"


def run_verdict(
    decisions: Decisions, *, errors: int, trouble: str, cited: Iterable[str], scope: RunScope = WHOLE_RUN
) -> tuple[RunVerdict, tuple[str, ...]]:
    """Return the verdict on a run and the reasons for it.

    `trouble` is why the endpoint could not be judged, empty if it could; `cited` are the requirements for which tests
    were run; with a choice, only the chosen requirements count.
    The gravest verdict wins: violates, error, inconclusive, partial, conforms.
    """
    contract = requirements()

    def promises(*verdicts: RequirementVerdict) -> list[str]:
        return [
            name for name, each in decisions.items() if each.verdict in verdicts and contract[name].weight == "promise"
        ]

    decided = any(each.verdict not in _UNDECIDED for each in decisions.values())
    if violated := promises("violated"):
        return "violates", tuple(f"{name} is violated" for name in violated)
    if errors:
        return "error", (f"{errors} of the suite's own tests failed with an internal error",)
    if trouble:
        return "inconclusive", (trouble,)
    if scope.chosen and all(decisions[name].verdict in _UNDECIDED for name in scope.chosen):
        return "inconclusive", tuple(
            f"{name} was not decided: {decisions[name].reason}" for name in sorted(scope.chosen)
        )
    tested = {name for name in cited if scope.chosen is None}
    missing = [
        what
        for what, names in CORE.items()
        if tested & set(names) and all(decisions[name].verdict in _UNDECIDED for name in names)
    ]
    if not decided:
        return "inconclusive", ("no response could be judged by any requirement",)
    if missing:
        return "inconclusive", tuple(f"the API answered too little: {what} was never seen" for what in missing)
    weak = promises("unverified", "intermittent")
    reasons = tuple(f"{name} is {decisions[name].verdict}: {decisions[name].reason}" for name in weak)
    return ("partial" if promises("unverified") else "conforms"), reasons


def disagreements(
    failed: Mapping[str, Iterable[str]], decisions: Decisions, *, fail_on: FailOn, known: int, counted: int
) -> list[tuple[str, str]]:
    """Return the tests whose failure the verdict does not explain, each with the reason.

    `failed` has the requirements that made each test fail; `known` of the tests are in the journal as failed, pytest
    `counted` so many. A server error that turned out to have the cause of another violation explains itself.
    """
    contract = requirements()
    violated = any(each.verdict == "violated" for each in decisions.values())
    found = []
    for test, names in failed.items():
        explained = (
            fails_run(contract[name], decisions[name], fail_on=fail_on) or (name == NEVER_SERVER_ERROR and violated)
            for name in names
        )
        if not any(explained):
            found.append((test, f"failed for {', '.join(names)}, which the run as a whole does not violate"))
    if counted > known:
        found.append(("pytest", f"{counted - known} failed tests are missing from the journal; run again"))
    return found


def exit_code_of_run(
    verdict: RunVerdict, decisions: Decisions, *, fail_on: FailOn, stale: bool = False, left: bool = False
) -> int:
    """Return the exit code of a run; `fail_on`, a stale deviation and exports that are left turn 0 into 1."""
    contract = requirements()
    strict = (fail_on == "partial" and verdict == "partial") or any(
        fails_run(contract[name], each, fail_on=fail_on) for name, each in decisions.items()
    )
    code = EXIT_CODES[verdict]
    return 1 if code == 0 and (strict or stale or left) else code


def deviation_outcomes(evidence: Mapping[str, Evidence], known: Iterable[Deviation]) -> list[DeviationOutcome]:
    """Return the state of each deviation: still broken, no longer broken (stale), or not tested in this run."""
    return [
        {
            "requirement": each.requirement,
            "owner": each.owner,
            "reason": each.reason,
            "since": each.since.isoformat(),
            "until": each.until.isoformat(),
            "ticket": each.ticket,
            "witness": each.witness,
            "case": each.case,
            "state": _state(each, evidence[each.requirement]),
        }
        for each in known
    ]


def _state(deviation: Deviation, evidence: Evidence) -> DeviationState:
    if any(deviation.covers(case, at) for case, at in evidence.broken_at):
        return "waived"
    tested = deviation.case in evidence.judged_cases if deviation.case else evidence.exchanges > 0
    return "stale" if tested else "not asked"


def stale_deviations(outcomes: Iterable[DeviationOutcome]) -> tuple[str, ...]:
    """Return a line for each deviation that no longer deviates."""
    return tuple(
        f"the deviation of {each['requirement']} is stale: the requirement holds; remove the entry ({each['ticket']})"
        for each in outcomes
        if each["state"] == "stale"
    )
