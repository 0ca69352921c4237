"""Selections: the records or exports that satisfy a set of filters."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from operator import ge, gt, le, lt

from exports_conformance.contract.resources import predicates, resource_type
from exports_conformance.exchange.strict_json import Json, equal, read_json
from exports_conformance.reference.organisation import Organisation, Record

ValueTest = Callable[[Json], bool]
_Comparison = Callable[[Json, Json], bool]

WORDS = {"true": True, "1": True, "false": False, "0": False}


class InvalidOperandError(ValueError):
    """The operand does not fit the predicate or the attribute."""


def predicate_test(predicate: str, value_type: str, operand: Json) -> ValueTest:
    """Return the test of an attribute's values that a predicate makes with this operand.

    A list is an array or comma-separated text. As in SQL, null satisfies only predicates about null.
    Raises `InvalidOperandError` if the operand cannot be read as the predicate or the attribute needs it.
    """
    shape = predicates()[predicate].values
    if shape == "boolean":
        expected = _boolean(operand)
        return lambda value: ASKING[predicate](value) is expected
    if shape == "object":
        return partial(_contains, _object(operand))
    if value_type in {"object", "array"}:
        raise InvalidOperandError(f"{predicate} does not suit an {value_type}")
    stem, or_null = predicate.removesuffix("_or_null"), predicate.endswith("_or_null")
    base, negated, every = _read(stem)
    comparison, read_as = COMPARISONS[base]
    cast = partial(read_as, value_type)
    operands = [cast(_single(item)) for item in (_list(operand) if shape == "list" else [operand])]
    combine = all if every else any
    return lambda value: (
        or_null if value is None else combine(comparison(cast(value), item) is not negated for item in operands)
    )


def _read(stem: str) -> tuple[str, bool, bool]:
    """Return a predicate's comparison, whether it is negated, and whether every operand must match."""
    if stem in {"in", "not_in"}:
        return "eq", stem == "not_in", stem == "not_in"
    every = stem.endswith("_all")
    stem = stem.removesuffix("_all").removesuffix("_any")
    if stem == "does_not_match":
        return "matches", True, every
    return stem.removeprefix("not_"), stem.startswith("not_"), every


def _typed(value_type: str, value: Json) -> Json:
    """Read a value as an attribute's type."""
    try:
        return READERS[value_type](value)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidOperandError(f"{json.dumps(value)} is not a {value_type}") from None


def _text(_: str, value: Json) -> str:
    """Read a value as case-folded text."""
    return (value if isinstance(value, str) else json.dumps(value)).casefold()


def _single(operand: Json) -> Json:
    if operand is None or isinstance(operand, dict | list):
        raise InvalidOperandError(f"needs a single value, not {json.dumps(operand)}")
    return operand


def _number(value: Json) -> float | int:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else float(value)


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _boolean(value: Json) -> bool:
    word = str(value).lower() if isinstance(value, bool | int | str) else ""
    if word not in WORDS:
        raise InvalidOperandError(f"{json.dumps(value)} is neither true nor false")
    return WORDS[word]


def _object(value: Json) -> dict[str, Json]:
    given = read_json(value.encode("utf-8", "replace")).value if isinstance(value, str) else value
    if not isinstance(given, dict):
        raise InvalidOperandError("needs an object")
    return given


def _list(value: Json) -> list[Json]:
    items = value if isinstance(value, list) else value.split(",") if isinstance(value, str) else [value]
    if not items:
        raise InvalidOperandError("needs at least one value")
    return items


