"""The command `compare`, and a run with `--replay`: what they write, how they end, what they refuse in a line."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from exports_conformance.cli.main import main
from exports_conformance.cli.run import run
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from exports_conformance.results import recording
from exports_conformance.results.recording import Recording
from exports_conformance.upgrade.document import validate_comparison
from exports_conformance.upgrade.pairing import counting
from tests.mutants import MUTANTS
from tests.replays import REFERENCE, before
from tests.suite_runs import Asks, judged, reference, stepping

EXCHANGES = before(REFERENCE).exchanges or ()
CASES = {"creation/complete-skus", "life/retrieved", "life/sparse"}
LIFE = [
    replace(each, lookups=replace(each.lookups, link_age=None))  # none of them comes after another look at its file
    for each in EXCHANGES
    if each.expectation.case in CASES
]
ASKED = {"request/no-token", "refusal/resource-type-missing", "creation/documented", "schemathesis/createExport"}
CORE = sorted([*LIFE, *(each for each in EXCHANGES if each.expectation.case in ASKED)], key=attrgetter("id"))
"""As few exchanges as say something for sure."""


def kept(file: Path, exchanges: Sequence[Any], **facts: Any) -> Path:
    """Keep exchanges as a recording; `facts` are other ones of its provenance."""
    provenance = replace(recording.read_recording(REFERENCE).provenance, **facts)
    recording.write_recording(file, Recording(provenance, tuple(exchanges)))
    return file


@pytest.fixture
def core(tmp_path: Path) -> Path:
    """A small recording of the reference."""
    return kept(tmp_path / "core.har", CORE)


def compared(folder: Path) -> Any:
    """Return the written comparison after validating it against its schema."""
    found: Any = json.loads((folder / "comparison.json").read_text(encoding="ascii"))
    validate_comparison(found)
    return found


def test_two_recordings_are_compared(core: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(core), str(core), "--report-dir", str(tmp_path / "out")]) == 0
    assert compared(tmp_path / "out")["verdict"] == "same"
    assert capsys.readouterr().out.startswith("same: nothing changed\n")


def test_broken_recording_ends_with_1_and_is_named(
    core: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def without(exchange: Any) -> Any:
        body = exchange.response.body.replace(b'"format"', b'"formats"')
        return replace(exchange, response=replace(exchange.response, body=body))

    after = kept(tmp_path / "after.har", [without(each) for each in CORE])
    uses = tmp_path / "uses.toml"
    uses.write_text('attributes = ["status"]\n', encoding="utf-8")
    words = ["compare", str(core), str(after), "--report-dir", str(tmp_path / "out")]
    assert main(words) == 1
    assert "breaking  member removed /data/attributes/format" in capsys.readouterr().out
    assert main([*words, "--uses", str(uses), "--fail-on", "breaks-me"]) == 0
    assert "breaks others" in capsys.readouterr().out
    assert main([*words, "--fail-on", "any"]) == 1


def test_results_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-q", "-q", "--no-header", "--no-summary", "--hypothesis-profile", "smoke", "--report-dir"]
    run([*words, str(tmp_path / "before")], plugins=[Asks(reference())])
    run(
        [*words, str(tmp_path / "after")],
        plugins=[Asks(reference(middlewares=[MUTANTS["answers-200"].middleware]))],
    )
    files = [str(tmp_path / name / "result.json") for name in ("before", "after")]
    capsys.readouterr()
    assert main(["compare", *files, "--report-dir", str(tmp_path / "out")]) == 1
    assert "regressed: create-status-201" in capsys.readouterr().out
    assert main(["compare", *files[::-1], "--report-dir", str(tmp_path / "out")]) == 0
    assert [each["turn"] for each in compared(tmp_path / "out")["requirements"]] == ["fixed"]


BAD = {
    "nothing there": (None, "No such file"),
    "cut short": (b'{"log": {"entries": [{', "cut off"),
    "empty": (b"", "is not JSON"),
    "no HAR": (b'{"a": 1}', "neither a HAR"),
    "no result": (b'{"requirements": []}', "has no schema version"),
    "no entries": (b'{"log": {"entries": []}}', ""),
}


@pytest.mark.parametrize(("content", "hint"), BAD.values(), ids=BAD)
def test_bad_input_is_one_line_and_4(
    content: bytes | None, hint: str, core: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.har"
    if content is not None:
        file.write_bytes(content)
    for words in ([str(core), str(file)], [str(file), str(core)]):
        assert main(["compare", *words, "--report-dir", str(tmp_path / "out")]) == 4
        said = capsys.readouterr().err
        assert hint in said
        assert str(file) in said
        assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_unlike_files_are_refused(core: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(core), str(REFERENCE.parent / "documentation.har")]) == 4
    assert "is documentation, not a run of the suites" in capsys.readouterr().err
    (tmp_path / "none.har").write_bytes(kept(tmp_path / "x.har", []).read_bytes())
    assert main(["compare", str(core), str(tmp_path / "none.har")]) == 4
    assert main(["compare", str(core), str(core), "--fail-on", "breaks-me"]) == 4
    assert "needs --uses FILE" in capsys.readouterr().err
    (tmp_path / "file").write_bytes(b"")
    assert main(["compare", str(core), str(core), "--report-dir", str(tmp_path / "file")]) == 4
    assert "--report-dir" in capsys.readouterr().err


def test_what_neither_side_could_judge_is_reported_and_no_change(tmp_path: Path) -> None:
    few = kept(tmp_path / "few.har", LIFE)
    assert main(["compare", str(few), str(few), "--report-dir", str(tmp_path / "out")]) == 0
    found = compared(tmp_path / "out")
    assert found["verdict"] == "same"
    assert "both runs were inconclusive: the API answered too little" in found["reservations"][0]


def test_waived_violation_is_shown_as_waived_and_fails_nothing(core: Path, tmp_path: Path) -> None:
    def plain(exchange: Any) -> Any:
        created = exchange.expectation.operation == "create" and exchange.status == 201
        return replace(exchange, response=replace(exchange.response, status=200)) if created else exchange

    after = kept(tmp_path / "after.har", [plain(each) for each in CORE])
    today = datetime.now(UTC).date()
    known = tmp_path / "deviations.toml"
    known.write_text(
        f'[[deviations]]\nrequirement = "create-status-201"\nowner = "Ada"\nreason = "gateway"\n'
        f'since = {today}\nuntil = {today}\nticket = "T-1"\n',
        encoding="utf-8",
    )
    words = ["compare", str(core), str(after), "--report-dir", str(tmp_path / "out")]
    assert main(words) == 1
    assert main([*words, "--deviations", str(known)]) == 0
    found = compared(tmp_path / "out")
    assert found["verdict"] == "waived"
    assert [each["waived"].startswith("gateway (T-1, Ada") for each in found["differences"]] == [True]
    assert [(each["id"], each["turn"]) for each in found["requirements"]] == [("create-status-201", "waived")]
    assert "Waived: gateway" in (tmp_path / "out" / "upgrade.html").read_text(encoding="utf-8")


def test_several_recordings_are_a_matrix(core: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def without(exchange: Any) -> Any:
        body = exchange.response.body.replace(b'"format"', b'"formats"')
        return replace(exchange, response=replace(exchange.response, body=body))

    broken = kept(tmp_path / "broken.har", [without(each) for each in CORE])
    words = ["compare", str(core), str(core), str(broken), "--report-dir", str(tmp_path / "out")]
    assert main(words) == 1
    assert "(verified → verified → violated)" in capsys.readouterr().out
    matrix = json.loads((tmp_path / "out" / "matrix.json").read_text(encoding="utf-8"))
    rows = {row["id"]: row for row in matrix["rows"]}
    assert rows["create-status-201"]["verdicts"] == ["verified"] * 3
    assert len(matrix["columns"]) == 3
    said = (tmp_path / "out" / "matrix.md").read_text(encoding="utf-8")
    assert "| create-status-201 | same | verified | verified | verified |" in said
    page = (tmp_path / "out" / "matrix.html").read_text(encoding="utf-8")
    assert page.count("<tr>") == len(rows) + 1
    assert main([*words[:3], str(core), *words[-2:], "--fail-on", "any"]) == 0
    assert main([*words, "--fail-on", "breaks-me"]) == 4
    assert main(["compare", str(core)]) == 4


def test_different_editions_and_kinds_are_reported(core: Path, tmp_path: Path) -> None:
    other = kept(tmp_path / "other.har", CORE, kind="live", edition="7.10", base_url="https://x.example/api")
    main(["compare", str(core), str(other), "--report-dir", str(tmp_path / "out")])
    assert [each.partition(":")[0] for each in compared(tmp_path / "out")["reservations"]] == ["editions", "kind"]


def replay(app: Any, file: Path, folder: Path, *options: str) -> int:
    """Run a replay in this process; give its exit code."""
    words = ["-q", "-q", "--no-header", "--replay", str(file), "--report-dir", str(folder), *options]
    return run(words, plugins=[Asks(app)])


def test_replay_is_a_run_with_a_comparison(core: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = reference()
    assert replay(app, core, tmp_path / "out") == 0
    assert compared(tmp_path / "out")["verdict"] == "same"
    assert (tmp_path / "out" / "upgrade.html").exists()
    assert '<a href="upgrade.html">' in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    result = json.loads((tmp_path / "out" / "result.json").read_text(encoding="ascii"))
    assert result["counts"]["left"] == 0
    assert not app.organisation.exports
    assert "--replay" in result["repeat"]
    assert "same: nothing changed" in capsys.readouterr().out
    assert compared(tmp_path / "out")["counts"]["compared"] == len(counting(CORE))


def test_unchanged_server_that_is_recorded_and_replayed_shows_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with mock.patch("exports_conformance.reports.writing.write_report"):
        assert replay(stepping(), REFERENCE, tmp_path / "out") == 0
    assert "same: nothing changed" in capsys.readouterr().out
    found = compared(tmp_path / "out")
    assert (found["verdict"], found["differences"], found["undecided"]) == ("same", [], [])


@pytest.mark.parametrize("limit", [("--max-exports", "5"), ("--refusals-only",)], ids=" ".join)
def test_unchanged_server_that_is_recorded_in_part_and_replayed_shows_nothing(
    limit: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = tmp_path / "part.har"
    judged(stepping(), tmp_path / "before", *limit, "--record", str(recording), "-k", "creation or refusal or control")
    assert replay(stepping(), recording, tmp_path / "out") == 0
    assert "nothing changed" in capsys.readouterr().out


def test_profile_does_not_decide_what_is_replayed(core: Path, tmp_path: Path) -> None:
    assert replay(reference(), core, tmp_path / "out", "--hypothesis-profile", "smoke") == 0
    assert compared(tmp_path / "out")["counts"]["compared"] == len(counting(CORE))


def test_replay_fails_on_the_class_that_fail_on_names(core: Path, tmp_path: Path) -> None:
    later = reference(variants=["edition-7-10"])
    uses = tmp_path / "uses.toml"
    uses.write_text('relationships = ["events"]\n', encoding="utf-8")
    assert replay(later, core, tmp_path / "out") == 1
    assert compared(tmp_path / "out")["verdict"] == "breaking"
    options = ("--fail-on", "breaks-me", "--uses", str(uses))
    assert replay(reference(variants=["edition-7-10"]), core, tmp_path / "out", *options) == 0
    assert replay(reference(variants=["more-members"]), core, tmp_path / "out") == 0
    assert replay(reference(variants=["more-members"]), core, tmp_path / "out", "--fail-on", "any") == 1


def test_candidate_that_is_down_half_way_is_no_clean_bill(
    core: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[ServerRequest] = []

    def down(request: ServerRequest, respond: Respond) -> ServerResponse:
        asked.append(request)
        return (
            respond(request) if len(asked) < 3 else ServerResponse(503, (("Content-Type", "text/html"),), raw=b"<html>")
        )

    assert replay(reference(middlewares=[down]), core, tmp_path / "out") == 7
    assert compared(tmp_path / "out")["verdict"] == "inconclusive"
    assert "inconclusive: the two runs cannot be compared with certainty" in capsys.readouterr().out


REFUSED = {
    "without a recording": (["--uses", "uses.toml"], "add --replay FILE"),
    "failing on a comparison": (["--fail-on", "breaking"], "add --replay FILE"),
    "on a recording": (["--replay", "{core}", "--endpoint", "recorded", "--recording", "{core}"], "compare"),
    "only in part": (["--replay", "{core}", "--refusals-only"], "omit one of them"),
    "in parallel": (["--replay", "{core}", "-n", "2"], "omit -n"),
    "without what is used": (["--replay", "{core}", "--fail-on", "breaks-me"], "needs --uses FILE"),
    "of nothing": (["--replay", "nix.har"], "No such file"),
    "with uses of nothing": (["--replay", "{core}", "--uses", "nix.toml"], "nix.toml"),
}


@pytest.mark.parametrize(("options", "hint"), REFUSED.values(), ids=REFUSED)
def test_replay_that_cannot_be_is_one_line_and_4(
    options: list[str], hint: str, core: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [each.format(core=core) for each in options]
    assert run(["--report-dir", str(tmp_path / "out"), *words], plugins=[Asks(reference())]) == 4
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("ERROR")]
    assert len(said) == 1
    assert hint in said[0]


def test_result_cannot_be_replayed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-q", "-q", "--no-header", "--no-summary", "--hypothesis-profile", "smoke", "--report-dir"]
    run([*words, str(tmp_path)], plugins=[Asks(reference())])
    assert replay(reference(), tmp_path / "result.json", tmp_path / "out") == 4
    assert "has no requests" in capsys.readouterr().err


def test_own_business_cannot_be_replayed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = [each for each in EXCHANGES if each.expectation.case.startswith("excuse/")]
    assert replay(reference(), kept(tmp_path / "own.har", own), tmp_path / "out") == 4
    assert "has no request of a suite" in capsys.readouterr().err
