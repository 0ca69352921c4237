"""Results to render: of a run that conforms, of one that does not, and of one whose every text is an attack."""

import json
from typing import Any

from jsonschema import Draft202012Validator

from exports_conformance.contract.requirements import requirements
from exports_conformance.results.result import RESULT_SCHEMA_FILE

Result = Any
"""A result as JSON: tests change it in ways that its type does not allow."""

HOSTILE = (
    "</script></style></pre><img src=x onerror=alert(1)>\x1b[2J\u202egnp\u2066\ud800\n::error::x" + "A" * 5_000_000
)

WITNESS: Result = {
    "exchange": "x-17",
    "intent": "creation/pairs-07",
    "request": {
        "method": "POST",
        "path": "/exports",
        "query": "",
        "headers": [["Accept", "application/vnd.api+json"]],
        "body": '{"data":{"type":"exports"}}',
    },
    "response": {
        "status": 201,
        "headers": [["Content-Type", "application/vnd.api+json"]],
        "body": '{"data":{"id":"x"}}',
    },
    "expected": "'Größe 🧦 '",
    "actual": "'Größe ? '",
    "pointer": "/data/attributes/reference",
    "trace_id": "af1d-77",
    "curl": 'curl -g -i -X POST "$COMMERCELAYER_API_ENDPOINT"/exports --data-binary @witnesses/x.body',
}

RECORDING: Result = {
    "file": "before.har",
    "kind": "live",
    "started": "2026-03-01T12:00:00Z",
    "age_days": 7,
    "is_old": False,
    "max_age_days": 90,
    "contract": "c0ffee" * 10 + "0000",
    "same_contract": True,
    "versions": {},
    "exchanges": 3,
    "left_out": [],
    "not_asked": [],
}

FILE: Result = {"size": 359, "layers": 1, "form": "", "problem": "it ends too early", "records": 1, "names": ["id"]}


def checked(result: Result) -> Result:
    """Return the result after validating it against its schema."""
    Draft202012Validator(json.loads(RESULT_SCHEMA_FILE.read_text(encoding="utf-8"))).validate(result)
    return result


def conforming() -> Result:
    """A run against the reference that saw everything that can be requested."""
    entries = [
        {
            "id": name,
            "topic": requirement.topic,
            "statement": requirement.statement,
            "said_in": requirement.said_in,
            "source": requirement.source,
            "weight": requirement.weight,
            "verdict": "not seen" if requirement.when_seen else "verified",
            "reason": "judged only when it occurs" if requirement.when_seen else "",
            "exchanges": 0 if requirement.when_seen else 4,
            "violations": 0,
            "cases": {} if requirement.when_seen else {"creation": 3, "refusal": 1},
            "samples": [{"exchange": "x-1", "case": "creation/minimal", "status": 201, "held": True}],
            "example": None if requirement.when_seen else "x-1",
            "flaws": {"format-unknown": {"422 VALIDATION_ERROR": 2}} if name == "argument-format-known" else {},
            "witness": None,
        }
        for name, requirement in requirements().items()
    ]
    environment_error = ("no-answer", "throttled", "unavailable", "firewall", "token-refused", "not-permitted")
    return checked(
        {
            "schema_version": 1,
            "run_id": "run-1",
            "verdict": "conforms",
            "reasons": [],
            "endpoint": {
                "kind": "reference",
                "base_url": "http://127.0.0.1:8080/api",
                "mode": "test",
                "edition": "page",
                "edition_because": "the first export has none of the later attributes",
            },
            "contract": {"edition": "page", "sha256": "0" * 64},
            "profile": "quick",
            "seed": "0",
            "started": "2026-04-01T10:00:00.000Z",
            "finished": "2026-04-01T10:00:12.300Z",
            "versions": {"python": "3.11.2"},
            "counts": {"exchanges": 250, "created": 44, "deleted": 44, "left": 0, "retried": 0, "duplicates": 0},
            "environment": dict.fromkeys(environment_error, 0),
            "limits": {"limit": None, "share": None},
            "records": {"found": ["skus", "prices"], "none": ["returns"]},
            "cleanup": {"left": []},
            "errors": [],
            "deviations": [],
            "recording": None,
            "requirements": entries,
            "exchanges": {
                "x-1": {
                    "case": "creation/minimal",
                    "flaw": "",
                    "at": "",
                    "request": WITNESS["request"],
                    "response": WITNESS["response"] | {"file": FILE},
                },
                "x-2": {
                    "case": "refusal/format-unknown",
                    "flaw": "format-unknown",
                    "at": "/data/attributes/format",
                    "request": WITNESS["request"],
                    "response": {"status": 422, "headers": [], "body": '{"errors":[{"code":"VALIDATION_ERROR"}]}'},
                },
            },
            "accepted": {
                "skus": {
                    "creations": 2,
                    "formats": ["json"],
                    "includes": ["prices"],
                    "fields": [],
                    "filters": ["code_eq"],
                }
            },
            "refusals": {"VALIDATION_ERROR blank": "x-2", "SURPRISE": "x-2"},
            "observed": {"status-at-creation": {'"pending"': 2}, "unknown-format": {"422 VALIDATION_ERROR": 2}},
            "timeline": [
                {"at": 0.0, "family": "preflight", "outcome": ""},
                {"at": 1.5, "family": "creation", "outcome": "violated"},
                {"at": 12.0, "family": "clean-up", "outcome": "throttled"},
            ],
            "pairs": {"format: csv": {"includes: many": {"creations": 2, "violating": 0}}},
            "outage": None,
            "repeat": "exports-conformance --hypothesis-profile quick",
        }
    )


