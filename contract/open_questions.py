"""Questions that the documentation leaves open or answers differently, with what is known about them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from exports_conformance.contract.tables import ContractError, read_array, read_tables, read_toml

_FILE = Path(__file__).parent / "open_questions.toml"

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, config=_STRICT)
class Known:
    """What a source outside the documentation shows; `date` is a day, a month or a year in ISO 8601."""

    saw: str
    where: str
    date: str
    source: str = ""


@dataclass(frozen=True, slots=True, config=_STRICT)
class OpenQuestion:
    """A question that the documentation leaves open.

    `treated` states what this suite accepts. The exchanges of a run show an answer if they have one of the `flaws`,
    or a flaw that `breaks` one of these requirements, or if `look` names what to read from a new export.
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
def open_questions() -> Mapping[str, OpenQuestion]:
    """Return every open question by its id, in the order of the file.

    Raises:
        ContractError: the file cannot be read, or an entry does not fit.
    """
    return read_tables(_FILE, OpenQuestion)


_VOLATILE = Path(__file__).parent / "volatile.toml"

VolatileKind = Literal[
    "text", "link", "time", "count", "number", "url", "object", "page", "state", "enum", "prose", "free"
]


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid", strict=True))
class VolatilePlace:
    """A place of a response, and what its values are.

    `at` is a JSON pointer in which `*` stands for any index or name. Of the `values` of a state, one may become
    another without a request. `moves`: the value comes and goes, or is null at times.
    """

    at: str
    kind: VolatileKind
    because: str
    moves: bool = False
    values: list[str] | None = None


@cache
def volatile_places() -> Mapping[str, VolatilePlace]:
    """Return every volatile place by its pattern, in the order of the file.

    Raises:
        ContractError: the file cannot be read, or an entry does not fit.
    """
    return load_places(_VOLATILE)


def load_places(file: Path) -> Mapping[str, VolatilePlace]:
    """Return the volatile places of a TOML file by their patterns, in the order of the file.

    Raises:
        ContractError: the file cannot be read, has no place, or an entry does not fit.
    """
    places = read_array(file, read_toml(file), "place", VolatilePlace)
    if not places:
        raise ContractError(f"{file}: has no [[place]]; restore it from the repository")
    return MappingProxyType({place.at: place for place in places})
