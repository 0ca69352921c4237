"""A mutant: the reference behind one middleware that breaks one requirement."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from inspect import getdoc

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Middleware, Respond, ServerRequest, ServerResponse, serialised

COLLECTION = "/api/exports"

THOROUGH = ("--hypothesis-profile", "thorough")
"""Options for a server whose fault only thorough shows."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A broken server: `requirement` is the one that it breaks; `options` are those of a run that asks for it.

    `variants` are those of the reference behind it.
    """

    name: str
    requirement: str
    middleware: Middleware
    options: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    summary: str = ""


MUTANTS: dict[str, Mutant] = {}


def breaks(
    requirement: str,
    name: str = "",
    *,
    options: tuple[str, ...] = (),
    variants: tuple[str, ...] = (),
    summary: str = "",
) -> Callable[[Middleware], Middleware]:
    """Register a middleware as the server that breaks a requirement; its docstring, or `summary`, says how."""

    def register(middleware: Middleware) -> Middleware:
        called = name or middleware.__name__.replace("_", "-")
        assert called not in MUTANTS, f"two mutants are called {called}"
        said = summary or getdoc(middleware) or f"{called.replace('-', ' ').capitalize()}."
        MUTANTS[called] = Mutant(called, requirement, middleware, options, variants, said)
        return middleware

    return register


def is_creation(request: ServerRequest) -> bool:
    """The request is a POST to the collection."""
    return request.method == "POST" and request.path == COLLECTION


def sent(request: ServerRequest) -> dict[str, Json]:
    """The attributes that were sent; empty where there are none."""
    document = request.document
    data = document.get("data") if isinstance(document, dict) else None
    attributes = data.get("attributes") if isinstance(data, dict) else None
    return attributes if isinstance(attributes, dict) else {}


def on_created(edit: Callable[[dict[str, Json], ServerRequest], None]) -> Middleware:
    """Edit the resource in the response to every successful creation."""

    @wraps(edit)
    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if is_creation(request) and response.status == 201:
            return response.edited(lambda document: edit(document["data"], request))
        return response

    return middleware


def on_errors(edit: Callable[[dict[str, Json], ServerResponse], None]) -> Middleware:
    """Edit each error object of every refusal of the API's own."""

    @wraps(edit)
    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if not is_refusal(response):
            return response

        def all_errors(document: Json) -> None:
            for error in document["errors"]:
                edit(error, response)

        return response.edited(all_errors)

    return middleware


def is_refusal(response: ServerResponse) -> bool:
    """Return whether the response is an error whose document the contract promises."""
    return response.status in {400, 401, 406, 409, 415, 422, 423}


def refuse(request: ServerRequest, respond: Respond, refusal: ServerResponse) -> ServerResponse:
    """Return the refusal of a creation that succeeds behind it, and leave no export; other responses as they are."""
    response = respond(request)
    if not is_creation(request) or response.status != 201:
        return response
    export_id = response.document["data"]["id"]
    path = f"{COLLECTION}/{export_id}"
    stop = {"data": {"type": "exports", "id": export_id, "attributes": {"_interrupt": True}}}
    respond(replace(request, method="PATCH", path=path, body=serialised(stop)))
    respond(replace(request, method="DELETE", path=path, body=b""))
    return refusal


def refused(status: int, code: str, *, pointer: str = "") -> ServerResponse:
    """A well-formed refusal."""
    error: dict[str, Json] = {"title": "refused", "detail": "refused", "code": code, "status": str(status)}
    if pointer:
        error["source"] = {"pointer": pointer}
    return ServerResponse(status, HEADERS, {"errors": [error]})


HEADERS = (
    ("Content-Type", "application/vnd.api+json"),
    ("X-Ratelimit-Limit", "100"),
    ("X-Ratelimit-Interval", "60"),
    ("X-Ratelimit-Remaining", "99"),
    ("X-Request-Id", "2f1d6a525c0f4f5c9d430d5f2b6f0c11"),
)
