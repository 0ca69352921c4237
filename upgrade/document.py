"""A comparison as a document, from which every report of it is rendered."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from jsonschema import Draft202012Validator

from exports_conformance.contract.editions import Change
from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.safe_text import shortened
from exports_conformance.exchange.strict_json import Json, one_line
from exports_conformance.upgrade.comparing import Compared, Difference
from exports_conformance.upgrade.finding import ABSENT
from exports_conformance.upgrade.pairing import Undecided
from exports_conformance.upgrade.promises import Turned, turned
from exports_conformance.upgrade.sides import Side, doubts, reservations

SCHEMA_VERSION = 1
SCHEMA_FILE = Path(__file__).parent / "comparison.schema.json"
BODY_LIMIT = 16 * 1024
CASES = 5

FailOn = Literal["breaking", "breaks-me", "any"]
FAIL_ON: tuple[FailOn, ...] = get_args(FailOn)
INCONCLUSIVE = 7

Comparison = Mapping[str, Any]


def build(before: Side, after: Side, compared: Compared | None, *, uses: str = "", trouble: str = "") -> dict[str, Any]:
    """Build the document of a comparison; without exchanges on both sides, of the requirements alone.

    `uses` names the file that says what the client depends on; `trouble` says why the run after could not be ended.
    """
    turns = turned(before.verdicts, after.verdicts, editions=(before.edition, after.edition))
    # Of a run that could not be ended its trouble is enough.
    in_doubt = [*([trouble] if trouble else []), *doubts(before, after, None if trouble else compared)]
    differences = [_difference(number, each) for number, each in enumerate(compared.differences, 1)] if compared else []
    undecided = compared.undecided if compared else ()
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": _verdict(differences, turns, in_doubt, undecided),
        "doubts": in_doubt,
        "reservations": list(reservations(before, after)),
        "before": _side(before),
        "after": _side(after),
        "counts": {
            "compared": compared.pairs if compared else 0,
            "same": compared.same if compared else 0,
            "undecided": len(undecided),
        },
        "differences": differences,
        "undecided": _undecided(undecided),
        "requirements": [_turned(each) for each in turns],
        "uses": uses or None,
    }


def validate(comparison: Comparison) -> None:
    """Check a comparison against its schema.

    Raises:
        jsonschema.ValidationError: it is not what its schema says.
    """
    _validator().validate(comparison)


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))


def exit_code(comparison: Comparison, *, fail_on: FailOn) -> int:
    """Give the exit code of a comparison: 1 where it fails, 7 where nothing can be said, else 0."""
    broken = [each for each in comparison["differences"] if each["severity"] == "breaking"]
    regressed = [each for each in comparison["requirements"] if _is_grave(each)]
    # How an export goes in time lets a requirement be judged one day and not the next, which is no difference.
    turned_round = [each for each in comparison["requirements"] if each["turn"] in {"regressed", "fixed"}]
    # Of a requirement that no pair of exchanges shows nobody can say whom it breaks.
    unshown = regressed and not comparison["counts"]["compared"]
    failing: Mapping[FailOn, Any] = {
        "breaking": broken or regressed,
        "breaks-me": unshown or [each for each in comparison["differences"] if each["breaks"] == "you"],
        "any": comparison["differences"] or turned_round,
    }
    if failing[fail_on]:
        return 1
    return INCONCLUSIVE if comparison["doubts"] else 0


def _is_grave(requirement: Mapping[str, Json]) -> bool:
    return (requirement["turn"], requirement["weight"]) == ("regressed", "promise")


def _verdict(
    differences: Sequence[Mapping[str, Json]],
    turns: Sequence[Turned],
    in_doubt: Sequence[str],
    undecided: Sequence[Undecided],
) -> str:
    """Give the gravest thing that can be said; that nothing changed only where everything was compared."""
    severities = {each["severity"] for each in differences}
    if "breaking" in severities or any(_is_grave(_turned(each)) for each in turns):
        return "breaking"
    if in_doubt:
        return "inconclusive"
    for severity in ("loosened", "compatible", "cosmetic"):
        if severity in severities:
            return severity
    if undecided or any(each.turn == "no longer verifiable" for each in turns):
        return "partial"
    return "compatible" if turns else "same"


def _side(side: Side) -> dict[str, Json]:
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


def _difference(number: int, each: Difference) -> dict[str, Json]:
    finding, ruling = each.finding, each.ruling
    return {
        "id": f"D{number}",
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
        "breaks": None if each.breaks_you is None else _breaks(each),
        "count": each.count,
        "cases": each.cases,
        "witness": {
            "case": each.witness.case,
            "before_value": _value(finding.was, finding.before),
            "after_value": _value(finding.is_now, finding.after),
            "request": _request(each.witness.after),
            "before": _answer(each.witness.before),
            "after": _answer(each.witness.after),
        },
    }


def _breaks(each: Difference) -> str:
    return "you" if each.breaks_you else "others" if each.ruling.severity == "breaking" else "nobody"


def _documented(change: Change | None) -> Json:
    if change is None:
        return None
    return {"how": change.how, "since": change.since, "statement": change.statement, "source": change.source}


def _value(value: Json, said: str) -> str:
    return said if said == ABSENT or value is None else one_line(value, limit=1_000)


def _request(exchange: Exchange) -> dict[str, Json]:
    request = exchange.request
    return {"method": request.method, "path": request.path, "query": request.query, "body": _text(request.body)}


def _answer(exchange: Exchange) -> dict[str, Json]:
    response = exchange.response
    return {
        "exchange": exchange.id,
        "status": exchange.status,
        "media_type": response.media_type if response else "",
        "body": _text(response.body if response else None),
    }


def _text(body: bytes | None) -> str | None:
    return None if body is None else shortened(body.decode("utf-8", errors="backslashreplace"), BODY_LIMIT)


def _undecided(undecided: Sequence[Undecided]) -> list[dict[str, Json]]:
    cases: defaultdict[str, list[str]] = defaultdict(list)
    for each in undecided:
        cases[each.reason].append(each.case)
    return [
        {"reason": reason, "count": len(named), "cases": list(dict.fromkeys(named))[:CASES]}
        for reason, named in sorted(cases.items(), key=lambda item: -len(item[1]))
    ]


def _turned(each: Turned) -> dict[str, Json]:
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
