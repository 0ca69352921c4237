"""The document of a comparison, `comparison.json`, from which every report of it is rendered."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, TypedDict, get_args

from jsonschema import Draft202012Validator

from exports_conformance.contract.edition import Change, Edition
from exports_conformance.contract.requirements import Weight, requirements
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import ABSENT, Json, one_line
from exports_conformance.exchange.untrusted import shortened
from exports_conformance.results.verdicts import INCONCLUSIVE, RequirementVerdict
from exports_conformance.upgrade.causes import Cause, find_causes
from exports_conformance.upgrade.classifying import Severity
from exports_conformance.upgrade.comparing import CASES_SHOWN, Compared, DifferenceFound
from exports_conformance.upgrade.discrepancy import DiscrepancyKind
from exports_conformance.upgrade.pairing import Undecided
from exports_conformance.upgrade.sides import Side, Turn, Turned, doubts, reservations, turned

COMPARISON_VERSION = 1
COMPARISON_SCHEMA_FILE = Path(__file__).parent / "comparison.schema.json"
COMPARED_BODY_LIMIT = 16 * 1024

ComparisonFailOn = Literal["breaking", "breaks-me", "any"]
COMPARISON_FAIL_ON: tuple[ComparisonFailOn, ...] = get_args(ComparisonFailOn)

SideName = Literal["before", "after"]
ComparisonVerdict = Literal[
    "breaking", "inconclusive", "loosened", "compatible", "cosmetic", "waived", "partial", "same"
]


class SideShown(TypedDict):
    """One side of a comparison: its file and its endpoint."""

    source: str
    what: str
    kind: str
    base_url: str
    mode: str
    edition: Edition
    started: str | None
    exchanges: int | None


class ComparedRequest(TypedDict):
    """The request that shows a difference."""

    method: str
    path: str
    query: str
    body: str | None


class ComparedResponse(TypedDict):
    """The response of one side to the request that shows a difference."""

    exchange: str
    status: int
    media_type: str
    body: str | None


class DifferenceWitness(TypedDict):
    """The smallest pair of exchanges that shows a difference."""

    case: str
    before_value: str
    after_value: str
    request: ComparedRequest
    before: ComparedResponse
    after: ComparedResponse


class DocumentedChange(TypedDict):
    """The documented change that explains a difference."""

    how: str
    since: str
    statement: str
    source: str


class Difference(TypedDict):
    """One difference, how often it was seen, what it means and whom it breaks.

    `cause` is the id of the gravest difference with the same cause, which may be this one; `when` is the condition
    under which that one occurs, None if it is unknown. `waived` is why the violations that it consists of are waived
    after the upgrade, None if they are not.
    """

    id: str
    cause: str
    when: str | None
    what: DiscrepancyKind
    at: str
    operations: list[str]
    before: str
    after: str
    severity: Severity
    rule: str
    because: str
    requirements: list[str]
    documented: DocumentedChange | None
    waived: str | None
    breaks: Literal["you", "others", "nobody"] | None
    count: int
    cases: list[str]
    witness: DifferenceWitness


class UndecidedShown(TypedDict):
    """A reason why requests could not be compared, and their first cases."""

    reason: str
    count: int
    cases: list[str]


class TurnShown(TypedDict):
    """A requirement whose verdict differs between the two sides."""

    id: str
    statement: str
    source: str
    weight: Weight
    turn: Turn
    before: RequirementVerdict
    after: RequirementVerdict
    reason: str


class VerdictsShown(TypedDict):
    """The verdicts of both sides on a requirement, which may be equal."""

    id: str
    topic: str
    weight: Weight
    before: RequirementVerdict
    after: RequirementVerdict


class Comparison(TypedDict):
    """A comparison as `comparison.json` has it."""

    schema_version: int
    verdict: ComparisonVerdict
    doubts: list[str]
    reservations: list[str]
    before: SideShown
    after: SideShown
    counts: dict[str, int]
    differences: list[Difference]
    undecided: list[UndecidedShown]
    requirements: list[TurnShown]
    verdicts: list[VerdictsShown]
    uses: str | None


def build_comparison(
    before: Side, after: Side, compared: Compared | None, *, uses: str = "", trouble: str = ""
) -> Comparison:
    """Return the document of a comparison; `compared` is None if a side has no exchanges to compare.

    `uses` names the file that lists what the client depends on; `trouble` is why the second run ended early, if it did.
    """
    editions = (before.edition, after.edition)
    turns = [_turned(each) for each in turned(before.decisions, after.decisions, editions=editions)]
    # If a run ended early, the reason explains every other doubt.
    in_doubt = [*([trouble] if trouble else []), *doubts(before, after, None if trouble else compared)]
    differences = list(_by_cause(find_causes(compared), after)) if compared else []
    undecided = compared.undecided if compared else ()
    return {
        "schema_version": COMPARISON_VERSION,
        "verdict": _verdict(differences, turns, in_doubt, undecided),
        "doubts": in_doubt,
        "reservations": list(reservations(before, after)),
        "before": side_shown(before),
        "after": side_shown(after),
        "counts": {
            "compared": compared.pairs if compared else 0,
            "same": compared.same if compared else 0,
            "undecided": len(undecided),
        },
        "differences": differences,
        "undecided": _undecided(undecided),
        "requirements": turns,
        "verdicts": _verdicts(before, after),
        "uses": uses or None,
    }


def validate_comparison(comparison: Comparison) -> None:
    """Check a comparison against its schema.

    Raises:
        jsonschema.ValidationError: it does not match its schema.
    """
    _validator().validate(comparison)


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(COMPARISON_SCHEMA_FILE.read_text(encoding="utf-8")))


def exit_code_of_comparison(comparison: Comparison, *, fail_on: ComparisonFailOn) -> int:
    """Return the exit code of a comparison: 1 if it fails, 7 if it is inconclusive, else 0."""
    differences = [each for each in comparison["differences"] if each["waived"] is None]
    broken = [each for each in differences if each["severity"] == "breaking"]
    regressed = [each for each in comparison["requirements"] if _is_grave(each)]
    # Timing decides whether some requirements can be judged, so those that were not judged are no difference.
    turned_round = [each for each in comparison["requirements"] if each["turn"] in {"regressed", "fixed"}]
    # Without pairs of exchanges, it is unknown whether a regressed requirement breaks the client.
    unshown = regressed and not comparison["counts"]["compared"]
    failing: Mapping[ComparisonFailOn, Sequence[object] | bool] = {
        "breaking": broken or regressed,
        "breaks-me": unshown or [each for each in differences if each["breaks"] == "you"],
        "any": differences or turned_round,
    }
    if failing[fail_on]:
        return 1
    return INCONCLUSIVE if comparison["doubts"] else 0


def _is_grave(requirement: TurnShown) -> bool:
    return (requirement["turn"], requirement["weight"]) == ("regressed", "promise")


def _verdict(
    differences: Sequence[Difference],
    turns: Sequence[TurnShown],
    in_doubt: Sequence[str],
    undecided: Sequence[Undecided],
) -> ComparisonVerdict:
    """Return the gravest verdict that applies; "same" only if all that a side could judge was compared."""
    severities = {each["severity"] for each in differences if each["waived"] is None}
    if "breaking" in severities or any(map(_is_grave, turns)):
        return "breaking"
    if in_doubt:
        return "inconclusive"
    milder: tuple[Literal["loosened", "compatible", "cosmetic"], ...] = ("loosened", "compatible", "cosmetic")
    for severity in milder:
        if severity in severities:
            return severity
    if differences or any(each["turn"] == "waived" for each in turns):
        return "waived"
    if not all(each.neither for each in undecided) or any(each["turn"] == "no longer verifiable" for each in turns):
        return "partial"
    return "compatible" if turns else "same"


def side_shown(side: Side) -> SideShown:
    """Return the facts about one side that reports show."""
    return {
        "source": side.source,
        "what": side.what,
        "kind": side.kind,
        "base_url": side.base_url,
        "mode": side.mode,
        "edition": side.edition,
        "started": side.started or None,
        "exchanges": None if side.exchanges is None else len(side.exchanges),
    }


def _by_cause(causes: Iterable[Cause], after: Side) -> Iterator[Difference]:
    number = 0
    for cause in causes:
        first = number + 1
        for number, each in enumerate(cause.differences, first):
            when = cause.condition.text if number == first and cause.condition else None
            yield {**_difference(number, each, after), "cause": f"D{first}", "when": when}


def _difference(number: int, each: DifferenceFound, after: Side) -> Difference:
    finding, ruling = each.finding, each.ruling
    return {
        "id": f"D{number}",
        "cause": f"D{number}",
        "when": None,
        "what": finding.what,
        "at": finding.at,
        "operations": sorted(each.operations),
        "before": finding.before,
        "after": finding.after,
        "severity": ruling.severity,
        "rule": ruling.rule,
        "because": ruling.because,
        "requirements": each.requirements,
        "documented": _documented(ruling.documented),
        "waived": _waived(each.requirements, after),
        "breaks": None if each.breaks_you is None else _breaks(each),
        "count": each.count,
        "cases": each.cases,
        "witness": {
            "case": each.witness.case,
            "before_value": _value(finding.was, finding.before),
            "after_value": _value(finding.is_now, finding.after),
            "request": _request(each.witness.after),
            "before": _response(each.witness.before),
            "after": _response(each.witness.after),
        },
    }


def _waived(names: Sequence[str], after: Side) -> str | None:
    """Return why all of these requirements are waived; None if there is none, or one that is not waived."""
    decisions = [after.decisions[name] for name in names if name in after.decisions]
    if not decisions or any(each.verdict != "waived" for each in decisions):
        return None
    return "; ".join(dict.fromkeys(each.reason for each in decisions))


def _breaks(each: DifferenceFound) -> Literal["you", "others", "nobody"]:
    return "you" if each.breaks_you else "others" if each.ruling.severity == "breaking" else "nobody"


def _documented(change: Change | None) -> DocumentedChange | None:
    if change is None:
        return None
    return {"how": change.how, "since": change.since, "statement": change.statement, "source": change.source}


def _value(value: Json, described: str) -> str:
    return described if described == ABSENT or value is None else one_line(value, limit=1_000)


def _request(exchange: Exchange) -> ComparedRequest:
    request = exchange.request
    return {"method": request.method, "path": request.path, "query": request.query, "body": _text(request.body)}


def _response(exchange: Exchange) -> ComparedResponse:
    response = exchange.response
    return {
        "exchange": exchange.id,
        "status": exchange.status,
        "media_type": response.media_type if response else "",
        "body": _text(response.body if response else None),
    }


def _text(body: bytes | None) -> str | None:
    return None if body is None else shortened(body.decode("utf-8", errors="backslashreplace"), COMPARED_BODY_LIMIT)


def _undecided(undecided: Sequence[Undecided]) -> list[UndecidedShown]:
    cases: defaultdict[str, list[str]] = defaultdict(list)
    for each in undecided:
        cases[each.reason].append(each.case)
    return [
        {"reason": reason, "count": len(named), "cases": list(dict.fromkeys(named))[:CASES_SHOWN]}
        for reason, named in sorted(cases.items(), key=lambda item: -len(item[1]))
    ]


def _turned(each: Turned) -> TurnShown:
    requirement = requirements()[each.requirement]
    return {
        "id": each.requirement,
        "statement": requirement.statement,
        "source": requirement.source,
        "weight": requirement.weight,
        "turn": each.turn,
        "before": each.before.verdict,
        "after": each.after.verdict,
        "reason": each.after.reason,
    }


def _verdicts(before: Side, after: Side) -> list[VerdictsShown]:
    return [
        {
            "id": name,
            "topic": requirement.topic,
            "weight": requirement.weight,
            "before": before.decisions[name].verdict,
            "after": after.decisions[name].verdict,
        }
        for name, requirement in requirements().items()
        if name in before.decisions and name in after.decisions
    ]
