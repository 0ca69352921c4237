"""What the documentation does not say, says twice, or says differently by edition: questions with what is known."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from exports_conformance.contract.tables import read_tables

FILE = Path(__file__).parent / "open_questions.toml"

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, config=_STRICT)
class Known:
    """What a source outside the documentation shows or says; `date` is a day, a month or a year in ISO 8601."""

    saw: str
    where: str
    date: str
    source: str = ""


@dataclass(frozen=True, slots=True, config=_STRICT)
class OpenQuestion:
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
def open_questions() -> Mapping[str, OpenQuestion]:
    """Give every silence by its id, in the order of the file.

    Raises:
        ContractError: the file cannot be read, or an entry in it is not what it should be.
    """
    return read_tables(FILE, OpenQuestion)
