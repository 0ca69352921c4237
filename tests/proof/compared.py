"""Comparisons of every mutant with the reference: the replay must show a difference that names the broken requirement.

Mutants that need options or variants of their own are left out: the shipped recording does not ask for them.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress

from exports_conformance.rules import judge
from tests.mutants import MUTANTS
from tests.proof.hunts import parallel
from tests.replays import replayed
from tests.suite_runs import reference


@dataclass(frozen=True, slots=True)
class MutantCompared:
    """What a replay of the shipped recording shows of one mutant; `broken`: its responses violate the requirement."""

    name: str
    differences: int
    named: bool
    broken: bool
    others: tuple[str, ...]

    @property
    def missed(self) -> bool:
        """Whether the responses violate the requirement, but no difference names it."""
        return self.broken and not self.named


def compare_mutant(name: str) -> MutantCompared:
    """Replay the shipped recording against a mutant and compare."""
    mutant = MUTANTS[name]
    compared, exchanges = replayed(reference(middlewares=[mutant.middleware]))
    blamed = {each for difference in compared.differences for each in difference.requirements}
    broken = any(
        violation.requirement == mutant.requirement for each in exchanges for violation in judge(each).violations
    )
    others = tuple(sorted(blamed - {mutant.requirement}))
    return MutantCompared(name, len(compared.differences), mutant.requirement in blamed, broken, others)


def compared_mutants(progress: Progress) -> Sequence[MutantCompared]:
    """Compare every mutant that the shipped recording can show."""
    tasks = [(name,) for name, each in MUTANTS.items() if not (each.options or each.variants)]
    return sorted(parallel(compare_mutant, tasks, progress, "comparisons"), key=lambda each: each.name)


def comparison_report(found: Sequence[MutantCompared]) -> list[str]:
    """Return a line for each mutant that was missed, and the counts."""
    lines = [
        f"{each.name}: violates {MUTANTS[each.name].requirement}, named by no difference"
        for each in found
        if each.missed
    ]
    silent = [each.name for each in found if not each.broken and not each.named]
    named = sum(each.named for each in found)
    lines.append(f"{named} of {len(found)} mutants named; not shown by the recording: {', '.join(silent) or 'none'}")
    return lines


def main() -> int:
    """Compare every mutant with the reference; return 1 if no difference names what one of them breaks."""
    console = Console()
    with Progress(console=console) as progress:
        found = compared_mutants(progress)
    for line in comparison_report(found):
        console.print(line)
    return int(any(each.missed for each in found))


if __name__ == "__main__":
    sys.exit(main())
