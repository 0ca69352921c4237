"""The error guide: the cause of each error that a creation can get, and how to fix it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from exports_conformance.contract.tables import read_tables

_FILE = Path(__file__).parent / "error_guide.toml"


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class ErrorGuide:
    """An error, identified by its `code` and, if one code has several meanings, by `meta` (its `meta.error`).

    `said` is how well the meaning is known: documented, recorded in a response, or inferred. `source` is an address.
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
    """Return the entries of the guide by id, in the order of the file.

    Raises:
        ContractError: the file cannot be read, or an entry does not fit.
    """
    return read_tables(_FILE, ErrorGuide)
