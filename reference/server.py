"""The reference over real HTTP: a loopback server with kept connections, in a thread of its own."""

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from threading import Lock, Thread
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from wsgiref.types import WSGIApplication, WSGIEnvironment

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

IDLE_SECONDS = 60
_MALFORMED = ("400 Bad Request", [("Content-Type", "text/plain"), ("Content-Length", "0")])
_FAULT = ("500 Internal Server Error", [("Content-Type", "text/plain"), ("Content-Length", "0")])

_Headers = list[tuple[str, str]]


class MalformedBodyError(Exception):
    """The chunks of a request's body are malformed."""


class KeepingHandler(WSGIRequestHandler):
    """Serves the requests of one connection until the client ends it or a body was not read to its end.

    werkzeug's own handler closes each connection and waits 10 ms before it does. If the
    application raises a `ConnectionError`, the connection is closed without a response.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # otherwise a response in two packets waits 40 ms for an acknowledgement
    wbufsize = 64 * 1024
    timeout = IDLE_SECONDS

    def handle_expect_100(self) -> bool:
        """Answer `Expect: 100-continue` at once."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def run_wsgi(self) -> None:
        """Handle one request."""
        try:
            urlsplit(self.requestline.split(" ")[1])  # `path` has lost one of two leading slashes
            environ = self.make_environ()
        except ValueError:  # a target such as `//[`
            self._start(*_MALFORMED, keep=False)
            return
        body = environ["wsgi.input"] = _Body(environ)
        started: list[tuple[str, _Headers]] = []

        def start_response(status: str, headers: _Headers, _: object = None) -> Callable[[bytes], object]:
            started.append((status, headers))
            return self.wfile.write

        try:
            answered = self.server.app(environ, start_response)
            chunks = iter(answered)
            first = next(chunks, b"")
        except ConnectionError:
            self.close_connection = True
            return
        except MalformedBodyError:
            self._start(*_MALFORMED, keep=False)
            return
        except Exception:
            self._start(*_FAULT, keep=False)
            raise
        self._start(*started[-1], keep=body.drained)
        try:
            self._stream(first, chunks)
        finally:
            getattr(answered, "close", lambda: None)()

    def _start(self, status: str, headers: _Headers, *, keep: bool) -> None:
        code, _, phrase = status.partition(" ")
        self.send_response_only(int(code), phrase)
        for name, value in headers:
            self.send_header(name, value)
        sized = code in {"204", "304"} or any(name.lower() == "content-length" for name, _ in headers)
        if not (keep and sized) and not self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _stream(self, first: bytes, chunks: Iterator[bytes]) -> None:
        self.wfile.write(first)
        self.wfile.flush()
        for chunk in chunks:
            self.wfile.write(chunk)
            self.wfile.flush()


class _Body:
    """A request's body, limited to its declared length, that records whether it was read to its end."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._source: BinaryIO = environ["wsgi.input"]
        declared = environ.get("CONTENT_LENGTH") or "0"
        # With an invalid length the next request cannot be found, so nothing is read and the connection ends.
        self._left = int(declared) if declared.isascii() and declared.isdigit() else -1
        self._chunked = "HTTP_TRANSFER_ENCODING" in environ
        self.drained = not self._chunked and self._left == 0

    def read(self, size: int = -1) -> bytes:
        """Read at most `size` bytes, or all that are left if it is negative; raise `MalformedBodyError`."""
        if self._chunked:
            try:
                data = self._source.read(size)
            except (ConnectionError, TimeoutError):
                raise
            except OSError as error:  # as werkzeug calls a chunk size such as `ZZ` or `-1`
                raise MalformedBodyError(str(error)) from None
            self.drained = self.drained or (not data and size != 0)
            return data
        data = self._source.read(self._left if size < 0 else min(size, self._left)) if self._left > 0 else b""
        self._left -= len(data)
        self.drained = self._left == 0
        return data


BACKLOG = 128


class NotLoopbackError(ValueError):
    """The host is not a loopback address; the reference serves only this machine."""


@contextmanager
def serving(app: WSGIApplication, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve an application while the context is open, and yield its base URL; port 0 means any free port.

    Raises `NotLoopbackError` unless `host` is a loopback address, `OSError` if the port is in use.
    """
    if not ip_address(host).is_loopback:
        raise NotLoopbackError(f"{host} is not a loopback address; serve on 127.0.0.1")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=BACKLOG) as listening:
        server = _Server(host, port, app, KeepingHandler, fd=listening.fileno())
    thread = Thread(target=server.serve_forever, args=(0.05,), name="reference")
    thread.start()
    try:
        yield f"http://{f'[{host}]' if ':' in host else host}:{server.port}"
    finally:
        server.shutdown()
        server.hang_up()
        thread.join()


class _Server(ThreadedWSGIServer):
    """A server that tracks its open connections, so that closing it waits for none of them."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._open: set[socket.socket] = set()
        self._guard = Lock()
        super().__init__(*arguments, **options)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnect; report any other error, which is the application's."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  as inherited
        """Log nothing."""

    def hang_up(self) -> None:
        """Close every connection that a client keeps open."""
        with self._guard:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # already closed by the client
