"""Variants in a difficult environment: what networks, gateways and other users do to a conforming endpoint."""

import random
import time
from collections.abc import Callable
from itertools import count

from exports_conformance.exchange.model import JSON_API
from exports_conformance.reference.checks import error_object
from exports_conformance.reference.messages import Middleware, Respond, ServerRequest, ServerResponse
from exports_conformance.reference.organisation import FOREIGN_TYPES, Arguments, queued
from exports_conformance.reference.policy import Pace
from exports_conformance.reference.variants.variant import Internals, stateful

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
            return ServerResponse(500, (("content-type", JSON_API), *internals.limits(request)), {"errors": [crash]})
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
