"""Servers that lose, double, keep or change what they created."""

from dataclasses import replace
from urllib.parse import unquote

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.responses import Ask, Respond, Response, serialised
from tests.mutants.mutant import COLLECTION, breaks, is_creation, refused, sent


def _is_one(ask: Ask, method: str) -> bool:
    """The request is about one export."""
    return ask.method == method and ask.path.startswith(f"{COLLECTION}/") and ask.path.count("/") == 3


def _is_sparse(ask: Ask) -> bool:
    return "fields[" in unquote(ask.query)


@breaks("retrieve-status-200")
def not_persisted(ask: Ask, respond: Respond) -> Response:
    """Does not know what it created when it is asked for it."""
    response = respond(ask)
    lost = _is_one(ask, "GET") and response.status == 200 and not _is_sparse(ask)
    return refused(404, "RECORD_NOT_FOUND") if lost else response


@breaks("retrieve-status-200")
def retrieval_answers_203(ask: Ask, respond: Respond) -> Response:
    """Answers a retrieval with 203."""
    response = respond(ask)
    return replace(response, status=203) if _is_one(ask, "GET") and response.status == 200 else response


def _forgets(name: str, attribute: str, value: Json) -> None:
    def middleware(ask: Ask, respond: Respond) -> Response:
        response = respond(ask)
        if not _is_one(ask, "GET") or response.status != 200 or _is_sparse(ask):
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
def unknown_is_an_error(ask: Ask, respond: Respond) -> Response:
    """Crashes over an id that no export has."""
    response = respond(ask)
    unknown = _is_one(ask, "GET") and "NoSuchExprt" in ask.path
    return refused(500, "INTERNAL_SERVER_ERROR") if unknown else response


@breaks("retrieve-sparse")
def sparse_is_whole(ask: Ask, respond: Respond) -> Response:
    """Shows every attribute, whatever was named."""
    return respond(replace(ask, query="")) if _is_one(ask, "GET") else respond(ask)


@breaks("refusal-creates-nothing")
def refused_but_created(ask: Ask, respond: Respond) -> Response:
    """Creates the export before it finds that a format is none."""
    response = respond(ask)
    attributes = sent(ask)
    if is_creation(ask) and response.status == 422 and isinstance(attributes.get("format"), int):
        plain = {"data": {"type": "exports", "attributes": {**attributes, "format": "json"}}}
        respond(replace(ask, body=serialised(plain)))
    return response


@breaks("refusal-creates-nothing")
def created_before_authorised(ask: Ask, respond: Respond) -> Response:
    """Creates the export before it looks at the token."""
    response = respond(ask)
    if is_creation(ask) and response.status == 401:
        respond(replace(ask, headers={**ask.headers, "authorization": "Bearer reference-token"}))
    return response


@breaks("update-status-200")
def update_answers_202(ask: Ask, respond: Respond) -> Response:
    """Answers an update with 202."""
    response = respond(ask)
    return replace(response, status=202) if _is_one(ask, "PATCH") and response.status == 200 else response


@breaks("update-takes")
def update_is_ignored(ask: Ask, respond: Respond) -> Response:
    """Answers an update with the export as it was."""
    if _is_one(ask, "PATCH") and b"_interrupt" not in ask.body:
        response = respond(ask)
        before = respond(replace(ask, method="GET", body=b""))
        return (
            response.edited(
                lambda document: document["data"]["attributes"].update(
                    {"metadata": {"old": True}, "reference": before.document["data"]["attributes"]["reference"]}
                )
            )
            if response.status == 200
            else response
        )
    return respond(ask)


@breaks("update-other-id")
def other_id_is_taken(ask: Ask, respond: Respond) -> Response:
    """Updates the export of the address, whatever the document says."""
    if _is_one(ask, "PATCH") and isinstance(ask.document, dict):
        own = ask.path.rpartition("/")[2]
        return respond(ask.edited(lambda document: {"data": {**document["data"], "id": own}}))
    return respond(ask)


@breaks("delete-status-204")
def deletion_answers_200(ask: Ask, respond: Respond) -> Response:
    """Answers a deletion with 200 and a document."""
    response = respond(ask)
    if _is_one(ask, "DELETE") and response.status == 204:
        return replace(response, status=200, document={"meta": {}}).with_header(
            "Content-Type", "application/vnd.api+json"
        )
    return response


@breaks("delete-removes")
def deletion_keeps(ask: Ask, respond: Respond) -> Response:
    """Says that an export was deleted, and keeps it."""
    if _is_one(ask, "DELETE"):
        return Response(204, respond(replace(ask, method="GET")).headers, raw=b"").without_header("Content-Type")
    return respond(ask)
