"""Servers that are lenient with credentials and media types, each with one kind of them."""

from collections.abc import Callable
from dataclasses import replace

from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import COLLECTION, THOROUGH, breaks, is_creation, refused
from tests.mutants.refusals import JSON_API, TOKEN

RIGHT = {"authorization": f"Bearer {TOKEN}", "accept": JSON_API, "content-type": JSON_API}


def _takes(
    name: str,
    requirement: str,
    header: str,
    wrong: Callable[[str], bool],
    summary: str,
    options: tuple[str, ...] = (),
) -> None:
    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        if wrong(request.headers.get(header, "")):
            return respond(replace(request, headers={**request.headers, header: RIGHT[header]}))
        return respond(request)

    breaks(requirement, name, summary=summary, options=options)(middleware)


_takes(
    "any-scheme-accepted",
    "auth-token-required",
    "authorization",
    lambda value: bool(value) and not value.startswith("Bearer"),
    "Accepts any scheme of authorization.",
)
_takes(
    "empty-token-accepted",
    "auth-token-required",
    "authorization",
    lambda value: value.strip() == "Bearer",
    "Accepts a bearer without a token.",
    THOROUGH,
)
_takes(
    "unsigned-token-accepted",
    "auth-token-valid",
    "authorization",
    lambda value: value.count(".") == 2,
    "Accepts any token of three parts, without checking its signature.",
)
_takes(
    "tampered-token-accepted",
    "auth-token-valid",
    "authorization",
    lambda value: value.startswith("Bearer reference-token") and value != "Bearer reference-token",
    "Accepts its own token with another signature.",
)
_takes(
    "token-without-algorithm-accepted",
    "auth-token-valid",
    "authorization",
    lambda value: value.startswith("Bearer eyJhbGciOiAibm9uZSJ9."),
    "Accepts an unsigned token that says so.",
)
_takes(
    "html-accepted",
    "accept-json-api",
    "accept",
    lambda value: value == "text/html",
    "Answers requests that accept only HTML.",
)
_takes(
    "form-accepted",
    "content-type-json-api",
    "content-type",
    lambda value: "form" in value,
    "Reads a document whose media type is that of a form.",
)


@breaks("auth-token-valid")
def unknown_token_is_forbidden(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers an unknown token with 404."""
    response = respond(request)
    planted = request.headers.get("authorization", "").startswith("Bearer ")
    return refused(404, "RECORD_NOT_FOUND") if is_creation(request) and response.status == 401 and planted else response


def _open_to_anybody(method: str, collection: str, name: str, summary: str) -> None:
    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        is_it = request.method == method and (request.path == COLLECTION) is (collection == "list")
        if is_it and "authorization" not in request.headers:
            return respond(replace(request, headers={**request.headers, "authorization": f"Bearer {TOKEN}"}))
        return respond(request)

    breaks("auth-token-required", name, summary=summary)(middleware)


_open_to_anybody("GET", "export", "retrieval-without-token", "Shows an export without a token.")
_open_to_anybody("GET", "list", "list-without-token", "Lists exports without a token.")
_open_to_anybody("PATCH", "export", "update-without-token", "Updates an export without a token.")
_open_to_anybody("DELETE", "export", "deletion-without-token", "Deletes an export without a token.")
