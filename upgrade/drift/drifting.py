"""Drifting: what one document says and the other does not, or says otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from exports_conformance.contract.editions import (
    Change,
    Edition,
    added_attributes,
    changes,
    closed,
    edition_with,
    editions,
    statuses,
)
from exports_conformance.contract.openapi import openapi
from exports_conformance.contract.requirements import requirements
from exports_conformance.upgrade.drift.described import Fact, FactKind, Facts, described

Aspect = Literal["on our side only", "on their side only", "types", "required", "nullable", "values"]

_ATTRIBUTES = "/data/attributes/"
_RELATIONSHIPS = "/data/relationships/"
_REQUIREMENTS: Mapping[FactKind, tuple[str, ...]] = {
    "operation": (),
    "argument": ("argument-{}-required", "argument-{}-accepted", "argument-{}-typed", "create-echoes-{}"),
    "attribute": ("answer-{}", "answer-{}-known"),
    "relationship": ("relationship-{}",),
}


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that our transcription and a published document do not say alike.

    `ours` and `theirs` are what each says, empty where it has nothing; `requirements` are those that rest on it.
    """

    kind: FactKind
    name: str
    aspect: Aspect
    ours: str = ""
    theirs: str = ""
    requirements: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in a line."""
        said = f": {self.ours} here, {self.theirs} there" if self.ours or self.theirs else ""
        rests = f" (requirements: {', '.join(self.requirements)})" if self.requirements else ""
        return f"{self.kind} {self.name}: {self.aspect}{said}{rests}"


def edition_told(facts: Facts) -> Edition:
    """Return the edition that a document describes: the attributes of an export show it."""
    return edition_with({name for kind, name in facts if kind == "attribute"})[0]


def transcribed(edition: Edition) -> Facts:
    """Give the facts of our own transcription, as they are in an edition."""
    facts = dict(described(openapi()))
    facts["attribute", "status"] = replace(facts["attribute", "status"], values=frozenset(statuses(edition)))
    later = {name for each in editions() if each != edition for name in added_attributes(each)}
    for name in later - set(added_attributes(edition)):
        facts.pop(("attribute", name))
    for change in changes(edition):
        _apply(facts, change)
    return facts


def _apply(facts: dict[tuple[FactKind, str], Fact], change: Change) -> None:
    attribute = change.at.removeprefix(_ATTRIBUTES)
    if change.how == "drops" and change.at.startswith(_RELATIONSHIPS):
        dropped = change.at.removeprefix(_RELATIONSHIPS)
        facts.pop(("relationship", dropped))
        for kind, name in list(facts):
            if kind == "operation" and name.endswith(f"/{dropped}"):
                facts.pop((kind, name))
    elif change.of == "request" and not attribute.startswith("_"):  # a trigger is none of a creation's arguments
        key: tuple[FactKind, str] = ("argument", f"attributes.{attribute}")
        if change.how == "adds":
            types = frozenset(change.type or ()) - {"null"}
            facts[key] = Fact(types, required=False, nullable="null" in (change.type or ()), values=frozenset())
        else:
            facts[key] = replace(facts[key], values=closed(change))


def drifts(theirs: Facts, *, edition: Edition, whole: bool) -> list[Drift]:
    """Give every drift of a document from our transcription.

    `whole`: it describes all operations; one that does not says nothing of those it leaves out.
    """
    ours = transcribed(edition)
    found = [Drift(*key, "on our side only") for key in ours if key not in theirs and (whole or _on_the_page(key))]
    found += [Drift(*key, "on their side only") for key in theirs if key not in ours]
    for key in [key for key in ours if key in theirs]:
        found += _differing(key, ours[key], theirs[key])
    return sorted(
        (replace(each, requirements=_resting(each)) for each in found), key=lambda each: (each.kind, each.name)
    )


def _on_the_page(key: tuple[FactKind, str]) -> bool:
    return key[0] != "operation" or key[1] == "POST /exports"


def _differing(key: tuple[FactKind, str], ours: Fact, theirs: Fact) -> Iterator[Drift]:
    """Compare what both say; what one of them says nothing of is no drift."""
    aspects: tuple[Literal["types", "required", "nullable", "values"], ...] = (
        "types",
        "required",
        "nullable",
        "values",
    )
    for aspect in aspects:
        here, there = getattr(ours, aspect), getattr(theirs, aspect)
        if here is not None and there is not None and here != there:
            yield Drift(*key, aspect, *_said(here, there))


def _said(here: object, there: object) -> tuple[str, str]:
    if not isinstance(here, frozenset) or not isinstance(there, frozenset):
        return str(here).lower(), str(there).lower()
    if not here or not there:
        return ("a closed list" if here else "an open one"), ("a closed list" if there else "an open one")
    return ", ".join(sorted(here - there)) or "no more", ", ".join(sorted(there - here)) or "no more"


def _resting(drift: Drift) -> tuple[str, ...]:
    name = drift.name.removeprefix("attributes.").replace("_", "-")
    return tuple(each for each in (form.format(name) for form in _REQUIREMENTS[drift.kind]) if each in requirements())
