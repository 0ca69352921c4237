"""The wire: one HTTP exchange, exactly as it was asked for, bounded in time and size."""

from collections.abc import Callable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

import httpx

from exports_conformance.client.deadline import Deadline
from exports_conformance.client.guards import DoorRefused
from exports_conformance.exchange.model import Headers, Response

NOT_SENT: Final = "not sent: "
"""How the trouble of a request begins of which the endpoint never heard."""


class Transport:
    """Sends what it is given, adding `Host` and `Content-Length` at most; keeps no cookie, follows no redirect.

    `deadline` is in seconds for a whole request, `largest` in bytes for an answer's body, which is decoded unless
    it is wanted `raw`. Proxies and certificates of the environment are used where `environment` says so. `admits`
    is shown the host that each connection is for, and the address it leads to, and may raise an `OSError` before
    anything is sent to it.
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
        self._admits = admits
        self._connecting_to = ""
        self._deadline = Deadline(deadline)
        self._timeout = httpx.Timeout(min(10.0, deadline)).as_dict()
        self._client = httpx.Client(
            transport=transport,
            trust_env=environment,
            verify=tls,  # without TLS nothing is verified, and loading the certificates takes 30 ms
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    def prepare(self, method: str, url: str, headers: Headers, body: bytes | None) -> httpx.Request:
        """Give the request that will be sent; the defaults of an httpx client are not in it.

        Raises:
            DoorRefused: no such request can be sent.
        """
        given = [(name.encode("latin-1", "replace"), encoded(value)) for name, value in headers]
        extensions = {"timeout": self._timeout, "trace": self._trace}
        try:
            return httpx.Request(method, url, headers=given, content=body, extensions=extensions)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise DoorRefused(f"{method} to this address cannot be sent: {error}; percent-encode it") from None

    def exchange(self, request: httpx.Request) -> tuple[Response | None, str]:
        """Send a request; give its answer, or None and the trouble, in one line.

        Raises:
            DoorRefused: the request is none that HTTP can carry.
        """
        with self._deadline.over():
            try:
                response = self._client.send(request, stream=True, follow_redirects=False)
                try:
                    body = self._body(response)
                finally:
                    response.close()
            except httpx.LocalProtocolError as error:
                reason = str(error).partition(" b'")[0]  # the value that follows may be a secret
                raise DoorRefused(f"{request.method}: HTTP cannot carry this request: {reason}; change it") from None
            except (httpx.HTTPError, httpx.StreamError, OSError) as error:
                return None, _trouble(error, expired=self._deadline.expired)
            if body is None:
                return None, "timeout" if self._deadline.expired else f"answer over {self._largest} bytes"
        return Response(response.status_code, decoded(response.headers), body), ""

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._deadline.close()

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        self._deadline.trace(event, info)
        if event.endswith("connect_tcp.started"):
            self._connecting_to = info["host"]
        elif self._admits and event.endswith("connect_tcp.complete"):
            stream = info["return_value"]
            try:
                self._admits(self._connecting_to, stream.get_extra_info("server_addr")[0])
            except OSError:
                stream.close()
                raise

    def _body(self, response: httpx.Response) -> bytes | None:
        """Read a body as far as its bounds; None beyond them."""
        parts: list[bytes] = []
        size = 0
        for part in response.iter_raw() if self._raw else response.iter_bytes():
            size += len(part)
            if size > self._largest or self._deadline.expired:
                return None
            parts.append(part)
        return b"".join(parts)


def encoded(value: str) -> bytes:
    """Give a header's value as it is sent: Latin-1 where that has all its characters, else UTF-8."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")


def decoded(headers: httpx.Headers) -> Headers:
    """Give headers as text, in order, a character for a byte."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)


def _trouble(error: Exception, *, expired: bool) -> str:
    """Say in one line what went wrong, and whether the request was sent at all."""
    reason = " ".join(str(error).split()) or type(error).__name__
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            trouble = f"{NOT_SENT}timeout while connecting"
        case httpx.ConnectError() | httpx.ProxyError() | httpx.UnsupportedProtocol():
            trouble = NOT_SENT + reason.rpartition("] ")[2] if reason.startswith("[Errno") else NOT_SENT + reason
        case _ if expired or isinstance(error, httpx.TimeoutException):
            trouble = "timeout"
        case httpx.DecodingError():
            trouble = f"body is not what its Content-Encoding says: {reason}"
        case httpx.RemoteProtocolError() if "disconnected" in reason or "closed connection" in reason:
            trouble = f"connection closed: {reason}"
        case httpx.RemoteProtocolError() if "location header" in reason:
            trouble = "not HTTP: its Location is no URL"  # which may be signed
        case httpx.RemoteProtocolError():
            trouble = f"not HTTP: {reason}"
        case _:
            trouble = "connection reset" if "reset" in reason.lower() else f"connection lost: {reason}"
    return trouble
