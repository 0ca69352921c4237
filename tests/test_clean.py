"""`clean` removes what a run left, by its ledger and its tags, and nothing else."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from exports_conformance.cli.main import main
from exports_conformance.client import limits
from exports_conformance.client.cleanup import UNTRACEABLE
from exports_conformance.exchange import model
from exports_conformance.reference.app import Reference
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from exports_conformance.reference.server import serving
from exports_conformance.results.journal import Journal, JournalLedger, Remains, remains
from tests.attacks.organisation import QUIET
from tests.exchanges import journal_line
from tests.results import conforming
from tests.suite_runs import TOKEN, reference
from tests.test_runs import ACCESS, ENDPOINT

REPORT = Path("reports/latest")
MARK = "exports-conformance-00000000-00001"


def _journal(folder: Path, *lines: dict[str, Any]) -> Path:
    folder.mkdir(parents=True)
    (folder / "main.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"line": "crea')
    return folder


def _run(base_url: str = "") -> dict[str, Any]:
    return {"line": "run", "base_url": base_url, "mode": "test"}


def _answered(status: int) -> dict[str, Any]:
    line: dict[str, Any] = journal_line(response=model.Response(status))
    line["exchange"]["intent"]["mark"] = MARK
    return line


INTENDED = {"line": "intended", "mark": MARK, "case": "c"}
CREATED = {"line": "created", "id": "A", "mark": MARK}


@pytest.mark.parametrize(
    ("lines", "exports", "tags"),
    [
        ((), {}, ()),
        ((INTENDED,), {}, (MARK,)),
        ((INTENDED, _answered(503)), {}, (MARK,)),
        ((INTENDED, _answered(422)), {}, ()),
        ((INTENDED, {"line": "absent", "mark": MARK}), {}, ()),
        ((INTENDED, _answered(201), CREATED), {"A": MARK}, ()),
        ((INTENDED, CREATED, {"line": "gone", "id": "A"}), {}, ()),
        ((INTENDED, CREATED, {"line": "gone", "id": "A"}, {"line": "back", "id": "A"}), {"A": MARK}, ()),
        (({"line": "created", "id": "B", "mark": ""}, {"line": "gone", "id": "A"}), {"B": ""}, ()),
    ],
)
def test_journal_lists_what_may_be_left(
    lines: tuple[dict[str, Any], ...], exports: dict[str, str], tags: tuple[str, ...], tmp_path: Path
) -> None:
    found = remains(_journal(tmp_path / "journal", _run("https://shop.example/api"), *lines))
    assert found == Remains("https://shop.example/api", exports, tags)
    assert bool(found) is bool(exports or tags)


UNMARKED = {"line": "intended", "mark": "", "case": "creation/x"}
UNMARKED_CREATED = {"line": "created", "id": "B", "mark": ""}


@pytest.mark.parametrize(
    ("lines", "untraceable"),
    [
        ((UNMARKED,), ("creation/x",)),
        ((UNMARKED, journal_line(response=None, trouble="connection reset")), ("creation/x",)),
        ((UNMARKED, journal_line(response=None, trouble="not sent: connection refused")), ()),
        ((UNMARKED, journal_line(response=model.Response(422))), ()),
        ((UNMARKED, journal_line("life/retrieved", response=model.Response(404))), ("creation/x",)),
        ((UNMARKED, UNMARKED_CREATED), ()),
        ((UNMARKED, INTENDED, CREATED), ("creation/x",)),
        ((UNMARKED, UNMARKED, UNMARKED_CREATED, journal_line()), ("creation/x",)),
    ],
)
def test_journal_lists_what_cannot_be_searched_for(
    lines: tuple[dict[str, Any], ...], untraceable: tuple[str, ...], tmp_path: Path
) -> None:
    assert remains(_journal(tmp_path / "journal", *lines)).untraceable == untraceable


def test_ledger_goes_on_where_a_run_ended(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "clean")
    ledger = JournalLedger(journal, Remains("", {"A": "mark-1"}, ("mark-2", "mark-3")))
    assert ledger.owns("A")
    assert ledger.outstanding() == [("A", "mark-1"), ("", "mark-2"), ("", "mark-3")]
    ledger.gone("A")
    ledger.absent("mark-2")
    assert ledger.outstanding() == [("", "mark-3")]
    journal.close()


Clean = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Clean:
    """Clean in this process, in a folder of its own; gives the exit code and the lines that were said."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("COMMERCELAYER_")]:
        monkeypatch.delenv(name)

    def cleaned(url: str = "", token: str = TOKEN, *, words: tuple[str, ...] = ()) -> tuple[int, list[str]]:
        if url:
            monkeypatch.setenv(ENDPOINT, url)
            monkeypatch.setenv(ACCESS, token)
        try:
            code = main(["clean", *words])
        except SystemExit as done:
            code = int(done.code or 0)
        said = capsys.readouterr()
        return code, (said.out + said.err).splitlines()

    return cleaned


