"""The error guide: what causes each error that a creation may meet, and what mends it."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from exports_conformance.contract.errors import ContractError

FILE = Path(__file__).parent / "error_guide.toml"


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class ErrorGuide:
    """An error by its `code`, and where one code means many things by `meta` (its `meta.error`).

    `said` says how sure its meaning is: documented, seen in a recorded answer, or inferred. `source` is an address.
    """

    id: str
    status: int
    code: str
    cause: str
    fix: str
    said: Literal["documented", "recorded", "inferred"]
    source: str
    meta: str = ""


@cache
def error_guide() -> Mapping[str, ErrorGuide]:
    """Give the entries of the guide by id, in the order of the file.

    Raises:
        ContractError: the file cannot be read, or an entry in it is not what it should be.
    """
    return load(FILE)


def load(file: Path) -> Mapping[str, ErrorGuide]:
    """Read an error guide from a TOML file, a table each.

    Raises:
        ContractError: the file cannot be read, or an entry in it is not what it should be.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
        read = TypeAdapter(list[ErrorGuide]).validate_python([{"id": name, **table} for name, table in tables.items()])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ContractError(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}; mend the entry") from error
    except (OSError, ValueError, TypeError) as error:
        raise ContractError(f"{file}: cannot be read: {error}; restore it from the repository") from error
    return MappingProxyType({each.id: each for each in read})
