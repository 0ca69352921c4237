"""One HTTP exchange at a time, sent exactly as prepared, bounded in time, size and memory."""

import logging
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

import httpx

from exports_conformance.client.guards import RequestBlockedError
from exports_conformance.client.network import Deadline, NetworkTransport, body_behind_head
from exports_conformance.client.settings import ConfigurationError
from exports_conformance.exchange.model import REMOVED_CODINGS, Headers, Response

NOT_SENT: Final = "not sent: "
"""How the trouble of a request begins that never reached the endpoint."""

_INFLATED_AT_ONCE: Final = 64 * 1024
_WITHOUT_BODY: Final = frozenset({204, 205, 304})
_PROXY_USER = re.compile(r"//[^/]*@")

# At INFO and DEBUG these write whole URLs and headers, signatures and tokens included.
_LOGGERS: Final = ("httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy")
_sending: ContextVar[bool] = ContextVar("sending", default=False)


class Transport:
    """Sends what it is given, adding at most `Host` and `Content-Length`; keeps no cookie, follows no redirect.

    Args:
        transport: what carries the requests; None for the network.
        environment: whether the proxies and certificates of the environment are used.
        tls: whether certificates are needed at all.
        deadline: seconds for a whole request.
        largest: bytes of a response body, after its content coding is removed.
        raw: whether the content coding is left on the body.
        admits: is called with the host that a connection is for and the address that it leads to; may raise an
            `OSError` before anything is sent to it.

    Raises:
        ConfigurationError: a proxy or certificate file of the environment cannot be used.
    """

    def __init__(
        self,
        *,
        transport: httpx.BaseTransport | None,
        environment: bool,
        tls: bool,
        deadline: float,
        largest: int,
        raw: bool = False,
        admits: Callable[[str, str], None] | None = None,
    ) -> None:
        self._largest = largest
        self._raw = raw
        self._deadline = Deadline(deadline)
        self._timeout = httpx.Timeout(min(10.0, deadline)).as_dict()
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(_is_not_ours)
        try:
            self._transport = transport or NetworkTransport(
                environment=environment, tls=tls, deadline=self._deadline, admits=admits
            )
        except ImportError:
            raise ConfigurationError(
                "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names a SOCKS proxy, which is not supported; "
                "set an http:// proxy, or unset the variable"
            ) from None
        except (httpx.InvalidURL, ValueError) as error:
            reason = _PROXY_USER.sub("//", " ".join(str(error).split()))
            raise ConfigurationError(
                f"HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is malformed ({reason}); "
                "write it as http://proxy.example.com:3128, or unset the variable"
            ) from None
        except OSError as error:  # ssl.SSLError is one
            raise ConfigurationError(
                f"SSL_CERT_FILE or SSL_CERT_DIR cannot be read as certificates ({error.strerror or error}); "
                "name a PEM file, or unset the variable"
            ) from None

    def prepare(self, method: str, url: str, headers: Headers, body: bytes | None) -> httpx.Request:
        """Return the request that will be sent, without the default headers of an httpx client.

        Raises:
            RequestBlockedError: no such request can be sent.
        """
        given = [(name.encode("latin-1", "replace"), encoded(value)) for name, value in headers]
        try:
            return httpx.Request(method, url, headers=given, content=body, extensions={"timeout": self._timeout})
        except (httpx.InvalidURL, UnicodeError) as error:
            raise RequestBlockedError(f"{method} to this address cannot be sent: {error}; percent-encode it") from None

    def exchange(self, request: httpx.Request) -> tuple[Response | None, str]:
        """Send a request, and return its response, or None and what went wrong, in one line.

        Raises:
            RequestBlockedError: HTTP cannot carry the request.
        """
        with self._deadline.running(), _unlogged():
            try:
                response = self._transport.handle_request(request)
                try:
                    body = self._body(response)
                    if body == b"" and response.status_code in _WITHOUT_BODY:
                        body = body_behind_head(response, largest=self._largest)
                finally:
                    response.close()
            except httpx.LocalProtocolError as error:
                reason = str(error).partition(" b'")[0]  # the value that follows may be a secret
                raise RequestBlockedError(
                    f"{request.method}: HTTP cannot carry this request: {reason}; change it"
                ) from None
            except (httpx.HTTPError, httpx.StreamError, OSError, zlib.error) as error:
                return None, _trouble(error, expired=self._deadline.expired)
            if body is None:
                return None, "timeout" if self._deadline.expired else f"answer over {self._largest} bytes"
        return Response(response.status_code, decoded(response.headers), body), ""

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()
        self._deadline.close()

    def _body(self, response: httpx.Response) -> bytes | None:
        """Read a body; return None where it is larger than allowed, or the deadline has passed."""
        # A response that was made in this process, for a replay, has its body already, without a coding.
        parts: Iterable[bytes] = [response.content] if response.is_stream_consumed else self._parts(response)
        body = bytearray()
        for part in parts:
            body += part
            if len(body) > self._largest or self._deadline.expired:
                return None
        # The deadline shuts the connection down, and with it ends a body that has no length.
        return None if self._deadline.expired else bytes(body)

    def _parts(self, response: httpx.Response) -> Iterator[bytes]:
        """Return a body in pieces, without its content coding where that is wanted and known."""
        named = [each.strip().lower() for each in response.headers.get("content-encoding", "").split(",")]
        codings = [] if self._raw else [each for each in named if each not in {"", "identity"}]
        if len(codings) > 1:
            raise zlib.error(f"{len(codings)} codings, one inside the other, of which at most one is removed")
        if codings and codings[0] in REMOVED_CODINGS:
            return _inflated(response.iter_raw(), codings[0])
        return response.iter_raw()


