"""A shared organisation, twenty times as fast: the live endpoint conforms, leaves nothing, and tells no secret."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exports_conformance.reference.app import Reference
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from exports_conformance.reference.organisation import Arguments, queued
from exports_conformance.reference.policy import Pace
from exports_conformance.reference.server import serving
from exports_conformance.reference.variants.forms import REALISTIC
from tests.test_runs import ACCESS, ENDPOINT, SCRIPT, in_a_process

CLIENT = ("COMMERCELAYER_CLIENT_ID", "COMMERCELAYER_CLIENT_SECRET")
SCALE = 20


def result_in(folder: Path) -> dict[str, Any]:
    """Read the result of a run in a folder."""
    result: dict[str, Any] = json.loads((folder / "reports/latest/result.json").read_text(encoding="ascii"))
    return result


def written_in(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file of a run's report, as text."""
    for file in sorted((folder / "reports").rglob("*")):
        if file.is_file():
            yield file, file.read_text(encoding="utf-8", errors="replace")


def test_realistic_environment_conforms_and_leaves_nothing(tmp_path: Path) -> None:
    app = Reference(variants=REALISTIC, time_scale=SCALE)
    statuses: list[int] = []
    app.respond = _counted(app.respond, statuses)
    with serving(app) as url:
        env = {ENDPOINT: f"{url}/api", CLIENT[0]: app.client_id, CLIENT[1]: app.client_secret}
        run = in_a_process("--endpoint", "live", "-q", folder=tmp_path, env=env)
    result = result_in(tmp_path)
    assert (run.returncode, result["errors"]) == (0, []), run.stdout
    # A flaw without a place for a tag is not sent again: after a 503 nobody could find what it may have created.
    undecided = [each for each in result["requirements"] if each["verdict"] == "unverified"]
    lost = [each["id"] for each in undecided if each["weight"] == "promise"]
    assert result["verdict"] == ("partial" if lost else "conforms"), run.stdout
    assert all(each["reason"].startswith("no response of the API itself") for each in undecided if each["id"] in lost)
    assert len(lost) <= 1
    assert 429 not in statuses
    assert statuses.count(500) == 1
    assert {each["id"] for each in result["requirements"] if each["verdict"] == "intermittent"} == {
        "create-accepts-documented"
    }
    assert result["environment"]["firewall"] == 1
    assert result["environment"]["no-answer"] >= 1  # the lost one, and where the token endpoint was unavailable
    assert result["environment"]["unavailable"] > 5
    assert result["counts"]["created"] == result["counts"]["deleted"] > 40
    assert (result["counts"]["left"], result["cleanup"]["left"]) == (0, [])
    references = [export.arguments.reference or "" for export in app.organisation.exports.values()]
    assert all(reference.startswith("nightly-") for reference in references)
    assert result["limits"]["share"]
    assert f"{result['limits']['share']:.0%} of the rate limit" in run.stdout
    secrets = [app.client_secret, *app.tokens.issued]
    for file, text in [*written_in(tmp_path), (Path("stdout"), run.stdout + run.stderr)]:
        found = [secret for secret in [*secrets, "nightly-", "another team"] if secret in text]
        assert found == [], file


def _counted(respond: Respond, statuses: list[int]) -> Respond:
    def counting(request: ServerRequest) -> ServerResponse:
        response = respond(request)
        statuses.append(response.status)
        return response

    return counting


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_leaves_nothing_despite_environment_errors(tmp_path: Path, sent: signal.Signals) -> None:
    calm = set(REALISTIC) - {"unavailable-now-and-then", "firewall-page", "one-500"}  # whose waits are seconds
    app = Reference(variants=sorted(calm), time_scale=SCALE)
    with serving(app) as url:
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COMMERCE"))}
        run = subprocess.Popen(  # noqa: S603  our own script
            [*SCRIPT, "--endpoint", "live", "-q"],
            cwd=tmp_path,
            env={**plain, ENDPOINT: f"{url}/api", ACCESS: app.token},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while sum(1 for each in app.organisation.exports.values() if not _is_foreign(each)) < 4:
            time.sleep(0.01)
        run.send_signal(sent)
        assert run.wait(timeout=60) == 2
    left = [each for each in app.organisation.exports.values() if not _is_foreign(each)]
    assert len(left) <= 1  # one that was under way and has no tag cannot be found
    assert all(each.arguments.reference is None for each in left)


def _is_foreign(export: Any) -> bool:
    return (export.arguments.reference or "").startswith("nightly-")


CRASHES = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    if "retrieved" in item.name:
        raise RuntimeError("the harness fell over")
"""
HOSTILE = "::error::canary-command\n::add-mask::canary\n##[error]canary-old-command"


def _hostile(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Send back what is secret, wherever a server can, and break promises while doing so."""
    response = respond(request).with_header("set-cookie", "session=canary-cookie; Path=/")
    secret = request.headers.get("authorization", "")
    url = "https://store.example/f.json.gz?X-Amz-Signature=canary-signature&X-Amz-Credential=canary-credential"

    def edit(document: Any) -> None:
        for error in document.get("errors", []):
            error["detail"] = f"{HOSTILE} {secret} {url}"
            error["code"] = f"{HOSTILE} {secret}"
        if isinstance(document.get("data"), dict):
            document["data"]["attributes"].update(format=f"{HOSTILE} {secret}", attachment_url=url, errors_log=secret)

    return replace(response.edited(edit), headers=(*response.headers, ("x-debug", secret)))


def test_no_canary_is_in_any_artefact_of_failures_and_crashes(tmp_path: Path) -> None:
    app = Reference(time_scale=SCALE, middlewares=[_hostile])
    arguments = Arguments("orders", reference="canary-reference", metadata={"canary-key-is-shape": "canary-value"})
    foreign_export = queued(app.organisation.new_id(), arguments, (), app.clock.now(), Pace(0, 0))
    app.organisation.keep(foreign_export)
    (tmp_path / "crashing.py").write_text(CRASHES)
    with serving(app) as url:
        env = {
            ENDPOINT: f"{url}/api",
            CLIENT[0]: app.client_id,
            CLIENT[1]: app.client_secret,
            "PYTHONPATH": str(tmp_path),
            "GITHUB_ACTIONS": "true",
        }
        words = ("--endpoint", "live", "-vv", "-p", "crashing", "--hypothesis-profile", "smoke")
        run = in_a_process(*words, folder=tmp_path, env=env)
    said = run.stdout + run.stderr
    assert (run.returncode, result_in(tmp_path)["verdict"]) == (1, "violates")
    assert "the harness fell over" in said
    assert "::add-mask::" in said
    masks = re.findall(r"^::add-mask::(.*)$", said, re.MULTILINE)
    assert masks == app.tokens.issued[-len(masks) :]
    commands = [line for line in said.splitlines() if line.lstrip().startswith("::") or "##[" in line]
    assert commands == [f"::add-mask::{token}" for token in masks]
    output = "\n".join(line for line in said.splitlines() if line not in commands)
    canaries = ["canary-cookie", "canary-signature", "canary-credential", "canary-reference", "canary-value"]
    for file, text in [*written_in(tmp_path), (Path("stdout"), output)]:
        found = [
            secret for secret in [*canaries, app.client_secret, *app.tokens.issued, foreign_export.id] if secret in text
        ]
        assert found == [], file
