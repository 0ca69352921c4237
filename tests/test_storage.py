"""The storage: whatever a server names as a file's address, asking ends, in one line, and gives nothing away."""

import gzip
import json
import re
import socket
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from exports_conformance.client import storage
from exports_conformance.client.client import Client
from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.limits import LAG_ATTEMPTS, Retries
from exports_conformance.client.ownership import MemoryLedger
from exports_conformance.client.storage import MAX_INFLATED, Fetched, Storage
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.reasons import environment_error
from exports_conformance.results.journal import Journal
from exports_conformance.rules import Judgement, judge
from tests.sockets import serving

DEADLINE = 0.6
API = "https://shop.example/api"
PUBLIC = "93.184.215.14"
RECORDS = gzip.compress(b'[{"code": "A"}, {"code": "B"}]')
SIGNED = "X-Amz-Signature=canary-signature&opaque=canary-query"
Behave = Callable[[socket.socket, bytes], None]


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_proxy".upper(), raising=False)


def _fetched(
    url: str, *, api: str = "http://127.0.0.1/api", hosts: Mapping[str, str] | None = None, largest: int = 100_000
) -> Fetched:
    """Fetch a file within a small deadline; `hosts` are what names resolve to, the API's own being public."""
    known = {"shop.example": PUBLIC, **(hosts or {})}
    storage = Storage(
        api,
        user_agent="agent/1",
        deadline=DEADLINE,
        largest=largest,
        resolve=None if hosts is None else lambda host: [known.get(host, host)],
    )
    with closing(storage):
        started = time.monotonic()
        response, file, trouble = storage.fetch(url)
        assert time.monotonic() - started < 2 * DEADLINE + 0.6
    assert (response is None) is bool(trouble)
    assert file is None or response
    assert "\n" not in trouble
    assert "canary" not in trouble
    return response, file, trouble


