"""Editions of the documentation, a TOML file in `editions/` for each: their order, and what later ones change.

Decision: docs/decisions/0029-editions-are-changes.md.
"""

from collections.abc import Container, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from exports_conformance.contract.tables import ContractError, Texts, read_array, read_entry, read_toml

Edition: TypeAlias = str
"""The name of an edition: that of its file in `contract/editions/`, without the suffix."""
How = Literal["adds", "drops", "closes"]

EDITIONS_FOLDER = Path(__file__).parent / "editions"
ATTRIBUTES = "/data/attributes/"
STATUS = "/data/attributes/status"


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid", strict=True))
class EditionFacts:
    """What an edition says of itself: its place in time, and what readers call it.

    `statuses` are those of an export in the first edition; later ones add theirs as changes.
    """

    order: int
    title: str
    statuses: Texts = ()


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid", strict=True))
class Change:
    """One difference between an edition and the first one.

    `at` is a JSON pointer into a response or a request (`of`). What is added has JSON types (`type`), or is one more
    `value` of a member. What is closed has `values`, or those of a published `list` of resource types. `requirement`
    is the one that a dropped member had.
    """

    how: How
    at: str
    since: str
    statement: str
    source: str
    of: Literal["response", "request"] = "response"
    type: list[str] | None = None
    value: str | None = None
    values: list[str] | None = None
    list: str | None = None
    requirement: str = ""


@cache
def editions() -> Mapping[Edition, EditionFacts]:
    """Return the editions by name, in the order of time.

    Raises:
        ContractError: a file in `contract/editions/` cannot be read, or there is none.
    """
    found = {file.stem: load_edition(file)[0] for file in EDITIONS_FOLDER.glob("*.toml")}
    if not found:
        raise ContractError(f"{EDITIONS_FOLDER}: has no edition; restore the folder from the repository")
    return MappingProxyType(dict(sorted(found.items(), key=lambda pair: pair[1].order)))


def first_edition() -> Edition:
    """Return the edition that is assumed where nothing shows another one."""
    return next(iter(editions()))


def latest_edition() -> Edition:
    """Return the newest edition."""
    return next(reversed(list(editions())))


@cache
def changes(edition: Edition) -> tuple[Change, ...]:
    """Return what an edition changes; nothing for the first one.

    Raises:
        ContractError: its file cannot be read, or an entry does not fit.
    """
    return load_edition(EDITIONS_FOLDER / f"{edition}.toml")[1]


def load_edition(file: Path) -> tuple[EditionFacts, tuple[Change, ...]]:
    """Return what the TOML file of an edition says: about the edition, and its changes.

    Raises:
        ContractError: the file cannot be read, or an entry does not fit.
    """
    tables = read_toml(file)
    if unknown := set(tables) - {"edition", *get_args(How)}:
        raise ContractError(f"{file}: {min(unknown)} is unknown; an edition adds, drops or closes")
    facts = read_entry(f"{file}: [edition]", EditionFacts, tables.get("edition"))
    return facts, tuple(each for how in get_args(How) for each in read_array(file, tables, how, Change, how=how))


def explanation(at: str, *, before: Edition, after: Edition, of: str = "response", value: str = "") -> Change | None:
    """Return the documented change that explains a difference between two editions; None within one edition.

    `at` is the place of the difference, and `value` the new value there, if the value differs.
    """
    if before == after:
        return None
    for each in (*changes(before), *changes(after)):
        placed = each.of == of and (at == each.at or at.startswith(f"{each.at}/"))
        if placed and (each.value is None or each.value == value):
            return each
    return None


def closed(change: Change) -> frozenset[str]:
    """Return the values of a closed list; for a published list of resource types, its members."""
    if change.list is None:
        return frozenset(change.values or ())
    from exports_conformance.contract.resources import resource_types  # noqa: PLC0415  large; judging needs none of it

    return frozenset(name for name, kind in resource_types().items() if change.list in kind.listed_in)


def closing(sent: Mapping[str, Any], *, before: Edition, after: Edition) -> Change | None:
    """Return the change that no longer allows a creation with these attributes; None if there is none."""
    for each in changes(after) if before != after else ():
        value = sent.get(each.at.removeprefix(ATTRIBUTES)) if each.how == "closes" else None
        if isinstance(value, str) and value not in closed(each):
            return each
    return None


@cache
def has(edition: Edition, at: str, *, of: str = "response") -> bool:
    """Return True if an edition has the member at a JSON pointer; what no edition adds or drops, all have."""
    if any(each.how == "drops" and (each.of, each.at) == (of, at) for each in changes(edition)):
        return False
    added = [name for name in editions() for each in _added(name) if (each.of, each.at) == (of, at)]
    return not added or edition in added


@cache
def added_attributes(edition: Edition) -> tuple[str, ...]:
    """Return the attributes of an export that an edition adds to those of the first one."""
    return tuple(each.at.removeprefix(ATTRIBUTES) for each in _added(edition) if each.of == "response")


@cache
def statuses(edition: Edition) -> tuple[str, ...]:
    """Return the statuses of an export that an edition documents."""
    added = (each.value for each in changes(edition) if each.how == "adds" and each.at == STATUS)
    return (*editions()[first_edition()].statuses, *(value for value in added if value is not None))


def edition_with(attributes: Container[str]) -> tuple[Edition, tuple[str, ...]]:
    """Return the edition that an export's attributes show, and those that show it; the first one if none does."""
    for edition in reversed(list(editions())):
        if shown := tuple(name for name in added_attributes(edition) if name in attributes):
            return edition, shown
    return first_edition(), ()


def _added(edition: Edition) -> list[Change]:
    """Return the members that an edition adds; a new value of a member is none."""
    return [each for each in changes(edition) if each.how == "adds" and each.value is None]
