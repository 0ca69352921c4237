"""Text of a server or a file reaches a terminal or a CI's log only with everything escaped that these would obey."""

import ast
import json
import re
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from exports_conformance.cli.main import commands, main
from exports_conformance.client import cleanup, limits
from exports_conformance.contract.requirements import FOLDER
from exports_conformance.reference.messages import ServerRequest, ServerResponse
from tests.attacks.organisation import FOREIGN, HOST, Open, answering, bent

HOSTILE = (
    "\x1b]0;canary\x07\x1b[2J\r\n::error::canary\n##[error]canary\na ##vso[task.setvariable variable=a]canary\n"
    "##teamcity[x]\n\u202ecanary\u2028::set-output name=a::b"
)
COMMANDS = ("::error", "::set-output", "::add-mask", "##[", "##teamcity[")


def assert_harmless(output: str) -> None:
    """Fail if a line holds a control character, an invisible one, or begins a workflow command."""
    for line in output.split("\n"):
        odd = {hex(ord(each)) for each in line if unicodedata.category(each) in {"Cc", "Cf", "Zl", "Zp", "Cs"}}
        assert not odd, (odd, line)
        assert not line.lstrip().startswith(COMMANDS), line
        assert "##[" not in line, line
        assert "##vso[" not in line, line


def _hostile(_: ServerRequest, response: ServerResponse) -> ServerResponse:
    """Write `HOSTILE` wherever a server may write a text, and leave ids and statuses as they are."""

    def edit(document: Any) -> None:
        for each in [document.get("data")] if isinstance(document.get("data"), dict) else []:
            each["attributes"] |= {"reference": HOSTILE, "metadata": {HOSTILE: HOSTILE}, "format": HOSTILE}
            each["meta"] = {**each.get("meta", {}), "trace_id": HOSTILE, HOSTILE: HOSTILE}
        for error in document.get("errors", ()):
            error |= {"title": HOSTILE, "detail": HOSTILE, "code": HOSTILE}

    return response.edited(edit)


