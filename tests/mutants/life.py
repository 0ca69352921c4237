"""Servers that lose, double, keep or change what they created."""

from dataclasses import replace
from urllib.parse import unquote

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse, serialised
from tests.mutants.mutant import COLLECTION, breaks, is_creation, refused, sent


def _is_one(request: ServerRequest, method: str) -> bool:
    """The request is about one export."""
    return request.method == method and request.path.startswith(f"{COLLECTION}/") and request.path.count("/") == 3


def _is_sparse(request: ServerRequest) -> bool:
    return "fields[" in unquote(request.query)


@breaks("retrieve-status-200")
def not_persisted(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers 404 to the retrieval of an export that it created."""
    response = respond(request)
    lost = _is_one(request, "GET") and response.status == 200 and not _is_sparse(request)
    return refused(404, "RECORD_NOT_FOUND") if lost else response


@breaks("retrieve-status-200")
def retrieval_answers_203(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers a retrieval with 203."""
    response = respond(request)
    return replace(response, status=203) if _is_one(request, "GET") and response.status == 200 else response


def _forgets(name: str, attribute: str, value: Json) -> None:
    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if not _is_one(request, "GET") or response.status != 200 or _is_sparse(request):
            return response

        def edit(document: Json) -> None:
            document["data"]["attributes"][attribute] = value

        return response.edited(edit)

    breaks("retrieve-as-created", name)(middleware)


_forgets("retrieval-forgets-metadata", "metadata", {})
_forgets("retrieval-forgets-filters", "filters", None)
_forgets("retrieval-forgets-format", "format", "json")
_forgets("retrieval-moves-creation", "created_at", "2001-01-01T00:00:00.000Z")


@breaks("retrieve-unknown-404")
def unknown_is_an_error(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Crashes on an unknown id."""
    response = respond(request)
    unknown = _is_one(request, "GET") and "NoSuchExprt" in request.path
    return refused(500, "INTERNAL_SERVER_ERROR") if unknown else response


@breaks("retrieve-sparse")
def sparse_is_whole(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows every attribute, whatever the sparse fieldset names."""
    return respond(replace(request, query="")) if _is_one(request, "GET") else respond(request)


@breaks("retrieve-sparse")
def sparse_is_bare(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Takes the links and the meta out of a sparse export."""
    response = respond(request)
    if not _is_one(request, "GET") or "fields" not in request.query or response.status != 200:
        return response
    bare = {name: response.document["data"][name] for name in ("id", "type", "attributes")}
    return response.edited(lambda document: document.update(data=bare))


@breaks("refusal-creates-nothing")
def refused_but_created(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Creates the export before it checks the format."""
    response = respond(request)
    attributes = sent(request)
    if is_creation(request) and response.status == 422 and isinstance(attributes.get("format"), int):
        plain = {"data": {"type": "exports", "attributes": {**attributes, "format": "json"}}}
        respond(replace(request, body=serialised(plain)))
    return response


@breaks("refusal-creates-nothing")
def created_before_authorised(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Creates the export before it checks the token."""
    response = respond(request)
    if is_creation(request) and response.status == 401:
        respond(replace(request, headers={**request.headers, "authorization": "Bearer reference-token"}))
    return response


@breaks("update-status-200")
def update_answers_202(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers an update with 202."""
    response = respond(request)
    return replace(response, status=202) if _is_one(request, "PATCH") and response.status == 200 else response


@breaks("update-takes")
def update_is_ignored(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers an update with the unchanged export."""
    if _is_one(request, "PATCH") and b"_interrupt" not in request.body:
        return respond(request.edited(lambda document: {"data": {**document["data"], "attributes": {}}}))
    return respond(request)


@breaks("update-other-id")
def other_id_is_taken(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Updates the export of the URL, whatever id the document has."""
    if _is_one(request, "PATCH") and isinstance(request.document, dict):
        own = request.path.rpartition("/")[2]
        return respond(request.edited(lambda document: {"data": {**document["data"], "id": own}}))
    return respond(request)


@breaks("delete-status-204")
def deletion_answers_200(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers a deletion with 200 and a document."""
    response = respond(request)
    if _is_one(request, "DELETE") and response.status == 204:
        return replace(response, status=200, document={"meta": {}}).with_header(
            "Content-Type", "application/vnd.api+json"
        )
    return response


@breaks("delete-removes")
def deletion_keeps(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers 204 to a deletion and keeps the export."""
    if not _is_one(request, "DELETE"):
        return respond(request)
    response = respond(replace(request, method="GET"))
    if response.status != 200:
        return response
    return ServerResponse(204, response.headers, raw=b"").without_header("Content-Type")