def _keep(url: str) -> None:
    """Run smoke in this process and folder, and keep its export."""
    options = ("--endpoint", "live", "--hypothesis-profile", "smoke", "--allow-live-mode", "--keep", *QUIET)
    with mock.patch.dict(os.environ, {ENDPOINT: f"{url}/api", ACCESS: TOKEN}):
        main(options)


def test_what_was_kept_is_removed(clean: Clean) -> None:
    app = reference(time_scale=50)
    with serving(app) as url:
        _keep(url)
        kept = len(app.organisation.exports)
        code, said = clean(f"{url}/api", TOKEN)
    assert (kept, len(app.organisation.exports)) == (1, 0)
    assert (code, said[-1]) == (0, "removed 1, left 0")


def test_what_cannot_be_looked_for_is_named(tmp_path: Path, clean: Clean) -> None:
    url = "http://127.0.0.1:9/api"
    _journal(tmp_path / REPORT / "journal", _run(url), UNMARKED)
    code, said = clean(url)
    assert code == 1  # since it may be left
    assert said[0] == f"{UNTRACEABLE} creation/x; its export looks like any other, so search for it yourself"
    assert clean("http://127.0.0.1:8/api")[1] == [said[1].replace(":9/", ":8/")]


def test_journal_of_another_endpoint_is_left_alone(tmp_path: Path, clean: Clean) -> None:
    _journal(tmp_path / REPORT / "journal", _run("https://other.example/api"), CREATED)
    code, said = clean("http://127.0.0.1:9/api")
    assert code == 0
    assert "https://other.example/api; set COMMERCELAYER_API_ENDPOINT to that" in said[0]


def _interrupting_nothing(request: ServerRequest, respond: Respond) -> ServerResponse:
    return respond(request if request.method != "PATCH" else request.edited(lambda _: {}))


