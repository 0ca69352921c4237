"""The requirements: every documented promise with an id, a sentence, and where it is said."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from pydantic import ConfigDict, ValidationError
from pydantic.dataclasses import dataclass

from exports_conformance.contract.editions import Edition
from exports_conformance.contract.errors import ContractError

FOLDER = Path(__file__).parent
FILE = FOLDER / "requirements.toml"

SaidIn = Literal["page", "guide", "schema", "format", "inferred"]
Weight = Literal["promise", "advice"]
Topic = Literal["request", "arguments", "answer", "errors", "limits", "life", "file"]

_ORDER: tuple[Edition, ...] = get_args(Edition)
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid", strict=True))
class Requirement:
    """One documented promise.

    `source` is an address, `#section` included. `since` is the first edition that has it, `until` the first
    that no longer does. `when_seen`: judged if it occurs, and never missed if it does not.
    """

    id: str
    topic: Topic
    statement: str
    said_in: SaidIn
    source: str
    weight: Weight
    since: Edition = "page"
    until: Edition | None = None
    when_seen: bool = False

    def in_edition(self, edition: Edition) -> bool:
        """Say whether an edition of the documentation has this requirement."""
        at = _ORDER.index(edition)
        return _ORDER.index(self.since) <= at and (self.until is None or at < _ORDER.index(self.until))


@cache
def requirements() -> Mapping[str, Requirement]:
    """Give every requirement by its id, in the order of the contract file.

    Raises:
        ContractError: the file cannot be read, or an entry in it is not a requirement.
    """
    return load(FILE)


def load(file: Path) -> Mapping[str, Requirement]:
    """Read requirements from a TOML file, a table each.

    Raises:
        ContractError: the file cannot be read, or an entry in it is not a requirement.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ContractError(f"{file}: cannot be read as the contract: {error}") from error
    if not tables:
        raise ContractError(f"{file}: has no requirement; restore it from the repository")
    return MappingProxyType({name: _requirement(file, name, table) for name, table in tables.items()})


def _requirement(file: Path, name: str, table: Any) -> Requirement:
    if not _ID.fullmatch(name):
        raise ContractError(f"{file}: [{name}] is no id; an id is of words in lower case with hyphens between")
    if not isinstance(table, dict) or "id" in table:
        raise ContractError(f"{file}: [{name}] is not a table of a requirement; its id is the table's name")
    try:
        return Requirement(id=name, **table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        given = "" if first["type"] == "missing" else f", not {first['input']!r}"
        raise ContractError(f"{file}: [{name}] {key}: {first['msg']}{given}") from error


@cache
def digest() -> str:
    """Give the SHA-256 of everything the contract says (its data files), in hexadecimal."""
    said = sha256()
    patterns = ("*.toml", "editions/*.toml", "*.yaml", "*.json")
    for file in [file for pattern in patterns for file in sorted(FOLDER.glob(pattern))]:
        said.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return said.hexdigest()
