"""A deadline for whole HTTP requests, which holds however slowly a response arrives."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any


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

    @contextlib.contextmanager
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

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember the socket of a new connection; an event of httpx's `trace` extension."""
        if not event.endswith(("connect_tcp.complete", "start_tls.complete")):
            return
        connection = info["return_value"].get_extra_info("socket")
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
