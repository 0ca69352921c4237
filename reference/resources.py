"""The other resources of the API, as the vendor's own clients read them before an export is created."""

from exports_conformance.contract.resources import ResourceType, resource_type, resource_types
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.call import Call, Columns, fieldsets
from exports_conformance.reference.documents import CONTENT_TYPE
from exports_conformance.reference.errors import api_error, not_found
from exports_conformance.reference.lists import filter_conditions, in_order, paged, sort_names
from exports_conformance.reference.messages import ServerResponse
from exports_conformance.reference.records import Record
from exports_conformance.reference.selection import attribute_path, satisfies
from exports_conformance.reference.values import is_include


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
