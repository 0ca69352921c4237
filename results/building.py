"""Building a run's result from its journal: the verdicts, the counts, and what a report shows."""

import json
import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version

from exports_conformance.contract.edition import Edition, first_edition
from exports_conformance.contract.requirements import digest, requirements
from exports_conformance.exchange.exports import EditionChoice
from exports_conformance.exchange.model import Exchange, Provenance
from exports_conformance.exchange.reasons import EnvironmentCause, environment_error
from exports_conformance.exchange.strict_json import member
from exports_conformance.exchange.tags import untagged
from exports_conformance.results.evidence import Evidence, Witness, gather, judged_lines
from exports_conformance.results.examples import Examples, choose_examples, readable
from exports_conformance.results.fault_steps import fault_steps
from exports_conformance.results.faults import find_faults
from exports_conformance.results.har import moment, to_json
from exports_conformance.results.journal import JournalLine
from exports_conformance.results.observations import (
    Judged,
    fault_exchanges,
    first_outage,
    pairs_sent,
    rate_limit_use,
    timeline,
    types_with_records,
)
from exports_conformance.results.reproduction import curl, reproduction
from exports_conformance.results.result import (
    EDITION_CHOSEN,
    RESULT_VERSION,
    FaultShown,
    HarnessError,
    Left,
    RecordingFacts,
    RequirementResult,
    RunResult,
    WitnessShown,
    body_file,
)
from exports_conformance.results.verdicts import (
    WHOLE_RUN,
    Decision,
    Deviation,
    FailOn,
    RunScope,
    decide,
    deviation_outcomes,
    disagreements,
    run_verdict,
    stale_deviations,
)

WITNESS_BODY_LIMIT = 64 * 1024
"""Bytes of a witness's body that a result keeps."""

ENVIRONMENT: tuple[EnvironmentCause, ...] = (
    "no-answer",
    "throttled",
    "unavailable",
    "firewall",
    "token-refused",
    "not-permitted",
)
"""The causes of environment errors that a result counts."""


