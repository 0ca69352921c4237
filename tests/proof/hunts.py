"""All hunts of the matrix: every broken server in every profile, on all cores, with their progress shown."""

import gc
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

from rich.progress import Progress

from exports_conformance.strategies.profiles import Profile
from tests.mutants import MUTANTS
from tests.proof.hunting import Hunt, hunt
from tests.proof.kept import Kept

SEEDS = tuple(range(20))
ROUNDS: Sequence[tuple[Profile, Sequence[int]]] = (
    ("smoke", (0,)),
    ("quick", (0,)),
    ("sweep", SEEDS),
    ("thorough", (0,)),
)
"""The profiles of the matrix, each with its seeds; those of smoke and quick are the profiles' own."""

REPORT_EVERY = 50
"""Tasks between two lines of progress without a terminal."""


def parallel(
    function: Any,
    tasks: Sequence[tuple[Any, ...]],
    progress: Progress,
    what: str,
    *,
    at_once: int | None = None,
    kept: Kept | None = None,
) -> Iterator[Any]:
    """Return what a function makes of each of the tasks, as they are done; on all cores, or so many `at_once`.

    What is `kept` of a task is not measured again, and what is found is. Every call has its processes anew, for one
    that has run the suites keeps the counts of its first profile.
    """
    known = {task: kept.of(task) for task in tasks} if kept else {}
    left = [task for task in tasks if known.get(task) is None]
    yield from (found for found in known.values() if found is not None)
    before = len(tasks) - len(left)
    bar = progress.add_task(what, total=len(tasks), completed=before)
    with ProcessPoolExecutor(at_once or os.cpu_count(), mp_context=get_context("fork"), initializer=gc.freeze) as pool:
        asked = {pool.submit(function, *task): task for task in left}
        for done, future in enumerate(as_completed(asked), start=before + 1):
            if kept:
                kept.add(asked[future], future.result())
            yield future.result()
            progress.advance(bar)
            if not progress.console.is_terminal and (done % REPORT_EVERY == 0 or done == len(tasks)):
                progress.console.print(f"{what}: {done} of {len(tasks)}")


def hunts(progress: Progress, rounds: Sequence[tuple[Profile, Sequence[int]]] = ROUNDS) -> Iterator[Hunt]:
    """Hunt every mutant in every profile with every seed; once only, if it is found by what is not drawn."""
    kept = Kept(Hunt)
    for profile, (seed, *others) in rounds:
        tasks = [(name, profile, seed) for name in MUTANTS]
        firsts = list(parallel(hunt, tasks, progress, f"mutants under {profile}", kept=kept))
        yield from firsts
        same = [each for each in firsts if each.found and not each.drawn]
        yield from (replace(each, seed=other) for each in same for other in others)
        tasks = [(each.mutant, profile, other) for each in firsts if each not in same for other in others]
        if tasks:
            yield from parallel(hunt, tasks, progress, f"mutants under {profile}, other seeds", kept=kept)
