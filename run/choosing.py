"""Choosing the tests of a run: by requirement, flaw or case, or the most valuable ones within a budget.

Decision: docs/decisions/0075-order-of-value.md.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from exports_conformance.contract.edition import Edition
from exports_conformance.contract.requirements import requirements
from exports_conformance.run.options import SUITES
from exports_conformance.strategies.flaws import FLAWS
from exports_conformance.strategies.requests import CREDENTIALS, NEGOTIATIONS, ODD_METHODS

LAST = ("test_tokens.py", "test_traces.py")
"""Files that run after all others, in this order: one may lose the shared export, the next looks at what is left."""

IN_ORDER = "test_control.py"
"""A file whose tests build on each other."""


FLAW_PARAMETERS = ("flaw", "credentials", "negotiation", "method")
"""The parameters of tests that are invalid or odd requests."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The tests that a run keeps, in the order in which they run.

    `requirements` are those that it concludes for, None if for all. `left_out` says what was left out, and why.
    """

    items: tuple[pytest.Item, ...]
    requirements: frozenset[str] | None = None
    left_out: str = ""


CHOICE = pytest.StashKey[Choice]()
"""The key under which pytest keeps what was chosen."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a test sends, and shows.

    `requests` and the cases `own` are those of the test itself, `needs` has the shared fixtures that send something,
    `cases` includes theirs, `shows` has the requirements for which the test is chosen.
    """

    rank: int
    requests: int
    needs: frozenset[str]
    own: frozenset[str]
    cases: frozenset[str]
    shows: frozenset[str]


UNKNOWN = Value(1_000_000, 1, frozenset(), frozenset(), frozenset(), frozenset())
"""The value of a test that was not measured, such as those of thorough: after all others."""


@cache
def values() -> Mapping[str, Value]:
    """Return the value of each measured test, by its id without a folder, the most valuable first."""
    document = _document()
    return {
        each["test"]: Value(
            rank,
            each["requests"],
            frozenset(each["needs"]),
            frozenset(each["cases"]),
            frozenset(each["cases"]).union(*(document["cases"][name] for name in each["needs"])),
            frozenset(each["shows"]),
        )
        for rank, each in enumerate(document["tests"])
    }


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SUITES / "order.json").read_text(encoding="utf-8"))
    return document


def cost(names: Iterable[str]) -> int:
    """Return the number of requests that tests send, by their ids without folders."""
    found = [values().get(name, UNKNOWN) for name in names]
    shared = frozenset[str]().union(*(each.needs for each in found))
    fixtures: Mapping[str, int] = _document()["fixtures"]
    return sum(each.requests for each in found) + sum(fixtures[name] for name in shared)


def choose(config: pytest.Config, items: Sequence[pytest.Item]) -> Choice:
    """Return what the options choose of the tests that a profile has.

    Raises:
        pytest.UsageError: a name names nothing, or nothing that the profile sends.
    """
    option = config.option
    if option.budget:
        kept = within(items, option.budget.requests(live=option.endpoint == "live" and not option.plan))
        left = len(items) - len(kept)
        return Choice(
            tuple(kept), left_out=f"--budget {option.budget} left out {left} of {len(items)} tests" if left else ""
        )
    if not (option.requirement or option.flaw or option.case):
        return Choice(tuple(items))
    edition = None if option.edition == "auto" else option.edition
    check_flaws(option.flaw)
    asked = chosen_requirements(option.requirement, edition=edition)
    if asked and not any(_has(items, name) for name in asked):
        raise pytest.UsageError(
            f"--requirement {option.requirement[0]}: no test of this profile shows it; try --profile thorough"
        )
    by_name = [*by_flaw(items, option.flaw), *by_case(items, option.case)]
    chosen = {*by_requirement(items, asked), *by_name}
    concluded = asked.union(*(cited(item) for item in by_name))
    return Choice(tuple(item for item in items if item in chosen), frozenset(concluded))


def _has(items: Sequence[pytest.Item], requirement: str) -> bool:
    return any(requirement in cited(each) or requirement in _value(each).shows for each in items)


def _value(item: pytest.Item) -> Value:
    return values().get(short(item.nodeid), UNKNOWN)


def by_value(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return tests in the order of their value, but for those that build on each other or look back."""
    ranked = sorted(items, key=lambda item: (_last(item), _value(item).rank))
    steps = iter([item for item in items if item.path.name == IN_ORDER])
    return [next(steps) if item.path.name == IN_ORDER else item for item in ranked]


def _last(item: pytest.Item) -> int:
    return LAST.index(item.path.name) + 1 if item.path.name in LAST else 0


def within(items: Sequence[pytest.Item], budget: int) -> list[pytest.Item]:
    """Return the most valuable tests that send so many requests at most."""
    taken: list[pytest.Item] = []
    for item in sorted(items, key=lambda item: _value(item).rank):
        if cost(short(each.nodeid) for each in [*taken, item]) <= budget:
            taken.append(item)
    return [item for item in items if item in set(taken)]


def is_asked_for(name: str, patterns: Iterable[str]) -> bool:
    """Return whether a name, or the part of a case after its slash, is one of some names and patterns."""
    return any(fnmatchcase(each, pattern) for pattern in patterns for each in (name, name.partition("/")[2]) if each)


