"""The page shows the broken servers of each requirement, and nothing without a kill matrix."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from exports_conformance.cli.main import main
from exports_conformance.reports import kill_matrix
from exports_conformance.reports.kill_matrix import KillMatrix
from exports_conformance.reports.site.evidence_page import render_evidence, render_proof
from tests.pages import Reader
from tests.results import conforming

MUTANTS = [
    {"name": "takes-xml", "requirement": "argument-format-known", "summary": "Takes <any> `format`.", "smoke": None}
    | {"quick": 12, "thorough": 9},
    {"name": "html-accepted", "requirement": "content-type-json-api", "summary": "", "smoke": None, "quick": None}
    | {"thorough": 40},
]
VARIANTS = [{"name": "offsets", "flagged": []}, {"name": "slow", "flagged": []}]


def matrix_of(folder: Path, **members: Any) -> Path:
    """Write a kill matrix where a checkout keeps it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "kill-matrix.json"
    file.write_text(json.dumps({"mutants": MUTANTS, "variants": VARIANTS} | members), encoding="utf-8")
    return file


def page_text(matrix: KillMatrix | None, **options: Any) -> str:
    """Return the text of the pages that show a matrix."""
    pages = render_evidence(conforming(), matrix=matrix, **options), render_proof(matrix=matrix, **options)
    return " ".join(" ".join(Reader(page).text for page in pages).split())


def test_servers_that_prove_a_requirement_stand_beside_it(tmp_path: Path) -> None:
    text = page_text(kill_matrix.read_kill_matrix(matrix_of(tmp_path)))
    assert "Mutation-tested with 1 broken server takes-xml: Takes <any> format. caught by quick, thorough" in text
    assert "html-accepted caught by thorough" in text


def test_proof_is_summed_up(tmp_path: Path) -> None:
    text = page_text(kill_matrix.read_kill_matrix(matrix_of(tmp_path)))
    assert "2 servers conform to the documentation and use its freedom" in text
    assert "none of them is reported." in text
    assert "argument-format-known0/11/11/1" in text
    assert "quick1 of 2html-accepted" in text
    assert "thorough2 of 2" in text
    flagged = kill_matrix.read_kill_matrix(matrix_of(tmp_path, variants=[{"name": "offsets", "flagged": ["x"]}]))
    assert "1 of them is reported" in page_text(flagged)


def test_faults_of_other_services_are_shown_with_their_reports(tmp_path: Path) -> None:
    """A name that is no path of a repository becomes no other address than one of GitHub."""
    server = {"name": "loses-emoji", "summary": "Loses <emoji>.", "source": "a/b#7", "promises": ["file-csv"]}
    other = {"name": "waits", "summary": "Waits.", "source": "javascript:x", "promises": []}
    page = render_proof(matrix=kill_matrix.read_kill_matrix(matrix_of(tmp_path, outside=[server, other])))
    text = " ".join(Reader(page).text.split())
    assert "Faults that others reported: 1 of 2 found" in text
    assert "Loses <emoji>.a/b#7file-csv" in text
    links = {value for _, name, value in Reader(page).attributes if name == "href"}
    assert "https://github.com/a/b/issues/7" in links
    assert {urlsplit(link).scheme for link in links} <= {"", "https"}
    with pytest.raises(ValueError, match="is not a kill matrix"):
        kill_matrix.read_kill_matrix(matrix_of(tmp_path, outside=[{"name": "x"}]))


def test_matrix_is_linked_where_it_is_published_beside_the_page(tmp_path: Path) -> None:
    file = matrix_of(tmp_path / "docs")
    assert kill_matrix.read_kill_matrix(file).address_from(tmp_path / "docs" / "site") == ""
    file.with_suffix(".md").write_text("# The kill matrix\n")
    matrix = kill_matrix.read_kill_matrix(file)
    assert matrix.address_from(tmp_path / "docs" / "site") == "../kill-matrix.md"
    assert matrix.address_from(tmp_path / "reports" / "latest") == ""
    assert '<a href="../kill-matrix.md">' in render_proof(matrix=matrix, folder=tmp_path / "docs" / "site")
    assert "docs/kill-matrix.md of the project" in page_text(matrix, folder=tmp_path / "reports")


def test_nothing_is_shown_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kill_matrix.read_kill_matrix(tmp_path / "kill-matrix.json") == KillMatrix()
    for matrix in (None, KillMatrix()):
        assert "This installation has no measurements." in page_text(matrix)
        assert "broken server" not in page_text(matrix)
    monkeypatch.setattr(kill_matrix, "KILL_MATRIX_FILE", tmp_path / "kill-matrix.json")
    (tmp_path / "kill-matrix.json").write_text("{")
    assert kill_matrix.of_this_checkout() == KillMatrix()


def test_partial_matrix_is_shown(tmp_path: Path) -> None:
    less = [{"name": "takes-xml", "requirement": "argument-format-known"}]
    text = page_text(kill_matrix.read_kill_matrix(matrix_of(tmp_path, mutants=less, variants=[])))
    assert "Mutation-tested with 1 broken server takes-xml" in text
    assert "caught by" not in text
    assert "use its freedom" not in text


@pytest.mark.parametrize("text", ["{", "[]", '{"mutants": 3}', '{"mutants": [{}]}', '{"mutants": [], "variants": [3]}'])
def test_file_that_is_not_a_matrix_is_refused_in_one_line(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, result = tmp_path / "kill-matrix.json", tmp_path / "run" / "result.json"
    file.write_text(text)
    result.parent.mkdir()
    result.write_text(json.dumps(conforming()), encoding="ascii")
    assert main(["report", str(result), "--kill-matrix", str(file)]) == 4
    said = capsys.readouterr().err
    assert "is not a kill matrix" in said
    assert said.count("\n") == 1
