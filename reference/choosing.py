"""Choosing: which items of a list are asked for by its filters, and in which order."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.call import Call
from exports_conformance.reference.errors import refusal
from exports_conformance.reference.schema import Columns
from exports_conformance.reference.selection import Condition, Path, UnknownFilterError, conditions

Item = TypeVar("Item")
Values = Mapping[str, Json]


def chosen(call: Call, items: Iterable[Item], columns: Columns, values_of: Callable[[Item], Values]) -> list[Item]:
    """Give the items that the filters select, in the order that is asked for, else in their own.

    `values_of` gives an item's id and attributes by name. Refuses filters and sorts that `columns` do not have.
    """
    tests = _conditions(call, columns)
    names = [name for name in call.parameters["sort"].get((), "").split(",") if name]
    unknown = [name for name in names if name.removeprefix("-") not in columns.sortable]
    if unknown:
        raise refusal(400, "INVALID_SORT_CRITERIA", "Invalid sort criteria", f"{unknown[0]} is not a valid sort.")
    if not tests and not names:
        return list(items)  # an attribute costs more than the item: none is looked at that nobody asks for
    rows = [(values_of(item), item) for item in items]
    if tests:
        rows = [row for row in rows if all(test.holds(_reader(row[0])) for test in tests)]
    for name in reversed(names):
        key = name.removeprefix("-")
        # As in PostgreSQL, null is greater than every value.
        rows.sort(key=lambda row, key=key: _rank(row[0][key]), reverse=name.startswith("-"))  # type: ignore[misc]
    return [item for _, item in rows]


def _conditions(call: Call, columns: Columns) -> list[Condition]:
    demanded: dict[str, Json] = {}
    for keys, value in call.parameters["filter"].items():
        demanded.update(_demand(columns, keys, value))
    known = {**columns.filterable, **dict.fromkeys(columns.ranged, "datetime")}
    try:
        return conditions(demanded, lambda name: Path((), name, known[name]) if name in known else None)
    except UnknownFilterError as problem:
        raise refusal(400, "FILTER_NOT_ALLOWED", "Filter not allowed", f"{problem}.") from None


def _demand(columns: Columns, keys: tuple[str, ...], value: str) -> Mapping[str, str]:
    """Give a filter's parameter as a predicate: `filter[q][a_eq]`, `filter[a]`, `filter[a_from]`, `filter[ids]`."""
    match keys:
        case ("q", predicate):
            return {predicate: value}
        case ("ids",):
            return {"id_in": value}
        case (name,) if name in columns.filterable:
            return {f"{name}_in": value}
        case (name,) if name.removesuffix("_from") in columns.ranged:
            return {f"{name.removesuffix('_from')}_gteq": value}
        case (name,) if name.removesuffix("_to") in columns.ranged:
            return {f"{name.removesuffix('_to')}_lteq": value}
    name = "".join(f"[{key}]" for key in keys)
    raise refusal(400, "FILTER_NOT_ALLOWED", "Filter not allowed", f"filter{name} is not allowed.")


def _reader(values: Values) -> Callable[[Path], Iterable[Json]]:
    return lambda path: (values.get(path.attribute),)


def _rank(value: Json) -> tuple[bool, Json]:
    return value is None, 0 if value is None else value
