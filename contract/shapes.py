"""The shapes of documented values: words that name them in the contract, and whether a JSON value has one."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

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


def _is_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


STRING = Shape("a string", lambda value: isinstance(value, str))
NON_EMPTY = Shape("a non-empty string", lambda value: isinstance(value, str) and bool(value.strip()))
BOOLEAN = Shape("a boolean", lambda value: isinstance(value, bool))
STRINGS = Shape("an array of strings", _is_strings)
OBJECT = Shape("an object", lambda value: isinstance(value, dict))
COUNT = Shape("a non-negative integer", _is_count)
NUMBER = Shape("a number", _is_number)
TIME = Shape("an RFC 3339 time", lambda value: instant(value) is not None)
URL = Shape("an absolute URL", lambda value: url_path(value) is not None)
NULL = Shape("null", lambda value: value is None)

NAMED: Mapping[str, Shape] = MappingProxyType(
    {each.words: each for each in (STRING, NON_EMPTY, BOOLEAN, STRINGS, OBJECT, COUNT, NUMBER, TIME, URL, NULL)}
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
