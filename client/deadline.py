"""The watch: ends a request at its deadline, however slowly its answer comes."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any


class Deadline:
    """Shuts the sockets of a request down when its time is over.

    Time-outs of HTTP clients are per read: a header that comes a byte a second never meets one.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until: float | None = None
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def over(self) -> Iterator[None]:
        """Watch over what happens within."""
        self._until = time.monotonic() + self.seconds
        try:
            yield
        finally:
            with self._lock:  # not while sockets are shut down, which may serve the next request
                self._until = None

    @property
    def expired(self) -> bool:
        """Whether the time of what is watched is over."""
        until = self._until
        return until is not None and time.monotonic() >= until

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Learn of a connection; this is httpx's `trace` extension."""
        if not event.endswith(("connect_tcp.complete", "start_tls.complete")):
            return
        connection = info["return_value"].get_extra_info("socket")
        self._sockets = [each for each in self._sockets if each.fileno() >= 0]
        self._sockets.append(connection)
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep, name="deadline", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()
        if self._thread:
            self._thread.join()

    def _keep(self) -> None:
        while not self._closed.wait(min(0.25, self.seconds / 4)):
            with self._lock:
                for each in self._sockets if self.expired else ():
                    with contextlib.suppress(OSError):
                        each.shutdown(socket.SHUT_RDWR)