def test_what_cannot_be_removed_is_named(tmp_path: Path, clean: Clean, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger says that it is ours, the endpoint that it is locked."""
    app = Reference(time_scale=50, variants=["busy"], middlewares=[_interrupting_nothing])
    locked = next(iter(app.organisation.exports))

    monkeypatch.setattr(limits, "FIRST_WAIT", 0.01)
    with serving(app) as url:
        _journal(tmp_path / REPORT / "journal", _run(f"{url}/api"), {"line": "created", "id": locked, "mark": ""})
        assert clean(f"{url}/api", app.token) == (1, ["removed 0, left 1", f"  export {locked}"])


def test_endpoint_that_cannot_be_reached_is_a_line_and_7(tmp_path: Path, clean: Clean) -> None:
    url = "http://127.0.0.1:9/api"
    _journal(tmp_path / REPORT / "journal", _run(url), {"line": "created", "id": "A", "mark": ""})
    code, said = clean(url)
    assert (code, len(said)) == (7, 1)


@pytest.mark.parametrize(("words", "hint"), [((), ENDPOINT), (("--reprt-dir", "x"), "--report-dir")])
def test_bad_command_is_a_line_and_4(words: tuple[str, ...], hint: str, clean: Clean) -> None:
    code, said = clean(words=words)
    assert (code, len(said)) == (4, 1)
    assert hint in said[0]


def test_only_what_shows_its_tag_is_removed(tmp_path: Path, clean: Clean) -> None:
    """A journal may come from anybody: the export that it names shows another tag, or none."""
    app = Reference(time_scale=50, variants=["busy"])
    others = set(app.organisation.exports)
    with serving(app) as url:
        lines = [{"line": "created", "id": each, "mark": MARK} for each in others]
        _journal(tmp_path / REPORT / "journal", _run(f"{url}/api"), *lines)
        code, said = clean(f"{url}/api", app.token)
    assert set(app.organisation.exports) == others
    assert code == 1
    assert said[0] == f"removed 0, left {len(others)}"
    assert {line.split()[-1] for line in said[1:]} == others


def test_damaged_journal_is_cleaned_as_far_as_it_can_be_read(tmp_path: Path, clean: Clean) -> None:
    app = reference(time_scale=50)
    with serving(app) as url:
        _keep(url)
        journal = tmp_path / REPORT / "journal"
        with (journal / "main.jsonl").open("ab") as file:
            file.write(b'{"line": "created", "id": "\xff"}\n' + b"[" * 100_000 + b"\n")
            file.write(json.dumps({"line": "created", "id": "x" * 100_000, "mark": MARK}).encode() + b"\n")
            file.write(b'{"line": "created", "id": "\\ud800", "mark": ""}\n[]\n')
        (journal / "linked.jsonl").symlink_to(tmp_path / REPORT / "result.json")
        code, said = clean(f"{url}/api", TOKEN)
    assert (code, len(app.organisation.exports), said[-1]) == (0, 0, "removed 1, left 0")
    skipped = [line for line in said if line.startswith("skipped: ")]
    assert sum("cannot be read" in line for line in skipped) == 3
    assert sum("an id or a tag that no export can have" in line for line in skipped) == 2
    assert sum("is a symbolic link" in line for line in skipped) == 1


def test_journal_that_was_set_aside_keeps_the_files_of_others(tmp_path: Path, clean: Clean) -> None:
    app = reference(time_scale=50)
    with serving(app) as url:
        aside = _journal(tmp_path / REPORT / "journal-unfinished-1", _run(f"{url}/api"), INTENDED)
        (aside / "notes.txt").write_text("mine")
        a_minute_ago = time.time() - 60
        os.utime(aside / "main.jsonl", (a_minute_ago, a_minute_ago))  # lists have caught up since
        code, said = clean(f"{url}/api", TOKEN)
    assert (code, said[-1]) == (0, "removed 0, left 0")
    assert [each.name for each in aside.iterdir()] == ["notes.txt"]


def test_what_only_the_result_names_is_named_again(tmp_path: Path, clean: Clean) -> None:
    app = Reference(time_scale=50, variants=["busy"])
    other = next(iter(app.organisation.exports))
    with serving(app) as url:
        result = conforming()
        result["endpoint"]["base_url"] = f"{url}/api"
        result["cleanup"]["left"] = [{"id": other, "mark": ""}]
        (tmp_path / REPORT).mkdir(parents=True)
        (tmp_path / REPORT / "result.json").write_text(json.dumps(result))
        code, said = clean(f"{url}/api", app.token)
    assert (code, said) == (1, ["removed 0, left 1", f"  export {other}"])
    assert other in app.organisation.exports


def test_link_in_the_place_of_a_journal_is_not_followed(tmp_path: Path, clean: Clean) -> None:
    elsewhere = _journal(tmp_path / "elsewhere", _run("http://127.0.0.1:9/api"), CREATED)
    (tmp_path / REPORT).mkdir(parents=True)
    (tmp_path / REPORT / "journal").symlink_to(elsewhere)
    code, said = clean("http://127.0.0.1:9/api")
    assert (code, "is a symbolic link" in said[0], "nothing to remove" in said[1]) == (0, True, True)
    assert [each.name for each in elsewhere.iterdir()] == ["main.jsonl"]


def _kept_without_journal(folder: Path, app: Reference, url: str) -> str:
    """Keep the export of a run, remove the journal that has its tag, and return its id."""
    _keep(url)
    for file in (folder / REPORT / "journal").glob("*.jsonl"):
        file.unlink()
    (export_id,) = app.organisation.exports
    assert json.loads((folder / REPORT / "result.json").read_text())["cleanup"]["left"] == [
        {"id": export_id, "mark": ""}
    ]
    return export_id


def test_export_that_only_the_result_names_is_found_by_the_tag_of_its_run(tmp_path: Path, clean: Clean) -> None:
    app = reference(time_scale=50)
    with serving(app) as url:
        _kept_without_journal(tmp_path, app, url)
        code, said = clean(f"{url}/api", TOKEN)
        assert (code, said[-1]) == (0, "removed 1, left 0")
        assert not app.organisation.exports
        assert clean(f"{url}/api", TOKEN)[0] == 0


def test_export_that_only_the_result_names_is_left_if_it_shows_another_tag(tmp_path: Path, clean: Clean) -> None:
    app = reference(time_scale=50)
    with serving(app) as url:
        export_id = _kept_without_journal(tmp_path, app, url)
        export = app.organisation.exports[export_id]
        arguments = replace(export.arguments, reference=MARK, reference_origin=None, metadata={})
        app.organisation.keep(replace(export, arguments=arguments))
        code, said = clean(f"{url}/api", TOKEN)
    assert (code, said[-2:]) == (1, ["removed 0, left 1", f"  export {export_id}"])
    assert export_id in app.organisation.exports
