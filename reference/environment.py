"""Variants in bad weather: what networks, edges and other people do to an endpoint that conforms."""

import random
import time
from collections.abc import Callable
from itertools import count

from exports_conformance.reference.errors import JSON_API, error
from exports_conformance.reference.export import Arguments, queued
from exports_conformance.reference.foreign import TYPES
from exports_conformance.reference.policy import Pace
from exports_conformance.reference.responses import Ask, Middleware, Respond, Response
from exports_conformance.reference.variant import Scene, variant

COLLECTION = "/api/exports"
PAGE = (("content-type", "text/html"),)
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
"""What `serve --realistic` has of them; two certain types have no records in any reference."""

SECONDS = (0.05, 0.15)
OTHERS_AT_MOST = 6


@variant
def latency(scene: Scene) -> Middleware:
    """Takes 50 to 150 milliseconds to answer."""

    def middleware(ask: Ask, respond: Respond) -> Response:
        time.sleep(random.uniform(*SECONDS) / scene.time_scale)  # noqa: S311  nothing secret
        return respond(ask)

    return middleware


@variant
def firewall_page(scene: Scene) -> Middleware:  # noqa: ARG001  which makes it one of a reference's own
    """Answers one request, the thirtieth, with a firewall's page in HTML and 403."""
    return _now_and_then(lambda number: number == 30, Response(403, PAGE, raw=b"<html>Request blocked</html>"))  # noqa: PLR2004


@variant
def unavailable_now_and_then(scene: Scene) -> Middleware:  # noqa: ARG001  as above
    """Answers every nineteenth request with 503 and a page, before it reaches the API."""
    return _now_and_then(lambda number: number % 19 == 0, Response(503, PAGE, raw=b"<html>Unavailable</html>"))


@variant
def one_500(scene: Scene) -> Middleware:
    """Answers one creation, the twelfth, with 500; the same is created when it is asked once more."""
    crash = error(500, "INTERNAL_SERVER_ERROR", "Internal server error", "Something went wrong.")
    creations = count(1)

    def middleware(ask: Ask, respond: Respond) -> Response:
        if _creates(ask) and next(creations) == 12:  # noqa: PLR2004
            return Response(500, (("content-type", JSON_API), *scene.limits(ask)), {"errors": [crash]})
        return respond(ask)

    return middleware


@variant
def lost_answer(scene: Scene) -> Middleware:  # noqa: ARG001  as above
    """Creates an export, the seventh that has a reference, and closes the connection without an answer."""
    created = count(1)

    def middleware(ask: Ask, respond: Respond) -> Response:
        response = respond(ask)
        made = _creates(ask) and response.status == 201  # noqa: PLR2004  Created
        if made and response.document["data"]["attributes"]["reference"] and next(created) == 7:  # noqa: PLR2004
            raise ConnectionResetError("the answer is lost")
        return response

    return middleware


@variant
def strangers_come_and_go(scene: Scene) -> Middleware:
    """Has exports of strangers created, run and deleted between the requests of whoever asks."""
    organisation, requests = scene.organisation, count(1)
    pace = Pace(pending=0.3 / scene.time_scale, running=1.5 / scene.time_scale)
    theirs: list[str] = []

    def come_and_go(number: int) -> None:
        now = scene.clock.now()
        if len(theirs) >= OTHERS_AT_MOST:
            organisation.drop(theirs.pop(0), now)
        elif organisation.running(now) < organisation.max_running - 2:
            resource = TYPES[number % len(TYPES)]
            arguments = Arguments(resource, reference=f"nightly-{number}", metadata={"owner": "another team"})
            export = queued(organisation.new_id(), arguments, organisation.records(resource), now, pace)
            organisation.keep(export)
            theirs.append(export.id)

    def middleware(ask: Ask, respond: Respond) -> Response:
        number = next(requests)
        if number % 3 == 0:
            with scene.lock:
                come_and_go(number)
        return respond(ask)

    return middleware


def _now_and_then(when: Callable[[int], bool], response: Response) -> Middleware:
    """Answer some of the requests in the API's place, by their numbers."""
    requests = count(1)
    return lambda ask, respond: response if when(next(requests)) else respond(ask)


def _creates(ask: Ask) -> bool:
    return ask.method == "POST" and ask.path == COLLECTION