@pytest.fixture
def hostile_run(shared: Open, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Path:
    """The report folder of a run against a server whose every text is hostile; what the run printed is checked."""
    organisation = shared(bent("any", _hostile))
    status = organisation.run(
        tmp_path / "run", "--hypothesis-profile", "smoke", "--record", str(tmp_path / "run.har"), "-v"
    )
    assert status == 1
    assert_harmless("".join(capfd.readouterr()))
    return tmp_path / "run"


def test_every_command_about_a_run_is_harmless(hostile_run: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Tickets, reports, recordings and comparisons of it, and the journal made into a recording again."""
    result = json.loads((hostile_run / "result.json").read_text())
    violated = [each["id"] for each in result["requirements"] if each["verdict"] == "violated"]
    assert violated
    recording, kept = hostile_run.parent / "run.har", str(hostile_run / "result.json")
    commands = [["ticket", each, "--result", kept] for each in violated]
    commands += [
        ["report", kept, "--report-dir", str(hostile_run.parent / "again")],
        ["recording", str(recording)],
        ["compare", str(recording), str(recording), "--report-dir", str(hostile_run.parent / "compared")],
        ["compare", kept, str(recording), "--report-dir", str(hostile_run.parent / "compared")],
        ["recover", str(hostile_run / "journal"), "--record", str(hostile_run.parent / "recovered.har")],
        ["ticket", HOSTILE, "--result", kept],
        ["recording", HOSTILE],
        ["recover", HOSTILE],
        ["report", HOSTILE],
        ["compare", HOSTILE, kept],
        ["reproduce", violated[0], "--result", kept, "--endpoint", "reference"],
        ["reproduce", HOSTILE, "--result", kept],
        ["--list", "--topic", HOSTILE],
        ["serve", "--variant", HOSTILE],
    ]
    shown = ""
    for words in commands:
        with suppress(SystemExit):
            main(words)
        output = "".join(capfd.readouterr())
        assert output, words
        assert "Traceback" not in output
        assert_harmless(output)
        shown += output
    assert "canary" in shown  # what was hostile is shown, and escaped


def test_texts_of_a_deviations_file_are_harmless(
    shared: Open, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Messages about unusable entries escape their texts, and so does a run that waives by them."""
    organisation = shared(bent("create", lambda _, response: response.with_header("X-Canary", "1")))
    text = json.dumps(HOSTILE)
    entry = f"owner = {text}\nreason = {text}\nsince = 2026-01-01\nuntil = 9999-12-31\nticket = {text}\n"
    for requirement in (text, '"meta-mode"'):
        file = tmp_path / "deviations.toml"
        file.write_text(f"[[deviations]]\nrequirement = {requirement}\n{entry}", encoding="utf-8")
        organisation.run(tmp_path / "run", "--hypothesis-profile", "smoke", "--deviations", str(file))
        output = "".join(capfd.readouterr())
        assert output
        assert_harmless(output)


def test_check_of_a_hostile_server_is_harmless(shared: Open, capfd: pytest.CaptureFixture[str]) -> None:
    def hostile_list(_: ServerRequest) -> ServerResponse:
        meta = {"mode": HOSTILE, "record_count": HOSTILE}
        document = {"data": [{"id": FOREIGN, "type": "exports", "attributes": {}, "meta": meta}], "meta": meta}
        return ServerResponse(200, (("Content-Type", "application/vnd.api+json"),), document)

    html = ServerResponse(403, (("Content-Type", "text/html; canary=\x1b[2J"),), raw=HOSTILE.encode("utf-8"))
    for middleware in (answering("list", hostile_list), answering("list", html)):
        shared(middleware).command("check")
        output = "".join(capfd.readouterr())
        assert output
        assert_harmless(output)


def test_clean_of_a_hostile_journal_is_harmless(
    shared: Open, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """`clean` escapes the ids, tags, cases and addresses of a journal."""
    organisation = shared()
    journal = tmp_path / "journal"
    journal.mkdir()
    lines = [
        {"line": "run", "base_url": f"https://{HOST}/api", "mode": "test"},
        {"line": "intended", "mark": HOSTILE, "case": HOSTILE},
        {"line": "intended", "mark": "", "case": HOSTILE},
        {"line": "created", "id": HOSTILE, "mark": HOSTILE},
        {"line": "left", "id": HOSTILE, "mark": ""},
    ]
    for base_url in (f"https://{HOST}/api", HOSTILE):
        lines[0]["base_url"] = base_url
        (journal / "main.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="ascii")
        organisation.command("clean", "--report-dir", str(tmp_path))
        output = "".join(capfd.readouterr())
        assert output
        assert_harmless(output)


def test_clean_of_what_a_hostile_list_shows_is_harmless(
    shared: Open, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """`clean` escapes the ids that a list shows, and what it shows in place of a tag."""
    for module in (cleanup, limits):
        monkeypatch.setattr(module, "LAG", 0.05)
    tag = "exports-conformance-0000000a-00001"

    def hostile_list(_: ServerRequest) -> ServerResponse:
        attributes = {"reference": tag, "created_at": "2026-01-01T00:00:00.000Z"}
        shown = [("\x1b[2Jcanary", attributes), ("::error::canary", {"reference": f"{HOSTILE}{tag}"})]
        data = [{"id": each, "type": "exports", "attributes": attributes} for each, attributes in shown]
        return ServerResponse(200, (("Content-Type", "application/vnd.api+json"),), {"data": data, "meta": {}})

    organisation = shared(answering("list", hostile_list))
    for words in (("--older-than", "1h"), ("--older-than", "1h", "--yes")):
        organisation.command("clean", *words)
        output = "".join(capfd.readouterr())
        assert "canary" in output
        assert_harmless(output)


def test_every_command_is_attacked() -> None:
    """Each command of the console script is called by a test of this file."""
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    written = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert set(commands.commands) - {"run"} <= written


def test_drift_from_a_hostile_document_is_harmless(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    document = {
        "openapi": "3.0.3",
        "info": {"title": HOSTILE, "version": HOSTILE},
        "paths": {"/exports": {"post": {"summary": HOSTILE, "responses": {HOSTILE: {"description": HOSTILE}}}}},
        "components": {"schemas": {"exportCreate": {"properties": {HOSTILE: {"type": HOSTILE, "enum": [HOSTILE]}}}}},
    }
    (tmp_path / "openapi.json").write_text(json.dumps(document), encoding="ascii")
    main(["drift", str(tmp_path / "openapi.json")])
    output = "".join(capfd.readouterr())
    assert output
    assert_harmless(output)


def test_plan_is_harmless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["plan", "--hypothesis-profile", "smoke"]) == 0
    output = "".join(capfd.readouterr())
    assert "plan of" in output
    assert_harmless(output)


def test_commands_print_through_one_function() -> None:
    """No module of the commands but `console` calls `print` or `echo`."""
    calls = []
    for file in sorted((FOLDER.parent / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                if name.rpartition(".")[2] in {"echo", "secho", "print"} and name != "console.print":
                    calls.append((file.name, name))
    assert calls == [("console.py", "click.echo")]


ROOT = FOLDER.parent
PAGE = ROOT / "docs" / "security.md"


def test_every_promise_names_a_test_that_exists() -> None:
    """Each row of the table, in a file of the attacks."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 10
    for row in rows:
        named = re.findall(r"`(tests/attacks/\w+\.py)::(\w+)`", row)
        assert named, row
        for file, function in named:
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, (file, function)
