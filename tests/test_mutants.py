"""Every broken server is caught, by exactly the requirement that it breaks."""

from itertools import pairwise
from operator import attrgetter
from pathlib import Path

import pytest

from exports_conformance.contract.requirements import requirements
from tests.mutants import MUTANTS, Mutant
from tests.mutants.conditions import CONDITIONS
from tests.suite_runs import judged, stepping, violated

ONLY_FILES = ("-k", "test_file")
"""Options for servers whose files are wrong, of which other tests show nothing; `make kill-matrix` runs them all."""


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=attrgetter("name"))
def test_mutant_is_caught_by_exactly_its_requirement(mutant: Mutant, tmp_path: Path) -> None:
    server = stepping(middlewares=[mutant.middleware], variants=mutant.variants)
    options = (*mutant.options, *ONLY_FILES) if requirements()[mutant.requirement].topic == "file" else mutant.options
    result = judged(server, tmp_path, *options)
    assert set(violated(result)) == {mutant.requirement}
    assert result["errors"] == []
    (fault,) = result["faults"]
    assert fault["name"] == mutant.requirement
    if mutant.name in CONDITIONS:
        assert CONDITIONS[mutant.name] in map(frozenset, fault["condition"]["combinations"])


def test_conditions_are_those_of_mutants() -> None:
    assert set(CONDITIONS) <= set(MUTANTS)
    assert len(CONDITIONS) > 30


def test_every_promise_has_a_mutant() -> None:
    promises = {name for name, each in requirements().items() if each.weight == "promise"}
    assert promises - {mutant.requirement for mutant in MUTANTS.values()} == set()


PAIRS = list(
    pairwise(
        [
            MUTANTS[name]
            for name in ("answers-200", "metadata-lost", "no-pointers", "relationship-events-missing")
            if name in MUTANTS
        ]
    )
)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0].name}+{pair[1].name}")
def test_two_mutants_at_once_are_both_caught(pair: tuple[Mutant, Mutant], tmp_path: Path) -> None:
    result = judged(stepping(middlewares=[mutant.middleware for mutant in pair]), tmp_path)
    assert set(violated(result)) == {mutant.requirement for mutant in pair}
    assert sorted(fault["name"] for fault in result["faults"]) == sorted(mutant.requirement for mutant in pair)
