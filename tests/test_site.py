"""The published site: every link within it leads somewhere, every other one is well-formed."""

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from exports_conformance.contract.error_codes import PUBLISHED_CODES, error_guide
from exports_conformance.contract.open_questions import OpenQuestion, open_questions
from exports_conformance.contract.requirements import requirements
from exports_conformance.contract.tables import ContractError, read_tables
from exports_conformance.reports import kill_matrix
from exports_conformance.reports.site.guide_pages import SAID
from exports_conformance.reports.site.templating import EVIDENCE_PAGE, PAGES, SEARCH_DATA, is_web_address
from exports_conformance.results.examples import OBSERVERS
from exports_conformance.strategies.flaws import FLAWS
from tests.pages import Reader
from tests.test_runs import asked

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def site(conforming_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` makes it, by the command that stands in the Makefile."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "reports").mkdir()
    (folder / "reports" / "latest").symlink_to(conforming_run)
    lines = subprocess.check_output(["make", "-n", "docs"], cwd=ROOT, text=True).splitlines()  # noqa: S607  make from the PATH
    command = next(line for line in lines if " report " in line)
    run = asked(*command.split()[1:], folder=folder)
    assert run.returncode == 0, run.stderr
    return folder / "docs" / "site"


def test_links_within_the_site_lead_somewhere_and_others_are_addresses(site: Path) -> None:
    pages = {name: Reader((site / name).read_text(encoding="utf-8")) for name in (*PAGES, EVIDENCE_PAGE)}
    links = [(name, value) for name, page in pages.items() for _, key, value in page.attributes if key == "href"]
    script = (site / SEARCH_DATA).read_text(encoding="utf-8")
    found = json.loads(script.removeprefix(f'loaded("{SEARCH_DATA}", ').removesuffix(");\n"))
    links += [(SEARCH_DATA, address) for _, _, _, address, _ in found]
    assert len(links) > 800
    for name, link in links:
        parts = urlsplit(link)
        if parts.scheme:
            assert is_web_address(link), (name, link)
            assert re.fullmatch(r"[A-Za-z0-9:/._#?=&%~@-]+", link), (name, link)
        else:
            target = parts.path or name
            assert target in pages, (name, link)
            assert not parts.fragment or parts.fragment in pages[target].ids, (name, link)


def test_open_questions_name_only_what_exists() -> None:
    for open_question in open_questions().values():
        assert set(open_question.breaks) <= set(requirements())
        assert not open_question.look or open_question.look in OBSERVERS
        assert {name for name in open_question.flaws if name not in FLAWS} == set(), open_question.id
        assert all(not known.source or is_web_address(known.source) for known in open_question.known)
    assert {open_question.look for open_question in open_questions().values()} - {""} == set(OBSERVERS)


def test_errors_that_are_explained_are_published() -> None:
    for guide in error_guide().values():
        assert guide.code in PUBLISHED_CODES
        assert is_web_address(guide.source)


def test_error_says_whether_it_is_documented_or_who_has_shown_it(site: Path) -> None:
    text = " ".join(Reader((site / "errors.html").read_text(encoding="utf-8")).text.split())
    for error, label in (
        ("401 UNAUTHORIZED", "documented"),
        ("422 VALIDATION_ERROR with less_than_or_equal_to", "not documented: from the vendor's client code"),
        ("422 VALIDATION_ERROR with greater_than", "not documented: from the vendor's client code"),
        ("404 RECORD_NOT_FOUND", "not documented: from a recorded response"),
        ("400 PARAM_NOT_ALLOWED", "not documented: from our reference"),
    ):
        assert f"{error} {label}" in text, error
    assert {guide.said for guide in error_guide().values()} == set(SAID)


@pytest.mark.parametrize("text", ['[x]\nquestion = "?"', "[x", "x = 3"])
def test_open_questions_that_cannot_be_read_are_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "silences.toml"
    file.write_text(text)
    with pytest.raises(ContractError, match=r"silences\.toml: "):
        read_tables(file, OpenQuestion)


def test_site_links_to_the_kill_matrix_of_this_checkout() -> None:
    matrix = kill_matrix.of_this_checkout()
    assert matrix.caught["thorough"] == len(matrix.mutants) > 0
    assert matrix.address_from(ROOT / "docs" / "site") == "../kill-matrix.md"
