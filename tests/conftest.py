"""Runs of the suites that several tests look at, made once in each process."""

from pathlib import Path

import pytest

from tests.mutants import MUTANTS
from tests.suite_runs import conformance, reference

BROKEN = "create-echoes-reference"


@pytest.fixture(scope="session")
def conforming_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report directory of a run against the reference as it is."""
    folder = tmp_path_factory.mktemp("conforming")
    conformance(reference(), folder)
    return folder


@pytest.fixture(scope="session")
def violating_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report directory of a run against a reference that breaks `BROKEN`."""
    folder = tmp_path_factory.mktemp("violating")
    mutant = next(mutant for mutant in MUTANTS.values() if mutant.requirement == BROKEN)
    conformance(reference(middlewares=[mutant.middleware]), folder)
    return folder
