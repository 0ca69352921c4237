"""Lists of exports, events and the other resources: filtered, sorted, in pages, with counts and links."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from exports_conformance.contract.resources import ResourceType, resource_type, resource_types
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.call import Call, Columns, columns, fieldsets, view, with_page
from exports_conformance.reference.checks import RefusedError, api_error, crashed, not_found
from exports_conformance.reference.messages import ServerResponse
from exports_conformance.reference.operations import CONTENT_TYPE, export_attributes, included, resource
from exports_conformance.reference.organisation import Record
from exports_conformance.reference.selection import (
    FilterCondition,
    Path,
    Resolve,
    UnknownFilterError,
    attribute_path,
    conditions,
    satisfies,
)
from exports_conformance.reference.values import is_include

_Item = TypeVar("_Item")
Values = Mapping[str, Json]

DEFAULT_SIZE = 10
MAX_SIZE = 25


def exports(call: Call) -> ServerResponse:
    """Answer with a page of the organisation's exports, oldest first unless sorted."""
    shown = view(call)
    found = filtered_and_sorted(
        call,
        call.organisation.seen(call.now, lag=call.policy.list_lag).values(),
        columns(call.policy.edition),
        lambda export: {"id": export.id, **export_attributes(call, export)},
    )
    page, around = paged(call, found)
    data = [resource(call, one, shown) for one in page]
    return ServerResponse(200, CONTENT_TYPE, {"data": data, **included(call, page, shown), **around})


def filtered_and_sorted(
    call: Call, items: Iterable[_Item], columns: Columns, values_of: Callable[[_Item], Values]
) -> list[_Item]:
    """Return the items that the filters select, in the order of `sort`, else in their own order.

    `values_of` returns an item's id and attributes by name. Raises a 400 for filters and sorts that `columns` lacks.
    """
    known = {**columns.filterable, **dict.fromkeys(columns.ranged, "datetime")}
    tests = filter_conditions(call, columns, lambda name: Path((), name, known[name]) if name in known else None)
    names = sort_names(call, columns)
    if not tests and not names:
        return list(items)  # building the attributes is expensive, so only if they are needed
    rows = [(values_of(item), item) for item in items]
    rows = [row for row in rows if all(test.holds(_reader(row[0])) for test in tests)]
    return [item for _, item in in_order(rows, names, lambda row: row[0])]


def filter_conditions(call: Call, columns: Columns, resolve: Resolve) -> list[FilterCondition]:
    """Return the conditions of the list's filters; `resolve` finds the attribute that a name means.

    Raises a 400 for an unknown filter, unless the framework treats those of `filter[q]` otherwise.
    """
    tests: list[FilterCondition] = []
    unknown_filters = call.policy.framework.unknown_filters
    for keys, value in call.parameters["filter"].items():
        try:
            tests += conditions(_demand(columns, keys, value), resolve)
        except UnknownFilterError as problem:
            if keys[0] == "q" and unknown_filters != "refused":
                if unknown_filters == "crash":
                    raise crashed() from None
                continue
            raise api_error(400, "FILTER_NOT_ALLOWED", "Filter not allowed", f"{problem}.") from None
    return tests


def sort_names(call: Call, columns: Columns) -> list[str]:
    """Return the names in `sort`, with `-` for descending; raise a 400 for one that is not sortable."""
    names = [name for name in call.parameters["sort"].get((), "").split(",") if name]
    if unknown := [name for name in names if name.removeprefix("-") not in columns.sortable]:
        raise api_error(400, "INVALID_SORT_CRITERIA", "Invalid sort criteria", f"{unknown[0]} is not a valid sort.")
    return names


def in_order(items: Iterable[_Item], names: Sequence[str], values_of: Callable[[_Item], Values]) -> list[_Item]:
    """Return the items sorted by the names."""
    ordered = list(items)
    for name in reversed(names):
        key = name.removeprefix("-")
        # As in PostgreSQL, null sorts after every value.
        ordered.sort(key=lambda item, key=key: _rank(values_of(item)[key]), reverse=name.startswith("-"))  # type: ignore[misc]
    return ordered


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


def _demand(columns: Columns, keys: tuple[str, ...], value: str) -> Mapping[str, str]:
    """Return a filter parameter as a predicate and its value; `filter[a_from]=x` becomes `{"a_gteq": "x"}`."""
    match keys:
        case ("q", predicate):
            return {predicate: value}
        case ("id" | "ids",):
            return {"id_in": value}
        case (name,) if name in columns.filterable:
            return {f"{name}_in": value}
        case (name,) if name.removesuffix("_from") in columns.ranged:
            return {f"{name.removesuffix('_from')}_gteq": value}
        case (name,) if name.removesuffix("_to") in columns.ranged:
            return {f"{name.removesuffix('_to')}_lteq": value}
    raise _unknown_filter(keys)


