"""Servers at which exports do not live as they should, beside the mutants that lose, double or keep them."""

import gzip
import json
from dataclasses import replace
from urllib.parse import unquote

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference import Middleware, Respond, ServerRequest, ServerResponse
from exports_conformance.reference.call import pairs
from exports_conformance.reference.messages import serialised
from exports_conformance.reference.organisation import RUNNING_STATUSES
from tests.mutants.mutant import COLLECTION


def _is_one(request: ServerRequest) -> bool:
    return request.path.startswith(f"{COLLECTION}/")


def _shown(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Return the request's export as the reference shows it."""
    return respond(replace(request, method="GET", body=b""))


def _status(response: ServerResponse) -> str:
    return str(response.document["data"]["attributes"]["status"]) if response.status == 200 else ""


def ignoring(trigger: str, *, of: frozenset[str]) -> Middleware:
    """Answer an update by a trigger with the export as it is, where it may be pulled: in these states."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        if request.method != "PATCH" or trigger.encode() not in request.body:
            return respond(request)
        before = _shown(request, respond)
        return before if _status(before) in of else respond(request)

    return middleware


ignoring_interruptions = ignoring("_interrupt", of=RUNNING_STATUSES)
ignoring_starts = ignoring("_start", of=frozenset({"interrupted"}))


def keeping(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answer 204 to the deletion of an export that is not running, but keep it."""
    if request.method != "DELETE":
        return respond(request)
    before = _shown(request, respond)
    runs = _status(before) in RUNNING_STATUSES
    return respond(request) if runs or before.status != 200 else replace(before, status=204, document=None)


def going_back() -> Middleware:
    """Show an export as pending again, once it has been shown as completed."""
    completed: set[str] = set()

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if request.method != "GET" or not _is_one(request) or response.status != 200:
            return response
        again = request.path in completed
        if response.document["data"]["attributes"].get("status") == "completed":
            completed.add(request.path)

        def edit(document: Json) -> None:
            nothing = dict.fromkeys(("started_at", "completed_at", "attachment_url"))
            document["data"]["attributes"].update(nothing, status="pending")

        return response.edited(edit) if again else response

    return middleware


def never_completing(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Show every completed export as one that is in progress."""
    response = respond(request)

    def edit(document: Json) -> None:
        if document["data"]["attributes"].get("status") == "completed":
            document["data"]["attributes"].update(status="in_progress", completed_at=None, attachment_url=None)

    return (
        response.edited(edit) if _is_one(request) and request.method == "GET" and response.status == 200 else response
    )


def cutting_files_short(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Return a JSON file without its last record."""
    response = respond(request)
    if not request.path.startswith("/files/") or response.status != 200 or ".json" not in request.path:
        return response
    return replace(response, raw=gzip.compress(serialised(json.loads(gzip.decompress(response.body))[:-1])))


def forbidding(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Refuse a token with 403, which is not a documented status."""
    response = respond(request)
    return replace(response, status=403) if response.status == 401 else response


def without(parameter: str) -> Middleware:
    """Answer as if a parameter had not been in the query."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        kept = "&".join(f"{name}={value}" for name, value in pairs(request.query) if name != parameter)
        return respond(replace(request, query=kept) if parameter in unquote(request.query) else request)

    return middleware


def unexplained(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Refuse an empty selection without saying in `meta` what is wrong."""
    response = respond(request)

    def edit(document: Json) -> None:
        for error in document["errors"]:
            error.pop("meta", None)

    return response.edited(edit) if response.status == 422 else response
