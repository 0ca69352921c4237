"""The client on a real network: whatever a server does, a request ends, and says in one line how."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from exports_conformance.client.client import Client
from exports_conformance.client.guards import RequestBlockedError
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.reasons import environment_error
from tests.exchanges import violated
from tests.sockets import serving

DEADLINE = 0.6
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.api+json\r\n"


@contextmanager
def _serving(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve an API on loopback, one behaviour for each connection."""
    with serving(lambda connection, _: behave(connection)) as origin:
        yield f"{origin}/api"


def _ask(base_url: str, *, largest: int = 100_000) -> Exchange:
    client = Client(base_url, token="canary-token", deadline=DEADLINE, largest=largest)
    with closing(client):
        started = time.monotonic()
        exchange, _ = client.send("GET", "/exports", expectation=Expectation("case", "list"))
        assert time.monotonic() - started < DEADLINE + 0.6
        assert exchange.elapsed < DEADLINE + 0.6
    assert "\n" not in exchange.trouble
    assert "canary" not in repr(exchange)
    return exchange


def _dripping(before: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        connection.sendall(before)
        for _ in range(100):
            time.sleep(0.05)
            connection.sendall(drop)

    return behave


def _endless(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def _resetting(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


@pytest.mark.parametrize(
    ("behave", "trouble"),
    [
        pytest.param(lambda _: time.sleep(1), "timeout", id="silent"),
        pytest.param(_dripping(HEAD + b"Content-Length: 1000\r\n\r\n", b" "), "timeout", id="a byte now and then"),
        pytest.param(_dripping(HEAD + b"X-Slow: ", b"x"), "timeout", id="a byte of a header now and then"),
        pytest.param(_endless, "answer over 100000 bytes", id="endless"),
        pytest.param(_resetting, "connection reset", id="reset"),
        pytest.param(lambda _: None, "connection closed", id="hung up"),
        pytest.param(lambda c: c.sendall(HEAD + b"Content-Length: 9\r\n\r\n{"), "connection closed", id="cut off"),
        pytest.param(lambda c: c.sendall(b"SSH-2.0-OpenSSH_9\r\n\r\n"), "not HTTP", id="not http"),
        pytest.param(lambda c: c.sendall(HEAD + b"X-Big: " + b"x" * 200_000), "not HTTP", id="endless header"),
    ],
)
def test_every_request_ends(behave: Callable[[socket.socket], None], trouble: str) -> None:
    """Every request ends within its deadline and bounds, and names the trouble in a few words."""
    with _serving(behave) as base_url:
        exchange = _ask(base_url)
    assert exchange.response is None
    assert exchange.trouble.startswith(trouble)
    assert environment_error(exchange) == "no-answer"


@pytest.mark.parametrize("headers", [(("X-A", "canary\nX-B: 1"),), (("X A", "1"),), (("X-A", " 1"),)])
def test_a_header_that_http_cannot_carry_is_refused(headers: tuple[tuple[str, str], ...]) -> None:
    """The message about an invalid header does not show its value."""
    with _serving(lambda _: None) as base_url, closing(Client(base_url, token=None)) as client:
        with pytest.raises(RequestBlockedError, match="HTTP cannot carry this request") as raised:
            client.send("GET", "/exports", expectation=Expectation("case", "list"), headers=headers)
        assert "canary" not in str(raised.value)


def test_refused_connection_is_distinguished_from_a_lost_response() -> None:
    """A request that never arrived may be sent again."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert _ask(f"http://127.0.0.1:{port}/api").trouble == "not sent: Connection refused"


def test_an_unknown_host_is_not_sent_to() -> None:
    exchange = _ask("http://no-such-host.localhost.invalid/api")
    assert exchange.trouble.startswith("not sent: ")


@pytest.mark.parametrize("head", [b"Connection: close\r\n", b""])
def test_response_is_kept_as_it_came(head: bytes) -> None:
    """A response is kept with its headers in order, whether the connection stays open or not."""
    body = b'{"data": []}'
    length = f"Content-Length: {len(body)}\r\n".encode()
    with _serving(lambda c: c.sendall(HEAD + head + b"X-A: 1\r\nX-A: 2\r\n" + length + b"\r\n" + body)) as base_url:
        exchange = _ask(base_url)
    assert exchange.trouble == ""
    assert exchange.response is not None
    assert exchange.response.body == body
    assert [value for name, value in exchange.response.headers if name == "X-A"] == ["1", "2"]


def test_proxies_of_the_environment_are_not_used_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies of the environment are used for other hosts only."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with _serving(lambda c: c.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")) as base_url:
        assert _ask(base_url).status == 200
    assert _ask("https://shop.example/api").trouble == "not sent: Connection refused"


@pytest.mark.parametrize("bypass", ["*", "localhost.invalid", ".example, no-such-host.localhost.invalid"])
def test_hosts_that_the_environment_excludes_are_requested_directly(
    bypass: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would refuse the connection; the name is looked up here instead."""
    monkeypatch.setenv("ALL_PROXY", "127.0.0.1:9")
    url = "http://no-such-host.localhost.invalid/api"
    assert _ask(url).trouble == "not sent: Connection refused"
    monkeypatch.setenv("NO_PROXY", bypass)
    assert "refused" not in _ask(url).trouble


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    ],
    ids=["stated", "unstated", "after-early-hints"],
)
@pytest.mark.parametrize("parts", [1, 2], ids=["at-once", "later"])
def test_body_of_a_204_is_seen_and_does_not_break_the_next_request(head: bytes, parts: int) -> None:
    def behave(connection: socket.socket) -> None:
        if parts == 1:
            connection.sendall(head + b"oops")
        else:
            connection.sendall(head)
            time.sleep(0.02)
            connection.sendall(b"oops")
        connection.recv(65536)  # the next request on the same connection, if there is one

    answered: list[socket.socket] = []

    def first_then_plain(connection: socket.socket) -> None:
        answered.append(connection)
        if len(answered) == 1:
            behave(connection)
        else:
            connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")

    with _serving(first_then_plain) as base_url, closing(Client(base_url, token="canary-token")) as client:
        deleted, _ = client.send("DELETE", "/exports/a", expectation=Expectation("case", "delete"))
        time.sleep(0.03)
        listed, _ = client.send("GET", "/exports", expectation=Expectation("case", "list"))
    assert deleted.response is not None
    assert listed.response is not None
    assert (deleted.status, listed.status, listed.response.body) == (204, 200, b"{}")
    stated = b"Length" in head
    assert deleted.response.body == (b"oops" if stated or parts == 1 else b"")
    assert ("delete-status-204" in violated(deleted)) is bool(deleted.response.body)
