"""The error guide: what causes each error that a creation may meet, and what mends it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from exports_conformance.contract.tables import read_tables

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
    return read_tables(FILE, ErrorGuide)
