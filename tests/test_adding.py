"""Adding a requirement costs what the README says: its table, its rule and its mutant, and all tests stay green."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_layering import PACKAGE, ROOT

TABLES = """
[answer-request-id]
topic = "answer"
statement = "Every response has an X-Request-Id."
basis = "inferred"
how = "the responses that were recorded from the API in 2024 have one"
source = "https://docs.commercelayer.io/core/api-specification"
weight = "advice"
where = { response_header = ["x-request-id"] }

[answer-without-cookies]
topic = "answer"
statement = "A creation sets no cookie."
basis = "inferred"
how = "the API is authenticated by a token only"
source = "https://docs.commercelayer.io/core/authentication"
weight = "promise"
where = { response_header = ["set-cookie"] }
"""

RULES = '''

@rule("answer-request-id", applies=was_sent)
def response_has_a_request_id(exchange: Exchange) -> Iterator[Finding]:
    """The response has an X-Request-Id."""
    if exchange.response and not exchange.response.header("X-Request-Id"):
        yield Finding("a header X-Request-Id", "none")


@rule("answer-without-cookies", applies=created)
def creation_sets_no_cookie(exchange: Exchange) -> Iterator[Finding]:
    """The response has no Set-Cookie."""
    if exchange.response and exchange.response.header("Set-Cookie"):
        yield Finding("no header Set-Cookie", "one")
'''

MUTANTS = '''

@breaks("answer-request-id")
def sends_no_request_id(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Sends no X-Request-Id."""
    return respond(request).without_header("X-Request-Id")


@breaks("answer-without-cookies")
def sets_a_cookie(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Sets a cookie with every creation."""
    response = respond(request)
    return response.with_header("Set-Cookie", "session=1") if response.status == 201 else response
'''

ADDED = {"contract/requirements.toml": TABLES, "rules/answer.py": RULES, "tests/mutants/answers.py": MUTANTS}
UNTOUCHED = (
    *("test_requirements", "test_citations", "test_layering", "test_house", "test_resources"),
    *(file.stem for file in sorted((ROOT / "tests").glob("test_rules_*.py")) if file.stem != "test_rules_disarmed"),
)
"""Tests of the contract, the layout and the rules; of the rules, those that judge single exchanges."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the two requirements, and the path by which its package is imported."""
    folder = tmp_path_factory.mktemp("copy")
    left_out = shutil.ignore_patterns(".venv", ".git", "node_modules", "__pycache__", ".*_cache", "latest", "build")
    shutil.copytree(ROOT, folder / "installed", ignore=left_out)
    (folder / "path").mkdir()
    (folder / "path" / PACKAGE).symlink_to(folder / "installed")
    for name, text in ADDED.items():
        file = folder / "installed" / name
        file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    return folder


def _ran(copy: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *words]
    environment = {**os.environ, "PYTHONPATH": str(copy / "path")}
    return subprocess.run(  # noqa: S603  our own tests
        command, cwd=copy / "installed", env=environment, capture_output=True, text=True, check=False
    )


def test_readme_names_the_places_that_a_requirement_costs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Adding a requirement")[2].partition("\n## ")[0]
    assert re.findall(r"^\d\. .*?`([a-z/.]+)`", section, re.MULTILINE) == [
        "contract/requirements.toml",
        "rules/",
        "tests/mutants/",
    ]
    assert all(any(name.startswith(place) for name in ADDED) for place in ("contract/", "rules/", "tests/mutants/"))


def test_mutants_of_added_requirements_are_caught_by_exactly_them(copy: Path) -> None:
    caught = "tests/test_mutants.py::test_mutant_is_caught_by_exactly_its_requirement"
    ran = _ran(copy, f"{caught}[sends-no-request-id]", f"{caught}[sets-a-cookie]", f"{caught}[answers-200]")
    assert (ran.returncode, "3 passed" in ran.stdout) == (0, True), ran.stdout


def test_other_tests_stay_green(copy: Path) -> None:
    ran = _ran(copy, "tests/test_mutants.py::test_every_promise_has_a_mutant", *(f"tests/{n}.py" for n in UNTOUCHED))
    assert ran.returncode == 0, ran.stdout[-3000:]


def test_promise_without_its_mutant_is_missed(copy: Path) -> None:
    file = copy / "installed" / "tests" / "mutants" / "answers.py"
    whole = file.read_text(encoding="utf-8")
    try:
        file.write_text(whole.replace(MUTANTS, ""), encoding="utf-8")
        ran = _ran(copy, "tests/test_mutants.py::test_every_promise_has_a_mutant")
    finally:
        file.write_text(whole, encoding="utf-8")
    assert ran.returncode == 1
    assert "answer-without-cookies" in ran.stdout
