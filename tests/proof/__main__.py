"""The commands of the proof: `python -m tests.proof matrix`, and others, each for a part of it."""

import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, TimeElapsedColumn

from tests.mutants import MUTANTS
from tests.proof import catalogue, matrix, page, plot
from tests.proof.finds import Finds, finds
from tests.proof.hunting import Hunt, hunt_within
from tests.proof.hunts import hunts, parallel
from tests.proof.kept import Kept
from tests.proof.measures import conforms, measured, variants
from tests.proof.order import ordered
from tests.proof.outside import asked_all_outside, outside_shortfalls, rendered_outside
from tests.proof.peer import Opinion, opinion
from tests.test_variants import DEVIATES

SUITES = Path(__file__).parent.parent.parent / "suites"
BUDGETS = (12, 25, 50, 100, 150, 200)
"""The budgets of the curve, in requests."""

DOCS = Path(__file__).parent.parent.parent / "docs"
COMMANDS = ("matrix", "outside", "peer", "pages", "variants", "order", "budget")


def main(words: list[str]) -> int:
    """Measure a part of the matrix and write its documents, the order of tests, or the variants' page.

    Returns:
        0, 1 if the matrix falls short of a budget, or 4 for wrong usage.
    """
    if len(words) != 1 or words[0] not in COMMANDS:
        print(f"python -m tests.proof {'|'.join(COMMANDS)}", file=sys.stderr)  # noqa: T201  a command
        return 4
    if words == ["variants"]:
        (DOCS / "variants.md").write_text(catalogue.rendered(), encoding="utf-8")
        return 0
    if words == ["order"]:
        with Progress() as progress:
            tasks = [(name,) for name in ("", *MUTANTS)]
            found = list(parallel(finds, tasks, progress, "what each test finds", kept=Kept(Finds)))
        clean = next(each for each in found if not each.mutant)
        matrix.write(ordered(clean, [each for each in found if each.mutant]), SUITES / "order.json")
        return 0
    started, console = time.monotonic(), Console()
    kept = matrix.read(DOCS / "kill-matrix.json")
    with Progress(*Progress.get_default_columns(), TimeElapsedColumn(), console=console) as progress:
        measures = {"matrix": _matrix, "outside": asked_all_outside, "peer": _peer, "pages": _kept, "budget": _budget}
        part = measures[words[0]](progress)
    whole = kept | part
    matrix.write(whole, DOCS / "kill-matrix.json")
    (DOCS / "kill-matrix.md").write_text(page.rendered(whole), encoding="utf-8")
    (DOCS / "outside.md").write_text(rendered_outside(whole.get("outside", ())), encoding="utf-8")
    plot.write(whole, DOCS / "kill-matrix.svg")
    console.print(f"docs/kill-matrix.{{json,md,svg}}, outside.md written after {time.monotonic() - started:.0f} s")
    short = matrix.shortfalls(whole) + outside_shortfalls(whole.get("outside", ()))
    for line in short:
        console.print(line)
    return 1 if short else 0


def _kept(_: Progress) -> dict[str, Any]:
    return {}


def _matrix(progress: Progress) -> dict[str, Any]:
    profiles: list[dict[str, Any]] = []
    for profile in matrix.PROFILES:  # one process each, and one at a time, for their seconds are compared
        profiles += parallel(measured, [(profile,)], progress, f"the clean reference, {profile}", at_once=1)
    asked = list(parallel(conforms, [(name,) for name in sorted({*variants(), *DEVIATES})], progress, "variants"))
    outside = asked_all_outside(progress)
    profiled = matrix.of_hunts(list(hunts(progress)), profiles=profiles, variants=asked)
    return outside | profiled | _budget(progress)


def _budget(progress: Progress) -> dict[str, Any]:
    rows, kept, left = [], Kept(Hunt), set(MUTANTS)
    for number in BUDGETS:  # a larger budget has the tests of the smaller ones, and finds what they find
        tasks = [(name, number) for name in MUTANTS if name in left]
        found = parallel(hunt_within, tasks, progress, f"--budget {number}", kept=kept)
        left -= {each.mutant for each in found if each.found}
        rows.append({"requests": number, "caught": len(MUTANTS) - len(left), "of": len(MUTANTS)})
    return {"budget": rows}


def _peer(progress: Progress) -> dict[str, Any]:
    clean = list(parallel(opinion, [("", "", seed) for seed in range(1, 6)], progress, "the peer, clean", at_once=1))
    matrix.demand_clean(clean)  # before hours are spent on kills that would mean nothing
    tasks = [("", name) for name in variants()] + [(name, "") for name in MUTANTS]
    opinions = list(parallel(opinion, tasks, progress, "the peer, servers", kept=Kept(Opinion)))
    return matrix.of_opinions(clean, opinions)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
