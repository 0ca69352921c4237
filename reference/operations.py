"""The operations on one export: create, retrieve, update, delete."""

from collections.abc import Mapping
from dataclasses import replace

from exports_conformance.contract.editions import has, statuses
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.call import Call, view
from exports_conformance.reference.checks import CREATE_ATTRIBUTES, UPDATE_ATTRIBUTES, attributes_of, data_of
from exports_conformance.reference.documents import response
from exports_conformance.reference.errors import ErrorObject, RefusedError, api_error, invalid, locked, not_found
from exports_conformance.reference.export import Arguments, Export, Failure, queued
from exports_conformance.reference.files import rows
from exports_conformance.reference.messages import ServerResponse
from exports_conformance.reference.policy import LARGE
from exports_conformance.reference.records import Record
from exports_conformance.reference.selection import selected
from exports_conformance.reference.values import blank_or_unknown_format, coerced, meaningless, mistyped

_CREATION_MEMBERS = frozenset({"type", "attributes", "relationships"})


def create_export(call: Call) -> ServerResponse:
    """Create the export that the request describes."""
    view_asked = view(call)
    filters_by_token = has(call.policy.edition, "/data/attributes/jwt_filters", of="request")
    allowed = CREATE_ATTRIBUTES | {"jwt_filters"} if filters_by_token else CREATE_ATTRIBUTES
    attributes: Mapping[str, Json] = attributes_of(data_of(call.request.body), allowed, members=_CREATION_MEMBERS)
    if call.policy.coerces:
        attributes = coerced(attributes)
    if errors := mistyped(attributes) + blank_or_unknown_format(attributes):
        raise RefusedError(422, errors)
    errors = meaningless(attributes)
    if errors and not call.policy.validates_late:
        raise RefusedError(422, errors)
    export = _export(call, Arguments(**attributes), errors)
    call.organisation.keep(export)
    return response(call, export, view_asked, status=201)


def check_running(call: Call) -> None:
    """Raise a 422 if as many exports run as may run at a time.

    The documentation gives the limit, not the response; this one is a validation error of the whole resource.
    """
    limit = call.organisation.max_running
    running = call.organisation.running(call.now)
    if running >= limit:
        message = f"only {limit} exports can be pending or in progress at a time"
        raise RefusedError(422, [invalid("", "too_many_running", message, value=running + 1, count=limit)])


def _export(call: Call, arguments: Arguments, errors: list[ErrorObject]) -> Export:
    records = () if errors else selected(call.organisation, arguments.resource_type, arguments.filters or {})
    if not errors:
        _check_count(call, records)
    check_running(call)
    failure = None
    if errors:
        log = {"ArgumentError": str(errors[0]["detail"])}
        failure = Failure("failed" if "failed" in statuses(call.policy.edition) else "interrupted", log)
    export = queued(call.organisation.new_id(), arguments, records, call.now, call.policy.pace, failure=failure)
    if failure is None and rows(call.organisation, export) > LARGE:
        pace = call.policy.pace
        export = replace(export, pace=replace(pace, running=pace.running + pace.large))
    return export


def _check_count(call: Call, records: tuple[Record, ...]) -> None:
    count, limit = len(records), call.organisation.max_records
    if not count and not call.policy.admits_empty:
        error = invalid("records_count", "greater_than", "must be greater than 0", value=0, count=0)
        raise RefusedError(422, [error])
    if count > limit and not call.policy.unlimited:
        message = f"must be less than or equal to {limit}"
        raise RefusedError(422, [invalid("records_count", "less_than_or_equal_to", message, value=count, count=limit)])


_UPDATE_MEMBERS = frozenset({"type", "id", "attributes", "relationships"})


def find(call: Call, export_id: str) -> Export:
    """Return an export by its id; raise a 404 if there is none."""
    export = call.organisation.exports.get(export_id)
    if export is None:
        raise not_found()
    return export


def retrieve_export(call: Call, export_id: str) -> ServerResponse:
    """Answer with the current state of an export."""
    shown = view(call)
    export = call.organisation.seen(call.now, lag=call.policy.read_lag).get(export_id)
    if export is None:
        raise not_found()
    return response(call, export, shown)


def update_export(call: Call, export_id: str) -> ServerResponse:
    """Interrupt or restart an export, or change its reference, origin or metadata."""
    shown, export = view(call), find(call, export_id)
    data = data_of(call.request.body)
    if "id" not in data:
        raise api_error(400, "KEY_ORDER_MISMATCH", "A key is required", "The resource object must have an id.")
    if data["id"] != export_id:
        detail = f"The URL does not support the key {data['id']}"
        raise api_error(400, "KEY_NOT_INCLUDED_IN_URL", "Key is not included in URL", detail)
    attributes = attributes_of(data, UPDATE_ATTRIBUTES, members=_UPDATE_MEMBERS)
    if call.policy.coerces:
        attributes = coerced(attributes)
    if errors := mistyped(attributes):
        raise RefusedError(422, errors)
    moved = _moved(call, export, attributes)
    kept = {name: value for name, value in attributes.items() if not name.startswith("_")}
    if kept:
        moved = replace(moved, arguments=replace(moved.arguments, **kept), updated_at=call.now)
    call.organisation.keep(moved)
    return response(call, moved, shown)


def delete_export(call: Call, export_id: str) -> ServerResponse:
    """Delete an export; raise a 423 if it is running.

    The response to deleting a running export is not documented. The vendor's dashboard interrupts it first,
    so here it is locked until it is interrupted.
    """
    if find(call, export_id).stage(call.now).running:
        raise locked(export_id)
    call.organisation.drop(export_id, call.now)
    return ServerResponse(204)


def _moved(call: Call, export: Export, attributes: dict[str, Json]) -> Export:
    stage = export.stage(call.now)
    if attributes.get("_interrupt"):
        if not stage.running:
            raise _illegal(stage.status, "interrupted")
        export = export.interrupted(call.now, after=call.policy.stop_lag)
    if attributes.get("_start"):
        if stage.status != "interrupted":
            raise _illegal(stage.status, "pending")
        check_running(call)
        export = export.restarted(call.now)
    return export


def _illegal(status: str, wanted: str) -> RefusedError:
    return RefusedError(422, [invalid("status", "invalid_transition", f"cannot transition from {status} to {wanted}")])
