"""The requirements: each promise with an id, a sentence, its source and what shows it; the shapes that they name.

Decision: docs/decisions/0006-promises-checked-when-they-occur.md.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, StrictBool
from pydantic import dataclasses as pydantic_dataclasses

from exports_conformance.contract.edition import Edition, editions, first_edition
from exports_conformance.contract.tables import ContractError, Texts, read_tables

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a JSON value: the words for it, and a predicate that is true for values that have it."""

    words: str
    fits: Callable[[Any], bool]


def instant(value: Any) -> datetime | None:
    """Return the time that an RFC 3339 text names, a leap second as the second before; None for any other value."""
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(re.sub(r":60(?=[.Zz+-])", ":59", value.upper()))
    except ValueError:
        return None


def is_same_time(one: Any, other: Any) -> bool:
    """Return True if two RFC 3339 texts name the same time, to the precision of the coarser one."""
    first, second = instant(one), instant(other)
    if first is None or second is None:
        return False
    return abs(first - second) < max(_precision(one), _precision(other)) or first == second


def is_before(one: Any, other: Any) -> bool:
    """Return True if an RFC 3339 text names an earlier time than another, to the precision of the coarser one."""
    first, second = instant(one), instant(other)
    return first is not None and second is not None and first < second and not is_same_time(one, other)


def _precision(text: str) -> timedelta:
    """Return the unit of the last digit of a time, at least a microsecond."""
    time = _RFC_3339.fullmatch(text)
    digits = len((time and time[1]) or ".") - 1
    return timedelta(microseconds=10 ** (6 - min(digits, 6)))


