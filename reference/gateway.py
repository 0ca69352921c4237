"""The gateway: WSGI on the outside, questions and answers inside."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import BinaryIO
from wsgiref.types import StartResponse, WSGIEnvironment

from exports_conformance.reference.document_checks import MAX_BYTES
from exports_conformance.reference.responses import Ask, Response

# A client that is still sending reads no answer: so much more is read and dropped before the refusal.
DRAINED = 16 * 1024 * 1024
CHUNK = 64 * 1024
BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


def ask_of(environ: WSGIEnvironment) -> Ask:
    """Give the request of a WSGI environment; of a body beyond the limit only a little more than the limit."""
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    for key, name in (("CONTENT_TYPE", "content-type"), ("CONTENT_LENGTH", "content-length")):
        if environ.get(key):
            headers[name] = environ[key]
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return Ask(
        method=environ["REQUEST_METHOD"].upper(),
        path=environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace"),
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=_body(environ),
        base_url=f"{environ['wsgi.url_scheme']}://{host}",
    )


def send(response: Response, ask: Ask, start_response: StartResponse) -> Iterable[bytes]:
    """Send an answer by WSGI."""
    body = response.body
    headers = list(response.headers)
    if response.status not in BODILESS and response.header("content-length") is None:
        headers.append(("Content-Length", str(len(body))))
    start_response(f"{response.status} {_phrase(response.status)}", headers)
    return [] if ask.method == "HEAD" or response.status in BODILESS else [body]


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
        left = MAX_BYTES + DRAINED
    else:
        return b""
    body = bytearray()
    left = min(left, MAX_BYTES + DRAINED)
    while left > 0 and (chunk := source.read(min(left, CHUNK))):
        left -= len(chunk)
        body += chunk[: MAX_BYTES + 1 - len(body)]
    return bytes(body)
