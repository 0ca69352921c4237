"""Lists: filtered, sorted, in pages, with counts and links."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference import schema
from exports_conformance.reference.call import Call, view, with_page
from exports_conformance.reference.documents import CONTENT_TYPE, export_attributes, included, resource
from exports_conformance.reference.errors import api_error
from exports_conformance.reference.messages import ServerResponse
from exports_conformance.reference.schema import Columns
from exports_conformance.reference.selection import Condition, Path, UnknownFilterError, conditions

_Item = TypeVar("_Item")
Values = Mapping[str, Json]


def filtered_and_sorted(
    call: Call, items: Iterable[_Item], columns: Columns, values_of: Callable[[_Item], Values]
) -> list[_Item]:
    """Return the items that the filters select, in the order of `sort`, else in their own order.

    `values_of` returns an item's id and attributes by name. Raises a 400 for filters and sorts that `columns` lacks.
    """
    tests = _conditions(call, columns)
    names = [name for name in call.parameters["sort"].get((), "").split(",") if name]
    unknown = [name for name in names if name.removeprefix("-") not in columns.sortable]
    if unknown:
        raise api_error(400, "INVALID_SORT_CRITERIA", "Invalid sort criteria", f"{unknown[0]} is not a valid sort.")
    if not tests and not names:
        return list(items)  # building the attributes is expensive, so only if they are needed
    rows = [(values_of(item), item) for item in items]
    if tests:
        rows = [row for row in rows if all(test.holds(_reader(row[0])) for test in tests)]
    for name in reversed(names):
        key = name.removeprefix("-")
        # As in PostgreSQL, null sorts after every value.
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
        raise api_error(400, "FILTER_NOT_ALLOWED", "Filter not allowed", f"{problem}.") from None


def _demand(columns: Columns, keys: tuple[str, ...], value: str) -> Mapping[str, str]:
    """Return a filter parameter as a predicate and its value; `filter[a_from]=x` becomes `{"a_gteq": "x"}`."""
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
    raise api_error(400, "FILTER_NOT_ALLOWED", "Filter not allowed", f"filter{name} is not allowed.")


def _reader(values: Values) -> Callable[[Path], Iterable[Json]]:
    return lambda path: (values.get(path.attribute),)


def _rank(value: Json) -> tuple[bool, Json]:
    return value is None, 0 if value is None else value


DEFAULT_SIZE = 10
MAX_SIZE = 25


def exports(call: Call) -> ServerResponse:
    """Answer with a page of the organisation's exports, oldest first unless sorted."""
    shown = view(call)
    found = filtered_and_sorted(
        call,
        call.organisation.seen(call.now, lag=call.policy.list_lag).values(),
        schema.columns(call.policy.edition),
        lambda export: {"id": export.id, **export_attributes(call, export)},
    )
    page, around = paged(call, found)
    data = [resource(call, one, shown) for one in page]
    return ServerResponse(200, CONTENT_TYPE, {"data": data, **included(call, page, shown), **around})


def paged(call: Call, items: list[_Item]) -> tuple[list[_Item], dict[str, Json]]:
    """Return the requested page of the items, and the `meta` and `links` of the list."""
    number, size = _page(call)
    pages = -(-len(items) // size)
    numbers = {"first": 1, "prev": number - 1, "next": number + 1, "last": max(pages, 1)}
    if number == 1:
        del numbers["prev"]
    if number >= pages:
        del numbers["next"]
    address = f"{call.request.base_url}{call.request.path}"
    links = {name: f"{address}?{with_page(call.request.query, at, size)}" for name, at in numbers.items()}
    around = {"meta": {"record_count": len(items), "page_count": pages}, "links": links}
    return items[(number - 1) * size : number * size], around


def _page(call: Call) -> tuple[int, int]:
    asked = {"number": 1, "size": DEFAULT_SIZE}
    for keys, value in call.parameters["page"].items():
        name = ".".join(keys)
        if name not in asked:
            raise api_error(400, "PARAM_NOT_ALLOWED", "Param not allowed", f"{name} is not an allowed page parameter.")
        if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) >= 1):  # noqa: PLR2004
            raise api_error(400, "INVALID_PAGE_VALUE", "Invalid page value", f"{value} is not a valid page {name}.")
        asked[name] = int(value)
    if asked["size"] > MAX_SIZE:
        detail = f"size exceeds maximum page size of {MAX_SIZE}."
        raise api_error(400, "INVALID_PAGE_VALUE", "Invalid page value", detail)
    return asked["number"], asked["size"]
