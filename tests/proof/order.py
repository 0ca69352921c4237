"""The order of value: from what each test finds, the order in which most is found with the fewest requests.

Decision: docs/decisions/0075-order-of-value.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tests.mutants import MUTANTS
from tests.proof.finds import Finds

LOOKS_BACK = "test_traces.py::test_refused_creations_left_nothing"
"""A test of what earlier tests left behind, which finds nothing alone."""

LOOKED_BACK_AT = ("type-other", "resource-type-missing", "format-unknown")
"""Flaws whose refusals it looks at where it is chosen without others."""


class Values:
    """What each test costs and finds, its shared fixtures included until they are set up."""

    def __init__(self, clean: Finds, broken: Iterable[Finds]) -> None:
        self.clean = clean
        self.shared = {name: sent for name, sent in clean.sent.items() if name and "::" not in name}
        self.tests = list(clean.needs)
        self.found: dict[str, set[str]] = defaultdict(set)
        for each in broken:
            for finder in each.finders:
                self.found[finder].add(each.mutant)

    def needs(self, test: str) -> list[str]:
        """Return the shared fixtures that a test needs, if they send anything."""
        return [name for name in self.clean.needs[test] if name in self.shared]

    def cost(self, test: str, paid: Iterable[str] = ()) -> int:
        """Return the number of requests that a test adds to those of the tests before it."""
        return self.clean.sent.get(test, 0) + sum(self.shared[name] for name in {*self.needs(test)} - {*paid})

    def finds(self, test: str) -> set[str]:
        """Return the broken servers that a test finds."""
        return self.found[test].union(*(self.found[name] for name in self.needs(test)))

    def cheapest(self, wanted: set[str], among: Iterable[str]) -> Iterator[str]:
        """Yield the tests in the order in which they find most of the wanted servers for each request."""
        left, paid, missing = list(among), set[str](), set(wanted)
        while left:
            price = {test: self.cost(test, paid) for test in left}
            best = max(left, key=lambda test: (len(self.finds(test) & missing) / max(price[test], 0.5), -price[test]))
            left.remove(best)
            paid.update(self.needs(best))
            missing -= self.finds(best)
            yield best


def ordered(clean: Finds, broken: Sequence[Finds]) -> dict[str, Any]:
    """Return the document of the order: what shared fixtures send, and each test with what it sends and shows."""
    values = Values(clean, broken)
    shows = _shows(values)
    return {
        "fixtures": values.shared,
        "cases": {name: list(clean.cases[name]) for name in values.shared},
        "tests": [
            {
                "test": test,
                "requests": clean.sent.get(test, 0),
                "needs": values.needs(test),
                "cases": list(clean.cases.get(test, ())),
                "shows": sorted(shows[test]),
            }
            for test in values.cheapest(set(MUTANTS), values.tests)
        ],
    }


def _shows(values: Values) -> Mapping[str, set[str]]:
    """Return for each test the requirements that it is chosen to show."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for name, mutant in MUTANTS.items():
        wanted[mutant.requirement].add(name)
    shows: dict[str, set[str]] = defaultdict(set)
    for name in sorted({name for names in values.clean.cites.values() for name in names} | set(wanted)):
        citing = [test for test in values.tests if name in values.clean.cites[test]]
        missing = wanted[name] & {mutant for test in values.tests for mutant in values.finds(test)}
        others = [test for test in values.tests if test not in citing and values.finds(test) & missing]
        least = next(values.cheapest(missing, citing), None)
        for test in ([least] if least else []) + list(values.cheapest(missing, [*citing, *others])):
            if test == least or values.finds(test) & missing:
                shows[test].add(name)
                missing -= values.finds(test)
    for name in shows[LOOKS_BACK]:
        for flaw in LOOKED_BACK_AT:
            shows[f"test_refusal.py::test_flawed_body_is_refused[{flaw}]"].add(name)
    return shows
