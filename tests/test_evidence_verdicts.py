"""The verdicts: of a requirement by its evidence, of a run by the gravest thing in it, and the exit code of each."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from exports_conformance.contract.edition import Edition
from exports_conformance.contract.requirements import Requirement, requirements
from exports_conformance.reports.text.terminal import run_summary
from exports_conformance.results.evidence import Evidence
from exports_conformance.results.verdicts import (
    CORE,
    EXIT_CODES,
    Decision,
    FailOn,
    RequirementVerdict,
    RunVerdict,
    decide_requirement,
    exit_code_of_run,
    run_verdict,
)
from tests.suite_runs import Result, judged, stepping

PROMISE = requirements()["create-status-201"]
ASKED = frozenset(requirements())


@pytest.mark.parametrize(
    ("requirement", "seen", "edition", "verdict", "reason"),
    [
        (PROMISE, Evidence(exchanges=3), "page", "verified", ""),
        (PROMISE, Evidence(exchanges=3, violations=1), "page", "violated", ""),
        (PROMISE, Evidence(exchanges=3, violations=1, confirmations=1), "page", "violated", ""),
        (PROMISE, Evidence(exchanges=3, violations=2, repetitions=2, confirmations=1), "page", "violated", ""),
        (
            PROMISE,
            Evidence(exchanges=3, violations=1, repetitions=1),
            "page",
            "intermittent",
            "not when the same request was repeated",
        ),
        (PROMISE, Evidence(), "page", "unverified", "no test in this run"),
        (PROMISE, Evidence(cited=True), "page", "unverified", "no response could be evaluated"),
        (replace(PROMISE, when_seen=True), Evidence(), "page", "not seen", "only checked when it occurs"),
        (replace(PROMISE, when_seen=True), Evidence(cited=True), "page", "not seen", "only checked when it occurs"),
        (replace(PROMISE, when_seen=True), Evidence(exchanges=1), "page", "verified", ""),
        (replace(PROMISE, when_seen=True), Evidence(exchanges=1, violations=1), "page", "violated", ""),
        (
            replace(PROMISE, until="7.10"),
            Evidence(exchanges=1, violations=1),
            "7.10",
            "not seen",
            "7.10 does not have it",
        ),
        (replace(PROMISE, since="7.10"), Evidence(cited=True), "page", "not seen", "page does not have it"),
        (replace(PROMISE, since="7.10"), Evidence(cited=True), "7.10", "unverified", "no response"),
    ],
)
def test_evidence_decides_a_requirement(
    requirement: Requirement, seen: Evidence, edition: Edition, verdict: str, reason: str
) -> None:
    decided = decide_requirement(requirement, seen, edition=edition)
    assert decided.verdict == verdict
    assert reason in decided.reason
    assert bool(decided.reason) is (verdict not in {"verified", "violated"})


def _decided(**changes: RequirementVerdict) -> Mapping[str, Decision]:
    """Return every requirement as verified, except for `changes` (ids with underscores for hyphens)."""
    named = {name.replace("_", "-"): verdict for name, verdict in changes.items()}
    return {name: Decision(named.get(name, "verified"), "because") for name in requirements()}


def _run(
    *, errors: int = 0, trouble: str = "", cited: frozenset[str] = ASKED, **changes: RequirementVerdict
) -> tuple[RunVerdict, tuple[str, ...]]:
    return run_verdict(_decided(**changes), errors=errors, trouble=trouble, cited=cited)


VIOLATED: Mapping[str, RequirementVerdict] = {"answer_type": "violated"}
UNSEEN: Mapping[str, RequirementVerdict] = {"create_status_201": "unverified"}
PARTIAL: Mapping[str, RequirementVerdict] = {"answer_id": "unverified"}


@pytest.mark.parametrize("violated", [False, True])
@pytest.mark.parametrize("errors", [0, 2])
@pytest.mark.parametrize("trouble", ["", "nobody there"])
@pytest.mark.parametrize("unseen", [False, True])
@pytest.mark.parametrize("partial", [False, True])
def test_gravest_verdict_wins(*, violated: bool, errors: int, trouble: str, unseen: bool, partial: bool) -> None:
    changes = {**(VIOLATED if violated else {}), **(UNSEEN if unseen else {}), **(PARTIAL if partial else {})}
    verdict, reasons = run_verdict(_decided(**changes), errors=errors, trouble=trouble, cited=ASKED)
    expected = (
        "violates"
        if violated
        else "error"
        if errors
        else "inconclusive"
        if trouble or unseen
        else "partial"
        if partial
        else "conforms"
    )
    assert verdict == expected
    assert bool(reasons) is (verdict != "conforms")


@pytest.mark.parametrize(
    ("verdict", "reasons"),
    [
        (_run(answer_type="violated", answer_id="violated"), ("answer-type is violated", "answer-id is violated")),
        (_run(errors=2), ("2 of the suite's own tests failed with an internal error",)),
        (_run(trouble="nobody there"), ("nobody there",)),
        (_run(create_status_201="not seen"), ("the API answered too little: a created export was never seen",)),
        (_run(answer_id="unverified"), ("answer-id is unverified: because",)),
        (_run(answer_id="intermittent"), ("answer-id is intermittent: because",)),
    ],
)
def test_reasons_name_what_decided(verdict: tuple[RunVerdict, tuple[str, ...]], reasons: tuple[str, ...]) -> None:
    assert sorted(verdict[1]) == sorted(reasons)


@pytest.mark.parametrize("verdict", get_args(RequirementVerdict))
def test_advice_never_decides_a_run(verdict: RequirementVerdict) -> None:
    assert requirements()["created-now"].weight == "advice"
    assert _run(created_now=verdict)[0] == "conforms"


def test_what_did_not_repeat_does_not_decide_a_run() -> None:
    """A shared endpoint fails now and then; `--fail-on intermittent` is for who wants that red."""
    assert _run(answer_id="intermittent")[0] == "conforms"
    assert _run(answer_id="intermittent", answer_type="unverified")[0] == "partial"


def test_waived_and_unseen_promises_do_not_make_a_run_partial() -> None:
    assert _run(answer_id="waived", answer_type="not seen")[0] == "conforms"


@pytest.mark.parametrize("names", CORE.values(), ids=CORE)
def test_core_requirements_must_be_seen_if_tested(names: tuple[str, ...]) -> None:
    assert set(names) <= set(requirements())
    changes: Mapping[str, RequirementVerdict] = {name.replace("-", "_"): "unverified" for name in names}
    decided = _decided(**changes)
    for cited, verdict in ((ASKED, "inconclusive"), (frozenset({"answer-id"}), "partial")):
        assert run_verdict(decided, errors=0, trouble="", cited=cited)[0] == verdict


@pytest.mark.parametrize(
    ("verdict", "decided", "red"),
    [
        ("conforms", {}, ()),
        ("partial", {"answer_id": "unverified"}, ("partial",)),
        ("conforms", {"answer_id": "intermittent"}, ("intermittent",)),
        ("conforms", {"created_now": "violated"}, ("advice",)),
        ("conforms", {"created_now": "intermittent"}, ("intermittent",)),
        ("violates", {"answer_id": "violated"}, get_args(FailOn)),
    ],
)
def test_exit_code_is_0_or_1_as_requested(
    verdict: RunVerdict, decided: dict[str, RequirementVerdict], red: tuple[FailOn, ...]
) -> None:
    codes = {fail_on: exit_code_of_run(verdict, _decided(**decided), fail_on=fail_on) for fail_on in get_args(FailOn)}
    assert codes == {fail_on: int(fail_on in red) for fail_on in get_args(FailOn)}


@pytest.mark.parametrize(("verdict", "code"), [("error", 3), ("inconclusive", 7), ("violates", 1)])
@pytest.mark.parametrize("fail_on", get_args(FailOn))
def test_error_verdict_keeps_its_exit_code_under_every_option(verdict: RunVerdict, code: int, fail_on: FailOn) -> None:
    assert (
        exit_code_of_run(verdict, _decided(created_now="violated", answer_id="intermittent"), fail_on=fail_on) == code
    )


def test_every_verdict_of_a_run_has_a_code() -> None:
    assert set(EXIT_CODES) == set(get_args(RunVerdict))
    assert Counter(EXIT_CODES.values()) == {0: 2, 1: 1, 3: 1, 7: 1}


FEW = ("-k", "metadata or text-of or resource-type-missing")


def reasons(result: Result) -> dict[str, set[str]]:
    """Return the requirements that were not tested, by reason."""
    found: dict[str, set[str]] = {}
    for each in result["requirements"]:
        if each["verdict"] == "unverified":
            found.setdefault(each["reason"], set()).add(each["id"])
    return found


@pytest.mark.parametrize(
    ("options", "reason", "name"),
    [
        (("--max-exports", "1"), "limited to 1 export (--max-exports)", "argument-metadata-typed"),
        (
            ("--refusals-only",),
            "it needs an accepted creation, which --refusals-only does not send",
            "argument-metadata-typed",
        ),
    ],
    ids=["max-exports", "refusals-only"],
)
def test_requirement_of_a_test_that_was_not_run_has_a_reason(
    options: tuple[str, ...], reason: str, name: str, tmp_path: Path
) -> None:
    result = judged(stepping(), tmp_path, *FEW, *options)
    found = reasons(result)
    assert name in found[reason]
    assert "tested, but no response could be evaluated" not in found
    lines = "\n".join(run_summary(result | {"verdict": "partial"})).replace("\n  ", " ")
    assert f": {reason} (" in lines