def url_path(value: Any) -> str | None:
    """Return the path of an absolute http(s) URL; None for any other value."""
    if not isinstance(value, str):
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return parts.path if parts.scheme in {"http", "https"} and parts.netloc else None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_percentage(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 100  # noqa: PLR2004  percent


def _is_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


STRING = Shape("a string", lambda value: isinstance(value, str))
NON_EMPTY = Shape("a non-empty string", lambda value: isinstance(value, str) and bool(value.strip()))
BOOLEAN = Shape("a boolean", lambda value: isinstance(value, bool))
STRINGS = Shape("an array of strings", _is_strings)
OBJECT = Shape("an object", lambda value: isinstance(value, dict))
COUNT = Shape("a non-negative integer", _is_count)
NUMBER = Shape("a number", _is_number)
PERCENTAGE = Shape("a number from 0 to 100", _is_percentage)
TIME = Shape("an RFC 3339 time", lambda value: instant(value) is not None)
URL = Shape("an absolute URL", lambda value: url_path(value) is not None)
NULL = Shape("null", lambda value: value is None)

NAMED: Mapping[str, Shape] = MappingProxyType(
    {
        each.words: each
        for each in (STRING, NON_EMPTY, BOOLEAN, STRINGS, OBJECT, COUNT, NUMBER, PERCENTAGE, TIME, URL, NULL)
    }
)
"""The shapes by their words."""


@cache
def shape(words: str) -> Shape:
    """Return the shape that words name: shapes or quoted texts, joined by "or" (`"json" or "csv" or null`).

    Raises:
        ValueError: the words name no shape.
    """
    alternatives = [_alternative(each) for each in words.split(" or ")]
    return Shape(words, lambda value: any(each.fits(value) for each in alternatives))


def _alternative(words: str) -> Shape:
    if words in NAMED:
        return NAMED[words]
    try:
        text = json.loads(words)
    except ValueError:
        text = None
    if isinstance(text, str):
        return Shape(words, lambda value: isinstance(value, str) and value == text)
    raise ValueError(f"{words!r} is not a shape; use a quoted text, or one of: {', '.join(NAMED)}")


FOLDER = Path(__file__).parent
REQUIREMENTS_FILE = FOLDER / "requirements.toml"

Basis = Literal["documented", "inferred"]
SaidIn = Literal["page", "guide", "schema", "format", "inferred"]
Weight = Literal["promise", "advice"]
Topic = Literal["request", "arguments", "answer", "errors", "limits", "life", "file"]

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CLOSED = ConfigDict(extra="forbid")
_PAGES = re.compile(r"https://docs\.commercelayer\.io/core/api-reference/exports/(create|retrieve|list)\b")
_SCHEMAS = re.compile(r"https://docs\.commercelayer\.io/core/api-reference/|https://github\.com/")


@pydantic_dataclasses.dataclass(frozen=True, slots=True, config=_CLOSED)
class Where:
    """What shows a requirement: JSON pointers into both bodies, header names in lower case, and flags for the rest.

    A header name matches every header that begins with it, and `*` in a pointer any element of an array. `line` is
    the request line, `status` the response's status, `file` names facts of a file. For a request with a flaw, the
    place of the flaw stands for `request`.
    """

    request: Texts = ()
    response: Texts = ()
    request_header: Texts = ()
    response_header: Texts = ()
    line: StrictBool = False
    status: StrictBool = False
    file: Texts = ()


@pydantic_dataclasses.dataclass(frozen=True, slots=True, config=_CLOSED)
class Requirement:
    """One documented promise.

    `basis` tells whether the source states it in words; if it is inferred, `how` states from what. `source` is an
    address with its section. `since` is the first edition that has it, `until` the first that no longer has it.
    `when_seen`: checked if it occurs, and not missed if it does not. The keys from `shape` on each state a rule; it
    is about the last place in the response that `where` names.
    """

    id: str
    topic: Topic
    statement: str
    basis: Basis
    source: str
    weight: Weight
    where: Where
    how: str = ""
    since: Edition = field(default_factory=first_edition)
    until: Edition | None = None
    when_seen: StrictBool = False
    shape: str = ""
    echoes: str = ""
    default: Any = None
    accepts: str = ""
    filled_when: Texts = ()
    relationship: str = ""

    def in_edition(self, edition: Edition) -> bool:
        """Return True if an edition of the documentation has this requirement."""
        order = list(editions())
        at = order.index(edition)
        return order.index(self.since) <= at and (self.until is None or at < order.index(self.until))

    @property
    def said_in(self) -> SaidIn:
        """The kind of document that states it, as reports write it: `inferred` if none does in words."""
        if self.basis == "inferred":
            return "inferred"
        if "jsonapi.org" in self.source:
            return "format"
        if _PAGES.match(self.source):
            return "page"
        return "schema" if _SCHEMAS.match(self.source) else "guide"


@cache
def requirements() -> Mapping[str, Requirement]:
    """Return every requirement by its id, in the order of the contract file.

    Raises:
        ContractError: the file cannot be read, or an entry is not a requirement.
    """
    return load_requirements(REQUIREMENTS_FILE)


def load_requirements(file: Path) -> Mapping[str, Requirement]:
    """Return the requirements of a TOML file that has one table for each.

    Raises:
        ContractError: the file cannot be read, or an entry is not a requirement.
    """
    found = read_tables(file, Requirement)
    for name, each in found.items():
        if problem := _problem(each):
            raise ContractError(f"{file}: [{name}] {problem}; correct the entry")
    return found


def _problem(requirement: Requirement) -> str:
    if not _ID.fullmatch(requirement.id):
        return "is not an id: write words in lower case with hyphens between them"
    for key, edition in (("since", requirement.since), ("until", requirement.until)):
        if edition is not None and edition not in editions():
            return f"{key}: should be one of {', '.join(editions())}, not {edition!r}"
    if (requirement.basis == "inferred") is not bool(requirement.how):
        return "how: belongs to a requirement that is inferred, and to no other"
    try:
        _ = requirement.shape and shape(requirement.shape)
    except ValueError as error:
        return f"shape: {error}"
    if (requirement.shape or requirement.filled_when) and not requirement.where.response:
        return "where: needs a place in the response, whose value shape and filled_when are about"
    return ""


@cache
def digest() -> str:
    """Return the SHA-256 of the contract's data files, in hexadecimal."""
    said = sha256()
    patterns = ("*.toml", "editions/*.toml", "*.yaml", "*.json")
    for file in [file for pattern in patterns for file in sorted(FOLDER.glob(pattern))]:
        said.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return said.hexdigest()


@cache
def shape_of(pointer: str) -> str:
    """Return the words for the documented shape of the value at a pointer into a response.

    Raises:
        KeyError: no requirement states one.
    """
    for each in requirements().values():
        if each.shape and each.where.response[-1] == pointer:
            return each.shape
    raise KeyError(pointer)


def where_of(requirement: str) -> Where:
    """Return what shows a requirement; nothing in particular for an id that this contract does not have."""
    found = requirements().get(requirement)
    return found.where if found else Where()
