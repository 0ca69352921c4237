"""Servers that lose, double, keep or change what they created."""

from dataclasses import replace
from urllib.parse import unquote

from exports_conformance.contract.strict_json import Json
from exports_conformance.endpoints.reference.answers import Answer, Ask, Respond, serialised
from tests.mutants.mutant import COLLECTION, breaks, is_creation, refused, sent


def _is_one(ask: Ask, method: str) -> bool:
    """The request is about one export."""
    return ask.method == method and ask.path.startswith(f"{COLLECTION}/") and ask.path.count("/") == 3


def _is_sparse(ask: Ask) -> bool:
    return "fields[" in unquote(ask.query)


@breaks("retrieve-status-200")
def not_persisted(ask: Ask, respond: Respond) -> Answer:
    """Does not know what it created when it is asked for it."""
    answer = respond(ask)
    lost = _is_one(ask, "GET") and answer.status == 200 and not _is_sparse(ask)
    return refused(404, "RECORD_NOT_FOUND") if lost else answer


@breaks("retrieve-status-200")
def retrieval_answers_203(ask: Ask, respond: Respond) -> Answer:
    """Answers a retrieval with 203."""
    answer = respond(ask)
    return replace(answer, status=203) if _is_one(ask, "GET") and answer.status == 200 else answer


def _forgets(name: str, attribute: str, value: Json) -> None:
    def middleware(ask: Ask, respond: Respond) -> Answer:
        answer = respond(ask)
        if not _is_one(ask, "GET") or answer.status != 200 or _is_sparse(ask):
            return answer

        def edit(document: Json) -> None:
            document["data"]["attributes"][attribute] = value

        return answer.edited(edit)

    breaks("retrieve-as-created", name)(middleware)


_forgets("retrieval-forgets-metadata", "metadata", {})
_forgets("retrieval-forgets-filters", "filters", None)
_forgets("retrieval-forgets-format", "format", "json")
_forgets("retrieval-moves-creation", "created_at", "2001-01-01T00:00:00.000Z")


@breaks("retrieve-unknown-404")
def unknown_is_an_error(ask: Ask, respond: Respond) -> Answer:
    """Crashes over an id that no export has."""
    answer = respond(ask)
    unknown = _is_one(ask, "GET") and "NoSuchExprt" in ask.path
    return refused(500, "INTERNAL_SERVER_ERROR") if unknown else answer


@breaks("retrieve-sparse")
def sparse_is_whole(ask: Ask, respond: Respond) -> Answer:
    """Shows every attribute, whatever was named."""
    return respond(replace(ask, query="")) if _is_one(ask, "GET") else respond(ask)


@breaks("refusal-creates-nothing")
def refused_but_created(ask: Ask, respond: Respond) -> Answer:
    """Creates the export before it finds that a format is none."""
    answer = respond(ask)
    attributes = sent(ask)
    if is_creation(ask) and answer.status == 422 and isinstance(attributes.get("format"), int):
        plain = {"data": {"type": "exports", "attributes": {**attributes, "format": "json"}}}
        respond(replace(ask, body=serialised(plain)))
    return answer


@breaks("refusal-creates-nothing")
def created_before_authorised(ask: Ask, respond: Respond) -> Answer:
    """Creates the export before it looks at the token."""
    answer = respond(ask)
    if is_creation(ask) and answer.status == 401:
        respond(replace(ask, headers={**ask.headers, "authorization": "Bearer reference-token"}))
    return answer


@breaks("update-status-200")
def update_answers_202(ask: Ask, respond: Respond) -> Answer:
    """Answers an update with 202."""
    answer = respond(ask)
    return replace(answer, status=202) if _is_one(ask, "PATCH") and answer.status == 200 else answer


@breaks("update-takes")
def update_is_ignored(ask: Ask, respond: Respond) -> Answer:
    """Answers an update with the export as it was."""
    if _is_one(ask, "PATCH") and b"_interrupt" not in ask.body:
        answer = respond(ask)
        before = respond(replace(ask, method="GET", body=b""))
        return (
            answer.edited(
                lambda document: document["data"]["attributes"].update(
                    {"metadata": {"old": True}, "reference": before.document["data"]["attributes"]["reference"]}
                )
            )
            if answer.status == 200
            else answer
        )
    return respond(ask)


@breaks("update-other-id")
def other_id_is_taken(ask: Ask, respond: Respond) -> Answer:
    """Updates the export of the address, whatever the document says."""
    if _is_one(ask, "PATCH") and isinstance(ask.document, dict):
        own = ask.path.rpartition("/")[2]
        return respond(ask.edited(lambda document: {"data": {**document["data"], "id": own}}))
    return respond(ask)


@breaks("delete-status-204")
def deletion_answers_200(ask: Ask, respond: Respond) -> Answer:
    """Answers a deletion with 200 and a document."""
    answer = respond(ask)
    if _is_one(ask, "DELETE") and answer.status == 204:
        return replace(answer, status=200, document={"meta": {}}).with_header(
            "Content-Type", "application/vnd.api+json"
        )
    return answer


@breaks("delete-removes")
def deletion_keeps(ask: Ask, respond: Respond) -> Answer:
    """Says that an export was deleted, and keeps it."""
    if _is_one(ask, "DELETE"):
        return Answer(204, respond(replace(ask, method="GET")).headers, raw=b"").without_header("Content-Type")
    return respond(ask)
