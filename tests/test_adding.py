"""Adding a requirement costs what the README says: its table, its rule and its mutant, and all tests stay green."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from exports_conformance.contract.requirements import requirements
from tests import test_mutants
from tests.drift.test_edition_draft import next_document
from tests.mutants import MUTANTS
from tests.test_layering import PACKAGE, ROOT

# The names begin with "added", so that they are not those of requirements that somebody adds.
ADVICE = {
    "contract/requirements.toml": """
[added-request-id]
topic = "answer"
statement = "Every response has an X-Request-Id."
basis = "inferred"
how = "the responses that were recorded from the API in 2024 have one"
source = "https://docs.commercelayer.io/core/api-specification"
weight = "advice"
where = { response_header = ["x-request-id"] }
""",
    "rules/answer.py": '''

@rule("added-request-id", applies=was_sent)
def added_request_id_is_there(exchange: Exchange) -> Iterator[Finding]:
    """The response has an X-Request-Id."""
    if exchange.response and not exchange.response.header("X-Request-Id"):
        yield Finding("a header X-Request-Id", "none")
''',
    "tests/mutants/answers.py": '''

@breaks("added-request-id")
def added_without_request_id(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Sends no X-Request-Id."""
    return respond(request).without_header("X-Request-Id")
''',
}
PROMISE = {
    "contract/requirements.toml": """
[added-without-cookies]
topic = "answer"
statement = "A creation sets no cookie."
basis = "inferred"
how = "the API is authenticated by a token only"
source = "https://docs.commercelayer.io/core/authentication"
weight = "promise"
where = {}
""",
    "rules/answer.py": '''

@rule("added-without-cookies", applies=created)
def added_absence_of_cookies(exchange: Exchange) -> Iterator[Finding]:
    """The response has no Set-Cookie."""
    if exchange.response and exchange.response.header("Set-Cookie"):
        yield Finding("no header Set-Cookie", "one")
''',
    "tests/mutants/answers.py": '''

@breaks("added-without-cookies")
def added_with_a_cookie(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Sets a cookie with every creation."""
    response = respond(request)
    return response.with_header("Set-Cookie", "session=1") if response.status == 201 else response
''',
}


def _is_new(header: str) -> bool:
    """Return True unless the contract has a requirement about a header, which the same server would break."""
    return not any(header in each.where.response_header for each in requirements().values())


ADDITIONS = [*([ADVICE] if _is_new("x-request-id") else []), PROMISE]
TOUCHED = (
    "tests/test_mutants.py",
    *(f"tests/{name}.py" for name in ("test_requirements", "test_citations", "test_house")),
    "tests/test_places.py::test_nearly_every_requirement_has_a_place",
    *(f"tests/{f.name}" for f in sorted((ROOT / "tests").glob("test_rules_*.py")) if f.stem != "test_rules_disarmed"),
)
OTHERS = (
    "-k",
    "not test_mutants or added-without-request-id or added-with-a-cookie or test_every_promise_has_a_mutant",
)
"""Options that leave out the groups of other mutants."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the two requirements, and the path by which its package is imported."""
    folder = tmp_path_factory.mktemp("copy")
    left_out = shutil.ignore_patterns(".venv", ".git", "node_modules", "__pycache__", ".*_cache", "latest", "build")
    shutil.copytree(ROOT, folder / "installed", ignore=left_out)
    (folder / "path").mkdir()
    (folder / "path" / PACKAGE).symlink_to(folder / "installed")
    for addition in ADDITIONS:
        for name, text in addition.items():
            file = folder / "installed" / name
            file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    return folder


def test_readme_names_the_places_that_a_requirement_costs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Adding a requirement")[2].partition("\n## ")[0]
    named = re.findall(r"^\d\. .*?`([a-z/.]+)`", section, re.MULTILINE)
    assert named == ["contract/requirements.toml", "rules/", "tests/mutants/"]
    assert [place for place in named for name in PROMISE if name.startswith(place)] == named  # one file in each


def test_tests_stay_green_and_mutants_of_added_requirements_are_caught(copy: Path) -> None:
    """As README says: the table, the rule and the mutant, for a recommendation about every response and a promise."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *OTHERS, *TOUCHED]
    environment = {**os.environ, "PYTHONPATH": str(copy / "path")}
    ran = subprocess.run(  # noqa: S603  our own tests
        command, cwd=copy / "installed", env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout[-3000:]


def test_promise_without_its_mutant_is_missed() -> None:
    broken = {
        mutant.requirement for mutant in MUTANTS.values() if requirements()[mutant.requirement].weight == "promise"
    }
    missing = min(broken)
    others = {name: mutant for name, mutant in MUTANTS.items() if mutant.requirement != missing}
    with mock.patch.object(test_mutants, "MUTANTS", others), pytest.raises(AssertionError, match=missing):
        test_mutants.test_every_promise_has_a_mutant()


def test_suites_run_with_a_drafted_edition(copy: Path) -> None:
    """As docs/upgrades.md says: `drift --write-edition` drafts the edition of a new schema, and the suites take it."""
    document = copy / "document.json"
    document.write_text(json.dumps(next_document()), encoding="utf-8")
    report = copy / "report"
    for words, status in (
        (["drift", str(document), "--write-edition", "7.11"], 1),
        (["-q", "--edition", "7.11", "--hypothesis-profile", "smoke", "--report-dir", str(report)], 0),
    ):
        command = [sys.executable, "-m", f"{PACKAGE}.cli.main", *words]
        environment = {**os.environ, "PYTHONPATH": str(copy / "path")}
        ran = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  our own command
        assert ran.returncode == status, ran.stdout + ran.stderr
    assert json.loads((report / "result.json").read_text(encoding="utf-8"))["contract"]["edition"] == "7.11"
