"""Comparisons of every mutant and variant with the reference: each fault must be named, as one entry.

Mutants that need options or variants of their own are left out: the shipped recording does not ask for them.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress

from exports_conformance.rules import judge
from exports_conformance.upgrade.causes import find_causes
from tests.mutants import MUTANTS
from tests.proof.hunts import parallel
from tests.replay_expectations import (
    OF_MUTANTS,
    REPLAYED_VARIANTS,
    unexpected_of_mutant,
    unexpected_of_variant,
    variant_compared,
)
from tests.replays import replayed, said
from tests.suite_runs import stepping

SEVERAL_ENTRIES: Mapping[str, str] = {
    "filters-cut-to-the-first": "records that must not have been selected lack a key",
    "filters-ignored": "records that must not have been selected lack a key",
    "update-is-ignored": "whether an attribute that cannot be changed is refused is free, so that a 200 may be meant",
    "json-first-in-place-of-last": "the record that is lost is the only one that lacked a key",
    "not-persisted": "the 404 of a deleted export has other words, too",
    "related-star-is-the-id": "a file without `*` in the fields loses keys, too, which no promise covers",
    "request-type-exports-accepts": "only of a `type` in another case is it free whether it is refused",
}
"""Mutants whose fault makes several entries, and why they cannot be distinguished."""


@dataclass(frozen=True, slots=True)
class MutantCompared:
    """What a replay of the shipped recording shows of one mutant.

    `broken`: its responses violate its requirement; `named`: a difference names it. `entries` are the gravest
    differences of each cause. `unexpected` is what differs from `OF_MUTANTS`.
    """

    name: str
    named: bool
    broken: bool
    entries: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def problem(self) -> str:
        """What is wrong with the comparison; empty if the fault is named as one entry."""
        if self.broken and not self.named:
            return f"violates {MUTANTS[self.name].requirement}, named by no difference"
        if self.unexpected:
            return f"unexpected: {'; '.join(self.unexpected)}"
        if len(self.entries) > 1 and self.name not in SEVERAL_ENTRIES:
            return f"{len(self.entries)} entries for one fault: {'; '.join(self.entries)}"
        return ""


def compare_mutant(name: str) -> MutantCompared:
    """Replay the shipped recording against a mutant and compare."""
    mutant = MUTANTS[name]
    compared, exchanges = replayed(stepping(middlewares=[mutant.middleware]))
    blamed = {each for difference in compared.differences for each in difference.requirements}
    broken = any(
        violation.requirement == mutant.requirement for each in exchanges for violation in judge(each).violations
    )
    causes = find_causes(compared)
    return MutantCompared(
        name,
        mutant.requirement in blamed,
        broken,
        tuple(" ".join(said(each.differences[0])) for each in causes if not each.differences[0].ruling.documented),
        tuple(unexpected_of_mutant(name, compared)) if name in OF_MUTANTS else (),
    )


def compare_variant(name: str) -> tuple[str, tuple[str, ...]]:
    """Replay the shipped recording against a variant; return its name and what is unexpected."""
    return name, tuple(unexpected_of_variant(name, variant_compared(name)))


def comparison_report(
    mutants: Sequence[MutantCompared], variants: Sequence[tuple[str, tuple[str, ...]]]
) -> tuple[list[str], bool]:
    """Return a line for each problem, the counts, and whether there is no problem."""
    problems = [f"{each.name}: {each.problem}" for each in mutants if each.problem]
    problems += [f"{name}: unexpected: {'; '.join(unexpected)}" for name, unexpected in variants if unexpected]
    silent = [each.name for each in mutants if not each.broken and not each.named]
    named = sum(each.named for each in mutants)
    counts = f"{named} of {len(mutants)} mutants named, {len(variants)} variants compared, {len(problems)} problems"
    return [*problems, f"not shown by the recording: {', '.join(silent) or 'none'}", counts], not problems


def main() -> int:
    """Compare every mutant and variant with the reference; return 1 if one of them is shown otherwise than expected."""
    console = Console()
    with Progress(console=console) as progress:
        plain = [(name,) for name, each in MUTANTS.items() if not (each.options or each.variants)]
        mutants = sorted(parallel(compare_mutant, plain, progress, "mutants"), key=lambda each: each.name)
        free = [(name,) for name in REPLAYED_VARIANTS]
        variants = sorted(parallel(compare_variant, free, progress, "variants"))
    lines, fine = comparison_report(mutants, variants)
    for line in lines:
        console.print(line, markup=False, highlight=False)
    return int(not fine)


if __name__ == "__main__":
    sys.exit(main())
