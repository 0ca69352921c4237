"""What an edition of the documentation changes: what it adds to the page's, drops from it and closes in it."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import ConfigDict, ValidationError
from pydantic.dataclasses import dataclass

from exports_conformance.contract.errors import ContractError

Edition = Literal["page", "7.10"]
How = Literal["adds", "drops", "closes"]

FOLDER = Path(__file__).parent
ATTRIBUTES = "/data/attributes/"


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid", strict=True))
class Change:
    """One thing in which an edition differs from the page's.

    `at` is a JSON pointer into an answer or a request (`of`); `type` are the JSON types of what is added, `value`
    is one that is added to those of a member. What is closed has `values`, or those of a published `list` of
    resource types. `requirement` is the one that what is dropped had.
    """

    how: How
    at: str
    since: str
    statement: str
    source: str
    of: Literal["answer", "request"] = "answer"
    type: list[str] | None = None
    value: str | None = None
    values: list[str] | None = None
    list: str | None = None
    requirement: str = ""


@cache
def changes(edition: Edition) -> tuple[Change, ...]:
    """Give what an edition changes; nothing for the page's own.

    Raises:
        ContractError: its file cannot be read, or an entry in it is no change.
    """
    return () if edition == "page" else load(FOLDER / f"{edition}.toml")


def load(file: Path) -> tuple[Change, ...]:
    """Read the changes of an edition from a TOML file.

    Raises:
        ContractError: the file cannot be read, or an entry in it is no change.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ContractError(f"{file}: cannot be read as an edition: {error}; restore it from the repository") from error
    if unknown := set(tables) - set(get_args(How)):
        raise ContractError(f"{file}: {min(unknown)} is nothing that an edition does; it adds, drops or closes")
    return tuple(_change(file, how, number, table) for how in tables for number, table in enumerate(tables[how]))


def _change(file: Path, how: Any, number: int, table: Mapping[str, Any]) -> Change:
    try:
        return Change(how=how, **table)
    except TypeError as error:
        raise ContractError(f"{file}: {how}[{number}]: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ContractError(f"{file}: {how}[{number}] {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def explanation(at: str, *, before: Edition, after: Edition, of: str = "answer", value: str = "") -> Change | None:
    """Give the documented change that explains a difference between answers of two editions; None within one.

    `at` is the place of the difference; `value` is what a member has become there, where that is what differs.
    """
    if before == after:
        return None
    for each in (*changes(before), *changes(after)):
        placed = each.of == of and (at == each.at or at.startswith(f"{each.at}/"))
        if placed and (each.value is None or each.value == value):
            return each
    return None


def closed(change: Change) -> frozenset[str]:
    """Give the values that an edition allows where it closes a list; of a published list of resource types, those."""
    if change.list is None:
        return frozenset(change.values or ())
    # It reads its file as it is loaded, and whoever only judges needs none of it.
    from exports_conformance.contract.resources import resource_types  # noqa: PLC0415

    return frozenset(name for name, kind in resource_types().items() if change.list in kind.listed_in)


def closing(sent: Mapping[str, Any], *, before: Edition, after: Edition) -> Change | None:
    """Give the change by which a creation with these attributes is no longer allowed; None where there is none."""
    for each in changes(after) if before != after else ():
        value = sent.get(each.at.removeprefix(ATTRIBUTES)) if each.how == "closes" else None
        if isinstance(value, str) and value not in closed(each):
            return each
    return None