def _blank(value: Json) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def _contains(part: Json, whole: Json) -> bool:
    """Return True if `whole` contains `part`, as PostgreSQL's `@>` decides."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(k in whole and _contains(v, whole[k]) for k, v in part.items())
    if isinstance(part, list):
        return isinstance(whole, list) and all(any(_contains(item, other) for other in whole) for item in part)
    return equal(part, whole)


def _like(text: str, pattern: str) -> bool:
    """Return True if a text matches a LIKE pattern (`%`: any text, `_`: any one character)."""
    # Backtracks to the last % only, so that the time is at most text times pattern.
    at = place = 0
    star, tag = -1, 0
    while at < len(text):
        if place < len(pattern) and pattern[place] == "%":
            star, tag, place = place, at, place + 1
        elif place < len(pattern) and pattern[place] in {"_", text[at]}:
            at, place = at + 1, place + 1
        elif star >= 0:
            tag, place = tag + 1, star + 1
            at = tag
        else:
            return False
    return all(character == "%" for character in pattern[place:])


READERS: dict[str, Callable[[Json], Json]] = {
    "string": lambda value: value if isinstance(value, str) else json.dumps(value),
    "integer": _number,
    "float": _number,
    "boolean": _boolean,
    "datetime": _moment,
}
"""Readers of a value as the type of an attribute."""

ASKING: dict[str, ValueTest] = {
    "present": lambda value: not _blank(value),
    "blank": _blank,
    "null": lambda value: value is None,
    "not_null": lambda value: value is not None,
    "true": lambda value: value is True,
    "false": lambda value: value is False,
}
COMPARISONS: dict[str, tuple[_Comparison, Callable[[str, Json], Json]]] = {
    "eq": (equal, _typed),
    "lt": (lt, _typed),
    "lteq": (le, _typed),
    "gt": (gt, _typed),
    "gteq": (ge, _typed),
    "matches": (_like, _text),
    "start": (str.startswith, _text),
    "end": (str.endswith, _text),
    "cont": (str.__contains__, _text),
}


MAX_RELATIONSHIPS = 3
LONGEST_FIRST = sorted(predicates(), key=len, reverse=True)


class UnknownFilterError(ValueError):
    """A filter names an unknown attribute or predicate, or its value does not fit them."""


@dataclass(frozen=True, slots=True)
class Path:
    """An attribute of a resource, or of one reached by relationships."""

    relationships: tuple[str, ...]
    attribute: str
    value_type: str


Resolve = Callable[[str], Path | None]


@dataclass(frozen=True, slots=True)
class FilterCondition:
    """The condition of one filter: at least one of these tests holds."""

    tests: tuple[tuple[Path, ValueTest], ...]

    def holds(self, values: Callable[[Path], Iterable[Json]]) -> bool:
        """Return True if the condition holds; `values` returns the values at a path."""
        return any(test(value) for path, test in self.tests for value in values(path))


def conditions(filters: Mapping[str, Json], resolve: Resolve) -> list[FilterCondition]:
    """Parse filters; raise `UnknownFilterError` for the first that is invalid."""
    return [_condition(key, operand, resolve) for key, operand in filters.items()]


def selected(organisation: Organisation, resource: str, filters: Mapping[str, Json]) -> tuple[Record, ...]:
    """Return the records of a type that satisfy every filter."""
    demanded = conditions(filters, lambda name: attribute_path(resource, name))
    records = organisation.records(resource)
    if not demanded:
        return records
    return tuple(record for record in records if satisfies(organisation, record, demanded))


def satisfies(organisation: Organisation, record: Record, demanded: Iterable[FilterCondition]) -> bool:
    """Return True if a record satisfies every condition."""
    return all(condition.holds(lambda path: values_at(organisation, record, path)) for condition in demanded)


@lru_cache(maxsize=10_000)
def attribute_path(resource: str, name: str, depth: int = 0) -> Path | None:
    """Return the filterable attribute that a name such as `market_id` means, or None."""
    kind = resource_type(resource)
    if name in kind.filterable:
        return Path((), name, kind.fields.get(name, "string"))
    if depth == MAX_RELATIONSHIPS:
        return None
    for link in kind.relationships.values():
        rest = name.removeprefix(f"{link.name}_")
        if rest == name:
            continue
        if link.target is None:
            found = Path((), "id", "string") if rest == "id" else None
        else:
            found = attribute_path(link.target, rest, depth + 1)
        if found:
            return Path((link.name, *found.relationships), found.attribute, found.value_type)
    return None


def _condition(key: str, operand: Json, resolve: Resolve) -> FilterCondition:
    for predicate in LONGEST_FIRST:
        stem = key.removesuffix(f"_{predicate}")
        if stem == key:
            continue
        paths = _resolved([stem], resolve) or _resolved(stem.split("_or_"), resolve)
        if paths:
            try:
                return FilterCondition(
                    tuple((path, predicate_test(predicate, path.value_type, operand)) for path in paths)
                )
            except InvalidOperandError as error:
                raise UnknownFilterError(f"{key}: {error}") from None
    raise UnknownFilterError(f"{key} is not an attribute with a predicate")


def _resolved(names: list[str], resolve: Resolve) -> list[Path]:
    paths = [path for path in map(resolve, names) if path]
    return paths if len(paths) == len(names) else []


def values_at(organisation: Organisation, record: Record, path: Path) -> list[Json]:
    """Return the values at a path, or one null if no record is related, like an outer join."""
    reached = [record]
    for name in path.relationships:
        reached = [other for one in reached for other in organisation.related(one, name)]
    return [one.attributes.get(path.attribute) for one in reached] or [None]
