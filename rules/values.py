"""What a documented value looks like: predicates over JSON values, each with the words for it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from exports_conformance.exchange.strict_json import Json

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shape:
    """The documented shape of a value: how it is said, and whether a value has it."""

    words: str
    fits: Callable[[Json], bool]

    def or_null(self) -> "Shape":
        """The same shape, null allowed."""
        return Shape(f"{self.words} or null", lambda value: value is None or self.fits(value))


def instant(value: Json) -> datetime | None:
    """Give the instant that an RFC 3339 text names (a leap second as the second before it), None for anything else."""
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(re.sub(r":60(?=[.Zz+-])", ":59", value.upper()))
    except ValueError:
        return None


def is_same_time(one: Json, other: Json) -> bool:
    """Say whether two RFC 3339 texts may be of one time: they are less than a unit of the coarser one apart."""
    first, second = instant(one), instant(other)
    if first is None or second is None:
        return False
    return abs(first - second) < max(_unit(one), _unit(other)) or first == second


def is_before(one: Json, other: Json) -> bool:
    """Say whether one RFC 3339 text is of an earlier time than another, however exactly each is shown."""
    first, second = instant(one), instant(other)
    return first is not None and second is not None and first < second and not is_same_time(one, other)


def _unit(text: str) -> timedelta:
    """Give the unit of the last digit that a time shows, a microsecond at least."""
    time = _RFC_3339.fullmatch(text)
    digits = len((time and time[1]) or ".") - 1
    return timedelta(microseconds=10 ** (6 - min(digits, 6)))


def address(value: Json) -> str | None:
    """Give the path of an absolute http(s) URL, None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return parts.path if parts.scheme in {"http", "https"} and parts.netloc else None


def _is_count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_strings(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


STRING = Shape("a string", lambda value: isinstance(value, str))
TEXT = Shape("a non-empty string", lambda value: isinstance(value, str) and bool(value.strip()))
BOOLEAN = Shape("true or false", lambda value: isinstance(value, bool))
STRINGS = Shape("an array of strings", _is_strings)
OBJECT = Shape("an object", lambda value: isinstance(value, dict))
COUNT = Shape("a non-negative integer", _is_count)
NUMBER = Shape("a number", _is_number)
TIME = Shape("an RFC 3339 time", lambda value: instant(value) is not None)
URL = Shape("an absolute http(s) URL", lambda value: address(value) is not None)
