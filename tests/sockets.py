"""Servers of raw bytes on a loopback socket; each connection has its own behaviour."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager


@contextmanager
def serving(behave: Callable[[socket.socket, bytes], None]) -> Iterator[str]:
    """Serve one connection after another, `behave` being given it and its first request; give the origin's URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with closing(connection):
                try:
                    connection.settimeout(5)
                    behave(connection, connection.recv(65536))
                except OSError:
                    pass  # the client hung up, which is the point

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        thread.join()
        listener.close()
