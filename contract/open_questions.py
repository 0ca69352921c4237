"""Questions that the documentation leaves open or answers differently, with what is known about them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from exports_conformance.contract.tables import read_tables

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
