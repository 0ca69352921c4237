"""The guards of a run: what is only planned, what only has to be refused, how much may be created."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from exports_conformance.cli.main import main
from exports_conformance.client.guards import ExportLimitError
from exports_conformance.client.limits import RunLimits
from exports_conformance.client.opening import open_reference
from exports_conformance.exchange.model import Expectation
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from exports_conformance.results.journal import read_journal
from exports_conformance.run.progress import plan_lines
from exports_conformance.strategies.bodies import DOCUMENTED
from exports_conformance.strategies.flaws import FLAWS
from exports_conformance.suites.expectations import creation
from tests.mutants.mutant import is_creation
from tests.suite_runs import TOKEN, conformance, reference, violated


def requests_of(folder: Path) -> list[dict[str, Any]]:
    """Return the exchanges of a run."""
    return [line["exchange"] for line in read_journal(folder / "journal") if line["line"] == "exchange"]


@pytest.mark.parametrize("words", [("plan", "--hypothesis-profile", "smoke"), ("--plan", "-qq", "-k", "documented")])
def test_plan_lists_what_would_be_sent_and_sends_nothing(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMMERCELAYER_API_ENDPOINT", raising=False)
    assert main([*words, "--endpoint", "live"]) == 0
    said = [line for line in capsys.readouterr().out.splitlines() if line]
    run = conformance(reference(), tmp_path / "run", *(word for word in words[1:] if not word.startswith("-q")))
    counts = run["counts"]
    assert said[0].startswith("plan of ")
    totals = next(line for line in said if " requests in all: " in line)
    requests, created, deleted = map(int, re.findall(r"\d+", totals))
    assert (created, deleted) == (counts["created"], counts["deleted"])
    assert abs(requests - counts["exchanges"]) <= created  # exports that had not ended yet are stopped first
    rows = [line.split() for line in said if "/exports" in line]
    assert sum(int(row[3]) for row in rows) == requests
    assert not (tmp_path / "reports").exists()


def test_minutes_of_a_plan_are_those_of_the_documented_rate() -> None:
    exchange = {"request": {"method": "GET", "path": "/exports/abc"}, "intent": {"case": "life/x"}}
    for number, minutes in ((1, "0.0"), (26, "0.2"), (100, "0.5"), (250, "2.2"), (1500, "14.5")):
        said = list(plan_lines([{"line": "exchange", "exchange": exchange}] * number, profile="quick"))
        assert any(line.endswith(f"ten seconds: {minutes} minutes") for line in said), number
        assert any("/exports/{id}" in line for line in said)


def test_plan_counts_the_requests_of_running_exports() -> None:
    exchange = {"request": {"method": "GET", "path": "/exports/abc"}, "intent": {"case": "life/x"}}
    lines = [{"line": "exchange", "exchange": exchange}] * 100 + [{"line": "created"}] * 21
    assert list(plan_lines(lines, profile="quick"))[-1] == "up to 27 more requests, 1.2 minutes in all"
    assert list(plan_lines(lines[:100], profile="quick"))[-1] == "up to 0 more requests, 0.5 minutes in all"


def test_rehearsal_in_several_processes_is_a_line_and_4(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--plan", "-n", "2"]) == 4
    assert "--plan cannot be combined with -n; omit it" in capsys.readouterr().err


@pytest.mark.parametrize("profile", ["quick", "smoke"])
def test_refusals_only_sends_what_has_to_be_refused(profile: str, tmp_path: Path) -> None:
    app = reference()
    result = conformance(app, tmp_path, "--refusals-only", "--hypothesis-profile", profile)
    sent = [
        each for each in requests_of(tmp_path) if each["intent"]["case"] not in {"clean-up/search", "ownership/before"}
    ]
    assert sent
    assert all(each["intent"]["expects"] == "refusal" for each in sent)
    assert all(min(each["intent"]["answers"]) >= 400 for each in sent)
    assert (result["verdict"], result["counts"]["created"], result["errors"]) == ("partial", 0, [])
    assert "--refusals-only" in result["repeat"]


def _accepts(name: str) -> Any:
    """Return a server that creates an export despite one flaw."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        if not (is_creation(request) and b"authorization" not in str(request.headers).encode()):
            return respond(request)
        return respond(
            ServerRequest(
                "POST", request.path, headers={**request.headers, "authorization": f"Bearer {TOKEN}"}, body=request.body
            )
        )

    middleware.__name__ = name
    return middleware


def test_creation_in_spite_of_refusals_only_is_removed_and_ends_the_run(tmp_path: Path) -> None:
    app = reference(middlewares=[_accepts("no-token")])
    result = conformance(app, tmp_path, "--refusals-only")
    assert violated(result) == {"auth-token-required": "promise"}
    assert (result["verdict"], result["counts"]["created"], result["counts"]["left"]) == ("violates", 1, 0)
    assert not app.organisation.exports
    sent = [each["intent"]["case"] for each in requests_of(tmp_path)]
    assert "clean-up/delete" in sent
    assert sent[-1] == "clean-up/search"
    later = sent[sent.index("request/no-token") + 1 :]
    assert [each for each in later if not each.startswith(("clean-up/", "ownership/"))] == []


def test_no_more_exports_are_created_than_may_be(tmp_path: Path) -> None:
    made: set[str] = set()

    def watch(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        made.update(app.organisation.exports)
        return response

    app = reference(middlewares=[watch])
    result = conformance(app, tmp_path, "--max-exports", "3")
    assert len(made) == 3
    assert (result["counts"]["created"], result["counts"]["left"], result["errors"]) == (3, 0, [])
    assert (result["verdict"], violated(result)) == ("partial", {})
    verdicts = {each["id"]: each["verdict"] for each in result["requirements"]}
    assert verdicts["argument-resource-type-required"] == "verified"  # what has to be refused is still asked


def test_bound_that_is_no_number_of_exports_is_a_line_and_4(capsys: pytest.CaptureFixture[str]) -> None:
    for number in ("-1", "0"):
        assert main([f"--max-exports={number}"]) == 4
        assert f"--max-exports {number}: give a whole number, 1 or more" in capsys.readouterr().err


def test_creation_of_unknown_end_counts_as_one() -> None:
    """It may have been created; only its tag can show that."""
    app = reference(
        middlewares=[lambda request, respond: ServerResponse(504) if is_creation(request) else respond(request)]
    )
    flaw = next(each for each in FLAWS.values() if each.outcome == "refusal")
    with open_reference(app=app, token=TOKEN, limits=RunLimits(exports_at_most=1)) as endpoint:
        endpoint.retries.seconds = 0
        body = json.loads(json.dumps(DOCUMENTED))
        body["data"]["attributes"]["reference"] = "exports-conformance-00000000-00000"
        endpoint.create(body, expectation=creation("x", body))
        with pytest.raises(ExportLimitError, match="limited to 1 export "):
            endpoint.create(body, expectation=creation("y", body))
        assert endpoint.create(body, expectation=flaw.expectation).status == 504
        assert endpoint.list(expectation=Expectation("x", "list")).status == 200
