"""A run as its user sees it: exit codes, one line for what is wrong, and the same under xdist."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from werkzeug import Request, Response

from exports_conformance.cli.main import main
from exports_conformance.contract.requirements import requirements
from exports_conformance.reference.app import Reference
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from exports_conformance.reference.server import serving
from tests.mutants import MUTANTS
from tests.suite_runs import SPARED, TOKEN, reference, result_of
from tests.test_packaging import FOLDERS

ROOT = Path(__file__).parent.parent
SCRIPT = [sys.executable, "-m", "exports_conformance.cli.main"]
ENDPOINT, ACCESS = "COMMERCELAYER_API_ENDPOINT", "COMMERCELAYER_ACCESS_TOKEN"


def in_a_process(*words: str, folder: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the console script in another folder, as from a shell."""
    return subprocess.run(  # noqa: S603  our own script
        [*SCRIPT, *words],
        cwd=folder,
        env={**_plain(), **(env or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def asked(*words: str, folder: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the console script in another folder, but in this process, which has imported everything already."""
    output, errors = StringIO(), StringIO()
    environment = {**_plain(), "PYTEST_ADDOPTS": " ".join(SPARED), **(env or {})}
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        chdir(folder),
        redirect_stdout(output),
        redirect_stderr(errors),
    ):
        try:
            code = main(words)
        except SystemExit as done:
            code = int(done.code or 0)
    return subprocess.CompletedProcess(words, code, output.getvalue(), errors.getvalue())


def _plain() -> dict[str, str]:
    """Return the environment without variables of this suite and of pytest."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("COMMERCELAYER_", "PYTEST_"))}


def output_lines(run: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the lines of a run's output, without blank ones."""
    return [line for line in (run.stdout + run.stderr).splitlines() if line.strip()]


def live(app: Any, tmp_path: Path, *words: str, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    """Run smoke against an application as a live endpoint whose mode is unknown."""
    with serving(app) as base_url:
        env = {ENDPOINT: f"{base_url}/api", ACCESS: token}
        options = ("--endpoint", "live", "--hypothesis-profile", "smoke", "--allow-live-mode", "-q", *words)
        return asked(*options, folder=tmp_path, env=env)


def test_two_processes_come_to_the_same_verdicts(conforming_run: Path, tmp_path: Path) -> None:
    assert in_a_process("-q", "-n", "2", "--report-dir", "two", folder=tmp_path).returncode == 0
    verdicts = []
    for folder in (conforming_run, tmp_path / "two"):
        # Whether a running export is caught depends on the machine.
        asked_for = [each for each in result_of(folder)["requirements"] if not requirements()[each["id"]].when_seen]
        verdicts.append({each["id"]: each["verdict"] for each in asked_for})
    assert verdicts[0] == verdicts[1]


def test_smoke_sends_twelve_requests_to_a_live_endpoint(tmp_path: Path) -> None:
    run = live(reference(), tmp_path)
    result = json.loads((tmp_path / "reports/latest/result.json").read_text())
    assert run.returncode == 0, run.stdout
    assert (result["counts"]["exchanges"], result["counts"]["created"], result["counts"]["left"]) == (12, 1, 0)


def test_broken_promise_exits_1_and_prints_how_to_repeat_it(tmp_path: Path) -> None:
    run = live(reference(middlewares=[MUTANTS["metadata-lost"].middleware]), tmp_path)
    assert run.returncode == 1
    assert run.stdout.count("create-echoes-metadata  “") == 1
    assert "https://docs.commercelayer.io/core/api-reference/exports/create" in run.stdout
    assert "faults/create-echoes-metadata.sh" in run.stdout
    assert (tmp_path / "reports/latest/witnesses/create-echoes-metadata.body").read_bytes().startswith(b'{"data"')
    assert TOKEN not in run.stdout


def test_violation_that_does_not_repeat_is_intermittent(tmp_path: Path) -> None:
    times = iter(range(1000))

    def once(ask: Any, respond: Any) -> Any:
        response = respond(ask)
        first = ask.method == "POST" and response.status == 201 and next(times) == 0
        return MUTANTS["metadata-lost"].middleware(ask, lambda _: response) if first else response

    run = live(reference(middlewares=[once]), tmp_path)
    result = json.loads((tmp_path / "reports/latest/result.json").read_text())
    verdicts = {each["id"]: each["verdict"] for each in result["requirements"]}
    assert (run.returncode, verdicts["create-echoes-metadata"]) == (0, "intermittent")
    assert re.search(r"intermittent: 1 promise: violated in 1 of \d+ responses, but\s+not\s+when", run.stdout)
    assert "(create-echoes-metadata)" in run.stdout
    (entry,) = [each for each in result["requirements"] if each["id"] == "create-echoes-metadata"]
    counted = f"1 of {entry['exchanges']} responses"
    assert entry["reason"].startswith(f"violated in {counted}")
    assert f"</a>: {counted}" in (tmp_path / "reports/latest/index.html").read_text(encoding="utf-8")


BAD_COMMANDS = {
    "profile": (("--hypothesis-profile", "quik"), {}, "did you mean quick?"),
    "option": (("--endpont", "live"), {}, "did you mean --endpoint?"),
    "unlike-any": (("--zzz",), {}, "--help-run"),
    "no-number": (("--max-exports", "abc"), {}, "--max-exports abc: give a whole number, 1 or more"),
    "none": (("--max-exports", "0"), {}, "--refusals-only creates none"),
    "age": (("--max-age", "-1"), {}, "--max-age -1: give a whole number, 0 or more"),
    "no-xdist": (("-p", "no:xdist", "-n", "2"), {}, "-p no:xdist: the suites need this plugin"),
    "no-hypothesis": (
        ("-p", "no:hypothesispytest", "--hypothesis-profile", "smoke"),
        {},
        "the suites need this plugin",
    ),
    "folder": (("--record", "."), {}, "--record .: is a folder; give a file in it"),
    "kind": (("--endpoint", "lve"), {}, "did you mean live?"),
    "edition": (("--edition", "8"), {}, "choose one of auto, page, 7.10"),
    "no-variables": (("--endpoint", "live"), {}, ENDPOINT),
    "no-token": (("--endpoint", "live"), {ENDPOINT: "https://x.commercelayer.io/api"}, ACCESS),
    "no-api-in-url": (("--endpoint", "live"), {ENDPOINT: "https://x.commercelayer.io", ACCESS: "t"}, "/api"),
    "plain-http": (("--endpoint", "live"), {ENDPOINT: "http://x.commercelayer.io/api", ACCESS: "t"}, "https"),
    "processes": (("--endpoint", "live", "-n", "2"), {ENDPOINT: "https://x.commercelayer.io/api", ACCESS: "t"}, "-n"),
}


@pytest.mark.parametrize(("words", "env", "hint"), BAD_COMMANDS.values(), ids=BAD_COMMANDS.keys())
def test_bad_command_is_a_line_and_4(tmp_path: Path, words: tuple[str, ...], env: dict[str, str], hint: str) -> None:
    run = asked(*words, folder=tmp_path, env=env)
    lines = output_lines(run)
    assert run.returncode == 4
    assert hint in "\n".join(lines)
    assert "Traceback" not in "\n".join(lines)
    assert len(lines) == 1
    assert not (tmp_path / "reports").exists()


@Request.application
def html(_: Request) -> Response:
    return Response("<html>Welcome</html>", mimetype="text/html")


@Request.application
def elsewhere(_: Request) -> Response:
    return Response(status=302, headers={"Location": "https://login.example/"})


@Request.application
def open_question(_: Request) -> Response:
    return Response(status=200)


def sales_channel() -> tuple[Reference, str]:
    app = reference()
    return app, app.issue(kind="sales_channel")


UNUSABLE = {
    "html": (html, "t", "this API"),
    "redirect": (elsewhere, "t", "redirect"),
    "empty": (open_question, "t", "no JSON:API document"),
    "refused-token": (reference(), "unknown-token", "token"),
    "not-permitted": (*sales_channel(), "may not"),
}


@pytest.mark.parametrize(("app", "token", "hint"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_endpoint_that_cannot_be_judged_is_a_line_and_7(tmp_path: Path, app: Any, token: str, hint: str) -> None:
    run = live(app, tmp_path, token=token)
    reason = next(line for line in output_lines(run) if line.startswith("because: "))
    assert run.returncode == 7
    assert hint in reason
    assert "Traceback" not in run.stdout + run.stderr
    with serving(app) as base_url:
        check = asked("check", folder=tmp_path, env={ENDPOINT: f"{base_url}/api", ACCESS: token})
    assert check.returncode == 7
    assert hint in check.stdout


def test_no_server_is_a_line_and_7(tmp_path: Path) -> None:
    env = {ENDPOINT: "http://127.0.0.1:9/api", ACCESS: "t"}
    run = asked("--endpoint", "live", "-q", folder=tmp_path, env=env)
    assert run.returncode == 7
    assert any(line.startswith("because: ") and "127.0.0.1:9" in line for line in output_lines(run))


def test_organisation_of_unknown_mode_is_not_touched(tmp_path: Path) -> None:
    app = reference()
    with serving(app) as base_url:
        env = {ENDPOINT: f"{base_url}/api", ACCESS: TOKEN}
        run = asked("--endpoint", "live", "-q", folder=tmp_path, env=env)
    assert run.returncode == 7
    assert "--allow-live-mode" in run.stdout
    assert not app.organisation.exports


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package, whose contract a test may damage."""
    folder = tmp_path_factory.mktemp("installed")
    for name in FOLDERS:
        left_out = shutil.ignore_patterns("latest", "__pycache__")
        shutil.copytree(ROOT / name, folder / "exports_conformance" / name, ignore=left_out)
    return folder


@pytest.mark.parametrize("name", ["requirements.toml", "openapi.yaml", "resources.json"])
def test_faulty_contract_is_a_line_and_4(site: Path, tmp_path: Path, name: str) -> None:
    file = site / "exports_conformance" / "contract" / name
    file.write_text("{", encoding="utf-8")
    run = in_a_process("-q", folder=tmp_path, env={"PYTHONPATH": str(site)})
    shutil.copyfile(ROOT / "contract" / name, file)
    (line,) = output_lines(run)
    assert run.returncode == 4
    assert name in line
    assert not (tmp_path / "reports").exists()


def test_report_folder_that_cannot_be_written_is_a_line_and_4(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run = asked("-q", "--report-dir", "file", folder=tmp_path)
    assert (run.returncode, len(output_lines(run))) == (4, 1)


def test_misspelt_command_is_a_line_and_4(tmp_path: Path) -> None:
    run = asked("chekc", folder=tmp_path)
    assert (run.returncode, output_lines(run)) == (4, ["ERROR: chekc: is not a command; did you mean check?"])


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_leaves_nothing_and_reports_it(tmp_path: Path, sent: signal.Signals) -> None:
    handler, signals = signal.getsignal(sent), iter([sent])

    def interrupting(ask: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(ask)
        if len(app.organisation.exports) >= 5 and signal.getsignal(sent) is not handler:
            for number in signals:
                os.kill(os.getpid(), number)  # the run's handler receives it, in the main thread
        return response

    app = reference(middlewares=[interrupting])
    with serving(app) as base_url:
        env = {ENDPOINT: f"{base_url}/api", ACCESS: TOKEN}
        run = asked("--endpoint", "live", "--allow-live-mode", "-q", folder=tmp_path, env=env)
    result = json.loads((tmp_path / "reports/latest/result.json").read_text())
    assert run.returncode == 2
    assert result["counts"]["created"] == result["counts"]["deleted"] >= 4
    assert len(app.organisation.exports) <= 1  # one that was under way and has no tag cannot be found
    assert "Traceback" not in run.stdout + run.stderr
    assert result["reasons"] == ["the run was interrupted before everything was tested"]
    assert signal.getsignal(sent) is handler


def test_result_of_an_earlier_run_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    assert asked("--hypothesis-profile", "smoke", "-q", folder=tmp_path).returncode == 0
    assert asked("-k", "zzz", "-q", folder=tmp_path).returncode == 4
    assert not (tmp_path / "reports/latest/result.json").exists()


def test_run_that_selects_nothing_is_a_usage_error(tmp_path: Path) -> None:
    run = asked("-k", "no_such_test", folder=tmp_path, env={})
    assert run.returncode == 4
    assert "ERROR: no test was selected; check the paths and -k" in run.stdout


def test_repeat_line_names_the_part_of_the_suites_that_was_run(tmp_path: Path) -> None:
    part = str(ROOT / "suites" / "test_retrieval.py")
    repeat = f"exports-conformance {part} --endpoint reference --hypothesis-profile quick"
    for words in ((part,), tuple(repeat.split()[1:])):
        run = asked(*words, folder=tmp_path, env={})
        assert f"repeat: {repeat}\n" in run.stdout
        result = json.loads((tmp_path / "reports/latest/result.json").read_text())
        assert (run.returncode, result["repeat"]) == (0, repeat)
        assert {each["case"] for each in result["exchanges"].values()} >= {"life/retrieved"}
