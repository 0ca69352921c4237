"""Odd servers: each behaves as servers, gateways and proxies in public bug reports do.

Those of `CONFORMING` break no promise; those of `BROKEN` are wrong or unavailable, and a run against them is bounded.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Final

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Middleware, Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import is_creation, refused

Rewrite = Callable[[ServerRequest, ServerResponse], ServerResponse]
HTML: Final = (("Content-Type", "text/html; charset=UTF-8"),)
PAGE: Final = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Error</h1></body></html>"


def written(write: Callable[[Json], bytes]) -> Middleware:
    """Write every document in another way."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        return response if response.document is None else replace(response, raw=write(response.document))

    return middleware


def _as_php(document: Json) -> bytes:
    """Write JSON as PHP's json_encode does: slashes and all that is not ASCII are escaped."""
    return json.dumps(document, separators=(",", ":")).replace("/", "\\/").encode()


def _as_go(document: Json) -> bytes:
    """Write JSON as Go's encoding/json does: `<`, `>` and `&` are escaped, and a new line ends the document."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    escaped = re.sub("[<>&\u2028\u2029]", lambda each: f"\\u{ord(each[0]):04x}", text)
    return escaped.encode("utf-8", "backslashreplace") + b"\n"


def _indented(document: Json) -> bytes:
    return json.dumps(document, indent=4).replace("\n", "\r\n").encode() + b"\r\n\r\n"


def every(number: int, answer: ServerResponse, *, reached: bool = False) -> Middleware:
    """Answer every so many requests in the API's place; with `reached`, after the API has done what was asked."""
    requests = count(1)

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        if next(requests) % number:
            return respond(request)
        if reached:
            respond(request)
        return answer

    return middleware


def with_headers(*headers: tuple[str, str], without: tuple[str, ...] = ()) -> Middleware:
    """Add headers to every response, and leave some out."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        for name in without:
            response = response.without_header(name)
        return replace(response, headers=(*response.headers, *headers))

    return middleware


def empty_included(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Show `included` and `meta` in every success, and null for links that lead nowhere."""

    def edit(document: Json) -> None:
        if "data" in document:
            document.setdefault("included", [])
            document.setdefault("meta", {})
            if isinstance(document.get("links"), dict):
                document["links"] = {"prev": None, "next": None, **document["links"]}

    response = respond(request)
    return response.edited(edit) if isinstance(response.document, dict) else response


CONFORMING: Mapping[str, Middleware] = {
    "escapes-slashes": written(_as_php),
    "escapes-html": written(_as_go),
    "indents": written(_indented),
    "limits-in-plain-text": every(17, ServerResponse(429, (("Content-Type", "text/plain"),), raw=b"Too Many Requests")),
    "limits-without-a-body": every(17, ServerResponse(429, (("Retry-After", "1"),))),
    "origin-unreachable": every(19, ServerResponse(522, HTML, raw=PAGE)),
    "gateway-time-out-after-the-fact": every(23, ServerResponse(504, HTML, raw=PAGE), reached=True),
    "unavailable-until-a-date": every(
        19, ServerResponse(503, (*HTML, ("Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT")), raw=PAGE)
    ),
    "many-headers": with_headers(
        ("Set-Cookie", "a=b; Path=/"), ("Set-Cookie", "c=d"), ("Vary", "*"), ("Content-Security-Policy", "x " * 2_000)
    ),
    "limit-twice": with_headers(("X-Ratelimit-Limit", "100"), ("X-Ratelimit-Remaining", "99")),
    "empty-included": empty_included,
}
"""Servers that conform, by name."""


def gone_after(requests: int, answer: ServerResponse) -> Callable[[], Middleware]:
    """Stop answering for good after so many requests."""

    def make() -> Middleware:
        sent = count(1)
        return lambda request, respond: respond(request) if next(sent) <= requests else answer

    return make


def document_of_the_one_before() -> Middleware:
    """Answer one creation in twelve with the document of the creation before."""
    before: list[ServerResponse] = []

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if not (is_creation(request) and response.status == 201):
            return response
        before.append(response)
        return before[-2] if len(before) % 12 == 0 else response

    return middleware


