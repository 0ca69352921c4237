"""The runs of a folder are remembered, a line each, and show since when a requirement is broken."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from exports_conformance.contract.resources import predicates
from exports_conformance.exchange.exports import VALUE_CLASSES, value_classes
from exports_conformance.reports.history import RUNS_FILE, read_run_lines, run_line, with_run, write_run_lines
from exports_conformance.reports.site.explorer_page import predicate_meaning
from exports_conformance.reports.site.pictures import badge, badge_words, pair_map, tick_rows
from exports_conformance.reports.site.result_page import changed_requirements, render_result
from exports_conformance.reports.writing import write_report
from tests.pages import Reader
from tests.results import Result, conforming, hostile, violating

BROKEN = "create-echoes-reference"


def at(day: int, result: Result) -> Result:
    """Return a run of a day."""
    return result | {"run_id": f"run-{day}", "finished": f"2026-04-{day:02}T10:00:12.300Z"}


def text_of(page: str) -> str:
    """Return a page's text in one line."""
    return " ".join(Reader(page).text.split())


def test_runs_are_kept_in_lines_and_one_that_is_rendered_again_once(tmp_path: Path) -> None:
    for result in (at(1, conforming()), at(2, violating()), at(2, violating())):
        write_report(result, tmp_path)
    lines = read_run_lines(tmp_path)
    assert [(each["run"], each["verdict"], each["requests"]) for each in lines] == [
        ("run-1", "conforms", 250),
        ("run-2", "violates", 250),
    ]
    assert lines[1]["failed"][BROKEN] == "violated"


def test_lines_that_are_none_are_skipped(tmp_path: Path) -> None:
    good = run_line(conforming())
    file = write_run_lines([good], tmp_path)
    file.write_text(f"{{\n[]\n{file.read_text()}null\n{{}}\n", encoding="utf-8")
    assert read_run_lines(tmp_path) == [good]
    (tmp_path / RUNS_FILE).write_bytes(b"\xff")
    assert read_run_lines(tmp_path) == []


def test_requirement_is_broken_since_the_first_of_its_violations_in_a_row() -> None:
    silent = at(4, violating()) | {"verdict": "inconclusive", "requirements": []}
    fixed = at(2, conforming()) | {"endpoint": violating()["endpoint"]}
    runs = [run_line(each) for each in (at(1, violating()), fixed, at(3, violating()), silent)]
    now = at(5, violating())
    first = next(each for each in changed_requirements([*runs, run_line(now)]) if each.name == BROKEN)
    assert first.verdicts == ["violated", "verified", "violated", "unverified", "violated"]
    assert first.broken_since.startswith("2026-04-03")
    text = text_of(render_result(now, runs=runs))
    assert "The last 5 runs" in text
    assert f"{BROKEN}✗✓✗?✗ broken since 2026-04-03 10:00 UTC" in text


def test_only_runs_of_the_same_endpoint_are_shown() -> None:
    other = run_line(at(1, conforming()))
    assert "No earlier run against this endpoint." in text_of(render_result(at(2, violating()), runs=[other]))


def test_history_has_no_more_lines_than_are_kept() -> None:
    line = run_line(conforming())
    lines = [line | {"run": str(number)} for number in range(500)]
    assert len(with_run(lines, line)) == 500


@pytest.mark.parametrize(
    ("verdict", "words"),
    [("conforms", "promises hold"), ("partial", "0 not tested"), ("violates", "0 broken"), ("error", "not judged")],
)
def test_badge_has_the_verdict_in_words_of_ours(verdict: str, words: str) -> None:
    drawn = badge(badge_words(conforming() | {"verdict": verdict}), verdict)
    assert words in str(ET.fromstring(drawn).get("aria-label"))  # noqa: S314  our own text


def test_badge_has_nothing_of_a_server() -> None:
    assert badge(badge_words(hostile()), "violates").count("<") == 12


def test_result_that_could_not_be_judged_says_since_when_and_what_to_do() -> None:
    result = conforming() | {"verdict": "inconclusive", "reasons": ["the API answers with 503"]}
    result["outage"] = {"since": "2026-04-01T10:00:05.000Z", "after": 15, "cause": "unavailable", "example": "x-2"}
    text = text_of(render_result(result))
    assert "Could not judge the built-in simulator" in text
    assert "since 2026-04-01 10:00:05 UTC, after 15 requests" in text
    assert "What to do: Wait until the API is available, then run again." in text
    assert "VALIDATION_ERROR" in text
    assert "create-status-201" not in text


def test_pairs_show_the_combination_of_a_fault() -> None:
    result = violating()
    count = {"creations": 3, "violating": 3}
    result["pairs"] = {"format: csv": {"includes: many": count, "dry_data: true": count | {"violating": 0}}}
    condition = {"trigger": "combination", "text": "", "violating": 3, "conforming": 9, "first": 0}
    condition["combinations"] = [["`format` is csv", "`includes` is not empty"]]
    result["faults"] = [{"name": BROKEN, "requirements": [BROKEN], "condition": condition, "script": ""}]
    found = pair_map(result)
    assert found is not None
    numbers = [len(values) for values in VALUE_CLASSES.values()]
    assert found.possible == (sum(numbers) ** 2 - sum(each**2 for each in numbers)) // 2
    assert found.sent == 2
    assert found.paths["violating"].count("M") == found.paths["several"].count("M") == 1
    assert found.marked.count("M") == 2  # csv with one include, and with many


def test_ticks_are_rows_of_families_by_outcome() -> None:
    rows = tick_rows(conforming())
    assert [(row.family, row.number) for row in rows] == [("preflight", 1), ("creations", 1), ("clean-up", 1)]
    assert rows[1].paths["violated"].startswith("M")
    assert rows[1].paths[""] == ""


def test_values_are_in_the_classes_that_the_covering_array_combines() -> None:
    tagged = {"foo": "bar", "mark": "exports-conformance-0123abcd-00001"}
    sent = {"format": "csv", "includes": [], "fields": ["*"], "filters": {"a": 1, "b": 2}, "dry_data": False}
    assert value_classes({**sent, "reference": "x", "metadata": tagged}, has_relationships=True) == {
        "format": "csv",
        "includes": "empty",
        "fields": "all",
        "filters": "many",
        "dry_data": "false",
        "reference": "one",
        "reference_origin": "absent",
        "metadata": "one",
        "relationships": "empty",
    }
    assert "format" not in value_classes({"format": None})


def test_every_predicate_has_a_meaning() -> None:
    assert all(predicate_meaning(name) for name in predicates())
    assert predicate_meaning("not_eq_or_null") == "differs from the value, or is null"
    with pytest.raises(KeyError):
        predicate_meaning("near")
