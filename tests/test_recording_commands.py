"""The commands about recordings: what is in one, and how a journal becomes one."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exports_conformance.cli.main import main
from exports_conformance.contract.requirements import digest
from exports_conformance.results.recording import read_recording, write_recording
from tests.record import FILE
from tests.suite_runs import replayed


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Return the exit code of a command, and its output."""
    code = main(words)
    output = capsys.readouterr()
    return code, output.out + output.err


def test_recording_is_shown_as_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shipped, file = read_recording(FILE), tmp_path / "today.har"
    write_recording(file, replace(shipped, provenance=replace(shipped.provenance, contract=digest())))
    code, output = said(capsys, "recording", str(file))
    assert code == 0
    for words in ("reference, http://127.0.0.1/api, mode test", "creation", "201 ×", "today’s", "no secret was found"):
        assert words in output


def _with(edit: Any, folder: Path) -> str:
    written = json.loads(FILE.read_text())
    edit(written["log"])
    (folder / "edited.har").write_text(json.dumps(written))
    return str(folder / "edited.har")


SIGNED = "https://files.example/a?X-Amz-Signature=0123456789abcdef"
BAD: dict[str, tuple[Any, str]] = {
    "no-har": (lambda log: log["entries"][0].pop("cache"), "is not HAR 1.2: log.entries[0]: 'cache' is a required"),
    "unknown": (lambda log: log.update(dream=1), "is not HAR 1.2: log: 'dream' does not match"),
    "url": (
        lambda log: log["entries"][3]["response"]["content"].update(text=SIGNED),
        "1 places hold secrets (log.entries[3].response.content.text)",
    ),
    "cookie": (
        lambda log: log["entries"][3]["response"]["headers"].append({"name": "Set-Cookie", "value": "a=b"}),
        "1 places hold secrets",
    ),
    "header": (
        lambda log: log["entries"][3]["request"]["headers"].append({"name": "Cookie", "value": "a=b"}),
        "for a copy without them",
    ),
}


@pytest.mark.parametrize(("edit", "hint"), BAD.values(), ids=BAD.keys())
def test_defect_of_a_recording_is_named(
    edit: Any, hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, output = said(capsys, "recording", _with(edit, tmp_path))
    assert code == 4
    assert hint in output.splitlines()[-1]


QUIRKS: dict[str, Any] = {
    "headers as an object": lambda response: response.update(
        headers={each["name"]: each["value"] for each in response["headers"]}
    ),
    "JSON in place of text": lambda response: response["content"].update(text=json.loads(response["content"]["text"])),
}


@pytest.mark.parametrize("quirk", QUIRKS.values(), ids=QUIRKS)
def test_imported_traffic_is_shown_as_far_as_it_is_read(
    quirk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def foreign(log: Any) -> None:
        del log["_recording"]
        log["entries"] = [each for each in log["entries"] if each["response"]["status"] == 201][:1]
        log["entries"][0]["request"]["headers"] = []
        quirk(log["entries"][0]["response"])

    code, output = said(capsys, "recording", _with(foreign, tmp_path))
    assert code == 0, output
    assert "not quite HAR 1.2, but read: log.entries[0]" in output
    assert "imported/POST exports" in output


def test_token_in_traffic_is_a_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def foreign(log: Any) -> None:
        del log["_recording"]
        log["entries"] = log["entries"][:1]
        for header in log["entries"][0]["request"]["headers"]:
            if header["name"] == "Authorization":
                header["value"] = "Bearer of-a-browser"

    code, output = said(capsys, "recording", _with(foreign, tmp_path))
    assert (code, "1 places hold secrets (log.entries[0].request.headers[" in output) == (4, True)


def test_missing_recording_is_a_line_and_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "recording", str(tmp_path / "x")) == (
        4,
        f"ERROR: {tmp_path / 'x'}: No such file or directory; give a HAR, or WireMock mappings\n",
    )


def test_journal_is_recovered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replayed(FILE, tmp_path / "run", "-k", "documented")
    capsys.readouterr()
    journal = tmp_path / "run" / "journal" / "main.jsonl"
    journal.write_text(journal.read_text() + '{"line": "exchange", "exchange": {"id": "torn')
    for place in (tmp_path / "run", journal.parent, journal):
        code, output = said(capsys, "recover", str(place), "--record", str(tmp_path / "x.har"))
        kept = len(read_recording(FILE).exchanges)
        assert (code, output) == (0, f"{tmp_path / 'x.har'}: {kept} exchanges with http://127.0.0.1/api (reference)\n")
    assert read_recording(tmp_path / "x.har").provenance == read_recording(FILE).provenance


CONTENTS = {"none": None, "empty": b"", "binary": b"\xff", "no-run": b'{"line": "item"}\n'}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
def test_file_that_is_not_a_journal_is_refused(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "main.jsonl").write_bytes(content)
    code, output = said(capsys, "recover", str(tmp_path), "--record", str(tmp_path / "x.har"))
    assert (code, output.count("\n")) == (4, 1)
    assert "give " in output


def test_killed_run_is_recovered(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "exports_conformance.cli.main", "-q"]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COVERAGE_"))}
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL) as run:  # noqa: S603  our own script
        journal = tmp_path / "reports" / "latest" / "journal" / "main.jsonl"
        while not journal.exists() or journal.read_bytes().count(b'{"line":"exchange"') < 20:
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)
    assert main(["recover", str(journal.parent), "--record", str(tmp_path / "killed.har")]) == 0
    recording = read_recording(tmp_path / "killed.har")
    assert len(recording.exchanges) >= 20
    assert recording.exchanges[0].expectation.case == "creation/complete-skus"
    result = replayed(tmp_path / "killed.har", tmp_path / "replay")
    assert result["errors"] == []


OPTIONS = {
    "no-recording": (("--endpoint", "recorded"), "needs --recording FILE, the recording to judge"),
    "no-endpoint": (("--recording", str(FILE)), "needs --endpoint recorded; add that"),
    "no-file": (("--endpoint", "recorded", "--recording", "none.har"), "none.har: No such file or directory"),
    "no-folder": (("--record", "none/x.har"), "the folder none does not exist; create it"),
}


@pytest.mark.parametrize(("words", "hint"), OPTIONS.values(), ids=OPTIONS.keys())
def test_contradictory_option_is_refused(
    words: tuple[str, ...], hint: str, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with contextlib.chdir(tmp_path):
        assert main([*words, "-q"]) == 4
    output = [line for line in "".join(capfd.readouterr()).splitlines() if line]
    assert len(output) == 1
    assert hint in output[0]
    assert not (tmp_path / "reports").exists()
