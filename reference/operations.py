"""The operations on one export: create, retrieve, update, delete; and the resource objects of exports and events."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from exports_conformance.contract.edition import added_attributes, statuses
from exports_conformance.exchange.model import JSON_API
from exports_conformance.exchange.strict_json import Json, as_object
from exports_conformance.reference.call import Call, View, relationship_names, view
from exports_conformance.reference.checks import RefusedError, invalid, locked, not_found
from exports_conformance.reference.files import attachment_url, rows
from exports_conformance.reference.messages import ServerResponse
from exports_conformance.reference.organisation import (
    LARGE,
    Arguments,
    Export,
    Failure,
    Record,
    Stage,
    letters,
    queued,
    timestamp,
)
from exports_conformance.reference.policy import Creation
from exports_conformance.reference.selection import selected
from exports_conformance.reference.values import is_filter


def events_of(call: Call, export: Export, view: View) -> list[dict[str, Json]]:
    """Return the events of an export up to now as resource objects, the oldest first."""
    times = [("create", export.created_at)]
    for stage in (*export.past, export.stage(call.now)):
        times += [
            (name, at)
            for name, at in (
                ("start", stage.started_at),
                ("complete", stage.completed_at),
                ("interrupt", stage.interrupted_at),
            )
            if at
        ]
    return [_event(call, export, name, timestamp(at), view) for name, at in times]


def event(call: Call, event_id: str, view: View) -> dict[str, Json] | None:
    """Return an event by its id, or None."""
    exports = call.organisation.exports.values()
    return next((one for export in exports for one in events_of(call, export, view) if one["id"] == event_id), None)


def _event(call: Call, export: Export, name: str, at: str | None, view: View) -> dict[str, Json]:
    digest = hashlib.blake2b(f"{export.id}/{name}/{at}".encode(), digest_size=8).digest()
    event_id = letters(int.from_bytes(digest))
    attributes: dict[str, Json] = {
        "name": f"exports.{name}",
        "created_at": at,
        "updated_at": at,
        "reference": None,
        "reference_origin": None,
        "metadata": {},
    }
    return {
        "id": event_id,
        "type": "events",
        "links": {"self": f"{call.api}/events/{event_id}"},
        "attributes": {key: value for key, value in attributes.items() if view.shows("events", key)},
        "meta": call.meta(),
    }


CONTENT_TYPE = (("content-type", JSON_API),)


def response(call: Call, export: Export, view: View, *, status: int = 200) -> ServerResponse:
    """Build the response that shows one export."""
    document = {"data": resource(call, export, view), **included(call, [export], view)}
    return ServerResponse(status, CONTENT_TYPE, document)


def resource(call: Call, export: Export, view: View) -> dict[str, Json]:
    """Return an export as a resource object, without `relationships` if a sparse fieldset names none."""
    address = f"{call.api}/exports/{export.id}"
    shown_attributes = {k: v for k, v in export_attributes(call, export).items() if view.shows("exports", k)}
    relationships = {
        name: _relationship(call, export, name, view)
        for name in relationship_names(call.policy.edition)
        if view.shows("exports", name)
    }
    return {
        "id": export.id,
        "type": "exports",
        "links": {"self": address},
        "attributes": shown_attributes,
        **({"relationships": relationships} if relationships else {}),
        "meta": call.meta(),
    }


def included(call: Call, exports: list[Export], view: View) -> dict[str, Json]:
    """Return the `included` member if the request has `include`, else an empty mapping."""
    if not view.include:
        return {}
    listed = exports if "events" in view.include else []
    return {"included": [event for export in listed for event in events_of(call, export, view)]}


def export_attributes(call: Call, export: Export) -> dict[str, Json]:
    """Return the current attributes of an export, in the order of the documentation's example."""
    asked, stage = export.arguments, export.stage(call.now)
    values: dict[str, Json] = {
        "resource_type": asked.resource_type,
        "format": asked.format,
        "status": stage.status,
        "includes": asked.includes,
        "fields": asked.fields,
        "filters": asked.filters,
        "dry_data": asked.dry_data,
        "started_at": timestamp(stage.started_at),
        "completed_at": timestamp(stage.completed_at),
        "interrupted_at": timestamp(stage.interrupted_at),
        "records_count": _count(call, export, stage),
        "attachment_url": attachment_url(call, export) if stage.status == "completed" else None,
        "errors_log": stage.log,
        "created_at": timestamp(export.created_at),
        "updated_at": timestamp(max(export.updated_at, stage.changed_at)),
        "reference": asked.reference,
        "reference_origin": asked.reference_origin,
        "metadata": asked.metadata,
    }
    if added_attributes(call.policy.edition):
        values["jwt_filters"] = asked.jwt_filters
        values["estimated_completion_at"] = (
            timestamp(export.ends_at) if stage.running else timestamp(stage.completed_at)
        )
        written = int(round(stage.done * len(export.records), 6))  # rounds away float errors such as 5.999999
        values["processed_count"] = None if values["records_count"] is None else written
        values["progress"] = round(100.0 * stage.done, 1)
    return values


