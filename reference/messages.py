"""Requests to the reference and its responses: as values, by WSGI, and with middlewares around them."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import BinaryIO
from wsgiref.types import StartResponse, WSGIEnvironment

from exports_conformance.exchange.strict_json import Json, read_json

Edit = Callable[[Json], Json]


def copied(value: Json) -> Json:
    """Return a copy of a JSON value that shares no object or array with it."""
    # Uses a third of the frames of copy.deepcopy, so that deep metadata can be copied wherever it can be read.
    if isinstance(value, dict):
        return {key: copied(member) for key, member in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value


def serialised(document: Json) -> bytes:
    """Return a document as compact JSON in UTF-8; half a surrogate pair, which UTF-8 cannot encode, stays escaped."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class ServerRequest:
    """One request; `path` is percent-decoded, `query` is not, header names are in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base_url: str = "http://127.0.0.1"

    @property
    def document(self) -> Json:
        """The body as JSON; None if it is not a JSON document."""
        return read_json(self.body).value if self.body else None

    def edited(self, edit: Edit) -> "ServerRequest":
        """Return the request with its document edited in place by `edit`, or replaced by what `edit` returns."""
        return replace(self, body=serialised(_edited(self.document, edit)))


@dataclass(frozen=True, slots=True)
class ServerResponse:
    """One response; its body is `raw` if given, else the serialised `document`, else empty."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    document: Json = None
    raw: bytes | None = None

    @property
    def body(self) -> bytes:
        """The bytes that are sent."""
        if self.raw is not None:
            return self.raw
        return b"" if self.document is None else serialised(self.document)

    def header(self, name: str) -> str | None:
        """Return a header's first value, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def with_header(self, name: str, value: str) -> "ServerResponse":
        """Return the response with a header set, replacing any of that name."""
        return replace(self, headers=(*self.without_header(name).headers, (name, value)))

    def without_header(self, name: str) -> "ServerResponse":
        """Return the response without the headers of that name."""
        return replace(self, headers=tuple(item for item in self.headers if item[0].lower() != name.lower()))

    def edited(self, edit: Edit) -> "ServerResponse":
        """Return the response with a copy of its document edited in place, or replaced by what `edit` returns."""
        if self.document is None:
            return self
        return replace(self, document=_edited(self.document, edit))


Respond = Callable[[ServerRequest], ServerResponse]
Middleware = Callable[[ServerRequest, Respond], ServerResponse]


def composed(middlewares: Iterable[Middleware], respond: Respond) -> Respond:
    """Wrap `respond` in middlewares, the first outermost."""
    for middleware in reversed(list(middlewares)):
        respond = _around(middleware, respond)
    return respond


def _around(middleware: Middleware, respond: Respond) -> Respond:
    return lambda request: middleware(request, respond)


def _edited(document: Json, edit: Edit) -> Json:
    copy = copied(document)
    result = edit(copy)
    return copy if result is None else result


MAX_BODY_BYTES = 4 * 1024 * 1024
# A client reads no response while it is still sending: up to this much is read and dropped before the 413.
DRAINED = 16 * 1024 * 1024
CHUNK = 64 * 1024
BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


def request_from_wsgi(environ: WSGIEnvironment) -> ServerRequest:
    """Return the request of a WSGI environment; a body over the limit is cut one byte after it."""
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    for key, name in (("CONTENT_TYPE", "content-type"), ("CONTENT_LENGTH", "content-length")):
        if environ.get(key):
            headers[name] = environ[key]
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return ServerRequest(
        method=environ["REQUEST_METHOD"].upper(),
        path=environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace"),
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=_body(environ),
        base_url=f"{environ['wsgi.url_scheme']}://{host}",
    )


def send_by_wsgi(response: ServerResponse, request: ServerRequest, start_response: StartResponse) -> Iterable[bytes]:
    """Send a response by WSGI."""
    body = response.body
    headers = list(response.headers)
    if response.status not in BODILESS and response.header("content-length") is None:
        headers.append(("Content-Length", str(len(body))))
    start_response(f"{response.status} {_phrase(response.status)}", headers)
    return [] if request.method == "HEAD" or response.status in BODILESS else [body]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _body(environ: WSGIEnvironment) -> bytes:
    source: BinaryIO = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit():
        left = int(length)
    elif environ.get("wsgi.input_terminated") or "HTTP_TRANSFER_ENCODING" in environ:
        left = MAX_BODY_BYTES + DRAINED
    else:
        return b""
    body = bytearray()
    left = min(left, MAX_BODY_BYTES + DRAINED)
    while left > 0 and (chunk := source.read(min(left, CHUNK))):
        left -= len(chunk)
        body += chunk[: MAX_BODY_BYTES + 1 - len(body)]
    return bytes(body)