def violating() -> Result:
    """A run against a live endpoint with a broken promise, broken advice, and more that is not well."""
    result = conforming()
    decide(result, "negotiation-lenient", "violated", violations=1, witness=WITNESS)
    decide(result, "create-echoes-reference", "violated", violations=3, witness=WITNESS)
    decide(
        result,
        "meta-mode",
        "intermittent",
        reason="it held when the same was asked again",
        violations=1,
        witness=WITNESS,
    )
    decide(result, "text-nul", "unverified", reason="no test that was run asks for it", exchanges=0)
    decide(result, "error-pointer", "unverified", reason="no test that was run asks for it", exchanges=0)
    result["verdict"], result["reasons"] = "violates", ["create-echoes-reference is violated"]
    result["endpoint"] |= {"kind": "live", "base_url": "https://yourdomain.commercelayer.io/api"}
    result["environment"]["throttled"] = 3
    result["cleanup"]["left"] = [{"id": "xYz", "mark": "mark-9"}]
    result["errors"] = [{"where": "suites/test_creation.py", "what": "KeyError: 'data'"}]
    return checked(result)


def thousand_faults() -> Result:
    """A run of another version of the suites, which broke a thousand requirements that this one does not know."""
    result = violating()
    known = next(entry for entry in result["requirements"] if entry["id"] == "create-echoes-reference")
    result["requirements"] += [known | {"id": f"of-another-version-{number}"} for number in range(1_000)]
    return checked(result)


def nothing_judged() -> Result:
    """A run whose endpoint answered nothing, and that has no requirement."""
    result = conforming() | {"verdict": "inconclusive", "requirements": [], "exchanges": {}, "refusals": {}}
    return checked(result | {"reasons": ["the API did not answer"], "timeline": [], "pairs": {}})


def interrupted() -> Result:
    """A run that was stopped after its first requests: most requirements are unverified for one reason."""
    result = conforming()
    for entry in result["requirements"][4:]:
        decide(result, entry["id"], "unverified", reason="the run was interrupted before it was tested", exchanges=0)
    result["verdict"], result["reasons"] = "partial", ["interrupted by SIGINT"]
    result["counts"]["exchanges"] = 7
    return checked(result)


def hostile() -> Result:
    """A run whose every text, as far as the schema lets it, is an attack."""
    result: Result = poisoned(violating())
    decide(result, "create-echoes-reference", "violated", source="javascript:alert(1)")
    decide(
        result,
        "create-status-201",
        "violated",
        source="https://x\u202e.example/\"onfocus='x'",
        witness=poisoned(WITNESS),
    )
    return checked(result)


def hostile_to_keep() -> Result:
    """The same in a file of some megabytes: one text is as long as there, the others are cut."""
    result: Result = _cut(hostile())
    result["reasons"] = [HOSTILE]
    return checked(result)


def _cut(value: Any) -> Any:
    match value:
        case dict():
            return {name[:3_000]: _cut(each) for name, each in value.items()}
        case list():
            return [_cut(each) for each in value]
        case _:
            return value[:3_000] if isinstance(value, str) else value


def decide(result: Result, requirement: str, verdict: str, **changes: Any) -> None:
    """Change what a result says of a requirement."""
    entry = next(entry for entry in result["requirements"] if entry["id"] == requirement)
    entry |= {"verdict": verdict} | changes


KEPT = frozenset(
    {
        "id",
        "topic",
        "said_in",
        "weight",
        "verdict",
        "kind",
        "mode",
        "form",
        "edition",
        "sha256",
        "started",
        "finished",
        "outcome",
    }
)


FREE = frozenset({"cases", "versions", "exchanges", "accepted", "refusals", "flaws", "pairs"})
"""Members whose own members may have any name."""


def _poisoned(name: str, value: Any) -> Any:
    if name == "observed":
        return {open_question: {HOSTILE: 1} for open_question in value}
    if name == "flaws" and value:
        return {HOSTILE: {HOSTILE: 2}}
    if name in FREE and isinstance(value, dict) and value:
        return {HOSTILE: poisoned(next(iter(value.values())))}
    return poisoned(value)


def poisoned(value: Any) -> Any:
    """Return a JSON value with each free text in it replaced by the attack."""
    match value:
        case dict():
            return {name: each if name in KEPT else _poisoned(name, each) for name, each in value.items()}
        case list():
            return [poisoned(each) for each in value]
        case str():
            return HOSTILE
        case _:
            return value
