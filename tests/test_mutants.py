"""Every broken server is caught, by exactly the requirement that it breaks."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from exports_conformance.contract.requirements import requirements
from tests.mutants import MUTANTS, Mutant
from tests.mutants.conditions import CONDITIONS
from tests.suite_runs import judged, stepping, violated

ONLY_FILES = ("-k", "test_file")
"""Options for servers whose files are wrong, of which other tests show nothing; `make kill-matrix` runs them all."""


TOGETHER = 3
"""How many mutants one run asks at once: half a second of CPU for each, instead of more than one."""


def _options(mutant: Mutant) -> tuple[str, ...]:
    of_files = requirements()[mutant.requirement].topic == "file"
    return (*mutant.options, *ONLY_FILES) if of_files else mutant.options


def _dealt() -> Iterator[tuple[Mutant, ...]]:
    """Deal the mutants that need the same run into groups, so that those of one topic are in different ones."""

    def run_of(mutant: Mutant) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return _options(mutant), mutant.variants

    def kind_of(mutant: Mutant) -> tuple[str, str, str]:
        return requirements()[mutant.requirement].topic, mutant.requirement, mutant.name

    for _, alike in groupby(sorted(MUTANTS.values(), key=lambda each: (run_of(each), kind_of(each))), key=run_of):
        mutants = list(alike)
        groups = -(-len(mutants) // TOGETHER)
        yield from (tuple(mutants[first::groups]) for first in range(groups))


@pytest.mark.parametrize("mutants", list(_dealt()), ids=lambda group: "+".join(each.name for each in group))
def test_mutants_are_caught_by_exactly_their_requirements(mutants: tuple[Mutant, ...], tmp_path: Path) -> None:
    """Ask for several at once, and for each alone where one hides or changes what another shows.

    Decision: docs/decisions/0076-mutants-in-groups.md.
    """
    together = _found(mutants, tmp_path / "together")
    if together != ({each.requirement for each in mutants}, []):
        for mutant in mutants:
            assert _found([mutant], tmp_path / mutant.name) == ({mutant.requirement}, []), mutant.name


def _found(mutants: Sequence[Mutant], folder: Path) -> tuple[set[str], list[str]]:
    """Return the violated requirements and the suite's own errors of a run against mutants."""
    server = stepping(middlewares=[each.middleware for each in mutants], variants=mutants[0].variants)
    result = judged(server, folder, *_options(mutants[0]))
    return set(violated(result)), result["errors"]


def test_conditions_are_those_of_mutants() -> None:
    """Whether runs name them is measured by `make faults`."""
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