def encoded(value: str) -> bytes:
    """Return a header value as it is sent: in Latin-1 where that has all its characters, else in UTF-8."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")


def decoded(headers: httpx.Headers) -> Headers:
    """Return headers as text, in order, a character for a byte."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)


@contextmanager
def _unlogged() -> Iterator[None]:
    token = _sending.set(True)
    try:
        yield
    finally:
        _sending.reset(token)


def _is_not_ours(_: logging.LogRecord) -> bool:
    """Return False for the log records of a request of ours, and True for those of any other user of httpx."""
    return not _sending.get()


def _inflated(parts: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """Inflate a body piece by piece, so that no more is in memory than its reader has accepted."""
    inflating = None
    for part in parts:
        if inflating is None and part:
            bare = coding == "deflate" and part[0] & 0x0F != zlib.DEFLATED  # no zlib header, as some servers send it
            inflating = zlib.decompressobj(wbits=-15 if bare else REMOVED_CODINGS[coding])
        while inflating and part and not inflating.eof:
            yield inflating.decompress(part, _INFLATED_AT_ONCE)
            part = inflating.unconsumed_tail  # noqa: PLW2901  what is left of it
    if inflating and not inflating.eof:
        yield inflating.flush()
        if not inflating.eof:
            raise zlib.error("it ends too early")


def _trouble(error: Exception, *, expired: bool) -> str:
    """Describe in one line what went wrong, and whether the request was sent at all."""
    reason = " ".join(str(error).split()) or type(error).__name__
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            trouble = f"{NOT_SENT}timeout while connecting"
        case httpx.ConnectError() | httpx.ProxyError() | httpx.UnsupportedProtocol():
            trouble = NOT_SENT + reason.rpartition("] ")[2] if reason.startswith("[Errno") else NOT_SENT + reason
        case _ if expired or isinstance(error, httpx.TimeoutException):
            trouble = "timeout"
        case zlib.error():
            trouble = f"body is not what its Content-Encoding says: {reason}"
        case httpx.RemoteProtocolError() if "disconnected" in reason or "closed connection" in reason:
            trouble = f"connection closed: {reason}"
        case httpx.RemoteProtocolError():
            trouble = f"not HTTP: {reason}"
        case _:
            trouble = "connection reset" if "reset" in reason.lower() else f"connection lost: {reason}"
    return trouble
