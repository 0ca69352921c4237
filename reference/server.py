"""The reference over real HTTP: a loopback server with kept connections, in a thread of its own."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from threading import Lock, Thread
from typing import Any
from wsgiref.types import WSGIApplication

from werkzeug.serving import ThreadedWSGIServer

from exports_conformance.reference.keeping import KeepingHandler

BACKLOG = 128


class NotLoopbackError(ValueError):
    """The reference is served to this machine only."""


@contextmanager
def serving(app: WSGIApplication, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve an application while the context is open and give its base URL; port 0 is any free one.

    Raises `NotLoopbackError` for another address than a loopback one, `OSError` for a port that is in use.
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
    """A server that knows its open connections, so that closing it waits for none of them."""

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
        """Say nothing of a client that went away; show what else went wrong, which is a fault of the application."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  as inherited
        """Say nothing."""

    def hang_up(self) -> None:
        """End every connection that a client keeps open."""
        with self._guard:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the client was faster
