"""Comparison of two descriptions by the table: every difference once, with its impact on callers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import Any

from exports_conformance.contract.requirements import requirements
from exports_conformance.upgrade.drift.description import (
    CREATE,
    IMPACTS,
    PRESENT,
    SAVED_PAGE,
    UPDATE,
    Aspects,
    ComparedAspect,
    Description,
    Impact,
    Part,
    Place,
    rows_of,
)

_REQUIREMENTS: Mapping[Part, tuple[str, ...]] = MappingProxyType(
    {
        "argument": ("argument-{}-required", "argument-{}-accepted", "argument-{}-typed", "create-echoes-{}"),
        "update argument": ("update-takes",),
        "attribute": ("answer-{}", "answer-{}-known"),
        "relationship": ("relationship-{}",),
        "member": ("answer-{}",),
    }
)
_PARENTS: Mapping[Part, str] = MappingProxyType({"argument": CREATE, "update argument": UPDATE})
_MOST_VALUES = 12  # values shown of a list; there are 86 resource types

Silent = Callable[[Place, str], bool]
"""Whether the new document may leave an aspect of a place unstated."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference between an old document, or our contract, and a new one.

    `aspect` is `added` or `removed` for a whole place. `old` and `new` are what each document says, in words, and
    `requirements` the requirements that rest on the place.
    """

    part: Part
    name: str
    aspect: str
    impact: Impact
    old: str = ""
    new: str = ""
    requirements: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what identifies the drift: part, name and aspect."""
        return self.part, self.name, self.aspect

    def __str__(self) -> str:
        """Return the drift as one line."""
        said = f": {self.old} → {self.new}" if self.old and self.new else ""
        if not said and (self.old or self.new):
            said = f": also {self.new}" if self.new else f": no longer {self.old}"
        resting = f" (requirements: {', '.join(self.requirements)})" if self.requirements else ""
        return f"{self.impact}: {self.part} {self.name}: {self.aspect}{said}{resting}"


def drifts(old: Description, new: Description, *, silent: Silent | None = None) -> list[Drift]:
    """Return every difference between two descriptions, the breaking ones first.

    With `silent`, the old description is our contract: `silent` decides what the document may leave unstated, and
    wording is not compared.
    """
    found = chain(_places(old, new, silent), _aspects(old, new, silent))
    return sorted(found, key=lambda each: (IMPACTS.index(each.impact), each.part, each.name, each.aspect))


def _places(old: Description, new: Description, silent: Silent | None) -> Iterator[Drift]:
    """Yield the places that only one document has, without those that lie within such a place."""
    for place in [*old.places, *(each for each in new.places if each not in old.places)]:
        here, there = place in old.places, place in new.places
        if (here and there) or not (old.speaks_of(place, PRESENT) and new.speaks_of(place, PRESENT)):
            continue
        has, lacks = (old, new) if here else (new, old)
        within = any(each != place and each in has.places and _lacks(lacks, each) for each in _around(place))
        if within or (here and silent is not None and silent(place, PRESENT)):
            continue
        yield from _place(place, has.places[place], added=there)


def _place(place: Place, aspects: Aspects, *, added: bool) -> Iterator[Drift]:
    part, name = place
    row = next((each for each in rows_of(part) if each.aspect == PRESENT), None)
    if row is None:
        return
    impact: Impact = row.more if added else row.less
    if name.endswith(("[]", "*")):  # not a member, but a constraint on members
        impact = "compatible"
    elif added and part in {"argument", "update argument", "parameter"} and aspects.get("required"):
        impact = "breaking"
    yield Drift(part, name, "added" if added else "removed", impact, requirements=_resting(place))


def _lacks(description: Description, place: Place) -> bool:
    return place not in description.places and description.speaks_of(place, PRESENT)


def _around(place: Place) -> Iterator[Place]:
    """Yield the places that a place lies within: it cannot be there without them."""
    part, name = place
    if part == "parameter":
        yield "operation", name.partition(": ")[0]
        yield part, name.removesuffix("[]")
        return
    if part in _PARENTS:
        yield "operation", _PARENTS[part]
    for at, character in enumerate(name):
        if at and (character == "." or name.startswith("[]", at)):
            yield part, name[:at]


def _aspects(old: Description, new: Description, silent: Silent | None) -> Iterator[Drift]:
    for place in old.places:
        if place not in new.places:
            continue
        for row in rows_of(place[0]):
            if row.aspect == PRESENT or (row.wording and silent is not None):
                continue
            if old.speaks_of(place, row.aspect) and new.speaks_of(place, row.aspect):
                yield from _aspect(old, new, place, row, silent)


def _aspect(
    old: Description, new: Description, place: Place, row: ComparedAspect, silent: Silent | None
) -> Iterator[Drift]:
    was, now = old.places[place].get(row.aspect), new.places[place].get(row.aspect)
    if row.aspect == "attributes shown" and was and now:
        both = {name for part, name in old.places if part == "attribute" and (part, name) in new.places}
        was, now = was & both, now & both
    if was == now or (was is None and now is False) or (was is False and now is None):
        return
    if not now and silent is not None and ((row.detail and now is None) or silent(place, row.aspect)):
        return
    direction = row.measure(was, now)
    if new.form == SAVED_PAGE and place[0] == "attribute" and direction == "less":
        return  # an example's value has a narrower type than the attribute may have
    yield Drift(
        *place, row.aspect, getattr(row, direction), *_in_words(row.aspect, was, now), requirements=_resting(place)
    )


def _in_words(aspect: str, was: Any, now: Any) -> tuple[str, str]:
    """Return two values of an aspect in words; of two lists, what each has and the other lacks."""
    if isinstance(was, frozenset) and isinstance(now, frozenset):
        if aspect != "values" or (was and now):
            return _list(was - now), _list(now - was)
        return ("a closed list", "any value") if was else ("any value", f"only {_list(now)}")
    return _words(was), _words(now)


def _list(values: frozenset[str]) -> str:
    shown = sorted(values)
    more = f" and {len(shown) - _MOST_VALUES} more" if len(shown) > _MOST_VALUES else ""
    return ", ".join(shown[:_MOST_VALUES]) + more


def _words(value: Any) -> str:
    if isinstance(value, frozenset):
        return _list(value)
    return (
        {None: "not stated", True: "yes", False: "no"}[value]
        if value is None or value is True or value is False
        else str(value)
    )


def _resting(place: Place) -> tuple[str, ...]:
    name = place[1].removeprefix("attributes.").replace("_", "-")
    forms = _REQUIREMENTS.get(place[0], ())
    return tuple(each for each in (form.format(name) for form in forms) if each in requirements())
