"""A flaw: one named defect, what it tests, where it is planted, and which answers the documentation allows."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from exports_conformance.exchange.strict_json import Json

INVALID = frozenset({400, 409, 422})
"""Statuses with which the documentation lets a body be refused."""

Plant = Callable[[Json, Json], Json]


@dataclass(frozen=True, slots=True)
class Flaw:
    """One defect of a creation's body.

    `breaks` is the requirement that an endpoint breaks if it takes the flaw wrongly. `at` is the JSON pointer
    of the planted place (empty: the whole document). `expects` is `refusal` where the documentation demands
    one, `either` where it is silent. `values` are what is planted, the plainest first. `hostile`: it
    looks like an attack, and is only sent where that is welcome.
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

    def bodies(self, *, accepted: SearchStrategy[Json]) -> SearchStrategy[Json | bytes]:
        """Bodies with this flaw and no other, planted in `accepted` ones; bytes where they are no document."""
        return st.builds(lambda body, value: self.plant(deepcopy(body), value), accepted, self.values)


FLAWS: dict[str, Flaw] = {}
"""Every flaw of a body by its name, in the order of the document's parts."""


def register(flaw: Flaw) -> None:
    """Add a flaw to those that are asked.

    Raises:
        ValueError: its name is taken.
    """
    if flaw.name in FLAWS:
        raise ValueError(f"two flaws are called {flaw.name!r}; a name is one flaw's own")
    FLAWS[flaw.name] = flaw


def replaced(pointer: str) -> Plant:
    """Plant a value at a place of the document, adding the member where it is missing."""
    *parents, last = pointer.removeprefix("/").split("/")

    def plant(body: Json, value: Json) -> Json:
        place = body
        for name in parents:
            place = place[name]
        place[last] = value
        return body

    return plant


def removed(pointer: str) -> Plant:
    """Take the member at a place of the document away."""
    *parents, last = pointer.removeprefix("/").split("/")

    def plant(body: Json, _: Json) -> Json:
        place = body
        for name in parents:
            place = place[name]
        place.pop(last, None)
        return body

    return plant


def values_of(plainest: Json, drawn: SearchStrategy[Json] | None = None) -> SearchStrategy[Json]:
    """Give the plainest value first, and any other that has the same defect after it."""
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
