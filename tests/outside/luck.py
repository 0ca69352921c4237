"""Reported faults that show now and then."""

from dataclasses import replace
from itertools import count
from weakref import WeakKeyDictionary

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import is_creation, refused
from tests.outside.server import is_about_one, remove, reported

_CREATIONS: "WeakKeyDictionary[Respond, count[int]]" = WeakKeyDictionary()  # how many each server has answered


def _is_tenth(request: ServerRequest, respond: Respond) -> bool:
    """Return True for one creation in ten."""
    return is_creation(request) and next(_CREATIONS.setdefault(respond, count(1))) % 10 == 0


@reported("ProjectMeniscus/meniscus#343", family=9)
def one_creation_in_ten_crashes(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Crashes on one creation in ten."""
    return refused(500, "INTERNAL_SERVER_ERROR") if _is_tenth(request, respond) else respond(request)


@reported("jellypbc/poster#4", family=9)
def created_and_crashed(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Creates the export, and answers one creation in ten with an error."""
    response = respond(request)
    return refused(500, "INTERNAL_SERVER_ERROR") if _is_tenth(request, respond) else response


@reported(
    "opcxder/module-prep#37",
    family=9,
    missed="a 503 is an environment error, and is sent again: nobody can tell it from a busy gateway",
)
def unavailable_now_and_then(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers one creation in ten with 503."""
    return refused(503, "SERVICE_UNAVAILABLE") if _is_tenth(request, respond) else respond(request)


@reported("cypress-io/cypress-example-recipes#602", family=9)
def id_of_another_now_and_then(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers one creation in ten with the id of another export."""
    response = respond(request)
    if not _is_tenth(request, respond) or response.status != 201:
        if is_creation(request) and response.status == 201:
            _FIRST.setdefault(respond, response.document["data"]["id"])
        return response
    own, other = response.document["data"]["id"], _FIRST.get(respond)
    if other is None:
        return response
    remove(own, request, respond)

    def edit(document: Json) -> None:
        document["data"]["id"] = other

    return response.edited(edit)


_FIRST: WeakKeyDictionary[Respond, str] = WeakKeyDictionary()  # the id of the first export of each server


_LOOKS: "WeakKeyDictionary[Respond, count[int]]" = WeakKeyDictionary()  # the retrievals that each server has answered


@reported(
    "landscapeio/landscape-issues#273",
    family=9,
    missed="a repeated retrieval finds the export; that some do not is advice, `reads-agree`, with its count",
)
def one_replica_finds_nothing(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers one retrieval in three with 404, as one of several servers that does not have the export."""
    response = respond(request)
    if not is_about_one(request, "GET") or response.status != 200 or request.query:
        return response
    is_third = next(_LOOKS.setdefault(respond, count(1))) % 3 == 0
    return respond(replace(request, path=f"{request.path}X")) if is_third else response
