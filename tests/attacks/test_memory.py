"""No response takes more memory or time than its bounds, whatever its headers say that it holds."""

import gzip
import json
import os
import socket
import time
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import closing

import pytest

from exports_conformance.client import token
from exports_conformance.client.client import LARGEST, Client
from exports_conformance.client.settings import ConfigurationError
from exports_conformance.client.storage import Storage
from exports_conformance.client.token import MAX_TOKEN_RESPONSE, ClientCredentials
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.strict_json import read_json
from tests.sockets import serving

MEBIBYTE = 1024 * 1024


def _bomb(codings: int) -> bytes:
    """Return 200 MB of blanks, compressed so many times: three times, they are a few hundred bytes."""
    compressing = zlib.compressobj(9, wbits=31)
    body = b"".join(compressing.compress(b" " * MEBIBYTE) for _ in range(200)) + compressing.flush()
    for _ in range(codings - 1):
        body = gzip.compress(body)
    return body


def _fetched(body: bytes, coding: str) -> Exchange:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with (
        serving(lambda connection, _: connection.sendall(head + body)) as origin,
        closing(Client(f"{origin}/api", token=None)) as client,
    ):
        return client.send("GET", "/somewhere", expectation=Expectation("case", "list"))[0]


def _peak(measured: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        measured()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("codings", [1, 2, 3])
def test_bomb_is_refused_before_it_fills_the_memory(codings: int) -> None:
    """One content coding is removed in pieces; several are not removed at all."""
    bomb = _bomb(codings)
    found: list[Exchange] = []
    peak = _peak(lambda: found.append(_fetched(bomb, ", ".join(["gzip"] * codings))))
    assert peak < 3 * LARGEST
    assert found[0].response is None
    expected = f"answer over {LARGEST} bytes" if codings == 1 else f"says: {codings} codings, one inside the other"
    assert expected in found[0].trouble


def test_bomb_at_the_token_endpoint_is_refused() -> None:
    bomb = _bomb(1)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()

    def fetched() -> None:
        with (
            serving(lambda connection, _: connection.sendall(head + bomb)) as origin,
            closing(ClientCredentials(f"{origin}/oauth/token", client_id="a", client_secret="b")) as client,
            pytest.raises(Exception, match=f"over {MAX_TOKEN_RESPONSE} bytes"),
        ):
            client()

    assert _peak(fetched) < 2 * MEBIBYTE


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(b'{"data": []}')),
        ("x-gzip", gzip.compress(b'{"data": []}')),
        ("deflate", zlib.compress(b'{"data": []}')),
        ("deflate", zlib.compress(b'{"data": []}', wbits=-15)),
        ("identity", b'{"data": []}'),
        ("Identity, GZIP", gzip.compress(b'{"data": []}')),
        ("sdch", b'{"data": []}'),
    ],
    ids=["gzip", "x-gzip", "zlib", "deflate without a header", "identity", "identity and gzip", "unknown"],
)
def test_single_coding_is_removed(coding: str, body: bytes) -> None:
    exchange = _fetched(body, coding)
    assert exchange.reading.value == {"data": []}


def test_large_body_is_inflated_whole() -> None:
    """A large body is inflated in several pieces, and none of them is lost."""
    text = json.dumps({"numbers": " ".join(map(str, range(300_000)))}).encode()
    response = _fetched(gzip.compress(text), "gzip").response
    assert response is not None
    assert response.body == text


@pytest.mark.parametrize("body", [gzip.compress(os.urandom(9000))[:-9], b"no gzip"], ids=["cut off", "none"])
def test_coding_that_is_broken_is_trouble(body: bytes) -> None:
    exchange = _fetched(body, "gzip")
    assert exchange.response is None
    assert exchange.trouble.startswith("body is not what its Content-Encoding says")


def test_empty_body_has_no_coding_to_remove() -> None:
    exchange = _fetched(b"", "gzip")
    assert exchange.response is not None
    assert exchange.response.body == b""


def test_repeated_keys_are_found_in_linear_time() -> None:
    """A document of sixteen times the length takes about sixteen times as long, not 256 times."""

    def seconds(count: int) -> float:
        text = b"{" + b",".join(b'"%d":1,"%d":2' % (number, number) for number in range(count)) + b"}"
        started = time.process_time()
        assert len(read_json(text).repeated_keys) == count
        return time.process_time() - started

    assert min(seconds(32_000) for _ in range(3)) < 80 * min(seconds(2000) for _ in range(3))


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("before", "drop"),
    [
        (HEAD + b"Content-Length: 9999\r\n\r\n{", b" "),
        (HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10], b"\0\0\0\xff\xff"),
        (HEAD + b"\r\n{", b" "),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (HEAD + b"X-Slow: ", b"x"),
        (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    ],
    ids=["body", "compressed", "body without a length", "chunks", "header", "interim responses"],
)
def test_deadline_covers_reading(before: bytes, drop: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A response, a token and a file that arrive byte by byte end at the deadline, though no single read times out."""

    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(before)
        for _drop in range(300):
            connection.sendall(drop)
            time.sleep(0.02)

    monkeypatch.setattr(token, "TOKEN_DEADLINE", 0.2)
    with serving(drip) as origin:
        with closing(Client(f"{origin}/api", token=None, deadline=0.2)) as client:
            started = time.monotonic()
            exchange, _ = client.send("GET", "/exports", expectation=Expectation("case", "list"))
        with (
            closing(ClientCredentials(f"{origin}/oauth/token", client_id="a", client_secret="b")) as credentials,
            pytest.raises(Exception, match="timeout"),
        ):
            credentials()
        with closing(Storage(f"{origin}/api", user_agent="x", deadline=0.2)) as storage:
            _, _, trouble = storage.fetch(f"{origin}/file")
    assert time.monotonic() - started < 5
    assert (exchange.trouble, trouble) == ("timeout", "timeout")


@pytest.mark.parametrize("expires_in", ["9" * 400, "-" + "9" * 400, "1e308", "0", "true", '"soon"', "null", "[]"])
def test_life_of_a_token_may_be_any_number(expires_in: str) -> None:
    body = f'{{"access_token": "a-token", "expires_in": {expires_in}}}'
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
    with (
        serving(lambda connection, _: connection.sendall((head + body).encode())) as origin,
        closing(ClientCredentials(f"{origin}/oauth/token", client_id="a", client_secret="b")) as client,
    ):
        assert client() == "a-token"


@pytest.mark.parametrize(
    "proxy", ["socks5://127.0.0.1:1", "ftp://u:canary@127.0.0.1:1", "http://u:canary@[::1", "http://127.0.0.1:canary"]
)
def test_unusable_proxy_is_one_line(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which names the variable, and shows no password."""
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy)
    with pytest.raises(ConfigurationError, match="HTTPS_PROXY") as raised:
        Client("https://shop.commercelayer.io/api", token=None)
    assert "\n" not in str(raised.value)
    assert "u:canary" not in str(raised.value)


def test_unreadable_certificates_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/certificates.pem")
    with pytest.raises(ConfigurationError, match="SSL_CERT_FILE"):
        Client("https://shop.commercelayer.io/api", token=None)
