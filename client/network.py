"""The network below the client: connections through the proxies of the environment, ended by a deadline."""

import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

_AT_ONCE: Final = 64 * 1024
_LONGEST_HEAD: Final = 128 * 1024  # bytes; httpcore refuses more than 100 kB
_BODY_WAIT: Final = 0.5  # seconds for each part of a body that must not be there
_DIGITS: Final = 10
_BLANK_LINE: Final = re.compile(rb"\n\r?\n")
_INFORMATIONAL: Final = re.compile(rb"HTTP/\d\.\d 1")
_KEPT_ALIVE: Final = 5.0  # seconds that an unused connection stays open


class NetworkTransport(httpx.BaseTransport):
    """Sends requests over connections that stay open, each through the proxy that the environment has for it.

    Args:
        environment: whether the proxies and certificates of the environment are used.
        tls: whether certificates are needed at all.
        deadline: ends the connections that it finds open when it has passed.
        admits: is called with the host that a connection is for and the address that it leads to; may raise an
            `OSError` before anything is sent to it.

    Raises:
        ImportError: a proxy of the environment needs SOCKS.
        ValueError, httpx.InvalidURL: a proxy of the environment is malformed.
        OSError: the certificates of the environment cannot be read.
    """

    def __init__(
        self, *, environment: bool, tls: bool, deadline: "Deadline", admits: Callable[[str, str], None] | None = None
    ) -> None:
        self._backend = _Backend(deadline, admits)
        # Without TLS nothing is verified, and loading the certificates takes 30 ms.
        self._tls = httpx.create_ssl_context(verify=tls, trust_env=environment)
        found = getproxies() if environment else {}
        proxies = {scheme: _proxy_at(found[scheme]) for scheme in ("http", "https", "all") if found.get(scheme)}
        self._direct = self._pool(None)
        self._through = {scheme: self._pool(proxy) for scheme, proxy in proxies.items()}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; return its response, whose body has not been read.

        Raises:
            httpx.TransportError: it cannot be sent, or there is no response.
            OSError: its address is not admitted.
        """
        outgoing = httpcore.Request(
            request.method,
            _core_url(request.url),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _raised_as_httpx():
            response = self._pool_for(request.url).handle_request(outgoing)
        body = _Body(response)
        return httpx.Response(response.status, headers=response.headers, stream=body, extensions=response.extensions)

    def close(self) -> None:
        """Close the connections."""
        for pool in (self._direct, *self._through.values()):
            pool.close()

    def _pool(self, proxy: httpcore.Proxy | None) -> httpcore.ConnectionPool:
        return httpcore.ConnectionPool(self._tls, proxy, keepalive_expiry=_KEPT_ALIVE, network_backend=self._backend)

    def _pool_for(self, url: httpx.URL) -> httpcore.ConnectionPool:
        pool = self._through.get(url.scheme) or self._through.get("all")
        return self._direct if pool is None or proxy_bypass(url.raw_host.decode("ascii")) else pool


def _proxy_at(address: str) -> httpcore.Proxy:
    proxy = httpx.Proxy(address if "://" in address else f"http://{address}")
    if proxy.url.scheme.startswith("socks"):
        raise ImportError(f"{proxy.url.scheme} needs a package that is not installed")
    return httpcore.Proxy(_core_url(proxy.url), proxy.raw_auth)


def _core_url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def body_behind_head(response: httpx.Response, *, largest: int) -> bytes:
    """Return the body that a response has although its status allows none; then give up its connection.

    HTTP libraries leave such a body in the connection, where the next response is expected. At most `largest` bytes
    are returned; responses that did not come from a network have none.
    """
    connection = response.extensions.get("network_stream")
    if not isinstance(connection, _Connection):
        return b""
    stated = response.headers.get("content-length", "")
    length = int(stated) if stated.isdecimal() and len(stated) < _DIGITS else 0
    body = _behind_head(connection.received)
    if not (body or length):
        return b""
    with contextlib.suppress(httpcore.NetworkError, httpcore.TimeoutException):  # it was stated, and never came
        while len(body) < min(length, largest):
            part = connection.read(_AT_ONCE, timeout=_BODY_WAIT)
            if not part:
                break
            body += part
    connection.close()
    return body[:largest]


def _behind_head(received: bytes) -> bytes:
    """Return what follows the head of a response, and those of the informational responses before it."""
    informational = True
    while informational and (end := _BLANK_LINE.search(received)):
        informational = bool(_INFORMATIONAL.match(received))
        received = received[end.end() :]
    return b"" if informational else received


class _Body(httpx.SyncByteStream):
    """The body of a response, read piece by piece."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with _raised_as_httpx():
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


@contextmanager
def _raised_as_httpx() -> Iterator[None]:
    """Raise what httpcore raises as the exception of the same name that every httpx transport raises."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
    ) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error


class _Connection(httpcore.NetworkStream):
    """A connection that remembers the beginning of what it received since the last request."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: "Deadline") -> None:
        self._stream = stream
        self._deadline = deadline
        self.received = b""
        deadline.watch(stream.get_extra_info("socket"))

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        part = self._stream.read(max_bytes, timeout)
        if len(self.received) < _LONGEST_HEAD:
            self.received += part
        return part

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.received = b""
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Connection(self._stream.start_tls(ssl_context, server_hostname, timeout), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Opens connections over TCP to the addresses that are admitted."""

    def __init__(self, deadline: "Deadline", admits: Callable[[str, str], None] | None) -> None:
        self._tcp = httpcore.SyncBackend()
        self._deadline = deadline
        self._admits = admits

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._tcp.connect_tcp(host, port, timeout, local_address, socket_options)
        if self._admits:
            try:
                self._admits(host, stream.get_extra_info("server_addr")[0])
            except OSError:
                stream.close()
                raise
        return _Connection(stream, self._deadline)


class Deadline:
    """Shuts the sockets of a request down when its `seconds` are over.

    Time-outs of HTTP clients apply to a single read: a header that arrives a byte a second never meets one.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until: float | None = None
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the deadline run for what happens within."""
        self._until = time.monotonic() + self.seconds
        try:
            yield
        finally:
            with self._lock:  # not while sockets are shut down, since the next request may use them
                self._until = None

    @property
    def expired(self) -> bool:
        """Whether the running deadline has passed; False while none runs."""
        until = self._until
        return until is not None and time.monotonic() >= until

    def watch(self, connection: socket.socket) -> None:
        """Shut a new connection down, too, when the deadline has passed."""
        self._sockets = [each for each in self._sockets if each.fileno() >= 0]
        self._sockets.append(connection)
        if self._thread is None:
            self._thread = threading.Thread(target=self._enforce, name="deadline", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop the thread that enforces the deadline."""
        self._closed.set()
        if self._thread:
            self._thread.join()

    def _enforce(self) -> None:
        while not self._closed.wait(min(0.25, self.seconds / 4)):
            with self._lock:
                for each in self._sockets if self.expired else ():
                    with contextlib.suppress(OSError):
                        each.shutdown(socket.SHUT_RDWR)
