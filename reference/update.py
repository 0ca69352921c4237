"""Updating and deleting an export: interruption, new start, marks; what is running is not deleted."""

from dataclasses import replace

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.call import Call
from exports_conformance.reference.creation import check_running
from exports_conformance.reference.document_checks import UPDATES, attributes_of, data_of
from exports_conformance.reference.documents import response
from exports_conformance.reference.errors import Refused, invalid, locked, not_found, refusal
from exports_conformance.reference.export import Export
from exports_conformance.reference.responses import Response
from exports_conformance.reference.values import coerced, mistyped
from exports_conformance.reference.views import view

MEMBERS = frozenset({"type", "id", "attributes", "relationships"})


def find(call: Call, export_id: str) -> Export:
    """Find an export by its id, or refuse with 404."""
    export = call.organisation.exports.get(export_id)
    if export is None:
        raise not_found()
    return export


def retrieve(call: Call, export_id: str) -> Response:
    """Answer with an export as it is now."""
    shown = view(call)
    export = call.organisation.seen(call.now, lag=call.policy.read_lag).get(export_id)
    if export is None:
        raise not_found()
    return response(call, export, shown)


def update(call: Call, export_id: str) -> Response:
    """Interrupt or start an export, or change its reference, origin or metadata."""
    shown, export = view(call), find(call, export_id)
    data = data_of(call.ask.body)
    if "id" not in data:
        raise refusal(400, "KEY_ORDER_MISMATCH", "A key is required", "The resource object must have an id.")
    if data["id"] != export_id:
        detail = f"The URL does not support the key {data['id']}"
        raise refusal(400, "KEY_NOT_INCLUDED_IN_URL", "Key is not included in URL", detail)
    attributes = attributes_of(data, UPDATES, members=MEMBERS)
    if call.policy.coerces:
        attributes = coerced(attributes)
    if errors := mistyped(attributes):
        raise Refused(422, errors)
    moved = _moved(call, export, attributes)
    kept = {name: value for name, value in attributes.items() if not name.startswith("_")}
    if kept:
        moved = replace(moved, arguments=replace(moved.arguments, **kept), updated_at=call.now)
    call.organisation.keep(moved)
    return response(call, moved, shown)


def delete(call: Call, export_id: str) -> Response:
    """Delete an export that is not running.

    What a deletion of a running one answers is not documented: as the vendor's own dashboard has it, such an
    export is stopped before, so here it is locked.
    """
    if find(call, export_id).stage(call.now).running:
        raise locked(export_id)
    call.organisation.drop(export_id, call.now)
    return Response(204)


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


def _illegal(status: str, wanted: str) -> Refused:
    return Refused(422, [invalid("status", "invalid_transition", f"cannot transition from {status} to {wanted}")])
