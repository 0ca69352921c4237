"""Routing: which function answers which method on which path."""

from collections.abc import Callable, Mapping

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference import listing, schema
from exports_conformance.reference.call import Call
from exports_conformance.reference.choosing import chosen
from exports_conformance.reference.creation import create
from exports_conformance.reference.documents import CONTENT_TYPE
from exports_conformance.reference.errors import method_not_allowed, not_found
from exports_conformance.reference.events import event, events_of
from exports_conformance.reference.export import Export
from exports_conformance.reference.responses import Response
from exports_conformance.reference.update import delete, find, retrieve, update
from exports_conformance.reference.views import WHOLE, view

Handler = Callable[[Call], Response]


def handler(call: Call) -> Handler:
    """Give what answers a call of the API; refuses unknown paths with 404, other methods with 405."""
    handlers = _handlers(call)
    method = "GET" if call.ask.method == "HEAD" and "GET" in handlers else call.ask.method
    if method not in handlers:
        raise method_not_allowed(call.ask.method, allowed(handlers))
    return handlers[method]


def allowed(handlers: Mapping[str, Handler]) -> list[str]:
    """Give the methods that a path has."""
    return [*handlers, *(["HEAD"] if "GET" in handlers else []), "OPTIONS"]


def options(call: Call) -> Response:
    """Answer which methods a path has."""
    return Response(204, (("allow", ", ".join(allowed(_handlers(call)))),))


def _handlers(call: Call) -> Mapping[str, Handler]:
    linked = schema.RELATIONSHIPS[call.policy.edition]
    # A trailing slash is tolerated, as by most routers.
    match call.ask.path.removesuffix("/").split("/")[1:]:
        case ["api", "exports"]:
            return {"GET": listing.exports, "POST": create}
        case ["api", "exports", str(key)] if key:
            return {
                "GET": lambda call: retrieve(call, key),
                "PATCH": lambda call: update(call, key),
                "DELETE": lambda call: delete(call, key),
            }
        case ["api", "exports", str(key), str(name)] if name in linked:
            return {"GET": lambda call: _related(call, key, name)}
        case ["api", "exports", str(key), "relationships", str(name)] if name in linked:
            return {"GET": lambda call: _linkage(call, key, name)}
        case ["api", "events", str(key)] if key:
            return {"GET": lambda call: _event(call, key)}
    raise not_found()


def _related(call: Call, key: str, name: str) -> Response:
    """Answer with the resources of a relationship: the export's events; it has no versions and no event stores."""
    resources = _chosen_events(call, find(call, key)) if name == "events" else _none(call, key)
    page, around = listing.paged(call, resources)
    return Response(200, CONTENT_TYPE, {"data": page, **around})


def _chosen_events(call: Call, export: Export) -> list[dict[str, Json]]:
    """Give the events that are asked for, with the fields that are; chosen by all of them, whichever are shown."""
    shown = {one["id"]: one for one in events_of(call, export, view(call))}
    whole = events_of(call, export, WHOLE)
    found = chosen(call, whole, schema.EVENTS, lambda one: {"id": one["id"], **one["attributes"]})
    return [shown[one["id"]] for one in found]


def _linkage(call: Call, key: str, name: str) -> Response:
    """Answer with the identifiers of a relationship."""
    resources = events_of(call, find(call, key), view(call)) if name == "events" else _none(call, key)
    address = f"{call.api}/exports/{key}"
    links = {"self": f"{address}/relationships/{name}", "related": f"{address}/{name}"}
    identifiers = [{"type": one["type"], "id": one["id"]} for one in resources]
    return Response(200, CONTENT_TYPE, {"links": links, "data": identifiers})


def _none(call: Call, key: str) -> list[dict[str, Json]]:
    find(call, key)
    return []


def _event(call: Call, key: str) -> Response:
    found = event(call, key, view(call))
    if found is None:
        raise not_found()
    return Response(200, CONTENT_TYPE, {"data": found})