def versions() -> dict[str, str]:
    """Return the versions of Python and the packages that decide which requests are sent."""
    names = ("exports-conformance", "hypothesis", "schemathesis", "pytest", "httpx")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The facts about a run that its journal does not hold; `started` is in seconds since the epoch."""

    run_id: str
    kind: Provenance
    base_url: str
    profile: str
    seed: str
    started: float
    edition: EditionChoice = "auto"
    mode: str = "unknown"
    repeat: str = ""
    versions: dict[str, str] = field(default_factory=versions)
    recording: RecordingFacts | None = None
    scope: RunScope = WHOLE_RUN


def build_result(
    lines: Sequence[JournalLine],
    facts: RunFacts,
    *,
    finished: float,
    trouble: str = "",
    deviations: Iterable[Deviation] = (),
    fail_on: FailOn = "violates",
    failed_tests: int = 0,
    problems: Iterable[str] = (),
) -> RunResult:
    """Build the result of a run from the lines of its journal.

    `finished` is in seconds since the epoch; `trouble` is why the endpoint could not be judged, empty if it could.
    Known `deviations` are waived where they occur. `failed_tests` is the number of failed tests by pytest's count,
    `problems` are errors of the suite itself that the journal does not list.
    """
    judged = judged_lines(lines)
    exchanges = [exchange for exchange, _ in judged]
    edition, why = _edition(lines, facts)
    evidence, shown, known = gather(lines, judged), choose_examples(judged), list(deviations)
    decisions = decide(evidence, edition=edition, deviations=known, scope=facts.scope)
    outcomes = deviation_outcomes(evidence, known)
    errors: list[HarnessError] = [
        {"where": line["where"], "what": line["what"]} for line in lines if line["line"] == "error"
    ]
    failed = {line["item"]: line["requirements"] for line in lines if line["line"] == "failed"}
    known_failures = len(errors) + sum(1 for line in lines if line["line"] == "failed")
    unexplained = disagreements(failed, decisions, fail_on=fail_on, known=known_failures, counted=failed_tests)
    errors += [{"where": test, "what": what} for test, what in unexplained]
    errors += [{"where": "run", "what": problem} for problem in problems]
    causes: Counter[EnvironmentCause] = Counter(environment_error(exchange) for exchange in exchanges)
    verdict, reasons = run_verdict(
        decisions,
        errors=len(errors),
        trouble=trouble or _not_permitted(causes, lines),
        cited=[name for name, each in evidence.items() if each.cited],
        scope=facts.scope,
    )
    violated = [name for name, each in decisions.items() if each.verdict == "violated"]
    faults = _faults(judged, exchanges, violated)
    outage = first_outage(judged)
    by_id = {each.id: each for each in exchanges}
    for holding in filter(None, (each["exchanges"]["holds"] for each in faults)):
        shown.show(by_id[holding])
    if outage:
        shown.show(outage[1])
    left: list[Left] = [{"id": line["id"], "mark": line["mark"]} for line in lines if line["line"] == "left"]
    return {
        "schema_version": RESULT_VERSION,
        "run_id": facts.run_id,
        "verdict": verdict,
        "reasons": [*reasons, *([facts.scope.left_out] if facts.scope.left_out else []), *stale_deviations(outcomes)],
        "endpoint": {
            "kind": facts.kind,
            "base_url": facts.base_url,
            "mode": _mode(exchanges) or facts.mode,
            "edition": edition,
            "edition_because": why,
        },
        "contract": {"edition": edition, "sha256": digest()},
        "profile": facts.profile,
        "seed": facts.seed,
        "started": moment(facts.started),
        "finished": moment(finished),
        "versions": facts.versions,
        "counts": _counts(lines, exchanges, left=len(left)),
        "environment": {name: causes.get(name, 0) for name in ENVIRONMENT},
        "limits": rate_limit_use(exchanges),
        "records": types_with_records(exchanges),
        "cleanup": {"left": left},
        "errors": errors,
        "deviations": outcomes,
        "recording": facts.recording,
        "requirements": [_requirement(name, decisions[name], each, shown) for name, each in evidence.items()],
        "exchanges": shown.exchanges,
        "accepted": shown.accepted,
        "refusals": shown.refusals,
        "observed": shown.observed,
        "faults": faults,
        "timeline": timeline(judged, violated),
        "pairs": pairs_sent(judged, violated),
        "outage": outage[0] if outage else None,
        "repeat": facts.repeat,
    }


def _faults(judged: Sequence[Judged], exchanges: Sequence[Exchange], violated: Sequence[str]) -> list[FaultShown]:
    if not violated:
        return []
    return [
        {
            "name": fault.name,
            "requirements": list(fault.requirements),
            "condition": {
                "trigger": fault.condition.trigger,
                "text": fault.condition.text,
                "violating": fault.condition.violating,
                "conforming": fault.condition.conforming,
                "combinations": [list(each) for each in fault.condition.combinations],
                "first": fault.condition.first,
            },
            "script": reproduction(fault, exchanges),
            "steps": [
                json.loads(json.dumps(to_json(each)))
                for each in fault_steps(fault.name, fault.witness.exchange, exchanges)
            ],
            "exchanges": fault_exchanges(fault.name, fault.witness.exchange, judged),
        }
        for fault in find_faults(judged, violated)
    ]


def _edition(lines: Sequence[JournalLine], facts: RunFacts) -> tuple[Edition, str]:
    for line in lines:
        if line["line"] == "edition":
            return line["edition"], line["because"]
    if facts.edition != "auto":
        return facts.edition, EDITION_CHOSEN
    return first_edition(), "no export was created that shows whether it applies"


def _not_permitted(causes: Counter[EnvironmentCause], lines: Sequence[JournalLine]) -> str:
    if causes["not-permitted"] and not any(line["line"] == "created" for line in lines):
        return "this application may not create exports (401 UNAUTHORIZED): use the credentials of an integration"
    return ""


def _mode(exchanges: Sequence[Exchange]) -> str:
    modes = (exchange.data.get("meta") for exchange in exchanges)
    return next((meta["mode"] for meta in modes if isinstance(meta, dict) and meta.get("mode") in ("test", "live")), "")


def _counts(lines: Sequence[JournalLine], exchanges: Sequence[Exchange], *, left: int) -> dict[str, int]:
    creations = Counter(
        (
            exchange.request.path,
            exchange.request.query,
            exchange.request.headers,
            untagged(exchange.request.body or b""),
        )
        for exchange in exchanges
        if exchange.expectation.operation == "create" and exchange.data and not exchange.expectation.confirms
    )
    kinds = Counter(line["line"] for line in lines)
    return {
        "exchanges": len(exchanges),
        "created": kinds["created"],
        "deleted": kinds["gone"] - kinds["back"],
        "left": left,
        "retried": sum(1 for exchange in exchanges if exchange.expectation.confirms or environment_error(exchange)),
        "duplicates": sum(number - 1 for number in creations.values()),
    }


def _requirement(name: str, decision: Decision, evidence: Evidence, shown: Examples) -> RequirementResult:
    requirement = requirements()[name]
    return {
        "id": name,
        "topic": requirement.topic,
        "statement": requirement.statement,
        "said_in": requirement.said_in,
        "source": requirement.source,
        "weight": requirement.weight,
        "verdict": decision.verdict,
        "reason": decision.reason,
        "exchanges": evidence.exchanges,
        "violations": evidence.violations,
        "seconds": round(evidence.seconds, 3),
        "cases": dict(sorted(evidence.cases.items())),
        "samples": evidence.samples,
        "example": shown.by_requirement.get(name),
        "flaws": shown.flaws.get(name, {}),
        "witness": _witness(name, evidence.witness) if evidence.witness else None,
    }


def _witness(name: str, witness: Witness) -> WitnessShown:
    exchange, violation = witness.exchange, witness.violation
    request, response = readable(exchange, limit=WITNESS_BODY_LIMIT)
    meta = exchange.data.get("meta")
    return {
        "exchange": exchange.id,
        "intent": exchange.expectation.case,
        "request": request,
        "response": response,
        "expected": violation.expected,
        "actual": violation.actual,
        "pointer": violation.at,
        "trace_id": member(meta, "trace_id"),
        "curl": curl(exchange.request, body_file=body_file(name) if exchange.request.body is not None else ""),
    }
