"""Reported faults of what a response links, locates and includes."""

from collections.abc import Callable

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import COLLECTION, is_creation
from tests.outside.server import is_list, reported, resources_of


def _locating(source: str, name: str, summary: str, location: Callable[[ServerRequest, str], str]) -> None:
    """Register a server whose creations have a Location header; `location` returns it for an id."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if not is_creation(request) or response.status != 201:
            return response
        return response.with_header("Location", location(request, response.document["data"]["id"]))

    reported(source, family=7, name=name, summary=summary)(middleware)


_locating(
    "holidayextras/jsonapi-server#80",
    "located-at-the-collection",
    "Sends the address of the collection as that of the export which was created.",
    lambda request, _: f"{request.base_url}{COLLECTION}",
)
_locating(
    "gravitee-io/issues#4624",
    "located-without-the-base-path",
    "Sends an address without the base path as that of the export which was created.",
    lambda request, export_id: f"{request.base_url}/exports/{export_id}",
)


def _including(source: str, name: str, summary: str, edit: Callable[[Json], None], *, family: int) -> None:
    """Register a server that edits a document with included resources."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        return response.edited(edit) if "include=" in request.query and response.status == 200 else response

    reported(source, family=family, name=name, summary=summary)(middleware)


def _unlink(document: Json) -> None:
    for each in resources_of(document):
        each["relationships"]["events"].pop("data", None)


def _exclude(document: Json) -> None:
    document.pop("included", None)
    _unlink(document)


_including("256dpi/fire#3", "include-without-effect", "Ignores `include`.", _exclude, family=1)
_including(
    "django-json-api/django-rest-framework-json-api#733",
    "included-without-a-link",
    "Includes events that no export links.",
    _unlink,
    family=1,
)


@reported("qatrackplus/qatrackplus#604", family=7)
def lists_show_less(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Leaves attributes out of lists that a retrieval shows."""
    response = respond(request)
    if not is_list(request) or response.status != 200 or "fields" in request.query:
        return response

    def edit(document: Json) -> None:
        for each in resources_of(document):
            for name in ("filters", "fields", "includes", "metadata"):
                each["attributes"].pop(name, None)

    return response.edited(edit)
