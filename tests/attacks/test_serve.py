"""The reference server answers anything but an HTTP request with 400, and goes on."""

import socket
from urllib.parse import urlsplit

import pytest

from exports_conformance.reference.app import Reference
from exports_conformance.reference.server import serving

CREATION = b"POST /api/exports HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        CREATION + b"ZZ\r\n{}\r\n0\r\n\r\n",
        CREATION + b"-1\r\n{}\r\n0\r\n\r\n",
        CREATION + b"2\r\n{}garbage\r\n0\r\n\r\n",
        b"GET //[ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["chunk size ZZ", "chunk size -1", "chunk without an end", "//[", "a host without an end"],
)
def test_malformed_request_gets_400(request_: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    """A malformed request gets one status line and no traceback, and the next request is served."""
    with serving(Reference()) as origin:
        address = ("127.0.0.1", urlsplit(origin).port)
        with socket.create_connection(address, timeout=5) as connection:
            connection.sendall(request_)
            connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 400 ")
        with socket.create_connection(address, timeout=5) as connection:
            connection.sendall(b"GET /api/exports HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")
    assert "Traceback" not in "".join(capfd.readouterr())
