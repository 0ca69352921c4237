"""Servers whose exports end wrongly, or ignore an interruption or a start."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from weakref import WeakKeyDictionary

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import COLLECTION, breaks, is_creation, refused, sent


def _is_one(request: ServerRequest, method: str) -> bool:
    """The request is about one export."""
    return request.method == method and request.path.startswith(f"{COLLECTION}/") and request.path.count("/") == 3


def _ends(requirement: str, name: str, status: str, **changes: Json) -> None:
    """Register a server that shows an export of this status with other attributes."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if not _is_one(request, "GET") or response.status != 200 or "fields" in request.query:
            return response

        def edit(document: Json) -> None:
            if document["data"]["attributes"]["status"] == status:
                document["data"]["attributes"].update(changes)

        return response.edited(edit)

    breaks(requirement, name)(middleware)


_ends("started-when-running", "completed-without-start", "completed", started_at=None)
_ends("completed-when-completed", "completed-without-time", "completed", completed_at=None)
_ends("completed-after-start", "completed-before-start", "completed", completed_at="2020-01-01T00:00:00.000Z")
_ends("attachment-when-completed", "completed-without-file", "completed", attachment_url=None)
_ends("interrupted-when-interrupted", "interrupted-without-time", "interrupted", interrupted_at=None)


_LOOKS: dict[str, Iterator[int]] = {}  # how often each export, of whatever server, was seen completed


@breaks("status-moves-on")
def goes_back(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows a completed export as in progress when it is retrieved a second time."""
    response = respond(request)
    if not _is_one(request, "GET") or response.status != 200 or "fields" in request.query:
        return response
    attributes = response.document["data"]["attributes"]
    if attributes["status"] != "completed" or not next(_LOOKS.setdefault(request.path, count())):
        return response
    back = {"status": "in_progress", "completed_at": None, "attachment_url": None}
    return response.edited(lambda document: document["data"]["attributes"].update(back))


@breaks("interrupt-stops")
def interruption_is_ignored(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers 200 to an interruption and lets the export run."""
    if not _is_one(request, "PATCH") or b'"_interrupt"' not in request.body:
        return respond(request)
    response = respond(replace(request, method="GET", body=b""))
    if response.status != 200 or response.document["data"]["attributes"].get("status") not in {
        "pending",
        "in_progress",
    }:
        return response
    now = response.document["data"]["attributes"].get("updated_at")  # which a sparse one has not
    said = {"status": "interrupted", "interrupted_at": now}
    return response.edited(lambda document: document["data"]["attributes"].update(said))


@breaks("start-restarts", variants=("edition-7-10",))
def start_is_ignored(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers 200 to a start and leaves the export interrupted."""
    if _is_one(request, "PATCH") and b'"_start"' in request.body:
        return respond(replace(request, method="GET", body=b""))
    return respond(request)


@breaks("failed-says-why", variants=("edition-7-10",))
def fails_for_no_reason(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Lets exports fail without an `errors_log`."""
    response = respond(request)
    if not _is_one(request, "GET") or response.status != 200 or "fields" in request.query:
        return response
    if response.document["data"]["attributes"]["status"] != "completed":
        return response
    failed = {"status": "failed", "completed_at": None, "attachment_url": None, "errors_log": None}
    return response.edited(lambda document: document["data"]["attributes"].update(failed))


@breaks("create-new-id")
def gives_an_id_twice(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Gives an export of bundles the id of the previous export."""
    response = respond(request)
    if not is_creation(request) or response.status != 201 or sent(request)["resource_type"] != "bundles":
        return response
    own = response.document["data"]["id"]
    known = _IDS.setdefault(respond, own)
    return replace(response, document=json.loads(response.body.replace(own.encode(), known.encode())))


_IDS: WeakKeyDictionary[Respond, str] = WeakKeyDictionary()  # the first id that each server gave


def _related(
    requirement: str, name: str, change: Callable[[ServerResponse], ServerResponse], *, linkage: bool = False
) -> None:
    """Register a server with a wrong response for the related resources of an export."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        below = request.path.split("/")[4:]  # behind the export's id
        asked = request.method == "GET" and below and (below[0] == "relationships") is linkage
        return change(response) if asked and response.status == 200 else response

    breaks(requirement, name)(middleware)


def _one(response: ServerResponse) -> ServerResponse:
    """Answer with an object instead of a collection."""
    return replace(response, document={"data": {"id": "eventEvent", "type": "events", "attributes": {}}})


_related("related-collection", "related-is-one", _one)
_related("related-collection", "related-crashes", lambda _: refused(500, "INTERNAL_SERVER_ERROR"))
_related("relationship-collection", "linkage-is-one", _one, linkage=True)


_LINKS: dict[str, str] = {}  # the address that each export, of whatever server, showed first


@breaks("attachment-fresh")
def attachment_is_never_renewed(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows the address of a file that it showed first, until that expires."""
    response = respond(request)
    if not _is_one(request, "GET") or response.status != 200:
        return response
    attributes = response.document["data"]["attributes"]
    if not attributes.get("attachment_url"):
        return response
    kept = _LINKS.setdefault(request.path, attributes["attachment_url"])
    return response.edited(lambda document: document["data"]["attributes"].update(attachment_url=kept))