def _answer(body: bytes, *, status: str = "200 OK", head: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def _saying(response: bytes) -> Behave:
    return lambda connection, _: connection.sendall(response)


def _endless(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"\x1f\x8b" * 32768)


def _dripping(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for byte in RECORDS:
        time.sleep(0.05)
        connection.sendall(bytes([byte]))


def _round_and_round(connection: socket.socket, request: bytes) -> None:
    """Redirect to the requested place, and one further."""
    number = int(re.findall(rb"GET /(\d+)", request)[0])
    connection.sendall(_answer(b"", status="302 Found", head=f"Location: /{number + 1}?{SIGNED}\r\n"))


def _slowly_round(connection: socket.socket, request: bytes) -> None:
    time.sleep(0.8 * DEADLINE)
    _round_and_round(connection, request)


def _bomb() -> bytes:
    """Gzip of somewhat more than is looked at, in little."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([*(packer.compress(bytes(1024 * 1024)) for _ in range(MAX_INFLATED // 1024 // 1024)), b""]) + (
        packer.compress(b"1") + packer.flush()
    )


@pytest.mark.parametrize(
    ("behave", "trouble"),
    [
        pytest.param(_endless, "answer over 100000 bytes", id="endless"),
        pytest.param(_dripping, "timeout", id="a byte now and then"),
        pytest.param(lambda *_: time.sleep(1), "timeout", id="silent"),
        pytest.param(lambda *_: None, "connection closed", id="hung up"),
        pytest.param(_saying(_answer(RECORDS)[:-9]), "connection closed", id="cut off"),
        pytest.param(_saying(b"SSH-2.0-OpenSSH_9\r\n\r\n"), "not HTTP", id="not http"),
        pytest.param(_saying(_answer(_bomb())), f"file inflates to over {MAX_INFLATED} bytes", id="inflates"),
        pytest.param(_round_and_round, "more than 3 redirects", id="redirects without end"),
        pytest.param(_slowly_round, "timeout", id="slow redirects"),
    ],
)
def test_every_file_ends(behave: Behave, trouble: str) -> None:
    """Every download ends within its deadline and bounds, and names the trouble in a few words."""
    with serving(behave) as origin:
        response, _, said = _fetched(f"{origin}/1?{SIGNED}")
    assert response is None
    assert said.startswith(trouble)


def test_file_is_requested_without_credentials_or_compression() -> None:
    """A GET with the whole query, and only the headers that every request needs."""
    seen: list[bytes] = []

    def behave(connection: socket.socket, request: bytes) -> None:
        seen.append(request)
        connection.sendall(_answer(RECORDS, head="Set-Cookie: id=1\r\nContent-Encoding: gzip\r\n"))

    with serving(behave) as origin:
        response, file, _ = _fetched(f"{origin}/f.gz?{SIGNED}")
    assert response
    assert (response.status, response.body, response.header("content-encoding")) == (200, b"", "gzip")
    assert file
    assert (file.size, file.layers, file.form, file.records, file.names) == (len(RECORDS), 1, "json", 2, ("code",))
    host = origin.removeprefix("http://")
    assert seen == [f"GET /f.gz?{SIGNED} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: agent/1\r\n\r\n".encode()]


@pytest.mark.parametrize("status", ["204 No Content", "206 Partial Content", "304 Not Modified", "403 Forbidden"])
def test_status_other_than_200_is_not_a_file(status: str) -> None:
    with serving(_saying(_answer(b"" if status[0] != "4" else RECORDS, status=status))) as origin:
        response, file, _ = _fetched(origin)
    assert response
    assert (response.status, file) == (int(status[:3]), None)


FORBIDDEN = {
    "http://127.0.0.1/f": "loopback",
    "http://[::1]/f": "loopback",
    "http://[::ffff:127.0.0.1]/f": "loopback",
    "http://169.254.169.254/latest/meta-data": "link-local",
    "http://[fe80::1]/f": "link-local",
    "http://10.0.0.1/f": "private",
    "https://192.168.1.1/f": "private",
    "http://100.64.0.1/f": "private",
    "http://[fd00::1]/f": "private",
    "http://0.0.0.0/f": "private",
    "http://224.0.0.1/f": "private",
    "http://inside.example/f": "private",
    "http://canary@127.0.0.1:80/f": "loopback",
}
HERE = {"localhost": "127.0.0.1", "shop.localhost": "127.0.0.1"}
INSIDE = {"inside.example": "172.16.0.1"}


@pytest.mark.parametrize(("url", "kind"), FORBIDDEN.items())
def test_an_address_that_is_not_public_is_not_requested(url: str, kind: str) -> None:
    """Where the API is public."""
    response, _, trouble = _fetched(f"{url}?{SIGNED}", api=API, hosts=INSIDE)
    assert response is None
    assert trouble == f"not sent: the file's address leads to a {kind} network, where the API is not"


@pytest.mark.parametrize(("url", "kind"), [pair for pair in FORBIDDEN.items() if pair[1] != "loopback"])
def test_a_redirect_to_one_is_not_followed(url: str, kind: str) -> None:
    """A redirect to a forbidden address is refused like the address itself."""
    with serving(_saying(_answer(b"", status="307 Elsewhere", head=f"Location: {url}?{SIGNED}\r\n"))) as origin:
        _, _, trouble = _fetched(origin, hosts=INSIDE)
    assert trouble == f"not sent: the file's address leads to a {kind} network, where the API is not"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd?canary",
        "ftp://canary.example/f",
        "data:,canary",
        "canary",
        "/canary",
        "",
        "http://",
        "http:///canary",
        "http://127.0.0.1:canary/",
        "http://127.0.0.1/\x01canary",
        f"http://127.0.0.1/{'canary' * 20_000}",
        "\x00canary",
    ],
)
def test_address_that_is_not_an_http_url_is_not_requested(url: str) -> None:
    """An address that is not http(s) is not requested, by a redirect either."""
    assert _fetched(url)[2] == "not sent: the file's address is no http or https URL"


@pytest.mark.parametrize("url", ["file:///etc/passwd?canary", "ftp://canary.example/f", "http://:80/"])
def test_a_redirect_to_anything_but_an_http_url_is_not_followed(url: str) -> None:
    with serving(_saying(_answer(b"", status="302 Found", head=f"Location: {url}\r\n"))) as origin:
        assert _fetched(origin)[2] == "not sent: the file's address is no http or https URL"


@pytest.mark.parametrize(
    "url",
    [
        f"http://{'canary' * 12}.example/",
        "http://no-such-host.invalid/canary",
        "http://.canary/",
        "http://[canary/f",
    ],
)
def test_a_host_without_an_address_is_not_requested(url: str) -> None:
    """A host that does not resolve, or whose name is invalid, is not requested."""
    assert _fetched(url)[2] == "not sent: the file's host has no address"
    with serving(_saying(_answer(b"", status="302 Found", head=f"Location: {url}\r\n"))) as origin:
        assert _fetched(origin)[2] == "not sent: the file's host has no address"


def test_a_name_that_resolves_elsewhere_at_the_request_is_not_requested(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a name resolved to may have changed since: the connection itself decides, before anything is sent."""
    monkeypatch.setattr(storage, "is_internal_name", lambda _: False)  # the one name that leads to loopback everywhere
    seen: list[bytes] = []
    with serving(lambda _, request: seen.append(request)) as origin:
        url = origin.replace("127.0.0.1", "localhost")
        response, _, trouble = _fetched(f"{url}/f?{SIGNED}", api=API, hosts={"localhost": PUBLIC})
    assert response is None
    assert trouble.endswith("the file's address leads to a loopback network, where the API is not")
    assert [request for request in seen if request] == []


def test_loopback_is_requested_if_the_api_is_on_loopback() -> None:
    with serving(_saying(_answer(RECORDS))) as origin:
        url = origin.replace("127.0.0.1", "localhost")
        response, _, _ = _fetched(url, api="http://shop.localhost/api", hosts=HERE)
    assert response


@pytest.mark.parametrize("proxied", ["http://127.0.0.1:9", None])
def test_file_is_not_requested_directly_where_the_proxy_fails(
    proxied: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hosts that the environment excludes from its proxy are requested directly."""
    if proxied:
        monkeypatch.setenv("http_proxy", proxied)
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    seen: list[bytes] = []
    with serving(lambda _, request: seen.append(request)) as origin:
        for url in (origin, origin.replace("127.0.0.1", "localhost")):
            _, _, trouble = _fetched(url, api=API, hosts=HERE)
            assert trouble.startswith("not sent: the file's ")
    assert [request for request in seen if request] == []


def test_files_are_requested_through_any_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy resolves the host; addresses need no look-up."""
    seen: list[bytes] = []

    def proxy(connection: socket.socket, request: bytes) -> None:
        seen.append(request.split(b"\r\n")[0])
        connection.sendall(_answer(RECORDS))

    with serving(proxy) as origin:
        monkeypatch.setenv("http_proxy", origin)
        assert _fetched("http://files.invalid/f", api=API)[1]
        assert "link-local" in _fetched("http://169.254.169.254/f", api=API, hosts={})[2]
    assert seen == [b"GET http://files.invalid/f HTTP/1.1"]


class _Shop:
    """An API and another host with its storage, both on loopback; keeps their requests."""

    def __init__(self, *files: Callable[["_Shop"], bytes]) -> None:
        self.asked: list[bytes] = []
        self.stored: list[bytes] = []
        self.storage = ""
        self._files = list(files)

    def api(self, connection: socket.socket, request: bytes) -> None:
        """Show an export, whose file the storage has."""
        self.asked.append(request)
        url = f"{self.storage}/f-{len(self.asked)}.gz?{SIGNED}"
        attributes = {"status": "completed", "attachment_url": url}
        document = {"data": {"id": "EXPORTid00", "type": "exports", "attributes": attributes}}
        connection.sendall(_answer(json.dumps(document).encode(), head="Set-Cookie: session=canary-cookie\r\n"))

    def store(self, connection: socket.socket, request: bytes) -> None:
        """Answer as the test says."""
        self.stored.append(request)
        connection.sendall(self._files.pop(0)(self))

    def download(self, folder: Path) -> tuple[Exchange | None, str, list[Exchange]]:
        """Retrieve the export and its file; give the file's exchange, what was journalled, and what was observed."""
        ledger, observed, journal = MemoryLedger(), list[Exchange](), Journal(folder, "main")
        ledger.created("EXPORTid00", "")

        def observe(exchange: Exchange) -> bool:
            observed.append(exchange)
            journal.exchanged(exchange, judge(exchange))
            return False

        with serving(self.api) as origin, serving(self.store) as self.storage, closing(journal):
            client = Client(f"{origin}/api", token="canary-token", owns=ledger.owns)
            retries = Retries(sleep=lambda _: None)
            with closing(Endpoint(client, ledger=ledger, observe=observe, retries=retries)) as endpoint:
                shown = endpoint.retrieve("EXPORTid00", expectation=Expectation("life/ended", "retrieve"))
                exchange = endpoint.download(shown, expectation=Expectation("life/file", "download"))
        return exchange, (folder / "main.jsonl").read_text(encoding="ascii"), observed


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    assert "canary" not in "".join(file.read_text(encoding="ascii") for file in tmp_path.glob("*"))


def _redirecting(shop: _Shop) -> bytes:
    return _answer(b"", status="302 Found", head=f"Location: {shop.storage}/other?{SIGNED}\r\nSet-Cookie: a=b\r\n")


def test_nothing_follows_to_the_storage(journal: Path) -> None:
    """No token, cookie or Accept header of the API reaches a storage, nor does one storage's reach the next."""
    shop = _Shop(_redirecting, lambda _: _answer(RECORDS))
    exchange, _, _ = shop.download(journal)
    assert b"canary-token" in shop.asked[0]
    host = shop.storage.removeprefix("http://").encode()
    assert [re.sub(rb" /\S+|agent: \S+|exports-[\w/.+-]+", b"", request).split(b"\r\n") for request in shop.stored] == [
        [b"GET HTTP/1.1", b"Host: " + host, b"User-Agent: ", b"", b""]
    ] * 2
    assert exchange
    assert exchange.status == 200
    assert exchange.file
    assert exchange.file.records == 2


def test_signed_address_stays_inside_the_client(journal: Path) -> None:
    """The address of the file is kept without the values of its query, and its answer without cookies."""
    shop = _Shop(lambda _: _answer(RECORDS, head=f"Set-Cookie: a=canary\r\nRefresh: 0; url=//x.y/f?{SIGNED}\r\n"))
    exchange, kept, _ = shop.download(journal)
    assert exchange
    assert exchange.request.path == f"{shop.storage}/f-1.gz"
    assert exchange.request.query == "X-Amz-Signature=redacted&opaque=redacted"
    assert "opaque=redacted" in kept
    assert b"opaque=canary-query" in shop.stored[0]


def test_refused_file_is_requested_once_more_at_a_new_address(journal: Path) -> None:
    """The first answer counts for nothing."""
    shop = _Shop(lambda _: _answer(b"<Error/>", status="403 Forbidden"), lambda _: _answer(RECORDS))
    exchange, _, observed = shop.download(journal)
    assert [re.findall(rb"f-\d", request)[0] for request in shop.stored] == [b"f-1", b"f-2"]
    assert [each.status for each in observed] == [200, 403, 200, 200]
    assert exchange is observed[-1]
    assert exchange.status == 200
    assert judge(observed[1]) == Judgement()


def test_a_file_that_is_refused_again_is_refused(journal: Path) -> None:
    shop = _Shop(*[lambda _: _answer(b"<Error/>", status="403 Forbidden")] * (1 + LAG_ATTEMPTS))
    exchange, _, _ = shop.download(journal)
    assert exchange
    assert exchange.status == 403
    assert [violation.requirement for violation in judge(exchange).violations] == ["file-served"]
    assert len(shop.stored) == 1 + LAG_ATTEMPTS


def test_trouble_with_a_file_is_the_environment_s(journal: Path) -> None:
    """Trouble with a file is an environment error, and breaks no requirement."""
    shop = _Shop(lambda shop: _answer(b"", status="302 Found", head=f"Location: {shop.storage}:canary?{SIGNED}\r\n"))
    exchange, _, _ = shop.download(journal)
    assert exchange
    assert (exchange.response, exchange.file) == (None, None)
    assert exchange.trouble == "not HTTP: its Location is no URL"
    assert environment_error(exchange) == "no-answer"
    assert judge(exchange) == Judgement()
