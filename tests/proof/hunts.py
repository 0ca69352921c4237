"""All hunts of the matrix: every broken server in every profile, on all cores, with their progress shown."""

import gc
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Any

from rich.progress import Progress

from exports_conformance.strategies.profiles import Profile
from tests.mutants import MUTANTS
from tests.proof.hunting import Hunt, hunt

SEEDS = tuple(range(20))
ROUNDS: Sequence[tuple[Profile, Sequence[int]]] = (
    ("smoke", (0,)),
    ("quick", (0,)),
    ("sweep", SEEDS),
    ("thorough", (0,)),
)
"""The profiles of the matrix, each with its seeds; those of smoke and quick are the profiles' own."""


def parallel(
    function: Any, tasks: Sequence[tuple[Any, ...]], progress: Progress, what: str, *, at_once: int | None = None
) -> Iterator[Any]:
    """Give what a function makes of each of the tasks, as they are done; on all cores, or so many `at_once`.

    Every call has its processes anew, for one that has run the suites keeps the counts of its first profile.
    """
    bar = progress.add_task(what, total=len(tasks))
    with ProcessPoolExecutor(at_once or os.cpu_count(), mp_context=get_context("fork"), initializer=gc.freeze) as pool:
        for done in as_completed([pool.submit(function, *task) for task in tasks]):
            yield done.result()
            progress.advance(bar)


def hunts(progress: Progress, rounds: Sequence[tuple[Profile, Sequence[int]]] = ROUNDS) -> Iterator[Hunt]:
    """Hunt every mutant in every profile with every seed."""
    for profile, seeds in rounds:
        tasks = [(name, profile, seed) for seed in seeds for name in MUTANTS]
        yield from parallel(hunt, tasks, progress, f"mutants under {profile}")
