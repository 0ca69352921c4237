"""A replay comes to the verdicts of the run that was recorded, without any network, whatever draws its cases."""

import base64
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exports_conformance.exchange.model import Exchange, Response
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from exports_conformance.reports.phrases import caveat
from exports_conformance.results.recording import DAY, read_recording, write_recording
from tests.mutants import MUTANTS
from tests.record import FILE
from tests.suite_runs import TOKEN, conformance, reference, replayed, verdicts, violated
from tests.test_runs import asked

BROKEN = (
    "nothing-at-exports",
    "metadata-refused",
    "answers-cut-short",
    "answers-a-key-twice",
    "created-last-year",
    "reference-without-emoji",
    "errors-are-no-json",
    "retrieval-forgets-filters",
    "created-before-authorised",
    "auth-token-valid-crashes",
)
"""Servers that break promises of every kind, each seen without the many flaws and pairs that a whole run asks for."""


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A recording of a quick run against the reference, and its result."""
    folder = tmp_path_factory.mktemp("recorded")
    result = conformance(reference(), folder / "run", "--record", str(folder / "run.har"))
    return folder / "run.har", result


def _unreachable(*_: object) -> None:
    raise AssertionError("a replay opened a connection")


def test_replay_comes_to_the_same_verdicts_without_a_connection(
    once: tuple[Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, result = once
    monkeypatch.setattr(socket.socket, "connect", _unreachable)
    again = replayed(file, tmp_path, "--hypothesis-seed", "7")
    assert verdicts(again) == verdicts(result)
    assert (again["verdict"], again["errors"], again["recording"]["not_asked"]) == ("conforms", [], [])
    assert again["counts"]["exchanges"] == result["counts"]["exchanges"]
    assert again["counts"]["created"] == again["counts"]["left"] == 0


def test_two_processes_replay_what_one_recorded_with_the_network_off(once: tuple[Path, Any], tmp_path: Path) -> None:
    file, result = once
    alone = ["unshare", "--map-root-user", "--net"]
    off = shutil.which("unshare") is not None and subprocess.run([*alone, "true"], check=False).returncode == 0  # noqa: S603  a fixed command
    words = ["-q", "-n", "2", "--hypothesis-seed", "3", "--endpoint", "recorded", "--recording", str(file)]
    script = [sys.executable, "-m", "exports_conformance.cli.main", *words]
    run = subprocess.run(  # noqa: S603  our own script
        [*(alone if off else []), *script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert verdicts(json.loads((tmp_path / "reports/latest/result.json").read_text())) == verdicts(result)


@pytest.mark.parametrize("name", BROKEN)
def test_recording_of_a_broken_server_violates_the_same(name: str, tmp_path: Path) -> None:
    mutant = MUTANTS[name]
    file = tmp_path / "broken.har"
    words = ("-k", "not pairs and not flawed", "--record", str(file))
    result = conformance(reference(middlewares=[mutant.middleware]), tmp_path / "run", *words)
    again = replayed(file, tmp_path / "replay")
    assert set(violated(again)) == {mutant.requirement}
    assert (verdicts(again), again["errors"]) == (verdicts(result), [])
    assert TOKEN.encode() not in file.read_bytes()


def _edited(edit: Callable[[Exchange], Exchange | None], folder: Path) -> Path:
    """Write the shipped recording with its exchanges edited, None leaving one out."""
    shipped = read_recording(FILE)
    kept = tuple(edited for exchange in shipped.exchanges if (edited := edit(exchange)))
    write_recording(folder / "edited.har", replace(shipped, exchanges=kept))
    return folder / "edited.har"


def test_unrecorded_request_leaves_requirements_unverified(tmp_path: Path) -> None:
    file = _edited(lambda exchange: None if exchange.expectation.case.startswith("life/") else exchange, tmp_path)
    result = replayed(file, tmp_path)
    said = {each["id"]: each["verdict"] for each in result["requirements"]}
    assert (said["retrieve-status-200"], said["create-status-201"]) == ("unverified", "verified")
    assert (result["verdict"], result["errors"]) == ("inconclusive", [])
    assert result["reasons"] == ["the API answered too little: a retrieved export was never seen"]


def test_recorded_case_that_no_test_sends_any_more_is_judged_and_named(tmp_path: Path) -> None:
    def rename(exchange: Exchange) -> Exchange:
        if exchange.expectation.case != "refusal/format-unknown":
            return exchange
        forgotten = replace(exchange.expectation, case="refusal/format-of-old", flaw="format-of-old")
        return replace(exchange, expectation=forgotten, response=Response(500))

    file = _edited(rename, tmp_path)
    result = replayed(file, tmp_path)
    assert [name for name, weight in violated(result).items() if weight == "promise"] == ["argument-format-known"]
    assert result["recording"]["not_asked"] == ["refusal/format-of-old"]
    assert "no test sends these requests today: refusal/format-of-old" in caveat(result)


def test_request_that_was_not_recorded_is_an_error_of_ours(tmp_path: Path) -> None:
    def change(exchange: Exchange) -> Exchange:
        if exchange.expectation.case != "life/updated" or not exchange.request.body or not exchange.response:
            return exchange
        asked, answered = (
            body.replace(b"changed", b"was other") for body in (exchange.request.body, exchange.response.body)
        )
        return replace(
            exchange,
            request=replace(exchange.request, body=asked),
            response=replace(exchange.response, body=answered),
        )

    result = replayed(_edited(change, tmp_path), tmp_path)
    (error,) = result["errors"]
    assert result["verdict"] == "error"
    assert error["where"].endswith("::test_update_is_shown[updated]")
    assert "life/updated: PATCH /exports/" in error["what"]
    assert "the nearest there is main-" in error["what"]
    assert 'was "was other Gr' in error["what"]
    assert violated(result) == {}


def test_old_recording_or_other_contract_is_reported(tmp_path: Path) -> None:
    shipped = read_recording(FILE)
    run = replace(shipped.provenance, started=time.time() - 91.5 * DAY, contract="0" * 64)
    write_recording(tmp_path / "old.har", replace(shipped, provenance=run))
    headline = caveat(replayed(tmp_path / "old.har", tmp_path, "-k", "documented"))
    assert "91 days ago; OLDER THAN 90 DAYS" in headline
    assert "for another version of the contract (000000000000)" in headline
    result = replayed(tmp_path / "old.har", tmp_path, "-k", "documented", "--max-age", "92")
    assert (result["recording"]["age_days"], result["recording"]["is_old"]) == (91, False)


def test_smoke_is_replayed_by_any_profile(tmp_path: Path) -> None:
    file = tmp_path / "smoke.har"
    result = conformance(reference(), tmp_path / "a", "--hypothesis-profile", "smoke", "--record", str(file))
    again = replayed(file, tmp_path / "b")
    assert verdicts(again) == verdicts(result)
    assert again["errors"] == []


def test_replay_can_be_recorded_as_what_it_was(tmp_path: Path) -> None:
    replayed(FILE, tmp_path, "--record", str(tmp_path / "again.har"))
    again, shipped = read_recording(tmp_path / "again.har"), read_recording(FILE)
    assert again.provenance == shipped.provenance
    assert [_without_mark(each) for each in again.exchanges] == [_without_mark(each) for each in shipped.exchanges]


def _without_mark(exchange: Exchange) -> tuple[str, str, object, object]:
    return exchange.id, exchange.expectation.case, exchange.request, exchange.response


def test_secret_of_a_server_is_in_no_recording(tmp_path: Path) -> None:
    canary = "canary-5f1e2d3c4b5a69788796"

    def leaking(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        cookie = ("Set-Cookie", f"session={canary}; HttpOnly")
        signed = f"https://files.example/exports/1.json?X-Amz-Signature={canary}&X-Amz-Expires=300"

        def sign(document: Any) -> None:
            document["data"]["attributes"]["attachment_url"] = signed

        shown = response.edited(sign) if request.method == "POST" and response.status == 201 else response
        return replace(shown, headers=(*shown.headers, cookie, ("X-Echo", f"Bearer {TOKEN}")))

    file = tmp_path / "run.har"
    words = ("--hypothesis-profile", "smoke", "--record", str(file))
    result = conformance(reference(middlewares=[leaking]), tmp_path / "run", *words)
    assert result["counts"]["created"] == 1
    recorded = file.read_bytes()
    for secret in (canary, TOKEN):
        assert secret.encode() not in recorded
        assert base64.b64encode(secret.encode())[:-4] not in recorded
    assert b"X-Amz-Signature=redacted" in recorded
    assert asked("recording", str(file), folder=tmp_path).returncode == 0
