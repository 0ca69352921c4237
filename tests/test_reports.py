"""A result on the terminal: a failure, and the end of a run, whatever a server put into it."""

from itertools import pairwise
from pathlib import Path

import pytest

from exports_conformance.cli.run import run
from exports_conformance.contract.requirements import requirements
from exports_conformance.reports.site.result_page import render_result
from exports_conformance.reports.text import failure, run_summary
from exports_conformance.reports.writing import write_report
from tests.mutants import MUTANTS
from tests.pages import Reader
from tests.results import Result, checked, conforming, hostile, violating
from tests.suite_runs import Asks, stepping

FAULT: Result = {
    "name": "create-echoes-reference",
    "requirements": ["create-echoes-reference", "negotiation-lenient"],
    "condition": {
        "trigger": "combination",
        "text": "only if `reference` has an apostrophe: 3 of 3; otherwise 0 of 1",
        "violating": 3,
        "conforming": 1,
        "combinations": [["`reference` has an apostrophe"]],
        "first": 0,
    },
    "script": "#!/bin/sh\n",
}


def test_failed_test_is_one_line_that_names_what_is_violated() -> None:
    line = failure(
        "create-echoes-reference",
        expected="'Größe 🧦 '",
        actual="'Größe\x1b[2J'\nx",
        pointer="/data/attributes/reference",
        others=["meta-mode"],
    )
    where = "create-echoes-reference at /data/attributes/reference"
    assert line == rf"{where}: expected 'Größe 🧦 ', actual 'Größe\x1b[2J'\nx; also meta-mode"
    assert failure("text-nul", expected="no server error", actual="500") == (
        "text-nul: expected no server error, actual 500"
    )
    assert len(failure("text-nul", expected="x" * 10_000, actual="y" * 10_000)) < 400


def test_conforming_run_is_summed_up_in_eight_lines() -> None:
    result = conforming()
    result["environment"]["throttled"] = 2
    lines = list(run_summary(result, Path("reports/latest")))
    assert len(lines) <= 8
    assert lines[0].startswith("Conforms to the documentation: the built-in simulator, http://127.0.0.1:8080/api")
    assert "250 requests in 12.3 s, 44 exports created, 44 deleted, 0 left" in lines[0]
    assert lines[0].endswith("this was our built-in simulator; it says nothing about Commerce Layer")
    assert "environment errors: throttled (429): twice" in lines
    assert "report: reports/latest/index.html (data: reports/latest/result.json)" in lines
    assert lines[-1] == "repeat: exports-conformance --hypothesis-profile quick"


def test_broken_reference_is_no_pass() -> None:
    result = conforming() | {"verdict": "violates"}
    first = next(iter(run_summary(result)))
    assert first.endswith("it says nothing about Commerce Layer")


def test_violating_run_lists_promises_before_advice() -> None:
    result = violating()
    text = "\n".join(run_summary(result))
    assert text.startswith(
        "Violates the documentation: the live endpoint, https://yourdomain.commercelayer.io/api; 2 faults;"
    )
    assert "simulator" not in text
    order = [
        "create-echoes-reference  “",
        "  when       in 3 of 4 responses",
        "negotiation-lenient  “",
        "intermittent: 1 promise: it held",
        "not tested: 1 promise, 1 recommendation: no test",
        "error: suites/test_creation.py: KeyError",
        "left behind: xYz",
        "environment errors: throttled (429): 3 times",
    ]
    places = [text.find(part) for part in order]
    assert -1 not in places
    assert places == sorted(places)
    assert text.count("create-echoes-reference  “") == 1
    assert "  whose      the API; tell the vendor: exports-conformance ticket create-echoes-reference" in text
    assert "report: " not in text


