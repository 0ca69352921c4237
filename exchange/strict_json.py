"""Strict reading of JSON, equality of JSON values, and the members of JSON:API documents of any shape."""

import json
import math
import re
from codecs import BOM_UTF8
from collections import Counter
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, NoReturn

Json = Any  # a value that `json` reads: None, bool, int, float, str, list, dict


MAX_DEPTH = 250
"""Levels of nesting that are accepted; the suites themselves send at most 200."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of a JSON text, or the `problem` that makes it invalid, and the keys that its objects repeat.

    `is_marked`: a byte order mark stood before the text (`read_response` only).
    """

    value: Json = None
    problem: str = ""
    repeated_keys: tuple[str, ...] = ()
    is_marked: bool = False


def read_json(text: bytes) -> Reading:
    """Read a JSON text (RFC 8259, UTF-8 without a byte order mark) in time proportional to its length; never raise.

    A repeated key is recorded and its last value kept, so that the rest of the document can still be judged.
    NaN and infinities, integers too long to convert and nesting deeper than `MAX_DEPTH` levels are problems.
    """
    repeated: list[str] = []

    def collect(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        members = dict(pairs)
        if len(members) < len(pairs):
            times = Counter(map(itemgetter(0), pairs))
            repeated.extend(name for name, number in times.items() if number > 1)
        return members

    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=collect, parse_constant=_refuse, parse_float=_finite)
    except UnicodeDecodeError as error:
        return Reading(problem=f"not UTF-8: byte {error.start} is {text[error.start]:#04x}")
    except RecursionError:
        return Reading(problem="nested too deep to be read")
    except ValueError as error:
        return Reading(problem=str(error))
    if text.count(b"[") + text.count(b"{") > MAX_DEPTH and is_deeper(value, MAX_DEPTH):
        return Reading(problem=f"nested deeper than {MAX_DEPTH} levels")
    return Reading(value, repeated_keys=tuple(repeated))


def read_response(body: bytes) -> Reading:
    """Read the JSON text of a response as `read_json` does, but also one behind a byte order mark, which is noted.

    The mark is one fault; what stands behind it can still be judged, and what was created is still found.
    """
    bare = body.removeprefix(BOM_UTF8)
    return read_json(body) if bare is body else replace(read_json(bare), is_marked=True)


_LARGE = 16 * 1024  # bytes


_last: dict[bytes, Reading] = {}  # the large body that was read last, if any


def read_once(body: bytes) -> Reading:
    """Return what `read_response` does; a large body that is read several times in a row is parsed once.

    Its readers share the value, so they must not change it.
    """
    if len(body) <= _LARGE:
        return read_response(body)
    if body not in _last:
        _last.clear()  # before the next is read, since both would take much memory
        _last[body] = read_response(body)
    return _last[body]


def forget_last() -> None:
    """Free the large body that was read last."""
    _last.clear()


_TEXT_OR_START = re.compile(rb'"(?:[^"\\]++|\\.)*+"?+|([\[{,])', re.DOTALL)


def has_more_values(text: bytes, limit: int) -> bool:
    """Return True if a JSON text has more than about `limit` values, without making them."""
    if text.count(b",") + text.count(b"[") + text.count(b"{") <= limit:
        return False
    starts = 0  # those within texts do not count
    for found in _TEXT_OR_START.finditer(text):
        starts += found[1] is not None
        if starts > limit:
            return True
    return False


def is_deeper(value: Json, levels: int) -> bool:
    """Return True if a value has more than so many levels of arrays and objects."""
    level = [value]
    for _ in range(levels + 1):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON value")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:40]} is beyond every finite number")
    return number


def equal(left: Json, right: Json) -> bool:
    """Return True if two JSON values are equal.

    `true` differs from 1, and numbers are equal if they are the same double: a database may write one with other
    digits. The order of an object's keys does not matter, that of an array does.
    """
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right or _as_double(left) == _as_double(right)
    return type(left) is type(right) and bool(left == right)


def _as_double(number: float) -> float:
    """Return the double nearest to a number; infinity for one beyond every double."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def same_class(left: Json, right: Json) -> bool:
    """Return True if two values are equal, or both of them null or empty."""
    return (is_empty(left) and is_empty(right)) or equal(left, right)


def is_empty(value: Json) -> bool:
    """Return True if a value is null, `[]`, `{}` or an empty string."""
    return value is None or value in ([], {}, "")


def one_line(value: Json, *, limit: int = 240) -> str:
    """Return a value as one line of ASCII JSON, shortened in the middle to about `limit` characters."""
    try:
        text = json.dumps(value, ensure_ascii=True, default=repr)
    except (RecursionError, ValueError):
        text = f"<{type(value).__name__} too deep to show>"
    if len(text) <= limit:
        return text
    half = limit // 2 - 10
    return f"{text[:half]} ... {len(text) - 2 * half} more ... {text[-half:]}"


def as_object(value: Json) -> dict[str, Json]:
    """Return an object as it is, and an empty one for a value of any other JSON type."""
    return value if isinstance(value, dict) else {}


def as_array(value: Json) -> list[Json]:
    """Return an array as it is, and an empty one for a value of any other JSON type."""
    return value if isinstance(value, list) else []


def as_text(value: Json) -> str:
    """Return a string as it is, and an empty one for a value of any other JSON type."""
    return value if isinstance(value, str) else ""


def member(document: Json, *names: str) -> Json:
    """Return the value that a path of member names leads to; None where any object on the path is missing.

    `member(document, "data", "attributes", "status")` reads the status that a document shows.
    """
    for name in names:
        document = as_object(document).get(name)
    return document


def at_pointer(document: Json, pointer: str) -> Json:
    """Return the value that a JSON pointer without escapes leads to; None where there is none."""
    for name in pointer.split("/")[1:]:
        if isinstance(document, list):
            document = document[int(name)] if name.isdecimal() and int(name) < len(document) else None
        else:
            document = as_object(document).get(name)
    return document


ABSENT = "absent"
"""Stands for a member that is missing where a value is shown."""


def shown(document: Json, *names: str) -> str:
    """Return what a path of names and indices leads to as one line of JSON, or `ABSENT` where one is missing."""
    for name in names:
        if isinstance(document, list) and name.isdecimal() and int(name) < len(document):
            document = document[int(name)]
        elif isinstance(document, dict) and name in document:
            document = document[name]
        else:
            return ABSENT
    return one_line(document)


def objects_in(value: Json) -> list[dict[str, Json]]:
    """Return the objects among the elements of an array, in order; none for a value of any other JSON type."""
    return [each for each in as_array(value) if isinstance(each, dict)]


def source_pointer(error: Json) -> str:
    """Return the `source.pointer` of an error object; empty where it has none."""
    return as_text(member(error, "source", "pointer"))
