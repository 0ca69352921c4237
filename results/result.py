"""The result of a run: one JSON document from which everything is rendered."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from exports_conformance.contract.editions import Edition
from exports_conformance.contract.requirements import digest, requirements
from exports_conformance.exchange.environment import EnvironmentCause, environment_error
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import untagged
from exports_conformance.results.curl import curl
from exports_conformance.results.deviations import Deviation, stale, told, waived
from exports_conformance.results.evidence import Seen, Witness, seen
from exports_conformance.results.journal import Line
from exports_conformance.results.rate import limits
from exports_conformance.results.records import records
from exports_conformance.results.run_facts import RunFacts
from exports_conformance.results.specimens import Specimens, pair, specimens
from exports_conformance.results.transcript import from_json
from exports_conformance.results.verdicts import Decided, requirement_verdict, run_verdict

SCHEMA_VERSION = 1
SCHEMA_FILE = Path(__file__).parent / "result.schema.json"
BODY_LIMIT = 64 * 1024

Result = dict[str, Any]


def build(
    lines: Sequence[Line], facts: RunFacts, *, finished: float, trouble: str = "", deviations: Iterable[Deviation] = ()
) -> Result:
    """Build the result of a run from the lines of its journal.

    `finished` is in seconds since the epoch; `trouble` says why the endpoint could not be judged, if so.
    `deviations` are known, and waived where they are met.
    """
    contract = requirements()
    exchanges = [from_json(line["exchange"]) for line in lines if line["line"] == "exchange"]
    edition, why = _edition(lines, facts)
    gathered, shown = seen(lines), specimens(lines)
    decided = {
        name: requirement_verdict(requirement, gathered[name], edition=edition)
        for name, requirement in contract.items()
    }
    known = list(deviations)
    decided = waived(decided, gathered, known)
    deviating = told(gathered, known)
    errors = [{"where": line["where"], "what": line["what"]} for line in lines if line["line"] == "error"]
    asked = frozenset(name for name, entry in gathered.items() if entry.asked)
    weathers: Counter[EnvironmentCause] = Counter(environment_error(exchange) for exchange in exchanges)
    trouble = trouble or _not_permitted(weathers, lines)
    verdict, reasons = run_verdict(decided, contract, errors=len(errors), trouble=trouble, asked=asked)
    left = [{"id": line["id"], "mark": line["mark"]} for line in lines if line["line"] == "left"]
    return {
        "schema_version": SCHEMA_VERSION,
        "run_id": facts.run_id,
        "verdict": verdict,
        "reasons": [*reasons, *stale(deviating)],
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
        "started": _moment(facts.started),
        "finished": _moment(finished),
        "versions": facts.versions,
        "counts": _counts(lines, exchanges, left=len(left)),
        "environment": {name: weathers.get(name, 0) for name in ENVIRONMENT},
        "limits": limits(exchanges),
        "records": records(exchanges),
        "cleanup": {"left": left},
        "errors": errors,
        "deviations": deviating,
        "recording": facts.recording,
        "requirements": [_entry(name, decided[name], gathered[name], shown) for name in contract],
        "exchanges": shown.exchanges,
        "accepted": shown.accepted,
        "refusals": shown.refusals,
        "observed": shown.observed,
        "repeat": facts.repeat,
    }


ENVIRONMENT: tuple[EnvironmentCause, ...] = (
    "no-answer",
    "throttled",
    "unavailable",
    "firewall",
    "token-refused",
    "not-permitted",
)


def _edition(lines: Sequence[Line], facts: RunFacts) -> tuple[Edition, str]:
    for line in lines:
        if line["line"] == "edition":
            return line["edition"], line["because"]
    if facts.edition != "auto":
        return facts.edition, "it was asked for"
    return "page", "no export was created that could have told"


def _not_permitted(weathers: Counter[EnvironmentCause], lines: Sequence[Line]) -> str:
    if weathers["not-permitted"] and not any(line["line"] == "created" for line in lines):
        return "this application may not create exports (401 UNAUTHORIZED): use the credentials of an integration"
    return ""


def _mode(exchanges: Sequence[Exchange]) -> str:
    modes = (exchange.data.get("meta") for exchange in exchanges)
    return next((meta["mode"] for meta in modes if isinstance(meta, dict) and meta.get("mode") in ("test", "live")), "")


def _counts(lines: Sequence[Line], exchanges: Sequence[Exchange], *, left: int) -> dict[str, int]:
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
        "deleted": kinds["gone"],
        "left": left,
        "retried": sum(1 for exchange in exchanges if exchange.expectation.confirms or environment_error(exchange)),
        "duplicates": sum(number - 1 for number in creations.values()),
    }


def _entry(name: str, decided: Decided, entry: Seen, shown: Specimens) -> dict[str, Any]:
    requirement = requirements()[name]
    return {
        "id": name,
        "topic": requirement.topic,
        "statement": requirement.statement,
        "said_in": requirement.said_in,
        "source": requirement.source,
        "weight": requirement.weight,
        "verdict": decided.verdict,
        "reason": decided.reason,
        "exchanges": entry.exchanges,
        "violations": entry.violations,
        "cases": dict(sorted(entry.cases.items())),
        "samples": entry.samples,
        "example": shown.examples.get(name),
        "flaws": shown.flaws.get(name, {}),
        "witness": _witness(name, entry.witness) if entry.witness else None,
    }


def _witness(name: str, witness: Witness) -> dict[str, Json]:
    exchange = witness.exchange
    meta = exchange.data.get("meta")
    return {
        "exchange": exchange.id,
        "intent": exchange.expectation.case,
        **pair(exchange, limit=BODY_LIMIT),
        "expected": witness.expected,
        "actual": witness.actual,
        "pointer": witness.at,
        "trace_id": meta.get("trace_id") if isinstance(meta, dict) else None,
        "curl": curl(exchange.request, body_file=body_file(name) if exchange.request.body is not None else ""),
    }


def body_file(requirement: str) -> str:
    """Give the place of a witness's request body, relative to the report directory."""
    return f"witnesses/{requirement}.body"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@cache
def validator() -> Draft202012Validator:
    """Give what checks a result against its schema."""
    return Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))


def write(result: Result, lines: Sequence[Line], folder: Path) -> Path:
    """Write `result.json` and the witnesses' request bodies into a report directory; give the file's path.

    Raises:
        jsonschema.ValidationError: the result is not what its schema says.
    """
    validator().validate(result)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "result.json"
    file.write_text(json.dumps(result, indent=1, ensure_ascii=True) + "\n", encoding="ascii")
    shown = {each["id"]: each["witness"]["exchange"] for each in result["requirements"] if each["witness"]}
    witnesses = {
        line["exchange"]["id"]: from_json(line["exchange"])
        for line in lines
        if line["line"] == "exchange" and line["exchange"]["id"] in shown.values()
    }
    for requirement, exchange in shown.items():
        if (body := witnesses[exchange].request.body) is not None:
            place = folder / body_file(requirement)
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(body)
    return file