def never_ending(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Show every export as in progress for ever, and answer its interruption with 200."""

    def edit(resource: Json) -> None:
        shown = resource["attributes"]
        running = {"completed_at": None, "attachment_url": None, "started_at": shown.get("created_at")}
        shown |= {"status": "in_progress"} | {name: value for name, value in running.items() if name in shown}

    def each(document: Json) -> None:
        data = document.get("data")
        for resource in data if isinstance(data, list) else [data]:
            if isinstance(resource, dict) and "status" in resource.get("attributes", {}):
                edit(resource)

    response = respond(request)
    return response.edited(each) if response.status == 200 and isinstance(response.document, dict) else response


def blocked(*methods: str, status: int = 403) -> Middleware:
    """Block methods, as a proxy does that knows GET and POST only."""
    page = ServerResponse(status, HTML, raw=PAGE)
    return lambda request, respond: page if request.method in methods else respond(request)


def errors_with_200(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answer every refusal with 200."""
    response = respond(request)
    return replace(response, status=200) if response.status >= 400 else response


def emptied(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Lose the body of every creation's response."""
    response = respond(request)
    return replace(response, document=None, raw=b"") if is_creation(request) and response.status == 201 else response


def endless_list(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Count a million exports in every list, and link to a next page of any page."""

    def edit(document: Json) -> None:
        if isinstance(document.get("data"), list):
            document["meta"] = {"record_count": 1_000_000, "page_count": 100_000}
            document["links"] = dict.fromkeys(("first", "next", "last"), "https://x.commercelayer.io/api/exports")

    response = respond(request)
    return response.edited(edit) if isinstance(response.document, dict) else response


def found_never(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answer 404 to whatever names an export."""
    if not request.path.startswith("/api/exports/"):
        return respond(request)
    error: Json = {"title": "Not found", "detail": "Not found", "code": "RECORD_NOT_FOUND", "status": "404"}
    return ServerResponse(404, (("Content-Type", "application/vnd.api+json"),), {"errors": [error]})


def flapping() -> Middleware:
    """Show a status at random: each retrieval has another one."""
    statuses = ("pending", "completed", "in_progress", "interrupted")
    requests = count()

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if request.method != "GET" or response.status != 200 or not request.path.startswith("/api/exports/"):
            return response

        def edit(document: Json) -> None:
            if isinstance(document.get("data"), dict) and "status" in document["data"].get("attributes", {}):
                document["data"]["attributes"]["status"] = statuses[next(requests) % 4]

        return response.edited(edit)

    return middleware


LIMITED: Final = (
    ("Retry-After", "3600"),
    ("X-Ratelimit-Limit", "5"),
    ("X-Ratelimit-Interval", "3600"),
    ("X-Ratelimit-Remaining", "0"),
)
BROKEN: Mapping[str, Callable[[], Middleware]] = {
    "gone": gone_after(15, ServerResponse(503, HTML, raw=PAGE)),
    "limited": gone_after(15, ServerResponse(429, LIMITED)),
    "login-portal": gone_after(15, ServerResponse(302, (("Location", "https://login.example/"),))),
    "page": gone_after(15, ServerResponse(200, HTML, raw=PAGE)),
    "token-refused": gone_after(15, refused(401, "INVALID_TOKEN")),
    "document-of-the-one-before": document_of_the_one_before,
    "never-ending": lambda: never_ending,
    "blocked-changes": lambda: blocked("PATCH", "DELETE"),
    "blocked-methods": lambda: blocked("PATCH", "DELETE", status=405),
    "errors-with-200": lambda: errors_with_200,
    "emptied": lambda: emptied,
    "endless-list": lambda: endless_list,
    "found-never": lambda: found_never,
    "flapping": flapping,
    "every-second-unavailable": lambda: every(2, ServerResponse(503, HTML, raw=PAGE)),
    "every-third-lost": lambda: every(3, ServerResponse(502, HTML, raw=PAGE), reached=True),
}
"""Servers that are wrong or unavailable, by name."""


def _itself(middleware: Middleware) -> Middleware:
    return middleware


SERVERS: Mapping[str, Callable[[], Middleware]] = {
    **{name: partial(_itself, middleware) for name, middleware in CONFORMING.items()},
    **BROKEN,
}
