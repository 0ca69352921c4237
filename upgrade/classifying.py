"""Classification of differences: what each means for a client, and the rule that decided it.

Decision: docs/decisions/0025-classes-of-differences.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from re import sub
from typing import Literal

from exports_conformance.contract.edition import Change, closing, explanation
from exports_conformance.contract.error_codes import STATUS_OF_CODE
from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.reasons import pointers_overlap
from exports_conformance.rules import Violation, judge
from exports_conformance.rules.engine import created
from exports_conformance.rules.errors import PROMISED
from exports_conformance.upgrade.discrepancy import FILE, FILE_COLUMNS, HEADER_KINDS, Discrepancy, DiscrepancyKind
from exports_conformance.upgrade.pairing import Pair, outcome
from exports_conformance.upgrade.steady import PAGE_LINKS, kind_at

Severity = Literal["breaking", "loosened", "compatible", "cosmetic"]
GRAVITY: Mapping[Severity, int] = {"breaking": 0, "loosened": 1, "compatible": 2, "cosmetic": 3}

SEVERITY_RULES: Mapping[str, tuple[Severity, str]] = {
    "promise-violated": ("breaking", "A documented promise that held is now violated."),
    "valid-body-refused": ("breaking", "A body without a flaw that created an export is now refused."),
    "server-error": ("breaking", "The request now gets a 5xx."),
    "status-changed": ("breaking", "Clients rely on the status, and the documentation allows no other one here."),
    "member-gone": ("breaking", "Clients may read the member that is gone."),
    "retyped": ("breaking", "Clients expect the member to have the old JSON type."),
    "media-type-changed": ("breaking", "Clients may use the media type to decide how to parse a response."),
    "header-gone": ("breaking", "Clients may read the header that is gone."),
    "header-changed": ("breaking", "Clients that read the header expect a value of the old kind."),
    "link-changed": ("breaking", "Clients that follow the link now get to another place."),
    "unreadable": ("breaking", "The response was a JSON document and no longer is one."),
    "code-changed": ("breaking", "The error code that is documented for this status is gone."),
    "relationship-dropped": ("breaking", "Clients that follow the link to this relationship now get an error."),
    "export-fails": ("breaking", "The export now fails; before, it was running or had completed."),
    "refusal-accepted": ("loosened", "A request that was refused is now accepted."),
    "advice-broken": ("compatible", "A recommendation, not a promise, no longer holds."),
    "promise-kept": ("compatible", "A promise that was violated is now kept."),
    "flaw-refused": ("compatible", "A request that the documentation does not allow is now refused, as it may be."),
    "add-on-missing": ("compatible", "The relationship depends on which add-ons the organisation has."),
    "refusal-free": ("compatible", "The documentation allows either refusal for this request."),
    "edge-document": ("compatible", "A gateway may send this status, and the body of its response is not promised."),
    "header-added": ("compatible", "Clients ignore headers that they do not know."),
    "parameters-free": ("compatible", "The media type is the same, and the documentation does not fix its parameters."),
    "columns-free": ("compatible", "The header line names the columns; only clients that count them are affected."),
    "member-added": ("compatible", "Clients ignore members that they do not know."),
    "null-documented": ("compatible", "The documentation allows null here."),
    "value-documented": ("compatible", "The documentation lists this value."),
    "errors-free": ("compatible", "The documentation does not fix how many errors there are, or their pointers."),
    "time-free": ("compatible", "The documentation promises no time; clients that stop waiting earlier miss the file."),
    "value-free": ("compatible", "The documentation does not fix this value."),
    "prose": ("cosmetic", "Only text for people changed."),
}
"""Every rule: the severity that it decides, and the reason; the first rule that fits decides."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a difference means: the rule that decided, and the requirement that it breaks (empty if none).

    `documented` is the change between the two editions that explains the difference, None if there is none.
    """

    rule: str
    requirement: str = ""
    documented: Change | None = None

    @property
    def severity(self) -> Severity:
        """The severity of the difference."""
        return SEVERITY_RULES[self.rule][0]

    @property
    def because(self) -> str:
        """The reason that the rule gives."""
        return SEVERITY_RULES[self.rule][1]


def classify(pair: Pair, found: Sequence[Discrepancy]) -> list[tuple[Discrepancy, Ruling]]:
    """Return each finding with its ruling; a requirement newly violated without a finding becomes one of its own."""
    now = judge(pair.after).violations
    before = judge(pair.before).violations if now or found else ()
    broken_before = {each.requirement for each in before}
    news = [each for each in now if each.requirement not in broken_before]
    fixed = [each for each in before if each.requirement not in {violation.requirement for violation in now}]
    rulings = []
    for finding in found:
        blamed = next((each for each in news if _explains(pair, finding, each)), None)
        if blamed and (_is_promise(blamed) or finding.what in HEADER_KINDS):
            rule = "promise-violated" if _is_promise(blamed) else "advice-broken"
        elif any(_explains(pair, finding, each) for each in fixed):
            rule = "promise-kept"
        else:
            rule = _rule(pair, finding)
        requirement = blamed.requirement if blamed else ""
        rulings.append((finding, Ruling(rule, requirement, _documented(pair, finding))))
    alone = [each for each in news if not any(_explains(pair, finding, each) for finding in found)]
    return rulings + [(_alone(each), _ruling_alone(each)) for each in alone]


def violated_on_the_way(
    pair: Pair, before: Sequence[Exchange], after: Sequence[Exchange]
) -> list[tuple[Discrepancy, Ruling]]:
    """Return what only the earlier responses to a request violate: a retry or a poll that a later one replaced."""
    if not after:
        return []
    known = {each.requirement for exchange in (*before, pair.before, pair.after) for each in judge(exchange).violations}
    found = {
        each.requirement: each
        for exchange in after
        for each in judge(exchange).violations
        if each.requirement not in known
    }
    return [(_alone(each), _ruling_alone(each)) for each in found.values()]


def _documented(pair: Pair, finding: Discrepancy) -> Change | None:
    """Return the documented change between the two editions that explains a difference, None if there is none."""
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
    """Return the name of the relationship whose link was requested; empty if the request is of another kind."""
    return pair.after.request.path.rpartition("/")[2] if pair.after.expectation.operation == "related" else ""


def subject_of(pair: Pair) -> str:
    """Return what was requested: an operation, or a relationship by its name."""
    name = related_name(pair)
    return f"the relationship {name}" if name else pair.after.expectation.operation


def _is_promise(violation: Violation) -> bool:
    return requirements()[violation.requirement].weight == "promise"


def _explains(pair: Pair, finding: Discrepancy, violation: Violation) -> bool:
    """Return True if a finding and a violation concern the same part of the response."""
    if finding.what in HEADER_KINDS:
        shown_by = requirements()[violation.requirement].where.response_header
        return any(finding.at.lower().startswith(each) for each in shown_by)
    if finding.what in {"status", "document", "media type"}:
        whole = violation.requirement == pair.after.expectation.breaks or not violation.at
        return whole and ("media-type" in violation.requirement) is (finding.what == "media type")
    if finding.at.startswith(FILE):
        return pair.after.expectation.operation == "download"
    return bool(violation.at) and pointers_overlap(_generalised(violation.at), finding.at)


def _ruling_alone(violation: Violation) -> Ruling:
    return Ruling("promise-violated" if _is_promise(violation) else "advice-broken", violation.requirement)


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
    "header added": "header-added",
}
_PROMISED: Mapping[DiscrepancyKind, str] = {
    "document": "unreadable",
    "media type": "media-type-changed",
    "header removed": "header-gone",
    "member removed": "member-gone",
    "retyped": "retyped",
}
"""Rules that apply only if the documentation promises the body; otherwise a gateway may have sent it."""


def _rule(pair: Pair, finding: Discrepancy) -> str:
    if finding.what == "status":
        return _rule_of_status(pair, documented=bool(_documented(pair, finding)))
    if finding.at == "/data/attributes/status" and finding.is_now == "failed" and not pair.after.expectation.breaks:
        return "export-fails"
    if finding.what in _PLAIN and finding.at != PAGE_LINKS:
        return _PLAIN[finding.what]
    if outcome(pair.after) != "success" and pair.after.status not in PROMISED:
        return "edge-document"
    if finding.what == "code":
        return _rule_of_code(pair, finding)
    if finding.at == "/errors/*" or (finding.at.startswith("/errors/*/") and finding.at not in PROMISED_OF_ERRORS):
        return "errors-free"
    return _rule_of_place(finding) or _PROMISED.get(finding.what, "value-free")


def _rule_of_place(finding: Discrepancy) -> str:
    """Return the rule for a header, a link or a file's columns; empty for any other place."""
    if finding.what == "header":
        return "parameters-free" if finding.at == "Content-Type" else "header-changed"
    if finding.at == FILE_COLUMNS:
        return "columns-free"
    leads = finding.at == PAGE_LINKS or (finding.what == "value" and kind_at(finding.at)[0] == "link")
    return "link-changed" if leads else ""


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
