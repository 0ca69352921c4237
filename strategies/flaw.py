"""A flaw: one named defect, the requirement it tests, where it is planted, and which refusals are documented."""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from exports_conformance.exchange.model import Expectation
from exports_conformance.exchange.strict_json import Json

INVALID = frozenset({400, 409, 422})
"""Statuses with which the documentation lets a body be refused."""

Plant = Callable[[Json, Json], Json]
"""Puts a value into a body, which it may change, and returns the flawed body."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One defect of a creation's body.

    `breaks` is the requirement that an endpoint breaks if it mishandles the flaw. `at` is the JSON pointer of the
    planted place (empty: the whole document). `outcome` is `refusal` where the documentation demands one, `either`
    where it is silent; `answers` are the statuses of a refusal. `values` are planted, the plainest first.
    A `hostile` flaw looks like an attack and is sent only with `--hostile`, or to an endpoint of our own.
    """

    name: str
    breaks: str
    at: str
    outcome: Literal["refusal", "either"]
    answers: frozenset[int]
    values: SearchStrategy[Json]
    plant: Plant
    hostile: bool = False

    @property
    def case(self) -> str:
        """The case of a request with this flaw."""
        return f"refusal/{self.name}"

    @property
    def expectation(self) -> Expectation:
        """A refusal or, where the documentation is silent, a refusal or a creation that is otherwise right."""
        return Expectation(
            self.case,
            "create",
            outcome=self.outcome,
            certain=self.outcome == "refusal",
            breaks=self.breaks,
            flaw=self.name,
            at=self.at,
            answers=self.answers,
        )

    def bodies(self, *, accepted: SearchStrategy[Json]) -> SearchStrategy[Json | bytes]:
        """Bodies with this flaw and no other, planted in `accepted` ones; bytes where they are not a document."""
        return st.builds(lambda body, value: self.plant(deepcopy(body), value), accepted, self.values)


def by_name(flaws: Iterable[Flaw]) -> Mapping[str, Flaw]:
    """Return the flaws by their names.

    Raises:
        ValueError: two flaws have the same name.
    """
    named: dict[str, Flaw] = {}
    for flaw in flaws:
        if flaw.name in named:
            raise ValueError(f"two flaws are called {flaw.name!r}; rename one of them")
        named[flaw.name] = flaw
    return named


def replaced(pointer: str) -> Plant:
    """Return a plant that sets the member at a pointer, and adds it where it is missing."""

    def plant(body: Json, value: Json) -> Json:
        place, name = _place(body, pointer)
        place[name] = value
        return body

    return plant


def removed(pointer: str) -> Plant:
    """Return a plant that removes the member at a pointer."""

    def plant(body: Json, _: Json) -> Json:
        place, name = _place(body, pointer)
        place.pop(name, None)
        return body

    return plant


def _place(body: Json, pointer: str) -> tuple[dict[str, Json], str]:
    """Return the object that has the member at a pointer, and the member's name."""
    *parents, name = pointer.removeprefix("/").split("/")
    for each in parents:
        body = body[each]
    return body, name


def values_of(plainest: Json, drawn: SearchStrategy[Json] | None = None) -> SearchStrategy[Json]:
    """Values with one defect: the plainest first, then those that are drawn."""
    return st.just(plainest) if drawn is None else st.just(plainest) | drawn


_NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=3, max_size=12)
WRONG_TYPES: Mapping[str, SearchStrategy[Json]] = {
    "string": values_of("nonsense", _NAMES),
    "number": values_of(7, st.integers(-100, 100) | st.floats(-100, 100, width=16)),
    "boolean": st.booleans(),
    "array": values_of(["nonsense"], st.lists(_NAMES | st.integers(), min_size=1, max_size=3)),
    "object": values_of({"nonsense": "value"}, st.dictionaries(_NAMES, _NAMES | st.integers(), min_size=1, max_size=3)),
}
"""Values of each JSON type, the plainest first."""
