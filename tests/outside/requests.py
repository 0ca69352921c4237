"""Reported faults of tokens, media types and documents."""

from collections.abc import Callable
from dataclasses import replace

from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import COLLECTION, is_creation, refused
from tests.outside.server import is_about_one, is_list, reported
from tests.suite_runs import TOKEN


def _letting_in(
    source: str, name: str, summary: str, applies: Callable[[ServerRequest], bool], missed: str = ""
) -> None:
    """Register a server that answers some requests whatever their token is."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        if request.path.startswith("/api/") and applies(request):
            return respond(replace(request, headers={**request.headers, "authorization": f"Bearer {TOKEN}"}))
        return respond(request)

    reported(source, family=5, name=name, summary=summary, missed=missed)(middleware)


def _has_token(request: ServerRequest) -> bool:
    return request.headers.get("authorization", "").lower().startswith("bearer ")


def _is_signed(request: ServerRequest) -> bool:
    return _has_token(request) and request.headers["authorization"].count(".") == 2


_letting_in(
    "alphagov/backdrop#432",
    "changes-without-a-token",
    "Changes and deletes exports without a token.",
    lambda request: request.method in {"PATCH", "DELETE"} and not _has_token(request),
)
_letting_in(
    "hack4impact-uiuc/ymca#77",
    "creations-without-a-token",
    "Creates exports without a token.",
    lambda request: is_creation(request) and not _has_token(request),
)
_letting_in(
    "nicotsx/zerobyte#161",
    "reads-without-a-token",
    "Shows exports, alone and in lists, without a token.",
    lambda request: request.method == "GET" and not _has_token(request),
)
_letting_in(
    "wso2/product-microgateway#134",
    "expired-token-admitted",
    "Admits a token of the right form, whether or not it has expired.",
    _is_signed,
)
_letting_in(
    "ahopkins/sanic-jwt#118",
    "retrieval-with-an-expired-token",
    "Shows one export to a token of the right form, whether or not it has expired.",
    lambda request: is_about_one(request, "GET") and _is_signed(request),
)


def _media_types(header: str, right: str) -> Callable[[ServerRequest, Respond], ServerResponse]:
    return lambda request, respond: respond(replace(request, headers={**request.headers, header: right}))


reported(
    "json-api-dotnet/JsonApiDotNetCore#5",
    family=6,
    name="accept-is-not-read",
    summary="Answers with JSON:API, whatever the client accepts.",
)(_media_types("accept", "application/vnd.api+json"))
reported(
    "holidayextras/jsonapi-server#18",
    family=6,
    name="content-type-is-not-read",
    summary="Reads every body as JSON:API, whatever its media type is.",
)(_media_types("content-type", "application/vnd.api+json"))


@reported("beam-community/jsonapi#90", family=6)
def reads_need_a_content_type(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Refuses a retrieval without a Content-Type, although it has no body."""
    if request.method == "GET" and request.path.startswith(COLLECTION) and "content-type" not in request.headers:
        return refused(415, "UNSUPPORTED_MEDIA_TYPE")
    return respond(request)


@reported("metadatacenter/cedar-project#615", family=6)
def crashes_on_an_id(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Crashes on a creation with an id."""
    document = request.document if is_creation(request) else None
    data = document.get("data") if isinstance(document, dict) else None
    if isinstance(data, dict) and data.get("id"):
        return refused(500, "INTERNAL_SERVER_ERROR")
    return respond(request)


@reported(
    "tiagopog/jsonapi-utils#51",
    family=6,
    missed="the codes of errors are examples in the documentation: an unknown one is shown as advice",
)
def codes_are_numbers(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Writes the framework's number for an error in place of its code."""
    response = respond(request)
    if not isinstance(response.document, dict) or "errors" not in response.document:
        return response

    def edit(document: dict[str, list[dict[str, str]]]) -> None:
        for error in document["errors"]:
            if "code" in error:
                error["code"] = "105"

    return response.edited(edit)


@reported(
    "cloudcreativity/laravel-json-api#629",
    family=6,
)
def sparse_fields_of_included_ignored(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows every field of included resources, whatever the sparse fieldset of their type names."""
    if not (is_list(request) or is_about_one(request, "GET")) or "include=" not in request.query:
        return respond(request)
    kept = [part for part in request.query.split("&") if not part.startswith(("fields[events]", "fields%5Bevents%5D"))]
    return respond(replace(request, query="&".join(kept)))