def _count(call: Call, export: Export, stage: Stage) -> int | None:
    unknown = export.failure is not None or (call.policy.counts_late and stage.started_at is None)
    return None if unknown else len(export.records)


def _relationship(call: Call, export: Export, name: str, view: View) -> dict[str, Json]:
    address = f"{call.api}/exports/{export.id}"
    links = {"self": f"{address}/relationships/{name}", "related": f"{address}/{name}"}
    if name not in view.include:
        return {"links": links}
    linked = events_of(call, export, view) if name == "events" else []
    return {"links": links, "data": [{"type": name, "id": one["id"]} for one in linked]}


def create_export(call: Call) -> ServerResponse:
    """Create the export that the request describes."""
    view_asked = view(call)
    policy = call.policy
    creation = policy.framework.creation(
        call.request.body, policy.edition, coerces=policy.coerces, late=policy.validates_late
    )
    export = _export(call, creation)
    call.organisation.keep(export)
    created = response(call, export, view_asked, status=201)
    if creation.meta is None:
        return created
    return created.edited(lambda document: document | {"meta": creation.meta})


def check_running(call: Call) -> None:
    """Raise a 422 if as many exports run as may run at a time.

    The documentation gives the limit, not the response; this one is a validation error of the whole resource.
    """
    limit = call.organisation.max_running
    running = call.organisation.running(call.now)
    if running >= limit:
        message = f"only {limit} exports can be pending or in progress at a time"
        raise RefusedError(422, [invalid("", "too_many_running", message, value=running + 1, count=limit)])


def _export(call: Call, creation: Creation) -> Export:
    arguments = creation.arguments
    problem, failure = creation.problem, None
    records: tuple[Record, ...] = ()
    if not problem:
        records = _records(call, arguments)
        problem = "" if records or not call.policy.fails_empty else "there are no records to export"
    if problem:
        status: Literal["interrupted", "failed"] = (
            "failed" if "failed" in statuses(call.policy.edition) else "interrupted"
        )
        failure = Failure(status, {"ArgumentError": problem})
    else:
        _check_count(call, records)
    check_running(call)
    export = queued(call.organisation.new_id(), arguments, records, call.now, call.policy.pace, failure=failure)
    if failure is None and rows(call.organisation, export) > LARGE:
        pace = call.policy.pace
        export = replace(export, pace=replace(pace, running=pace.running + pace.large))
    return export


def _records(call: Call, arguments: Arguments) -> tuple[Record, ...]:
    """Return the selected records; where unknown filters are ignored, the others select."""
    resource = arguments.resource_type
    filters = as_object(arguments.filters)
    if call.policy.framework.unknown_filters == "ignored":
        filters = {name: value for name, value in filters.items() if is_filter(resource, name, value)}
    return selected(call.organisation, resource, filters)


def _check_count(call: Call, records: tuple[Record, ...]) -> None:
    count, limit = len(records), call.organisation.max_records
    if not count and not call.policy.admits_empty:
        error = invalid("records_count", "greater_than", "must be greater than 0", value=0, count=0)
        raise RefusedError(422, [error])
    if count > limit and not call.policy.unlimited:
        message = f"must be less than or equal to {limit}"
        raise RefusedError(422, [invalid("records_count", "less_than_or_equal_to", message, value=count, count=limit)])


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
    attributes = call.policy.framework.update(call.request.body, export_id, coerces=call.policy.coerces)
    moved = _moved(call, export, attributes)
    kept = {name: value for name, value in attributes.items() if not name.startswith("_")}
    if kept:
        # Two updates are never in one millisecond where a network and a database are between them.
        later = max(call.now, moved.updated_at + timedelta(milliseconds=1))
        moved = replace(moved, arguments=replace(moved.arguments, **kept), updated_at=later)
    call.organisation.keep(moved)
    return response(call, moved, shown)


def delete_export(call: Call, export_id: str) -> ServerResponse:
    """Delete an export; raise a 423 if it is running.

    The response to deleting a running export is not documented. The vendor's dashboard interrupts it first,
    so here it is locked until it is interrupted.
    """
    stage = find(call, export_id).stage(call.now)
    stopped = stage.interrupted_at
    if stage.running or (stopped and call.now - stopped < timedelta(seconds=call.policy.unlock_lag)):
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
