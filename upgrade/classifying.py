"""Classifying: what a difference means for a client, and the rule that decided.

Decision: docs/decisions/0025-classes-of-differences.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from re import sub
from typing import Literal

from exports_conformance.contract.editions import Change, closing, explanation
from exports_conformance.contract.error_codes import STATUS_OF_CODE
from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.refusal_reasons import pointers_overlap
from exports_conformance.rules import Violation, judge
from exports_conformance.rules.conditions import created
from exports_conformance.rules.errors import PROMISED
from exports_conformance.upgrade.differing import Discrepancy, DiscrepancyKind
from exports_conformance.upgrade.pairing import Pair, outcome

Severity = Literal["breaking", "loosened", "compatible", "cosmetic"]
GRAVITY: Mapping[Severity, int] = {"breaking": 0, "loosened": 1, "compatible": 2, "cosmetic": 3}

SEVERITY_RULES: Mapping[str, tuple[Severity, str]] = {
    "promise-violated": ("breaking", "A documented promise that held is now violated."),
    "valid-body-refused": ("breaking", "A body without a flaw that created an export is now refused."),
    "server-error": ("breaking", "What was answered is now a server error."),
    "status-changed": ("breaking", "A client reads the status, and the documentation does not leave this one free."),
    "member-gone": ("breaking", "A client may read a member that is gone."),
    "retyped": ("breaking", "A client reads a member by its type."),
    "media-type-changed": ("breaking", "A client may decide by the media type how it reads an answer."),
    "unreadable": ("breaking", "What was a document can no longer be read."),
    "code-changed": ("breaking", "The code that is documented for this status is gone."),
    "relationship-dropped": ("breaking", "A client may follow a link to what an export is no longer related to."),
    "export-fails": ("breaking", "An export that was on its way, or at its end, has failed now."),
    "refusal-accepted": ("loosened", "A request that was refused is now accepted."),
    "advice-broken": ("compatible", "What is advised, and no promise, no longer holds."),
    "promise-kept": ("compatible", "A promise that was violated is now kept."),
    "flaw-refused": ("compatible", "A request that the documentation does not allow is now refused, as it may be."),
    "add-on-missing": ("compatible", "Whether this is shown is the affair of an organisation's add-ons."),
    "refusal-free": ("compatible", "The documentation leaves free which of these refusals a flaw earns."),
    "edge-document": ("compatible", "An edge may answer this status, and its document is not promised."),
    "member-added": ("compatible", "A client passes over members that it does not know."),
    "null-documented": ("compatible", "The documentation lets this member be null."),
    "value-documented": ("compatible", "The documentation has this value."),
    "errors-free": ("compatible", "How many errors a refusal names, how it points and what more it says is free."),
    "value-free": ("compatible", "The documentation does not say which value this is."),
    "prose": ("cosmetic", "Prose is for people."),
}
"""Every rule: the class that it decides, and why; the first that fits decides."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a difference means: its class, the rule that decided, the promise that is broken by it, if one is.

    `documented` is the change of another edition that explains it.
    """

    rule: str
    requirement: str = ""
    documented: Change | None = None

    @property
    def severity(self) -> Severity:
        """The class of the difference."""
        return SEVERITY_RULES[self.rule][0]

    @property
    def because(self) -> str:
        """Why the rule decides so."""
        return SEVERITY_RULES[self.rule][1]


def classify(pair: Pair, found: Sequence[Discrepancy]) -> list[tuple[Discrepancy, Ruling]]:
    """Say of each finding what it means; promises that are newly broken without any of them are findings, too."""
    now = judge(pair.after).violations
    before = judge(pair.before).violations if now or found else ()
    broken_before = {each.requirement for each in before}
    news = [each for each in now if each.requirement not in broken_before]
    mended = [each for each in before if each.requirement not in {violation.requirement for violation in now}]
    rulings = []
    for finding in found:
        blamed = next((each for each in news if _explains(pair, finding, each)), None)
        if blamed and _is_promise(blamed):
            rule = "promise-violated"
        elif any(_explains(pair, finding, each) for each in mended):
            rule = "promise-kept"
        else:
            rule = _rule(pair, finding)
        requirement = blamed.requirement if blamed else ""
        rulings.append((finding, Ruling(rule, requirement, _documented(pair, finding))))
    alone = [each for each in news if not any(_explains(pair, finding, each) for finding in found)]
    return rulings + [
        (_alone(each), Ruling("promise-violated" if _is_promise(each) else "advice-broken", each.requirement))
        for each in alone
    ]


def _documented(pair: Pair, finding: Discrepancy) -> Change | None:
    """Give what the documentation of the other edition says of a difference."""
    before, after = pair.before.edition, pair.after.edition
    if finding.what == "status":
        if outcome(pair.before) != "success" or outcome(pair.after) != "refusal":
            return None
        if related_name(pair):
            return explanation(f"/data/relationships/{related_name(pair)}", before=before, after=after)
        return closing(pair.after.sent_attributes, before=before, after=after)
    value = str(finding.is_now) if finding.what == "enum value" else ""
    return explanation(finding.at, before=before, after=after, value=value)


def related_name(pair: Pair) -> str:
    """Name the relationship whose link was followed; empty where none was."""
    return pair.after.request.path.rpartition("/")[2] if pair.after.expectation.operation == "related" else ""


def subject_of(pair: Pair) -> str:
    """Say what was asked for: an operation, or a relationship by its name."""
    name = related_name(pair)
    return f"the relationship {name}" if name else pair.after.expectation.operation


def _is_promise(violation: Violation) -> bool:
    return requirements()[violation.requirement].weight == "promise"


def _explains(pair: Pair, finding: Discrepancy, violation: Violation) -> bool:
    """Say whether a finding and a violation are of one thing."""
    if finding.what in {"status", "document", "media type"}:
        whole = violation.requirement == pair.after.expectation.breaks or not violation.at
        return whole and ("media-type" in violation.requirement) is (finding.what == "media type")
    return bool(violation.at) and pointers_overlap(_generalised(violation.at), finding.at)


def _alone(violation: Violation) -> Discrepancy:
    return Discrepancy("promise", _generalised(violation.at), "held", "violated", violation.expected, violation.actual)


def _generalised(pointer: str) -> str:
    return sub(r"^/errors/\d+", "/errors/*", pointer)


PROMISED_OF_ERRORS = frozenset(f"/errors/*/{name}" for name in ("status", "code", "title", "detail"))
_PLAIN: Mapping[DiscrepancyKind, str] = {
    "prose": "prose",
    "member added": "member-added",
    "newly null": "null-documented",
    "no longer null": "null-documented",
    "enum value": "value-documented",
    "pointer": "errors-free",
}
_PROMISED: Mapping[DiscrepancyKind, str] = {
    "document": "unreadable",
    "media type": "media-type-changed",
    "member removed": "member-gone",
    "retyped": "retyped",
}
"""What decides where the documentation promises a document at all; an edge may answer with another."""


def _rule(pair: Pair, finding: Discrepancy) -> str:
    if finding.what == "status":
        return _rule_of_status(pair, documented=bool(_documented(pair, finding)))
    if finding.at == "/data/attributes/status" and finding.is_now == "failed" and not pair.after.expectation.breaks:
        return "export-fails"
    if finding.what in _PLAIN:
        return _PLAIN[finding.what]
    if outcome(pair.after) != "success" and pair.after.status not in PROMISED:
        return "edge-document"
    if finding.what == "code":
        return _rule_of_code(pair, finding)
    if finding.at == "/errors/*" or (finding.at.startswith("/errors/*/") and finding.at not in PROMISED_OF_ERRORS):
        return "errors-free"
    return _PROMISED.get(finding.what, "value-free")


def _rule_of_status(pair: Pair, *, documented: bool) -> str:
    expectation, was, is_now = pair.after.expectation, outcome(pair.before), outcome(pair.after)
    if is_now == "server error":
        return "server-error"
    if was == "success" and is_now == "refusal" and created(pair.before):
        return "flaw-refused" if pair.after.status in expectation.answers else "valid-body-refused"
    if is_now == "success" and was != "success":
        return "refusal-accepted"
    if was == "success" and is_now == "refusal" and related_name(pair) and pair.after.status in expectation.answers:
        return "relationship-dropped" if documented else "add-on-missing"
    if pair.after.status in expectation.answers or (was == is_now == "refusal" and not expectation.answers):
        return "refusal-free"
    return "status-changed"


def _rule_of_code(pair: Pair, finding: Discrepancy) -> str:
    if pair.before.status != pair.after.status:
        return "refusal-free"
    documented = isinstance(finding.was, str) and STATUS_OF_CODE.get(finding.was) == pair.before.status
    return "code-changed" if documented else "value-free"
