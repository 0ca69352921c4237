"""Variants on the way of a response: another form that the documentation allows, or a difficult network."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import count
from uuid import uuid4

from exports_conformance.exchange.model import JSON_API
from exports_conformance.exchange.strict_json import Json, as_array, member
from exports_conformance.reference.call import pairs
from exports_conformance.reference.checks import error_object
from exports_conformance.reference.messages import Middleware, Respond, ServerRequest, ServerResponse
from exports_conformance.reference.organisation import FOREIGN_TYPES, Arguments, queued
from exports_conformance.reference.policy import Pace
from exports_conformance.reference.variants.variant import Internals, stateful, stateless

ELSEWHERE = "https://yourdomain.commercelayer.example"
EMPTIABLE = ("includes", "fields", "filters", "metadata")
# Only the limits are documented to be refused with 422.
LIMITS = ("/data", "/data/attributes/records_count", "/data/attributes/status")


@stateless
def nulls_for_empty(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows null where includes, fields, filters or metadata are empty."""

    def edit(document: Json) -> None:
        for attributes in _attributes(document):
            for name in EMPTIABLE:
                if name in attributes:
                    attributes[name] = attributes[name] or None

    return respond(request).edited(edit)


@stateless
def bad_requests_only(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Refuses an invalid body with 400 instead of 422."""
    response = respond(request)
    pointers = {_pointer(error) for error in _errors(response.document)}
    if response.status != 422 or pointers & set(LIMITS):  # noqa: PLR2004  Unprocessable Entity
        return response

    def edit(document: Json) -> None:
        for error in _errors(document):
            blank = error["meta"]["error"] == "blank"
            error.update(status="400", code="PARAM_MISSING" if blank else "INVALID_FIELD_VALUE")

    return replace(response.edited(edit), status=400)


@stateless
def other_wording(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Writes other titles and details of errors."""

    def edit(document: Json) -> None:
        for error in _errors(document):
            error.update(title="Richiesta rifiutata", detail=f"Così non va: {error['code'].lower()}.")

    return respond(request).edited(edit)


@stateless
def links_elsewhere(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Links to another host than the one requested; the paths are the same."""
    return respond(request).edited(lambda document: _relinked(document, request.base_url))


@stateless
def charset(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Adds a charset to the media type."""
    response = respond(request)
    if response.header("content-type") != JSON_API:
        return response
    return response.with_header("content-type", f"{JSON_API}; charset=utf-8")


@stateless
def offsets(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows times with an offset: +02:00 for `created_at`, +00:00 for the others."""

    def edit(document: Json) -> None:
        for attributes in _attributes(document):
            for name, value in attributes.items():
                if name.endswith("_at") and isinstance(value, str):
                    hours = 2 if name == "created_at" else 0
                    shifted = datetime.fromisoformat(value).astimezone(timezone(timedelta(hours=hours)))
                    attributes[name] = shifted.isoformat(timespec="milliseconds")

    return respond(request).edited(edit)


@stateless
def more_members(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Adds undocumented attributes, relationships, meta and error members, and headers."""
    sparse = any(name.startswith("fields[") for name, _ in pairs(request.query))

    def edit(document: Json) -> None:
        document["jsonapi"] = {"version": "1.0"}
        for resource in _resources(document):
            resource["meta"]["cell"] = "eu-west-1a"
            if not sparse and "relationships" in resource:
                address = resource["links"]["self"]
                links = {"self": f"{address}/relationships/tags", "related": f"{address}/tags"}
                resource["relationships"]["tags"] = {"links": links}
                resource["attributes"]["priority"] = {"queue": "default", "rank": 7}
        for number, error in enumerate(_errors(document)):
            error.update(id=f"error-{number}", links={"about": "https://docs.example.com/errors"})

    return respond(request).edited(edit).with_header("x-request-id", "2f1d6a52-5c0f-4f5c-9d43-0d5f2b6f0c11")


@stateless
def key_order(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Writes the members of every object in the reverse order."""
    return respond(request).edited(_reversed)


@partial(stateless, advice=("edge-error-document",))
def recorded_404(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers 404 as recorded in 2025: one error object, an integer status, plain JSON."""
    response = respond(request)
    if response.status != 404 or response.document is None:  # noqa: PLR2004  Not Found
        return response
    title, detail = "Record Not Found", "The requested resource was not not found. Please double-check the resource id."
    error = {"title": title, "detail": detail, "code": "RECORD_NOT_FOUND", "status": 404}
    plain = replace(response, document={"errors": error}).with_header("retry-after", "0")
    return plain.with_header("content-type", "application/json; charset=utf-8")


@stateless
def encoded_file(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Serves files with `Content-Encoding: gzip`, so that HTTP clients decompress them by themselves."""
    response = respond(request)
    if response.header("content-type") != "application/gzip":
        return response
    kind = "text/csv" if ".csv" in request.path else "application/json"
    return response.with_header("content-type", kind).with_header("content-encoding", "gzip")


def _resources(document: Json) -> list[dict[str, Json]]:
    data = member(document, "data")
    listed = data if isinstance(data, list) else [data]
    return [one for one in listed if isinstance(one, dict) and "attributes" in one]


def _attributes(document: Json) -> list[dict[str, Json]]:
    return [one["attributes"] for one in _resources(document)]


def _errors(document: Json) -> list[dict[str, Json]]:
    return as_array(member(document, "errors"))


def _pointer(error: dict[str, Json]) -> str:
    return str(error.get("source", {}).get("pointer", ""))


def _relinked(value: Json, base: str, *, inside: bool = False) -> Json:
    if isinstance(value, dict):
        return {
            key: _relinked(one, base, inside=inside or key == "links") if key != "attributes" else one
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_relinked(one, base, inside=inside) for one in value]
    return ELSEWHERE + value.removeprefix(base) if inside and isinstance(value, str) else value


def _reversed(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(one) for one in value] if isinstance(value, list) else value


_COLLECTION = "/api/exports"
_PAGE = (("content-type", "text/html"),)
REALISTIC = (
    "latency",
    "firewall-page",
    "unavailable-now-and-then",
    "lost-answer",
    "one-500",
    "strangers-come-and-go",
    "documented-limits",
    "short-tokens",
    "lagging-reads",
    "lagging-lists",
    "slow",
)
"""The variants of `serve --realistic`."""

_SECONDS = (0.05, 0.15)
OTHERS_AT_MOST = 6


@stateful
def latency(internals: Internals) -> Middleware:
    """Takes 50 to 150 milliseconds to answer."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        time.sleep(random.uniform(*_SECONDS) / internals.time_scale)  # noqa: S311  nothing secret
        return respond(request)

    return middleware


@stateful
def firewall_page(internals: Internals) -> Middleware:  # noqa: ARG001  each reference counts its own requests
    """Answers one request, the thirtieth, with 403 and an HTML page as a firewall does."""
    return _now_and_then(lambda number: number == 30, ServerResponse(403, _PAGE, raw=b"<html>Request blocked</html>"))  # noqa: PLR2004  the one that is hit


@stateful
def unavailable_now_and_then(internals: Internals) -> Middleware:  # noqa: ARG001  as above
    """Answers every nineteenth request with 503 and an HTML page, as a gateway does."""
    return _now_and_then(lambda number: number % 19 == 0, ServerResponse(503, _PAGE, raw=b"<html>Unavailable</html>"))


@stateful
def one_500(internals: Internals) -> Middleware:
    """Answers one creation, the twelfth, with 500; the same body is created when it is sent again."""
    crash = error_object(500, "INTERNAL_SERVER_ERROR", "Internal server error", "Something went wrong.")
    creations = count(1)

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        if _creates(request) and next(creations) == 12:  # noqa: PLR2004  the one that is hit
            headers = (("content-type", JSON_API), ("x-request-id", uuid4().hex), *internals.limits(request))
            return ServerResponse(500, headers, {"errors": [crash]})
        return respond(request)

    return middleware


@stateful
def lost_answer(internals: Internals) -> Middleware:  # noqa: ARG001  as above
    """Creates an export, the seventh with a `reference`, and closes the connection without a response."""
    created = count(1)

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        made = _creates(request) and response.status == 201  # noqa: PLR2004  Created
        if made and response.document["data"]["attributes"]["reference"] and next(created) == 7:  # noqa: PLR2004  the one that is hit
            raise ConnectionResetError("the response is lost")
        return response

    return middleware


@stateful
def strangers_come_and_go(internals: Internals) -> Middleware:
    """Creates, runs and deletes foreign exports between the client's requests."""
    organisation, requests = internals.organisation, count(1)
    pace = Pace(pending=0.3 / internals.time_scale, running=1.5 / internals.time_scale)
    theirs: list[str] = []

    def come_and_go(number: int) -> None:
        now = internals.clock.now()
        if len(theirs) >= OTHERS_AT_MOST:
            organisation.drop(theirs.pop(0), now)
        elif organisation.running(now) < organisation.max_running - 2:
            resource = FOREIGN_TYPES[number % len(FOREIGN_TYPES)]
            arguments = Arguments(resource, reference=f"nightly-{number}", metadata={"owner": "another team"})
            export = queued(organisation.new_id(), arguments, organisation.records(resource), now, pace)
            organisation.keep(export)
            theirs.append(export.id)

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        number = next(requests)
        if number % 3 == 0:
            with internals.lock:
                come_and_go(number)
        return respond(request)

    return middleware


def _now_and_then(when: Callable[[int], bool], response: ServerResponse) -> Middleware:
    """Return a middleware that answers some requests itself, chosen by their number."""
    requests = count(1)
    return lambda request, respond: response if when(next(requests)) else respond(request)


def _creates(request: ServerRequest) -> bool:
    return request.method == "POST" and request.path == _COLLECTION
