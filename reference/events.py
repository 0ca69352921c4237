"""The events of an export: created, started, completed, interrupted."""

import hashlib

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.call import Call
from exports_conformance.reference.clock import shown
from exports_conformance.reference.export import Export
from exports_conformance.reference.records import letters
from exports_conformance.reference.views import View


def events_of(call: Call, export: Export, view: View) -> list[dict[str, Json]]:
    """Give the events of an export so far, as resource objects, the oldest first."""
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
    return [_event(call, export, name, shown(at), view) for name, at in times]


def event(call: Call, event_id: str, view: View) -> dict[str, Json] | None:
    """Find an event by its id."""
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