def _unknown_filter(keys: tuple[str, ...]) -> RefusedError:
    if not keys:
        return api_error(400, "INVALID_FILTERS_SYNTAX", "Invalid filters syntax", "filter is not a valid syntax.")
    name = "".join(f"[{key}]" for key in keys)
    return api_error(400, "FILTER_NOT_ALLOWED", "Filter not allowed", f"filter{name} is not allowed.")


def _reader(values: Values) -> Callable[[Path], Iterable[Json]]:
    return lambda path: (values.get(path.attribute),)


def _rank(value: Json) -> tuple[bool, Json]:
    return value is None, 0 if value is None else value


def _page(call: Call) -> tuple[int, int]:
    asked = {"number": 1, "size": DEFAULT_SIZE}
    for keys, value in call.parameters["page"].items():
        name = ".".join(keys)
        if name not in asked:
            if call.policy.framework.lenient_query:
                continue
            raise api_error(400, "PARAM_NOT_ALLOWED", "Param not allowed", f"{name} is not an allowed page parameter.")
        if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) >= 1):  # noqa: PLR2004  ten digits
            raise api_error(400, "INVALID_PAGE_VALUE", "Invalid page value", f"{value} is not a valid page {name}.")
        asked[name] = int(value)
    if asked["size"] > MAX_SIZE:
        detail = f"size exceeds maximum page size of {MAX_SIZE}."
        raise api_error(400, "INVALID_PAGE_VALUE", "Invalid page value", detail)
    return asked["number"], asked["size"]


def is_listed(name: str) -> bool:
    """Return True if a resource type has lists: all but those that belong to exports."""
    return name in resource_types() and name not in {"events", "event_stores"}


def list_records(call: Call, name: str) -> ServerResponse:
    """Answer with a page of the records of a resource type: filtered, sorted and with `include`."""
    kind = resource_type(name)
    types = {field: kind.fields.get(field, "string") for field in kind.filterable}
    columns = Columns(types, tuple(field for field, value_type in types.items() if value_type == "datetime"))
    tests = filter_conditions(call, columns, lambda stem: attribute_path(name, stem))
    names = sort_names(call, columns)
    found = [record for record in call.organisation.records(name) if satisfies(call.organisation, record, tests)]
    page, around = paged(call, in_order(found, names, lambda record: record.attributes))
    return _response(call, kind, page, [_resource(call, record) for record in page], around)


def retrieve_record(call: Call, name: str, key: str) -> ServerResponse:
    """Answer with one record of a resource type; raise a 404 if there is none with the id."""
    found = [record for record in call.organisation.records(name) if record.id == key]
    if not found:
        raise not_found()
    return _response(call, resource_type(name), found, _resource(call, found[0]), {})


def _response(
    call: Call, kind: ResourceType, records: list[Record], data: Json, around: dict[str, Json]
) -> ServerResponse:
    paths = [path for path in call.parameters["include"].get((), "").split(",") if path]
    for path in paths:
        if not is_include(kind.name, path):
            detail = f"{path} is not a valid include of {kind.name}."
            raise api_error(400, "INVALID_INCLUDE", "Invalid include", detail)
    document = {"data": data, **around}
    if paths:
        document["included"] = [_resource(call, record) for record in _included(call, records, paths)]
    return ServerResponse(200, CONTENT_TYPE, document)


def _included(call: Call, records: list[Record], paths: list[str]) -> list[Record]:
    found: dict[tuple[str, str], Record] = {}
    for path in paths:
        level = records
        for name in path.split("."):
            level = [other for record in level for other in call.organisation.related(record, name)]
            found |= {(record.type, record.id): record for record in level}
    return list(found.values())


def _resource(call: Call, record: Record) -> dict[str, Json]:
    fields = fieldsets(call, _field_names).get(record.type)
    address = f"{call.api}/{record.type}/{record.id}"
    return {
        "id": record.id,
        "type": record.type,
        "links": {"self": address},
        "attributes": {
            name: value
            for name, value in record.attributes.items()
            if name != "id" and (fields is None or name in fields)
        },
        "relationships": {
            link.name: _relationship(call, record, address, link.name)
            for link in resource_type(record.type).relationships.values()
            if fields is None or link.name in fields
        },
        "meta": call.meta(),
    }


def _field_names(name: str) -> frozenset[str] | None:
    if name not in resource_types():
        return None
    kind = resource_type(name)
    return frozenset(kind.fields) | frozenset(kind.relationships)


def _relationship(call: Call, record: Record, address: str, name: str) -> dict[str, Json]:
    links = {"self": f"{address}/relationships/{name}", "related": f"{address}/{name}"}
    paths = call.parameters["include"].get((), "").split(",")
    if not any(name in path.split(".") for path in paths):
        return {"links": links}
    others = [{"type": other.type, "id": other.id} for other in call.organisation.related(record, name)]
    many = resource_type(record.type).relationships[name].many
    return {"links": links, "data": others if many else next(iter(others), None)}
