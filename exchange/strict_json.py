"""The one strict JSON reader and the one JSON equality of the suite."""

import json
import math
from dataclasses import dataclass
from typing import Any, NoReturn

Json = Any  # a value that `json` reads: None, bool, int, float, str, list, dict


MAX_DEPTH = 250
"""Levels of nesting that are followed; the suites themselves send no more than 200."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text held: its value, or the `problem` that makes it no JSON, and the keys it repeats."""

    value: Json = None
    problem: str = ""
    repeated_keys: tuple[str, ...] = ()


def read_json(text: bytes) -> Reading:
    """Read a JSON text (RFC 8259, UTF-8 without a byte order mark); never raises.

    A repeated key is noted and its last value kept, so that the rest of the document can still be judged.
    NaN and infinities, integers too long to convert and nesting deeper than `MAX_DEPTH` levels are problems.
    """
    repeated: list[str] = []

    def collect(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        members = dict(pairs)
        if len(members) < len(pairs):
            names = [name for name, _ in pairs]
            repeated.extend(sorted({name for name in names if names.count(name) > 1}))
        return members

    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=collect, parse_constant=_refuse, parse_float=_finite)
    except UnicodeDecodeError as error:
        return Reading(problem=f"not UTF-8: byte {error.start} is {text[error.start]:#04x}")
    except RecursionError:
        return Reading(problem="nested too deep to be read")
    except ValueError as error:
        return Reading(problem=str(error))
    if _is_deeper(value, MAX_DEPTH):
        return Reading(problem=f"nested deeper than {MAX_DEPTH} levels")
    return Reading(value, repeated_keys=tuple(repeated))


def _is_deeper(value: Json, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return bool(inner) and (levels == 0 or any(_is_deeper(each, levels - 1) for each in inner))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON value")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:40]} is beyond every finite number")
    return number


def equal(left: Json, right: Json) -> bool:
    """Say whether two JSON values are the same value.

    `true` is not 1 and `1` is `1.0`; the order of an object's keys is free, that of an array is not.
    """
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    return type(left) is type(right) and bool(left == right)


def same_class(left: Json, right: Json) -> bool:
    """Say whether two values are equal, null and every empty value being one and the same."""
    return (is_empty(left) and is_empty(right)) or equal(left, right)


def is_empty(value: Json) -> bool:
    """Say whether a value is null, `[]`, `{}` or an empty string."""
    return value is None or value in ([], {}, "")


def one_line(value: Json, *, limit: int = 240) -> str:
    """Give a value as one line of ASCII JSON, shortened in the middle beyond `limit` characters."""
    try:
        text = json.dumps(value, ensure_ascii=True, default=repr)
    except (RecursionError, ValueError):
        text = f"<{type(value).__name__} too deep to show>"
    if len(text) <= limit:
        return text
    half = limit // 2 - 10
    return f"{text[:half]} ... {len(text) - 2 * half} more ... {text[-half:]}"
