"""Documents: an export and its events as resource objects."""

import hashlib

from exports_conformance.contract.editions import added_attributes
from exports_conformance.exchange.model import JSON_API
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.call import Call, View, relationship_names
from exports_conformance.reference.files import attachment_url
from exports_conformance.reference.messages import ServerResponse
from exports_conformance.reference.organisation import Export, Stage, letters, timestamp


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
