"""The outside servers: each names the report of its fault, and what quick says of it is shown honestly."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.outside import FAMILIES, OUTSIDE
from tests.proof import matrix
from tests.proof.outside import outside_shortfalls, rendered_outside
from tests.proof.page import rendered
from tests.suite_runs import judged, stepping, violated

DOCS = Path(__file__).parent.parent / "docs"
ROWS = matrix.read(DOCS / "kill-matrix.json")["outside"]

FOUND = {
    "changes-without-a-token": (
        "test_request_without_valid_credentials or test_tokens or test_control",
        "auth-token-required",
    ),
    "export-without-filters": ("test_file", "file-filters"),
    "columns-of-the-first-record": ("test_csv", "file-fields"),
    "columns-shift-after-a-batch": ("test_csv", "file-csv"),
    "empty-cells-left-out": ("test_csv", "file-csv"),
    "stream-not-closed": ("test_file", "file-gzip"),
}
"""Servers that the tests run, each with the tests of the suites that find its fault; `make kill-matrix` runs all."""


@pytest.mark.parametrize("name", FOUND)
def test_reported_fault_is_found(name: str, tmp_path: Path) -> None:
    asked, requirement = FOUND[name]
    result = judged(stepping(middlewares=[OUTSIDE[name].middleware]), tmp_path, "-k", asked)
    assert violated(result) == {requirement: "promise"}
    assert result["errors"] == []


def test_each_server_names_a_report_and_its_fault() -> None:
    assert len(OUTSIDE) >= 40
    assert {each.family for each in OUTSIDE.values()} == set(FAMILIES)
    for each in OUTSIDE.values():
        assert re.fullmatch(r"[\w.-]+/[\w.-]+#[1-9]\d*", each.source), each.name
        assert re.fullmatch(r"[A-Z][^\n]+\.", each.summary), each.name


def test_page_shows_what_was_measured_of_every_server() -> None:
    assert [each["name"] for each in ROWS] == list(OUTSIDE)
    page = (DOCS / "outside.md").read_text(encoding="utf-8")
    assert page == rendered_outside(ROWS)
    assert [each.url for each in OUTSIDE.values() if each.url not in page] == []
    assert [each["promises"] for each in ROWS if any(f"`{name}`" not in page for name in each["promises"])] == []


def _row(name: str, *promises: str) -> dict[str, Any]:
    server = OUTSIDE[name]
    facts = {"family": server.family, "source": server.source, "summary": server.summary}
    return {"name": name, **facts, "verdict": "", "promises": [*promises], "advice": []}


def test_server_that_is_missed_without_a_reason_falls_short() -> None:
    named = next(name for name, each in OUTSIDE.items() if each.missed)
    unnamed = next(name for name, each in OUTSIDE.items() if not each.missed)
    assert outside_shortfalls([_row(named), _row(unnamed, "file-gzip")]) == []
    (short,) = outside_shortfalls([_row(unnamed)])
    assert short.startswith(f"{unnamed}: quick reports no broken promise")
    page = rendered_outside([_row(named), _row(unnamed, "file-gzip")])
    assert "on 1 of 2" in page
    assert f"no promise: {OUTSIDE[named].missed}" in page


def test_matrix_leads_with_the_servers_of_others() -> None:
    first = rendered(matrix.read(DOCS / "kill-matrix.json")).split("\n")[2]
    assert "[reported of other services](outside.md)" in first
