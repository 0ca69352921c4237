"""Servers whose error documents are malformed in one way."""

import json
from collections.abc import Callable
from dataclasses import replace

from exports_conformance.exchange.strict_json import Json, source_pointer
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import COLLECTION, breaks, is_refusal, on_errors
from tests.suite_runs import TOKEN


@breaks("error-media-type")
def errors_are_plain_json(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Sends errors as application/json."""
    response = respond(request)
    return response.with_header("Content-Type", "application/json") if is_refusal(response) else response


def _document(name: str, document: Json) -> None:
    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        return replace(response, document=document) if response.status == 400 else response

    breaks("error-document", name, summary=f"Answers 400 with `{json.dumps(document)}`.")(middleware)


_document("errors-missing", {"message": "no"})
_document("errors-empty", {"errors": []})
_document("errors-an-object", {"errors": {"title": "no", "detail": "no", "code": "SAVE_FAILED", "status": "400"}})
_document("errors-of-texts", {"errors": ["no"]})


@breaks("error-document")
def errors_are_no_json(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Sends a word instead of an error document."""
    response = respond(request)
    return replace(response, raw=b"Bad Request") if response.status == 400 else response


@breaks("error-unique-keys")
def errors_twice(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Repeats a key in an error document."""
    response = respond(request)
    if not is_refusal(response):
        return response
    return replace(response, raw=response.body.replace(b'{"errors":', b'{"errors":[],"errors":', 1))


def _error(requirement: str, name: str, member: str, value: Json = None, *, missing: bool = False) -> None:
    def edit(error: dict[str, Json], _: ServerResponse) -> None:
        if missing:
            error.pop(member, None)
        else:
            error[member] = value

    said = f"Leaves an error's `{member}` out." if missing else f"Shows `{json.dumps(value)}` as an error's `{member}`."
    breaks(requirement, name, summary=said)(on_errors(edit))


_error("error-title", "error-without-title", "title", missing=True)
_error("error-detail", "error-without-detail", "detail", missing=True)
_error("error-detail", "error-detail-a-number", "detail", 7)
_error("error-code", "error-without-code", "code", missing=True)
_error("error-code", "error-code-a-number", "code", 422)
_error("error-code-published", "error-code-unpublished", "code", "SOMETHING_ELSE")
_error("error-status", "error-without-status", "status", missing=True)
_error("error-status", "error-status-of-another", "status", "418")


@breaks("error-status")
@on_errors
def error_status_is_a_number(error: dict[str, Json], response: ServerResponse) -> None:
    """Gives each error's status as a number."""
    error["status"] = response.status


@breaks("error-code-agrees")
@on_errors
def code_of_another_status(error: dict[str, Json], response: ServerResponse) -> None:
    """Shows VALIDATION_ERROR for every refusal except validation errors."""
    error["code"] = "LOCKED" if response.status == 422 else "VALIDATION_ERROR"


def _miscalled(status: int) -> None:
    def edit(error: dict[str, Json], response: ServerResponse) -> None:
        if response.status == status:
            error["code"] = "VALIDATION_ERROR"

    said = f"Shows VALIDATION_ERROR for a refusal with {status}."
    breaks("error-code-agrees", f"code-of-{status}-wrong", summary=said)(on_errors(edit))


for _status in (401, 406, 415):
    _miscalled(_status)


def _pointing(name: str, summary: str, change: Callable[[Json], Json]) -> None:
    def edit(error: dict[str, Json], response: ServerResponse) -> None:
        pointer = source_pointer(error)
        if response.status == 422 and pointer.startswith("/data/attributes/") and not pointer.endswith("records_count"):
            error["source"] = change(pointer)

    breaks("error-pointer", name, summary=summary)(on_errors(edit))


_pointing(
    "pointers-without-data",
    "Points into the resource object as if it were the document.",
    lambda pointer: {"pointer": pointer.removeprefix("/data")},
)
_pointing(
    "pointers-as-parameters",
    "Gives `source.parameter` instead of `source.pointer`.",
    lambda pointer: {"parameter": pointer.rpartition("/")[2]},
)


@breaks("error-pointer")
def pointers_lead_elsewhere(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Points at an unrelated member."""

    def edit(error: dict[str, Json], response: ServerResponse) -> None:
        if response.status == 422 and "records_count" not in str(error.get("source")):
            error["source"] = {"pointer": "/data/attributes/shipping_address"}

    return on_errors(edit)(request, respond)


@breaks("error-pointer")
def no_pointers(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Leaves `source.pointer` out."""

    def edit(error: dict[str, Json], response: ServerResponse) -> None:
        if response.status == 422 and "records_count" not in str(error.get("source")):
            error.pop("source", None)

    return on_errors(edit)(request, respond)


@breaks("edge-error-document")
def edge_says_nothing(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers an undocumented method without a body."""
    response = respond(request)
    return replace(response, raw=b"", document=None) if response.status in {404, 405} else response


@breaks("errors-without-data")
def refusal_names_the_export(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Names the export that it refuses to show by its reference."""
    response = respond(request)
    if response.status != 401 or request.method != "GET" or request.path == COLLECTION:
        return response
    whole = respond(replace(request, headers={**request.headers, "authorization": f"Bearer {TOKEN}"}))
    detail = f"{whole.document['data']['attributes']['reference']} is not yours."
    return response.edited(lambda document: document["errors"][0].update(detail=detail))


@breaks("errors-without-data")
def refusal_shows_the_export(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows the export beside the error that refuses to show it."""
    response = respond(request)
    if response.status != 401 or request.method != "GET":
        return response
    return response.edited(lambda document: document.update(data={"type": "exports", "id": "XAyRWNUzyN"}))


def _succeeds(name: str, *statuses: int, said: str) -> None:
    """Register a server that sends errors of some statuses with 200."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        return replace(response, status=200) if response.status in statuses else response

    breaks("errors-with-error-status", name, summary=said)(middleware)


_succeeds("refusals-with-200", 400, 422, said="Refuses invalid bodies with 200 and errors.")
_succeeds("no-token-with-200", 401, said="Refuses a request without a token with 200 and errors.")
