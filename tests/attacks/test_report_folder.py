"""A report folder belongs to one run at a time, and a run writes into no other folder and through no link."""

import errno
import io
import json
from pathlib import Path

import pytest

from exports_conformance.cli.main import main
from exports_conformance.cli.run import run
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.untrusted import write_file
from exports_conformance.reports.writing import write_report
from exports_conformance.results.journal import Journal, LineKind
from exports_conformance.run.report_folder import MARKER, ReportFolder
from exports_conformance.run.session import Session
from tests.results import conforming, violating
from tests.suite_runs import Asks, conformance, reference

SMOKE = ("-q", "--hypothesis-profile", "smoke")
CREATED = {"line": "created", "id": "A", "mark": "exports-conformance-00000000-00001"}


def test_empty_and_new_folders_are_marked_as_ours(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "new" / "deep", tmp_path / "empty"):
        ReportFolder.cleared(folder).close()
        assert (folder / MARKER).is_file()


def test_folder_of_others_is_refused_and_left_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "result.json").write_text("{}")
    (tmp_path / "thesis.txt").write_text("mine")
    assert main([*SMOKE, "--report-dir", str(tmp_path)]) == 4
    (line,) = capsys.readouterr().err.split("\n\n")[0].splitlines()
    assert "is not empty and not a report folder (it has 'thesis.txt'); give another folder" in line
    assert sorted(each.name for each in tmp_path.iterdir()) == ["result.json", "thesis.txt"]


@pytest.mark.parametrize("name", ["index.html", "journal/diary.txt", "faults/1906.txt", "witnesses/john.txt"])
def test_folder_whose_files_have_the_names_of_ours_is_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("mine")
    with pytest.raises(OSError, match="not a report folder"):
        ReportFolder.cleared(tmp_path)
    assert file.read_text() == "mine"


def test_folder_of_an_earlier_version_is_ours(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{}")
    (tmp_path / "journal").mkdir()
    ReportFolder.cleared(tmp_path).close()
    assert [each.name for each in tmp_path.iterdir()] == [MARKER]


def test_second_run_in_a_folder_is_a_line_and_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = ReportFolder.cleared(tmp_path)
    (tmp_path / "journal").mkdir()
    assert main([*SMOKE, "--report-dir", str(tmp_path)]) == 4
    assert "is in use by another run; give another folder" in capsys.readouterr().err
    assert (tmp_path / "journal").is_dir()
    first.close()
    assert main([*SMOKE, "--report-dir", str(tmp_path)]) == 0
    ReportFolder(tmp_path).close()  # a run that has ended holds it no longer


def test_link_is_not_followed(tmp_path: Path) -> None:
    target, folder = tmp_path / "target", tmp_path / "report"
    target.mkdir()
    (target / "precious.jsonl").write_text("kept")
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(OSError, match="symbolic link"):
        ReportFolder(tmp_path / "link")
    ReportFolder(folder).close()
    for name in ("journal", "witnesses", "index.html", "result.json"):
        (folder / name).symlink_to(target if "." not in name else target / "precious.jsonl")
    assert main([*SMOKE, "--report-dir", str(folder)]) == 0
    assert [each.name for each in target.iterdir()] == ["precious.jsonl"]
    assert (target / "precious.jsonl").read_text() == "kept"
    assert not any(each.is_symlink() for each in folder.iterdir())


def test_journal_of_what_is_left_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "main.jsonl").write_text(json.dumps(CREATED) + "\n")
    ReportFolder.cleared(tmp_path).close()
    (kept,) = tmp_path.glob("journal-unfinished-*")
    assert json.loads((kept / "main.jsonl").read_text()) == CREATED


def test_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "x", tmp_path / "elsewhere"
    elsewhere.write_text("before")
    file.symlink_to(elsewhere)
    write_file(file, ["a", "b"])
    assert (file.read_text(), file.is_symlink(), elsewhere.read_text()) == ("ab", False, "before")
    with pytest.raises(UnicodeEncodeError):
        write_file(file, "\ud800")
    assert file.read_text() == "ab"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["elsewhere", "x"]


def test_failure_that_the_journal_does_not_know_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If another run removed the journal, pytest counts a failure that the verdict does not explain: an error."""
    finish = Session.finish

    def with_a_failure_more(session: Session, exit_status: int, *, failed_tests: int) -> int:
        return finish(session, exit_status, failed_tests=failed_tests + 2)

    monkeypatch.setattr(Session, "finish", with_a_failure_more)
    result = conformance(reference(), tmp_path, "--hypothesis-profile", "smoke")
    assert (result["verdict"], [each["where"] for each in result["errors"]]) == ("error", ["pytest"])
    assert "2 failed tests are missing from the journal" in result["errors"][0]["what"]


class Full(io.StringIO):
    """A file for which the disk has no room."""

    def write(self, _: str) -> int:
        """Raise what a full disk does."""
        raise OSError(errno.ENOSPC, "No space left on device")


def test_full_disk_does_not_stop_the_clean_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full after the first creation: nothing more is created, and what was created is removed."""
    app = reference()
    write = Journal.write

    def full_after_a_creation(journal: Journal, kind: LineKind, /, **facts: Json) -> None:
        if app.organisation.exports:
            journal._file.close()
            monkeypatch.setattr(journal, "_file", Full())
        write(journal, kind, **facts)

    monkeypatch.setattr(Journal, "write", full_after_a_creation)
    words = ["--hypothesis-profile", "quick", "--report-dir", str(tmp_path), "-q"]
    assert run(words, plugins=[Asks(app)]) == 3
    assert not app.organisation.exports
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["verdict"] == "error"
    assert "the journal cannot be written: No space left on device" in str(result["errors"])


def test_report_command_keeps_to_report_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It writes neither beside the files of others, nor through a link, nor while a run is under way."""
    result, theirs, target = tmp_path / "result.json", tmp_path / "theirs", tmp_path / "target"
    result.write_text(json.dumps(conforming()), encoding="utf-8")
    theirs.mkdir()
    target.mkdir()
    (theirs / "thesis.txt").write_text("mine")
    (tmp_path / "link").symlink_to(target)
    taken = ReportFolder(tmp_path / "taken")
    for name, problem in (("theirs", "'thesis.txt'"), ("link", "symbolic link"), ("taken", "in use by another run")):
        assert main(["report", str(result), "--report-dir", str(tmp_path / name)]) == 4
        (line,) = capsys.readouterr().err.splitlines()
        assert problem in line
    taken.close()
    assert [each.name for each in theirs.iterdir()] == ["thesis.txt"]
    assert not any(target.iterdir())


def test_scripts_are_not_written_through_a_link(tmp_path: Path) -> None:
    target, report = tmp_path / "target", tmp_path / "report"
    target.mkdir()
    report.mkdir()
    (target / "precious.sh").write_text("mine")
    (report / "faults").symlink_to(target)
    write_report(violating(), report)
    assert [each.name for each in target.iterdir()] == ["precious.sh"]


@pytest.mark.parametrize("name", ["history.json", "result.json", "index.html", MARKER])
def test_folder_in_the_place_of_a_file_is_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).mkdir()
    assert main([*SMOKE, "--report-dir", str(tmp_path)]) == 4
    (line,) = capsys.readouterr().err.split("\n\n")[0].splitlines()
    assert f"has no regular file in the place of {name}" in line or "is not empty and not a report folder" in line