def chosen_requirements(patterns: Iterable[str], *, edition: Edition | None) -> frozenset[str]:
    """Return the ids of the requirements that ids, patterns and topics name.

    Raises:
        pytest.UsageError: one names nothing, or nothing that `edition` has.
    """
    contract = requirements()
    found = set[str]()
    for pattern in patterns:
        named = {name for name, each in contract.items() if each.topic == pattern or fnmatchcase(name, pattern)}
        if not named:
            raise unknown("--requirement", pattern, [*contract, *{each.topic for each in contract.values()}])
        had = {name for name in named if edition is None or contract[name].in_edition(edition)}
        if not had:
            raise pytest.UsageError(f"--requirement {pattern}: edition {edition} does not have it; omit --edition")
        found |= had
    return frozenset(found)


def check_flaws(patterns: Iterable[str]) -> None:
    """Check that each pattern names an invalid request.

    Raises:
        pytest.UsageError: one does not.
    """
    known = [*FLAWS, *(each.name for odd in (CREDENTIALS, NEGOTIATIONS, ODD_METHODS) for each in odd)]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in known):
            raise unknown("--flaw", pattern, known)


def unknown(option: str, given: str, known: Iterable[str]) -> pytest.UsageError:
    """Return the error of a name that nothing has."""
    near = get_close_matches(given, list(known), n=3)
    hint = f"did you mean {', '.join(near)}?" if near else "`exports-conformance run --list` shows all names"
    return pytest.UsageError(f"{option} {given}: names nothing; {hint}")


def by_requirement(items: Sequence[pytest.Item], chosen: frozenset[str]) -> list[pytest.Item]:
    """Return the tests that show requirements with the fewest requests; all that cite one that was not measured."""
    measured = chosen & frozenset[str]().union(*(_value(item).shows for item in items))
    return [item for item in items if _value(item).shows & measured or (chosen - measured) & {*cited(item)}]


def by_flaw(items: Sequence[pytest.Item], patterns: Sequence[str]) -> list[pytest.Item]:
    """Return the tests that send invalid requests of some names."""
    return [item for item in items if is_asked_for(_flaw(item), patterns)]


def _flaw(item: pytest.Item) -> str:
    parameters = getattr(item, "callspec", None)
    sent = parameters.params if parameters else {}
    return next((each.name for name, each in sent.items() if name in FLAW_PARAMETERS), "")


def by_case(items: Sequence[pytest.Item], patterns: Sequence[str]) -> list[pytest.Item]:
    """Return the tests that send cases of some names; of tests that share one in a fixture, the first."""
    found = []
    for pattern in patterns:
        sending = [item for item in items if any(is_asked_for(case, [pattern]) for case in _cases(item))]
        own = [item for item in sending if any(is_asked_for(case, [pattern]) for case in _own_cases(item))]
        found += own or sorted(sending, key=lambda item: _value(item).rank)[:1]
        if not sending:
            raise unknown("--case", pattern, {case for item in items for case in _cases(item)})
    return [item for item in items if item in set(found)]


def _own_cases(item: pytest.Item) -> set[str]:
    parameters = getattr(item, "callspec", None)
    drawn = item.get_closest_marker("drawn")
    names = [each for name in ("case", *FLAW_PARAMETERS) if parameters and (each := parameters.params.get(name))]
    cases = {getattr(each, "case", f"creation/{each.name}") for each in names}
    return {*cases, *(drawn.args if drawn else ()), *_value(item).own}


def _cases(item: pytest.Item) -> set[str]:
    return _own_cases(item) | _value(item).cases


def short(nodeid: str) -> str:
    """Return a test's id without the folder of its file."""
    file, _, rest = nodeid.partition("::")
    return f"{Path(file).name}::{rest}"


def cited(item: pytest.Item) -> tuple[str, ...]:
    """Return the requirements that a test cites with `@pytest.mark.verifies`, each once."""
    markers = list(item.iter_markers("verifies"))
    return tuple(dict.fromkeys(name for marker in markers for name in marker.args))


def listing() -> Iterator[str]:
    """Yield the lines of `run --list`: what --requirement, --flaw and --case take, each with the requests it costs."""
    measured = values()
    yield "requests  --requirement, by topic (on the reference, without the clean-up)"
    topic = ""
    for name, each in sorted(requirements().items(), key=lambda pair: pair[1].topic):
        if each.topic != topic:
            topic = each.topic
            yield f"          {topic}"
        showing = [test for test, value in measured.items() if name in value.shows]
        when = "if seen" if each.when_seen or not showing else str(cost(showing))
        yield f"{when:>8}    {name}{'' if each.weight == 'promise' else '  (advice)'}"
    flaws = {
        case: test
        for test, value in measured.items()
        for case in value.own
        if case.startswith(("refusal/", "request/"))
    }
    yield "requests  --flaw"
    yield from (f"{cost([test]):>8}    {case.partition('/')[2]}" for case, test in sorted(flaws.items()))
    cases = {case: test for test, value in measured.items() for case in value.cases if case not in flaws}
    yield "requests  --case"
    yield from (f"{cost([test]):>8}    {case}" for case, test in sorted(cases.items()))
