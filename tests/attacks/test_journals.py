"""A journal may come from anybody: `clean` deletes only what shows the tag that it names, and reads any file."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from exports_conformance.cli import clean
from exports_conformance.cli.main import main
from exports_conformance.client import cleanup, limits
from exports_conformance.contract.requirements import FOLDER
from exports_conformance.results import journal
from exports_conformance.results.journal import Remains, read_journal, remains
from tests.attacks.organisation import FOREIGN, FOREIGN_DONE, HOST, Open
from tests.attacks.test_earlier_runs import plant

TAG = "exports-conformance-0000000c-00001"
RUN = {"line": "run", "base_url": f"https://{HOST}/api", "mode": "test"}


@pytest.fixture(autouse=True)
def _no_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lists of these servers never lag."""
    for module in (clean, cleanup, limits):
        monkeypatch.setattr(module, "LAG", 0.05)


def _written(folder: Path, *lines: dict[str, Any], damage: bytes = b"") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "main.jsonl").write_bytes(b"".join(json.dumps(line).encode() + b"\n" for line in lines) + damage)
    return folder


def test_clean_deletes_nothing_that_only_a_journal_names(
    shared: Open, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    organisation = shared()
    lines = [
        {"line": "intended", "mark": TAG, "case": "forged"},
        {"line": "created", "id": FOREIGN, "mark": TAG},
        {"line": "created", "id": FOREIGN_DONE, "mark": ""},
    ]
    _written(tmp_path / "journal", RUN, *lines)
    organisation.command("clean", "--report-dir", str(tmp_path))
    assert "removed 0" in capfd.readouterr().out
    organisation.assert_foreign_exports_are_untouched()


DAMAGE = {
    "an id of 100,000 characters": json.dumps({"line": "created", "id": "x" * 100_000, "mark": TAG}).encode(),
    "half a surrogate pair": b'{"line": "created", "id": "\\ud800", "mark": ""}',
    "a bad byte": b'{"line": "created", "id": "\xff", "mark": ""}',
    "100,000 levels": b"[" * 100_000 + b"]" * 100_000,
    "another type": b'{"line": "created", "id": ["a"], "mark": {}}',
    "a path": b'{"line": "created", "id": "../customers/1", "mark": ""}',
    "no object": b"[]",
    "a line of any length": b" " * 5000,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_line_is_named_and_the_rest_is_cleaned(
    damage: bytes, shared: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(journal, "LONGEST_LINE", 4096 if damage.isspace() else journal.LONGEST_LINE)
    organisation = shared()
    plant(organisation, "Ours", reference=TAG)
    _written(tmp_path / "journal", RUN, {"line": "created", "id": "Ours", "mark": TAG}, damage=damage + b"\n")
    code = organisation.command("clean", "--report-dir", str(tmp_path))
    lines = capfd.readouterr().out.splitlines()
    assert (code, lines[-1], organisation.left) == (0, "removed 1, left 0", [])
    (skipped,) = [line for line in lines if line.startswith("skipped: ")]
    assert len(skipped) < 300


def test_fifo_or_folder_in_a_journal_is_named_and_not_waited_for(tmp_path: Path) -> None:
    folder = _written(tmp_path / "journal", RUN, {"line": "created", "id": "Ours", "mark": TAG})
    os.mkfifo(folder / "fifo.jsonl")
    (folder / "folder.jsonl").mkdir()
    (folder / "link.jsonl").symlink_to("/dev/zero")
    damaged: list[str] = []
    assert remains(folder, damaged=damaged.append).exports == {"Ours": TAG}
    assert [line.rpartition("/")[2] for line in damaged] == [
        "fifo.jsonl: is not a regular file",
        "folder.jsonl: is not a regular file",
        "link.jsonl: is a symbolic link, which is not followed",
    ]


def test_special_file_in_a_report_folder_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run does not wait for a fifo in the place of its history, nor `clean` for one in the place of a result."""
    for name in ("history.json", "result.json"):
        folder = tmp_path / name.partition(".")[0]
        folder.mkdir()
        os.mkfifo(folder / name)
        assert main(["-q", "--hypothesis-profile", "smoke", "--report-dir", str(folder)]) == 4
        (line,) = capsys.readouterr().err.split("\n\n")[0].splitlines()
        assert f"has no regular file in the place of {name}" in line
    assert clean.in_result(tmp_path / "result" / "result.json") == Remains()


def test_too_long_a_line_hides_none_behind_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LONGEST_LINE", 64)
    long = json.dumps({"line": "created", "id": "x" * 200}).encode()
    _written(tmp_path, {"line": "gone"}, damage=long + b"\n" + b'{"line": "back"}\n' + long)
    assert [line["line"] for line in read_journal(tmp_path)] == ["gone", "back"]


@pytest.mark.parametrize("anonymised", [True, False])
def test_journal_that_is_not_cleaned_is_named(
    *, anonymised: bool, shared: Open, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """An export without a tag that it tells of, too, even if it tells of nothing else."""
    organisation = shared()
    run = RUN if not anonymised else {**RUN, "base_url": "https://qqqq.commercelayer.io/api", "anonymised": True}
    _written(tmp_path / "journal", run, {"line": "intended", "mark": "", "case": "creation/documented"})
    assert organisation.command("clean", "--report-dir", str(tmp_path)) == 1
    output = capfd.readouterr().out
    assert ("clean again with --anonymised" in output) is anonymised
    if anonymised:
        assert organisation.command("clean", "--report-dir", str(tmp_path), "--anonymised") == 1
        output = capfd.readouterr().out
    assert "perhaps, without a tag: creation/documented" in output


def test_action_uploads_the_journal_of_a_cancelled_job() -> None:
    """The uploaded journal lets `clean` remove what the job left, on another machine."""
    steps = yaml.safe_load((FOLDER.parent / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
    (upload,) = [each for each in steps if each.get("uses", "").startswith("actions/upload-artifact")]
    assert upload["if"].startswith("always()")
    assert "${{ inputs.report-dir }}/journal*/" in upload["with"]["path"].split("\n")
