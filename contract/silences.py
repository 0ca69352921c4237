"""What the documentation does not say, says twice, or says differently by edition: questions with what is known."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from exports_conformance.contract.errors import ContractError

FILE = Path(__file__).parent / "silences.toml"

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, config=_STRICT)
class Known:
    """What a source outside the documentation shows or says; `date` is a day, a month or a year in ISO 8601."""

    saw: str
    where: str
    date: str
    source: str = ""


@dataclass(frozen=True, slots=True, config=_STRICT)
class Silence:
    """A question that the documentation leaves open.

    `treated` says what this suite accepts. A run's exchanges answer it where they have one of the `flaws`,
    or one that `breaks` one of these requirements, or where `look` names what is looked at in a new export.
    """

    id: str
    question: str
    treated: str
    kind: Literal["silent", "contradiction", "edition"] = "silent"
    flaws: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    look: str = ""
    known: tuple[Known, ...] = ()


@cache
def silences() -> Mapping[str, Silence]:
    """Give every silence by its id, in the order of the file.

    Raises:
        ContractError: the file cannot be read, or an entry in it is not what it should be.
    """
    return load(FILE)


def load(file: Path) -> Mapping[str, Silence]:
    """Read silences from a TOML file, a table each.

    Raises:
        ContractError: the file cannot be read, or an entry in it is not what it should be.
    """
    tables: dict[str, dict[str, object]] = {}
    try:
        tables |= tomllib.loads(file.read_text(encoding="utf-8"))
        entries = [{"id": name, **table} for name, table in tables.items()]
        read = TypeAdapter(list[Silence]).validate_python(entries)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"][1:]))
        name = list(tables)[int(first["loc"][0])]
        raise ContractError(f"{file}: [{name}] {place}: {first['msg']}; mend the entry") from error
    except (OSError, ValueError, TypeError) as error:
        raise ContractError(f"{file}: cannot be read: {error}; restore it from the repository") from error
    return MappingProxyType({each.id: each for each in read})
