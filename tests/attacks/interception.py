"""A TLS man in the middle: hosts of the vendor that lead to an application on loopback, by a proxy and a certificate.

The client under test is not changed. It reads `HTTPS_PROXY` and `SSL_CERT_FILE` from the environment as it does behind
any company's proxy, so that runs in this process and in others can be intercepted alike.
"""

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

CHUNK = 64 * 1024
NAMES = ("*.commercelayer.io", "*.amazonaws.com", "*.example.com")


def certificate(folder: Path) -> Path:
    """Make a self-signed certificate for `NAMES` in a folder, and return the file of it and its key."""
    file = folder / "interception.pem"
    names = ",".join(f"DNS:{name}" for name in NAMES)
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-subj", "/CN=interception", "-addext", f"subjectAltName={names}", "-days", "2"]
    command += ["-keyout", str(file), "-out", str(folder / "certificate.pem")]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  its words are all above
    with file.open("ab") as both:
        both.write((folder / "certificate.pem").read_bytes())
    return file


@contextmanager
def intercepting(origin: str, pem: Path) -> Iterator[Mapping[str, str]]:
    """Lead every https host to `origin`, and yield the environment variables of a client that is intercepted.

    Args:
        origin: `http://127.0.0.1:{port}` of a server, which is spoken to in plain HTTP.
        pem: a certificate and its key, for every host that is asked.
    """
    upstream = ("127.0.0.1", urlsplit(origin).port or 80)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener, ExitStack() as stack:
        proxy = _Proxy(listener, upstream, context)
        stack.callback(proxy.stop)
        proxy.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield {
            "HTTPS_PROXY": address,
            "https_proxy": address,
            "HTTP_PROXY": "",
            "http_proxy": "",
            "ALL_PROXY": "",
            "all_proxy": "",
            "NO_PROXY": "",
            "no_proxy": "",
            "SSL_CERT_FILE": str(pem),
        }


class _Proxy:
    """Accepts CONNECT, ends TLS itself, and copies what it reads to the upstream and back."""

    def __init__(self, listener: socket.socket, upstream: tuple[str, int], context: ssl.SSLContext) -> None:
        self._listener = listener
        self._upstream = upstream
        self._context = context
        self._stopped = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        self._listener.settimeout(0.05)
        self._run(self._accept)

    def stop(self) -> None:
        self._stopped.set()
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _run(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]  # a callable
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            self._run(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        self._open.add(connection)
        with suppress(OSError, ssl.SSLError), connection:
            connection.settimeout(10)
            head = b""
            while b"\r\n\r\n" not in head and (part := connection.recv(CHUNK)):
                head += part
            if not head.startswith(b"CONNECT "):
                connection.sendall(b"HTTP/1.1 501 Only CONNECT\r\nContent-Length: 0\r\n\r\n")
                return
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with (
                self._context.wrap_socket(connection, server_side=True) as inside,
                socket.create_connection(self._upstream) as outside,
            ):
                self._open |= {inside, outside}
                for each in (inside, outside):
                    each.settimeout(None)
                self._run(self._copy, inside, outside)
                self._copy(outside, inside)

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError, ssl.SSLError, ValueError):
            while part := source.recv(CHUNK):
                target.sendall(part)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
