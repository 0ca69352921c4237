"""Documents: an export as a resource object, shaped like the example on the page."""

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference import schema
from exports_conformance.reference.call import Call
from exports_conformance.reference.clock import shown
from exports_conformance.reference.errors import JSON_API
from exports_conformance.reference.events import events_of
from exports_conformance.reference.export import Export, Stage
from exports_conformance.reference.files import attachment_url
from exports_conformance.reference.responses import Response
from exports_conformance.reference.views import View

CONTENT_TYPE = (("content-type", JSON_API),)


def response(call: Call, export: Export, view: View, *, status: int = 200) -> Response:
    """Answer with one export."""
    document = {"data": resource(call, export, view), **included(call, [export], view)}
    return Response(status, CONTENT_TYPE, document)


def resource(call: Call, export: Export, view: View) -> dict[str, Json]:
    """Give an export as a resource object; its relationships are absent where a fieldset names none."""
    address = f"{call.api}/exports/{export.id}"
    shown_attributes = {k: v for k, v in attributes(call, export).items() if view.shows("exports", k)}
    relationships = {
        name: _relationship(call, export, name, view)
        for name in schema.RELATIONSHIPS[call.policy.edition]
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
    """Give the `included` member where resources are asked for, else nothing."""
    if not view.include:
        return {}
    listed = exports if "events" in view.include else []
    return {"included": [event for export in listed for event in events_of(call, export, view)]}


def attributes(call: Call, export: Export) -> dict[str, Json]:
    """Give the attributes of an export as they are now, in the order of the page."""
    asked, stage = export.arguments, export.stage(call.now)
    values: dict[str, Json] = {
        "resource_type": asked.resource_type,
        "format": asked.format or "json",
        "status": stage.status,
        "includes": asked.includes or [],
        "fields": asked.fields or [],
        "filters": asked.filters or {},
        "dry_data": asked.dry_data or False,
        "started_at": shown(stage.started_at),
        "completed_at": shown(stage.completed_at),
        "interrupted_at": shown(stage.interrupted_at),
        "records_count": _count(call, export, stage),
        "attachment_url": attachment_url(call, export) if stage.status == "completed" else None,
        "errors_log": stage.log,
        "created_at": shown(export.created_at),
        "updated_at": shown(max(export.updated_at, stage.changed_at)),
        "reference": asked.reference,
        "reference_origin": asked.reference_origin,
        "metadata": asked.metadata or {},
    }
    if call.policy.edition == "7.10":
        values["jwt_filters"] = asked.jwt_filters or False
        values["estimated_completion_at"] = shown(export.ends_at) if stage.running else shown(stage.completed_at)
        written = int(round(stage.done * len(export.records), 6))  # half of twelve is six, whatever floats say
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
