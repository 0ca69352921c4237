"""Comparison of two descriptions by the table: every difference once, with its impact; those that are accepted."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from types import MappingProxyType

from pydantic import ConfigDict, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.untrusted import parse_toml, read_regular
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


def _in_words(aspect: str, was: Json, now: Json) -> tuple[str, str]:
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


def _words(value: Json) -> str:
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


class AcceptedDriftsError(Exception):
    """A file of accepted drifts that cannot be used: which entry, why, and what to do, in one line."""


@checked_dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid", strict=True))
class AcceptedDrift:
    """One accepted drift: `part`, `name` and `aspect` as `drift` prints them, `new` what the document says now.

    `owner` accepted it because of `reason`, until the end of the day `until`.
    """

    part: str
    name: str
    aspect: str
    owner: str
    reason: str
    until: date
    new: str = ""

    def covers(self, drift: Drift) -> bool:
        """Return True if a drift is this one, and the document still says what was accepted."""
        return (self.part, self.name, self.aspect) == drift.key and self.new in {"", drift.new}


@dataclass(frozen=True, slots=True)
class JudgedDrifts:
    """Drifts that count, drifts that are accepted, and a line for each expired or stale entry."""

    counting: tuple[Drift, ...]
    accepted: tuple[tuple[Drift, AcceptedDrift], ...]
    problems: tuple[str, ...]


def read_accepted(file: Path) -> tuple[AcceptedDrift, ...]:
    """Return the accepted drifts of a TOML file, `[[accepted]]` each.

    Raises:
        AcceptedDriftsError: the file cannot be read, or an entry is malformed, listed twice, or incomplete.
    """
    try:
        document = parse_toml(read_regular(file).decode())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise AcceptedDriftsError(f"{file}: cannot be read as accepted drifts: {reason}; correct the file") from None
    entries = document.get("accepted", [])
    if document.keys() - {"accepted"} or not isinstance(entries, list):
        raise AcceptedDriftsError(f"{file}: has more than [[accepted]] tables; write one such table for each drift")
    found: list[AcceptedDrift] = []
    for number, entry in enumerate(entries, 1):
        accepted = _accepted(f"{file}: accepted drift {number}", entry)
        if any(
            (each.part, each.name, each.aspect) == (accepted.part, accepted.name, accepted.aspect) for each in found
        ):
            raise AcceptedDriftsError(f"{file}: accepted drift {number}: is listed twice; keep one of the entries")
        found.append(accepted)
    return tuple(found)


def _accepted(place: str, entry: Json) -> AcceptedDrift:
    try:
        accepted = AcceptedDrift(**entry)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise AcceptedDriftsError(
            f"{place}: {'.'.join(map(str, first['loc']))}: {first['msg']}; correct the entry"
        ) from None
    except TypeError:
        raise AcceptedDriftsError(f"{place}: is not a table; write [[accepted]] above its keys") from None
    for key in ("part", "name", "aspect", "owner", "reason"):
        if not getattr(accepted, key).strip():
            raise AcceptedDriftsError(f"{place}: {key} is empty; fill it in")
    return accepted


def judge_drifts(drifts: Iterable[Drift], accepted: Iterable[AcceptedDrift], *, today: date) -> JudgedDrifts:
    """Return which drifts count: cosmetic ones never do, accepted ones from the day after `until`."""
    entries, found = list(accepted), [each for each in drifts if each.impact != "cosmetic"]
    valid = [each for each in entries if each.until >= today]
    covered = [(drift, next((each for each in valid if each.covers(drift)), None)) for drift in found]
    return JudgedDrifts(
        counting=tuple(drift for drift, entry in covered if entry is None),
        accepted=tuple((drift, entry) for drift, entry in covered if entry is not None),
        problems=tuple(
            _problem(each, today) for each in entries if each.until < today or not any(map(each.covers, found))
        ),
    )


def _problem(accepted: AcceptedDrift, today: date) -> str:
    what = f"the accepted drift of {accepted.part} {accepted.name} ({accepted.aspect})"
    if accepted.until < today:
        return f"{what} expired on {accepted.until}; have {accepted.owner} renew it, or correct the contract"
    return f"{what} is stale: the document no longer differs so; delete the entry"