@pytest.mark.parametrize(
    ("changes", "witness", "word"),
    [
        ({}, {}, "the API; tell the vendor"),
        ({"kind": "reference"}, {}, "this suite: its built-in simulator"),
        ({}, {"status": 405, "headers": [["Content-Type", "text/html"]], "body": "<html>"}, "the environment: "),
        ({"edition": "7.10", "edition_because": "chosen with --edition"}, {}, "the configuration: --edition 7.10"),
    ],
)
def test_card_says_whose_fault_it_is(changes: Result, witness: Result, word: str) -> None:
    result = violating()
    result["endpoint"] = result["endpoint"] | changes
    entry = next(each for each in result["requirements"] if each["id"] == "create-echoes-reference")
    shown = {"response": witness} if witness else {}
    pointer = "/data/attributes/jwt_filters" if "edition" in changes else "/data/attributes/reference"
    entry["witness"] = entry["witness"] | shown | {"pointer": pointer}
    assert f"\n  whose      {word}" in "\n".join(run_summary(result))


def test_share_of_the_rate_limit_is_shown_when_others_need_it() -> None:
    for result, shown in ((conforming(), False), (violating(), True)):
        result["limits"] = {"limit": 100, "share": 0.31}
        assert ("31% of the rate limit" in "\n".join(run_summary(result))) is shown


def test_reason_without_a_requirement_is_shown() -> None:
    result = conforming()
    result |= {"verdict": "inconclusive", "reasons": ["this application may not create exports"]}
    assert list(run_summary(result))[1] == "because: this application may not create exports"
    assert "This application may not create exports" in Reader(render_result(result)).text


def test_many_unverified_requirements_are_counted_and_the_first_named() -> None:
    result = conforming()
    for entry in result["requirements"]:
        entry |= {"verdict": "unverified", "reason": "no test that was run asks for it"}
    lines = list(run_summary(result))
    assert len(lines) < 12
    assert f"and {len(requirements()) - 16} more" in " ".join(lines)


def test_hostile_result_is_shown_harmlessly_on_the_terminal() -> None:
    result = hostile()
    lines = list(run_summary(result, Path("latest")))
    assert all(line.isprintable() for line in lines)
    assert len("\n".join(lines)) < 60_000
    assert any(r"\x1b[2J\u202egnp" in line for line in lines)


def test_fault_has_one_card_of_at_most_twelve_lines() -> None:
    result = violating()
    result["faults"] = [FAULT]
    lines = list(run_summary(checked(result), Path("out dir")))
    start = next(at for at, line in enumerate(lines) if line.startswith("create-echoes-reference  “"))
    card = lines[start : start + 10]
    assert card[2:] == [
        "  also       violates negotiation-lenient",
        "  when       only if `reference` has an apostrophe: 3 of 3; otherwise 0 of 1",
        "  expected   'Größe 🧦 '",
        "  actual     'Größe ? '",
        "  at         /data/attributes/reference",
        "  trace_id   af1d-77",
        "  reproduce  sh 'out dir/faults/create-echoes-reference.sh'",
        "  whose      the API; tell the vendor: exports-conformance ticket create-echoes-reference",
    ]


def test_script_of_a_fault_is_written_and_an_older_one_removed(tmp_path: Path) -> None:
    (tmp_path / "faults").mkdir()
    (tmp_path / "faults" / "meta-mode.sh").write_text("old")
    result = violating()
    result["faults"] = [FAULT, FAULT | {"name": "../../evil"}]
    write_report(result, tmp_path)
    (script,) = (tmp_path / "faults").glob("*.sh")
    assert script.name == "create-echoes-reference.sh"
    assert script.read_text() == FAULT["script"]
    assert script.stat().st_mode & 0o100


@pytest.mark.parametrize("verbosity", ["-q", "-v"])
def test_failures_of_pytest_are_shown_only_with_verbose(
    verbosity: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = stepping(middlewares=[MUTANTS["answers-202"].middleware])
    assert run([verbosity, "--report-dir", str(tmp_path), "-k", "documented"], plugins=[Asks(app)]) == 1
    text = capsys.readouterr().out
    assert ("= FAILURES =" in text) is (verbosity == "-v")
    assert ("FAILED" in text) is (verbosity == "-v")
    for title, line in pairwise(text.partition("= FAILURES =")[2].splitlines()):
        if title.startswith("___"):
            assert line.startswith("create-status-201: expected 201 Created, actual 202")
    assert "\n  reproduce  sh " in text
