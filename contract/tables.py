"""Read the contract's TOML files: a file, and the tables in it as checked dataclasses."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

from pydantic import Strict, ValidationError

Entry = TypeVar("Entry")
Texts = Annotated[tuple[str, ...], Strict(False)]
"""A field that TOML writes as an array of strings."""


def read_toml(file: Path) -> dict[str, Any]:
    """Return the tables of a TOML file.

    Raises:
        ContractError: the file is missing, or is not TOML in UTF-8.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ContractError(f"{file}: cannot be read: {error}; restore it from the repository") from error


def read_entry(place: str, kind: type[Entry], table: Any, **more: object) -> Entry:
    """Return a table as an instance of `kind`, a pydantic dataclass; `more` are fields that the table lacks.

    Raises:
        ContractError: the table does not fit; the message begins with `place` and names the key.
    """
    if not isinstance(table, dict) or more.keys() & table.keys():
        own = "".join(f"; its {name} is the table's name" for name in more)
        raise ContractError(f"{place}: is not a table of this file{own}; correct the entry")
    try:
        return kind(**more, **table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        given = "" if first["type"] == "missing" else f", not {first['input']!r}"
        raise ContractError(f"{place} {key}: {first['msg']}{given}; correct the entry") from error


def read_tables(file: Path, kind: type[Entry]) -> Mapping[str, Entry]:
    """Return the entries of a file with one table for each, by the table's name, in the order of the file.

    Raises:
        ContractError: the file cannot be read, has no table, or a table does not fit `kind`, which has an `id`.
    """
    tables = read_toml(file)
    if not tables:
        raise ContractError(f"{file}: has no entry; restore it from the repository")
    return MappingProxyType(
        {name: read_entry(f"{file}: [{name}]", kind, each, id=name) for name, each in tables.items()}
    )


def read_array(
    file: Path, tables: Mapping[str, Any], name: str, kind: type[Entry], **more: object
) -> tuple[Entry, ...]:
    """Return the entries of an array of tables that was read from a file; none if the file lacks the array.

    Raises:
        ContractError: the array is another value, or an element does not fit `kind`.
    """
    listed = tables.get(name, [])
    if not isinstance(listed, list):
        raise ContractError(f"{file}: {name} is not an array of tables; write [[{name}]]")
    return tuple(read_entry(f"{file}: {name}[{at}]", kind, each, **more) for at, each in enumerate(listed))


class ContractError(Exception):
    """A part of the contract cannot be used; the message names the place, the problem and the remedy."""
