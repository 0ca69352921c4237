"""Lists: filtered, sorted, in pages, with counts and links."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from exports_conformance.contract.strict_json import Json
from exports_conformance.endpoints.reference import schema
from exports_conformance.endpoints.reference.answers import Answer
from exports_conformance.endpoints.reference.call import Call
from exports_conformance.endpoints.reference.documents import CONTENT_TYPE, attributes, included, resource
from exports_conformance.endpoints.reference.errors import refusal
from exports_conformance.endpoints.reference.export import Export
from exports_conformance.endpoints.reference.query import with_page
from exports_conformance.endpoints.reference.selection import Path, UnknownFilterError, conditions
from exports_conformance.endpoints.reference.views import view

Item = TypeVar("Item")

DEFAULT_SIZE = 10
MAX_SIZE = 25


def exports(call: Call) -> Answer:
    """Answer with a page of the organisation's exports, in the order of their creation unless sorted."""
    shown = view(call)
    found = _sorted(call, _filtered(call, call.organisation.exports.values()))
    page, around = paged(call, found)
    data = [resource(call, one, shown) for one in page]
    return Answer(200, CONTENT_TYPE, {"data": data, **included(call, page, shown), **around})


def paged(call: Call, items: list[Item]) -> tuple[list[Item], dict[str, Json]]:
    """Give the page of the items that is asked for, and the `meta` and `links` of the list."""
    number, size = _page(call)
    pages = -(-len(items) // size)
    numbers = {"first": 1, "prev": number - 1, "next": number + 1, "last": max(pages, 1)}
    if number == 1:
        del numbers["prev"]
    if number >= pages:
        del numbers["next"]
    address = f"{call.ask.base_url}{call.ask.path}"
    links = {name: f"{address}?{with_page(call.ask.query, at, size)}" for name, at in numbers.items()}
    around = {"meta": {"record_count": len(items), "page_count": pages}, "links": links}
    return items[(number - 1) * size : number * size], around


def _page(call: Call) -> tuple[int, int]:
    asked = {"number": 1, "size": DEFAULT_SIZE}
    for keys, value in call.parameters["page"].items():
        name = ".".join(keys)
        if name not in asked:
            raise refusal(400, "PARAM_NOT_ALLOWED", "Param not allowed", f"{name} is not an allowed page parameter.")
        if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) >= 1):  # noqa: PLR2004
            raise refusal(400, "INVALID_PAGE_VALUE", "Invalid page value", f"{value} is not a valid page {name}.")
        asked[name] = int(value)
    if asked["size"] > MAX_SIZE:
        detail = f"size exceeds maximum page size of {MAX_SIZE}."
        raise refusal(400, "INVALID_PAGE_VALUE", "Invalid page value", detail)
    return asked["number"], asked["size"]


def _filtered(call: Call, found: Iterable[Export]) -> list[Export]:
    known = schema.filterable(call.policy.edition)
    demanded: dict[str, Json] = {}
    for keys, value in call.parameters["filter"].items():
        demanded.update(_demand(call, keys, value))
    resolve = _resolver({**known, **dict.fromkeys(schema.ranged(call.policy.edition), "datetime")})
    try:
        tests = conditions(demanded, resolve)
    except UnknownFilterError as problem:
        raise refusal(400, "FILTER_NOT_ALLOWED", "Filter not allowed", f"{problem}.") from None
    if not tests:
        return list(found)
    return [export for export in found if all(test.holds(_reader(call, export)) for test in tests)]


def _demand(call: Call, keys: tuple[str, ...], value: str) -> Mapping[str, str]:
    """Give a filter's parameter as a predicate: `filter[q][a_eq]`, `filter[a]`, `filter[a_from]`, `filter[ids]`."""
    match keys:
        case ("q", predicate):
            return {predicate: value}
        case ("ids",):
            return {"id_in": value}
        case (name,) if name in schema.filterable(call.policy.edition):
            return {f"{name}_in": value}
        case (name,) if name.removesuffix("_from") in schema.ranged(call.policy.edition):
            return {f"{name.removesuffix('_from')}_gteq": value}
        case (name,) if name.removesuffix("_to") in schema.ranged(call.policy.edition):
            return {f"{name.removesuffix('_to')}_lteq": value}
    name = "".join(f"[{key}]" for key in keys)
    raise refusal(400, "FILTER_NOT_ALLOWED", "Filter not allowed", f"filter{name} is not allowed.")


def _resolver(known: Mapping[str, str]) -> Callable[[str], Path | None]:
    return lambda name: Path((), name, known[name]) if name in known else None


def _reader(call: Call, export: Export) -> Callable[[Path], Iterable[Json]]:
    values = {"id": export.id, **attributes(call, export)}
    return lambda path: (values.get(path.attribute),)


def _sorted(call: Call, found: list[Export]) -> list[Export]:
    names = [name for name in call.parameters["sort"].get((), "").split(",") if name]
    unknown = [name for name in names if name.removeprefix("-") not in schema.sortable(call.policy.edition)]
    if unknown:
        raise refusal(400, "INVALID_SORT_CRITERIA", "Invalid sort criteria", f"{unknown[0]} is not a valid sort.")
    if not names:
        return found
    rows = [({"id": export.id, **attributes(call, export)}, export) for export in found]
    for name in reversed(names):
        key = name.removeprefix("-")
        # As in PostgreSQL, null is greater than every value.
        rows.sort(key=lambda row, key=key: _rank(row[0][key]), reverse=name.startswith("-"))  # type: ignore[misc]
    return [export for _, export in rows]


def _rank(value: Json) -> tuple[bool, Json]:
    return value is None, 0 if value is None else value
