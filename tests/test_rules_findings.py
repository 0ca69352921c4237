"""What the judge says of a broken requirement: what was expected, what came, and where, as a reader gets it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.rules import Finding, all_rules, judge
from exports_conformance.strategies.profiles import Profile
from tests.exchanges import ABSENT, created, error_object, put, refused, with_answer
from tests.mutants import MUTANTS
from tests.proof.hunting import hunt

AT = "/data/attributes/format"
FLAWED = Expectation("refusal/x", "create", "refusal", breaks="argument-format-known", at=AT, answers=frozenset({422}))
RELATED = "/data/relationships/events"
OWN = "an absolute URL with the path /api/exports/XAyRWNUzyN"


def _wrong(pointer: str, value: object) -> Exchange:
    return put(created(), pointer, value)


def _refusal(**members: object) -> Exchange:
    exchange = refused(422, error_object(422, AT), expectation=FLAWED)
    for name, value in members.items():
        exchange = put(exchange, f"/errors/0/{name}", value)
    return exchange


@pytest.mark.parametrize(
    ("exchange", "requirement", "expected", "actual", "at"),
    [
        (_wrong("/data/meta", 7), "answer-meta", "an object", "7", "/data/meta"),
        (_wrong("/data/meta/trace_id", 7), "meta-trace-id", "a non-empty string", "7", "/data/meta/trace_id"),
        (_wrong("/data/meta/mode", "x"), "meta-mode", '"test" or "live"', '"x"', "/data/meta/mode"),
        (_wrong(AT, ABSENT), "answer-format", "a string or null", "absent", AT),
        (_wrong(AT, 7), "answer-format", "a string or null", "7", AT),
        (_wrong(AT, "json"), "create-echoes-format", '"csv"', '"json"', AT),
        (_wrong(RELATED, ABSENT), "relationship-events", "an object with links", "absent", RELATED),
        (_wrong(RELATED, 7), "relationship-events", "an object with links", "7", RELATED),
        (_wrong("/data/links/self", "x"), "answer-self-link", OWN, '"x"', "/data/links/self"),
        (
            created({"resource_type": "skus"}, format="csv"),
            "create-default-format",
            '"json"',
            '"csv"',
            AT,
        ),
        (refused(422, error_object(422)), "create-accepts-documented", "201 Created", "422 [", ""),
        (
            with_answer(_refusal(), body=b"no"),
            "error-document",
            "a JSON document with errors",
            "Expecting value: line 1 column 1 (char 0)",
            "",
        ),
        (
            replace(
                created(),
                expectation=Expectation("life/x", "retrieve"),
                response=refused(404, error_object(404)).response,
            ),
            "retrieve-status-200",
            "200",
            "404 [",
            "",
        ),
        (_wrong("/data/attributes", ABSENT), "answer-attributes", "an object", "absent", "/data/attributes"),
        (_wrong("/data/attributes", None), "answer-attributes", "an object", "null", "/data/attributes"),
        (_wrong("/data/links", ABSENT), "answer-self-link", OWN, "absent", "/data/links/self"),
        (
            _wrong(f"{RELATED}/links/related", ABSENT),
            "relationship-events",
            f"{OWN}/events",
            "absent",
            f"{RELATED}/links/related",
        ),
        (_wrong("/data", ABSENT), "answer-data", "data: a resource object", "absent", "/data"),
        (with_answer(created(), body=b"[7]"), "answer-data", "data: a resource object", "[7]", "/data"),
        (_refusal(title=ABSENT), "error-title", "a non-empty string", "absent", "/errors/0/title"),
        (_refusal(source=ABSENT), "error-pointer", f"source.pointer: {AT}", "absent", "/errors/0/source/pointer"),
        (
            put(_refusal(), "/errors", ABSENT),
            "error-document",
            "errors: an array of error objects",
            "absent",
            "/errors",
        ),
        (
            with_answer(created(), status=500, body=b"<h1>"),
            "create-accepts-documented",
            "201 Created",
            "500, application/vnd.api+json",
            "",
        ),
        (
            with_answer(created(), status=500, body=b""),
            "create-accepts-documented",
            "201 Created",
            "500, without a body",
            "",
        ),
        (with_answer(created(), status=500, body=b"{}"), "create-accepts-documented", "201 Created", "500 {}", ""),
        (_refusal(title=7), "error-title", "a non-empty string", "7", "/errors/0/title"),
        (_refusal(status="418"), "error-status", '"422", a string', '"418"', "/errors/0/status"),
        (_refusal(code="LOCKED"), "error-code-agrees", "a code that goes with 422", '"LOCKED"', "/errors/0/code"),
        (
            put(_refusal(), "/errors", {}),
            "error-document",
            "errors: an array of error objects",
            "{}",
            "/errors",
        ),
        (
            _refusal(source={"pointer": "/data"} | {"pointer": "/data/id"}),
            "error-pointer",
            f"source.pointer: {AT}",
            '"/data/id"',
            "/errors/0/source/pointer",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_violation_has_expected_actual_and_place(
    exchange: Exchange, requirement: str, expected: str, actual: str, at: str
) -> None:
    (found,) = (each for each in judge(exchange).violations if each.requirement == requirement)
    assert (found.expected, found.at) == (expected, at)
    assert found.actual.startswith(actual) if actual.endswith("[") else found.actual == actual


def test_pointer_may_end_in_a_slash() -> None:
    assert "error-pointer" in judge(_refusal(source={"pointer": "/data/attributes/"})).held


SMOKE: Profile = "smoke"
QUICK: Profile = "quick"
TRIED = {
    # of success documents
    "create-status-201": SMOKE,
    "answer-media-type": SMOKE,
    "answer-unique-keys": SMOKE,
    "answer-type": SMOKE,
    "answer-self-link": SMOKE,
    "relationship-event-stores": SMOKE,
    "meta-trace-id": SMOKE,
    "answer-records-count": SMOKE,
    "answer-status-known": SMOKE,
    "created-not-updated-before": SMOKE,
    # of what was sent
    "create-echoes-reference": SMOKE,
    "create-default-format": QUICK,
    "create-accepts-documented": SMOKE,
    "refusal-true": SMOKE,
    # of refusals
    "error-status": SMOKE,
    "error-code-agrees": SMOKE,
    "error-pointer": SMOKE,
    "": SMOKE,  # the rule of planted flaws, whose intent names the requirement
    # of an export's life
    "retrieve-as-created": SMOKE,
    "update-takes": QUICK,
}
"""Rules, one of every kind, each with the least that asks for what it decides."""


def _finds_nothing(_: Exchange) -> Iterator[Finding]:
    return iter(())


@pytest.mark.parametrize("requirement", TRIED, ids=lambda requirement: requirement or "planted-flaws")
def test_mutant_gets_away_where_its_rule_finds_nothing(requirement: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = requirement or "argument-resource-type-required"
    mutants = (name for name, each in MUTANTS.items() if each.requirement == broken)
    mutant = next(name for name in mutants if hunt(name, TRIED[requirement]).found)
    monkeypatch.setitem(all_rules(), requirement, replace(all_rules()[requirement], check=_finds_nothing))
    assert hunt(mutant, TRIED[requirement]).found == 0


def test_twenty_are_tried() -> None:
    assert len(TRIED) == 20
    assert set(TRIED) <= set(all_rules())
