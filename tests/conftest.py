"""Runs of the suites that several tests look at, made once in each process."""

from pathlib import Path

import pytest

from tests.mutants import MUTANTS
from tests.suite_runs import conformance, reference

BROKEN = "create-echoes-reference"
WAIVED = "meta-mode"
DEVIATIONS = f"""
[[deviations]]
requirement = "{WAIVED}"
owner = "api-team@example.com"
reason = "the mode has been missing since the last deployment"
since = 2026-01-01
until = 9999-12-31
ticket = "https://support.example.com/tickets/8812"

[[deviations]]
requirement = "edge-error-document"
owner = "api-team@example.com"
reason = "a 404 was one error object once"
since = 2026-01-01
until = 9999-12-31
ticket = "OPS-7"
"""


@pytest.fixture(scope="session")
def conforming_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report directory of a run against the reference as it is."""
    folder = tmp_path_factory.mktemp("conforming")
    conformance(reference(), folder)
    return folder


@pytest.fixture(scope="session")
def violating_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report directory of a run against a reference that breaks `BROKEN`, and `WAIVED`, which is known."""
    folder = tmp_path_factory.mktemp("violating")
    broken = [next(each for each in MUTANTS.values() if each.requirement == name) for name in (BROKEN, WAIVED)]
    (folder / "deviations.toml").write_text(DEVIATIONS, encoding="utf-8")
    app = reference(middlewares=[each.middleware for each in broken])
    conformance(app, folder, "--deviations", str(folder / "deviations.toml"))
    return folder
