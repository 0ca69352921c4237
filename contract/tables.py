"""Tables: a TOML file of the contract that has an entry for each table, named by it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from exports_conformance.contract.errors import ContractError

Entry = TypeVar("Entry")


def read_tables(file: Path, kind: type[Entry]) -> Mapping[str, Entry]:
    """Read the entries of a file by their ids, in its order; `kind` is a pydantic dataclass with an `id`.

    Raises:
        ContractError: the file cannot be read, or an entry in it is not what it should be.
    """
    tables: dict[str, dict[str, object]] = {}
    try:
        tables |= tomllib.loads(file.read_text(encoding="utf-8"))
        entries = TypeAdapter(list[kind]).validate_python([{"id": name, **table} for name, table in tables.items()])  # type: ignore[valid-type]  # known at run time
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"][1:]))
        name = list(tables)[int(first["loc"][0])]
        raise ContractError(f"{file}: [{name}] {place}: {first['msg']}; mend the entry") from error
    except (OSError, ValueError, TypeError) as error:
        raise ContractError(f"{file}: cannot be read: {error}; restore it from the repository") from error
    return MappingProxyType(dict(zip(tables, entries, strict=True)))
