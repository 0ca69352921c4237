"""The requirements: every documented promise with an id, a sentence, and where it is said."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from exports_conformance.contract.errors import ContractError
from exports_conformance.contract.exchange import Edition

FOLDER = Path(__file__).parent
FILE = FOLDER / "requirements.toml"

SaidIn = Literal["page", "guide", "schema", "format", "inferred"]
Weight = Literal["promise", "advice"]
Topic = Literal["request", "arguments", "answer", "errors", "limits", "life", "file"]

_ORDER: tuple[Edition, ...] = get_args(Edition)
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "topic": get_args(Topic),
    "said_in": get_args(SaidIn),
    "weight": get_args(Weight),
    "since": _ORDER,
    "until": _ORDER,
}


@dataclass(frozen=True, slots=True)
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
    if not isinstance(table, dict):
        raise ContractError(f"{file}: [{name}] is not a table")
    for key, choices in _CHOICES.items():
        if key in table and table[key] not in choices:
            raise ContractError(f"{file}: [{name}] {key} = {table[key]!r}; one of {', '.join(choices)} is meant")
    try:
        return Requirement(id=name, **table)
    except TypeError as error:
        problem = str(error).removeprefix("Requirement.__init__() ")
        raise ContractError(f"{file}: [{name}] {problem}") from error


@cache
def digest() -> str:
    """Give the SHA-256 of everything the contract says (its data files), in hexadecimal."""
    said = sha256()
    for file in sorted(FOLDER.glob("*.toml")) + sorted(FOLDER.glob("*.yaml")) + sorted(FOLDER.glob("*.json")):
        said.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return said.hexdigest()
