"""`report` and `ticket`: a result is rendered again, or refused in one line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exports_conformance.cli.main import main
from exports_conformance.reports import history, writing
from exports_conformance.run.report_folder import MARKER
from tests.results import Result, conforming, hostile_to_keep, violating

EVERYTHING = {*writing.REPORT_FILES, "result.json", history.HISTORY_FILE, history.RUNS_FILE}


def kept(folder: Path, result: Result) -> Path:
    """Write a result where a run would have."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "result.json"
    file.write_text(json.dumps(result), encoding="ascii")
    return file


@pytest.mark.parametrize("run", [conforming, violating, hostile_to_keep])
def test_everything_is_made_again_from_a_result(
    run: Callable[[], Result], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = kept(tmp_path, run())
    assert main(["report", str(file)]) == 0
    assert capsys.readouterr().out == f"report: {tmp_path / 'index.html'}\n"
    assert {each.name for each in tmp_path.iterdir()} - {"faults"} == {*EVERYTHING, MARKER}
    assert sum(each.stat().st_size for each in tmp_path.iterdir() if each != file) < 6_000_000
    assert (tmp_path / "index.html").stat().st_size <= 100_000


def test_report_goes_elsewhere_and_takes_earlier_results(tmp_path: Path) -> None:
    earlier = violating() | {"finished": "2026-01-02T03:04:05.000Z"}
    file, other = kept(tmp_path / "latest", conforming()), kept(tmp_path / "january", earlier)
    words = ["report", str(file), "--report-dir", str(tmp_path / "site"), "--earlier", str(other)]
    assert main(words) == 0
    text = (tmp_path / "site" / "contract.html").read_text(encoding="utf-8")
    assert "2026-01-02 03:04 UTC" in text
    assert list(history.read_history(tmp_path / "site")) == [
        "reference",
        "live https://yourdomain.commercelayer.io/api",
    ]


def test_history_is_kept_from_run_to_run(tmp_path: Path) -> None:
    first = violating() | {"finished": "2026-01-02T03:04:05.000Z"}
    writing.write_report(first, tmp_path)
    writing.write_report(conforming(), tmp_path)
    found = history.read_history(tmp_path)
    assert found["live https://yourdomain.commercelayer.io/api"]["verified"]["meta-trace-id"] == first["finished"]
    assert "meta-mode" not in found["live https://yourdomain.commercelayer.io/api"]["verified"]
    assert found["reference"]["accepted"] == {"skus": conforming()["finished"]}


@pytest.mark.parametrize(
    "text", ["", "[]", '{"version": 2}', '{"version": 1, "endpoints": {"x": {"last": 3}}}', "[" * 9_999]
)
def test_history_that_cannot_be_used_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / history.HISTORY_FILE).write_text(text)
    assert history.read_history(tmp_path) == {}


def test_history_forgets_the_oldest_endpoints() -> None:
    runs = []
    for number in range(history.ENDPOINTS_KEPT + 2):
        run = violating() | {"finished": f"2026-01-{number + 1:02}T00:00:00.000Z"}
        run["endpoint"] = run["endpoint"] | {"base_url": f"https://{number}.example/api"}
        runs.append(run)
    found = list(history.extended({}, runs))
    assert found[0] == f"live https://{len(runs) - 1}.example/api"
    assert len(found) == history.ENDPOINTS_KEPT


DEEP = "[" * 100_000
REFUSED: dict[str, tuple[Any, str]] = {
    "other version": ({"schema_version": 2}, "has schema version 2, this version reads 1"),
    "older version": (
        {"schema_version": 0},
        "has schema version 0, this version reads 1; use the version of this suite",
    ),
    "no version": ({"verdict": "conforms"}, "has no schema version"),
    "true": ({"schema_version": True}, "this version reads 1"),
    "a list": ([], "has no schema version"),
    "cut short": ('{"schema_version": 1, "verd', "is not JSON"),
    "deep": (DEEP, "is nested deeper"),
    "empty": ("", "is not JSON"),
    "not text": ("\udcff", "is not JSON"),
    "lacks": ({"schema_version": 1}, "of the schema does not hold"),
    "no time": (conforming() | {"finished": "yesterday\n\x1b[2J"}, "at $.finished, format"),
    "no verdict": (conforming() | {"verdict": "splendid" * 10_000}, "at $.verdict, enum"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("command", [["report"], ["ticket", "meta-mode", "--result"]], ids=["report", "ticket"])
def test_file_that_is_no_result_is_refused_in_one_line(
    case: str, command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, said = REFUSED[case]
    file = tmp_path / "result.json"
    text = content if isinstance(content, str) else json.dumps(content)
    file.write_bytes(text.encode("utf-8", errors="surrogateescape"))
    assert main([*command, str(file)]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"ERROR: {file}: ")
    assert said in line
    assert len(line) < 600
    assert line.isprintable()
    assert [each.name for each in tmp_path.iterdir()] == ["result.json"]


def test_file_that_is_missing_or_vast_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["report", str(tmp_path / "none.json")]) == 4
    monkeypatch.setattr("exports_conformance.results.result.LARGEST_RESULT", 10)
    assert main(["report", str(kept(tmp_path, conforming()))]) == 4
    first, second = capsys.readouterr().err.splitlines()
    assert "cannot be read: No such file or directory; give the result.json of a run" in first
    assert "is larger than" in second


def test_folder_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = kept(tmp_path, conforming())
    assert main(["report", str(file), "--report-dir", str(file / "site")]) == 4
    assert capsys.readouterr().err.endswith("give another --report-dir\n")


def test_ticket_is_ready_to_paste(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ticket", "create-echoes-reference", "--result", str(kept(tmp_path, violating()))]) == 0
    text = capsys.readouterr().out
    assert text.startswith("# Create an export: `reference` comes back as it was sent.\n")
    for part in (
        "- trace_id: `af1d-77`",
        "- Where: `https://yourdomain.commercelayer.io/api`, test mode",
        "- How often: 3 of 4 responses",
        "Expected at `/data/attributes/reference`: `'Größe 🧦 '`  \nActual: `'Größe ? '`",
        "POST /api/exports",
        "--data-binary @witnesses/x.body",
    ):
        assert part in text
    assert "Do not send this ticket" not in text


def test_ticket_of_a_hostile_run_is_harmless(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ticket", "create-status-201", "--result", str(kept(tmp_path, hostile_to_keep()))]) == 0
    text = capsys.readouterr().out
    assert text.replace("\n", "").isprintable()
    assert len(text) < 100_000


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("create-echoes-referense", "did you mean create-echoes-reference?"),
        ("x" * 9, "the report lists all of them"),
        (
            "create-status-201",
            "is verified: there is no violation to report; violated in this run: negotiation-lenient",
        ),
    ],
)
def test_ticket_about_nothing_is_refused(
    name: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ticket", name, "--result", str(kept(tmp_path, violating()))]) == 4
    assert said in capsys.readouterr().err
