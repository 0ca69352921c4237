"""The reference over real HTTP keeps connections open, survives hostile clients, and leaves nothing behind."""

import json
import socket
import threading
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from exports_conformance.reference import Reference, Respond, ServerRequest, ServerResponse, serving
from exports_conformance.reference.server import NotLoopbackError
from tests.reference_client import creation

JSON_API = "application/vnd.api+json"
BODY = json.dumps(creation(resource_type="skus")).encode()


def headers(reference: Reference) -> dict[str, str]:
    return {"authorization": f"Bearer {reference.token}", "content-type": JSON_API}


def test_life_over_one_connection() -> None:
    reference = Reference()
    with serving(reference) as url, httpx.Client(base_url=url, headers=headers(reference)) as client:
        created = client.post("/api/exports", content=BODY)
        stream = created.extensions["network_stream"]
        assert created.json()["data"]["links"]["self"].startswith(f"{url}/api/exports/")
        address = f"/api/exports/{created.json()['data']['id']}"
        while client.get(address).json()["data"]["attributes"]["status"] != "completed":
            pass
        deleted = client.delete(address)
        assert (deleted.status_code, deleted.content) == (204, b"")
        assert client.head("/api/exports").status_code == 200
        last = client.get(address)
        assert last.status_code == 404
        assert last.extensions["network_stream"] is stream


def test_chunked_bodies_are_read() -> None:
    reference = Reference()
    with serving(reference) as url, httpx.Client(base_url=url, headers=headers(reference)) as client:
        for _ in range(2):
            response = client.post("/api/exports", content=(bytes([byte]) for byte in BODY))
            assert response.status_code == 201


def test_huge_bodies_are_refused_and_the_connection_goes_on() -> None:
    reference = Reference()
    with serving(reference) as url, httpx.Client(base_url=url, headers=headers(reference)) as client:
        assert client.post("/api/exports", content=b" " * 6_000_000).status_code == 413
        assert client.post("/api/exports", content=b" " * 40_000_000).status_code == 413
        assert client.get("/api/exports").status_code == 200


def test_clients_are_served_at_the_same_time() -> None:
    reference = Reference()
    reference.organisation.max_running = 1000
    ids: list[str] = []

    def create(url: str) -> None:
        with httpx.Client(base_url=url, headers=headers(reference)) as client:
            ids.extend(client.post("/api/exports", content=BODY).json()["data"]["id"] for _ in range(20))

    with serving(reference) as url:
        threads = [threading.Thread(target=create, args=(url,)) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(ids)) == len(reference.organisation.exports) == 100


def test_closing_waits_for_no_kept_connection() -> None:
    before = threading.active_count()
    with httpx.Client() as client:
        with serving(Reference()) as url:
            assert client.get(f"{url}/api/exports").status_code == 401
            port = int(url.rpartition(":")[2])
        assert threading.active_count() == before
        with pytest.raises(httpx.TransportError):
            client.get(f"{url}/api/exports")
    with serving(Reference(), port=port) as again:
        assert again == url


@pytest.mark.parametrize(
    "raw", [b"\r\n\r\n", b"nonsense\r\n\r\n", b"POST /api/exports HTTP/1.1\r\nContent-Length: x\r\n\r\n"]
)
def test_malformed_requests_do_not_stop_the_server(raw: bytes) -> None:
    with serving(Reference()) as url:
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as connection:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
        assert httpx.get(f"{url}/api/exports").status_code == 401


def test_middleware_may_close_the_connection_without_a_response() -> None:
    def lost(request: ServerRequest, respond: Respond) -> ServerResponse:
        respond(request)
        raise ConnectionAbortedError

    reference = Reference(middlewares=[lost])
    with serving(reference) as url, pytest.raises(httpx.RemoteProtocolError):
        httpx.post(f"{url}/api/exports", content=BODY, headers=headers(reference))
    assert len(reference.organisation.exports) == 1


def test_streamed_response_is_served_in_chunks() -> None:
    def counting(_: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (f"{number} ".encode() for number in range(3))

    with serving(counting) as url:
        assert httpx.get(url).text == "0 1 2 "


def test_other_hosts_than_loopback_are_refused() -> None:
    with pytest.raises(NotLoopbackError), serving(Reference(), host="0.0.0.0"):  # noqa: S104  that is the point
        pass


def test_port_in_use_is_an_error() -> None:
    with serving(Reference()) as url, pytest.raises(OSError, match="in use"), serving(Reference(), port=int(url[-5:])):
        pass


def test_expect_100_continue_gets_a_response() -> None:
    reference = Reference()
    with serving(reference) as url:
        host = url.removeprefix("http://")
        fields = {"host": host, "content-length": str(len(BODY)), "expect": "100-continue", **headers(reference)}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2]))) as connection:
            connection.sendall(f"POST /api/exports HTTP/1.1\r\n{head}\r\n".encode())
            assert connection.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(BODY)
            assert connection.recv(4096).startswith(b"HTTP/1.1 201 Created\r\n")


def test_exception_of_an_application_is_reported(capfd: pytest.CaptureFixture[str]) -> None:
    def faulty(_ask: ServerRequest, _respond: Respond) -> ServerResponse:
        raise LookupError("a fault of the middleware")

    with serving(Reference(middlewares=[faulty])) as url:
        assert httpx.get(f"{url}/api/exports").status_code == 500
    assert "a fault of the middleware" in capfd.readouterr().err
