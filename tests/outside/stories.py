"""Reported faults of what several responses say of one export."""

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import COLLECTION
from tests.outside.server import is_about_one, is_list, reported, resources_of


@reported("ushahidi/platform#3140", family=7)
def interrupted_turns_completed(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows an interrupted export as completed when it is retrieved."""
    response = respond(request)
    if not is_about_one(request, "GET") or response.status != 200:
        return response

    def edit(document: Json) -> None:
        for each in resources_of(document):
            if each["attributes"].get("status") == "interrupted":
                each["attributes"]["status"] = "completed"

    return response.edited(edit)


@reported(
    "OregonDigital/OD2#3202",
    family=7,
)
def status_stays_pending(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows a completed export as pending, with its file."""
    response = respond(request)
    if not (is_about_one(request, "GET") or is_list(request)) or response.status != 200:
        return response

    def edit(document: Json) -> None:
        for each in resources_of(document):
            if each["attributes"].get("status") == "completed":
                each["attributes"]["status"] = "pending"

    return response.edited(edit)


@reported(
    "JSONAPI-Resources/jsonapi-resources#374",
    family=7,
    missed="the documentation shows no counts of related resources",
)
def related_count_is_an_object(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Counts related resources with an object of page numbers."""
    response = respond(request)
    related = request.path.startswith(f"{COLLECTION}/") and request.path.count("/") == 4
    if not related or response.status != 200:
        return response
    pages = {"first": {"number": 1, "size": 10}, "last": {"number": 1, "size": 10}}
    return response.edited(lambda document: document["meta"].update(record_count=pages))
