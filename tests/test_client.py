"""The client: what leaves is what was meant, and what is kept has no secret in it."""

import json

import httpx
import pytest

from exports_conformance.client.client import USER_AGENT, Client, _check_sent
from exports_conformance.client.guards import RequestBlockedError
from exports_conformance.client.ownership import MemoryLedger
from exports_conformance.exchange.model import Expectation
from exports_conformance.exchange.tags import OWN_TOKEN

LIVE = "https://shop.commercelayer.io/api"
SECRET = "canary-token"
INTENT = Expectation("case", "other")
OURS = "OURSabcdef"


class Wiretap:
    """Keeps what was sent, and answers with the given response."""

    def __init__(self, response: httpx.Response | None = None) -> None:
        self.sent: list[httpx.Request] = []
        self.response = response or httpx.Response(200, json={"data": []})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        self.sent.append(request)
        return self.response


def _door(tap: Wiretap, base_url: str = LIVE, token: str | None = SECRET) -> Client:
    ledger = MemoryLedger()
    ledger.created(OURS, "")
    return Client(base_url, token=token, owns=ledger.owns, transport=httpx.MockTransport(tap), prefix="gw0")


def test_nothing_is_added_but_the_agent_and_the_token() -> None:
    """No Accept, no Accept-Encoding, no Connection: what a request is meant without, it leaves without."""
    tap = Wiretap()
    exchange, _ = _door(tap).send("GET", "/exports", expectation=INTENT, query="page[size]=1")
    assert tap.sent[0].headers.multi_items() == [
        ("host", "shop.commercelayer.io"),
        ("user-agent", USER_AGENT),
        ("authorization", f"Bearer {SECRET}"),
    ]
    assert tap.sent[0].url == f"{LIVE}/exports?page[size]=1"
    assert exchange.request.path == "/exports"
    assert exchange.request.query == "page[size]=1"
    assert ("Authorization", f"Bearer {OWN_TOKEN}") in exchange.request.headers


def test_planted_headers_are_sent_as_they_are() -> None:
    """Twice, empty, in Latin-1 or beyond: a planted header is sent, and is in the exchange."""
    tap = Wiretap()
    planted = (("accept", ""), ("X-A", "1"), ("X-A", "2"), ("X-B", "ö"), ("X-C", "🧦"), ("user-agent", "mine"))
    exchange, _ = _door(tap).send("POST", "/exports", expectation=INTENT, headers=planted, body=b"{", authorised=False)
    raw = [(name.decode(), value) for name, value in tap.sent[0].headers.raw]
    assert raw == [
        ("Host", b"shop.commercelayer.io"),
        ("accept", b""),
        ("X-A", b"1"),
        ("X-A", b"2"),
        ("X-B", b"\xf6"),
        ("X-C", "🧦".encode()),
        ("user-agent", b"mine"),
        ("Content-Length", b"1"),
    ]
    assert [name for name, _ in exchange.request.headers] == [name for name, _ in raw]
    assert tap.sent[0].content == exchange.request.body == b"{"


@pytest.mark.parametrize("planted", ["Bearer eyJub25l.bm9uZQ.bm9uZQ", "", f"Basic {OWN_TOKEN}"])
def test_a_planted_credential_is_not_overencode_body(planted: str) -> None:
    """The token's name stands for the token; what is kept is what was planted."""
    tap = Wiretap()
    exchange, _ = _door(tap).send("GET", "/exports", expectation=INTENT, headers=(("authorization", planted),))
    assert tap.sent[0].headers.get_list("authorization") == [planted.replace(OWN_TOKEN, SECRET)]
    assert ("authorization", planted) in exchange.request.headers


def test_a_request_without_credentials_has_none() -> None:
    tap = Wiretap()
    _door(tap).send("GET", "/exports", expectation=INTENT, authorised=False)
    _door(tap, token=None).send("GET", "/exports", expectation=INTENT)
    assert ["authorization" in request.headers for request in tap.sent] == [False, False]


def test_what_is_kept_has_no_token() -> None:
    """A kept request or response has the token in no header, body or address, however short it is."""
    tap = Wiretap(httpx.Response(401, headers={"Set-Cookie": "s=canary"}, json={"seen": f"Bearer {SECRET}"}))
    exchange, raw = _door(tap).send(
        "POST", "/exports", expectation=INTENT, query=f"a={SECRET}", headers=(("X-Also", SECRET),), body=SECRET.encode()
    )
    assert "canary" not in repr(exchange)
    assert "canary" not in repr(raw)
    assert exchange.reading.value == {"seen": f"Bearer {OWN_TOKEN}"}
    exchange, _ = _door(Wiretap(), token="tok").send("GET", "/exports", expectation=INTENT)
    assert ("Authorization", f"Bearer {OWN_TOKEN}") in exchange.request.headers


def test_exchange_has_its_place_time_and_id() -> None:
    client = _door(Wiretap())
    first, _ = client.send("GET", "/exports", expectation=INTENT)
    client.edition = "7.10"
    second, _ = client.send("GET", f"{LIVE}/exports/{OURS}", expectation=INTENT)
    assert [first.id, second.id] == ["gw0-00001", "gw0-00002"]
    assert [first.edition, second.edition] == ["page", "7.10"]
    assert second.request.path == f"/exports/{OURS}"
    assert first.base_url == LIVE
    assert first.expectation == INTENT
    assert 1_700_000_000 < first.started <= second.started
    assert 0 < first.elapsed < 1


def test_redirects_are_not_followed_and_cookies_not_kept() -> None:
    """Both would send a request that nobody meant."""
    tap = Wiretap(httpx.Response(302, headers={"Location": "https://evil.example/", "Set-Cookie": "a=b; Path=/"}))
    client = _door(tap)
    exchange, _ = client.send("GET", "/exports", expectation=INTENT)
    client.send("GET", "/exports", expectation=INTENT)
    assert exchange.status == 302
    assert len(tap.sent) == 2
    assert "cookie" not in tap.sent[1].headers


REFUSED = [
    ("DELETE", "/exports", "", (), "every export"),
    ("DELETE", "/exports/", "", (), "every export"),
    ("DELETE", "/exports/FOREIGNid", "", (), "not known to be an export of this run"),
    ("delete", "/%65xports/FOREIGNid", "", (), "not known to be an export of this run"),
    ("PATCH", "/exports/FOREIGNid", "", (), "not known to be an export of this run"),
    ("PUT", "/exports/FOREIGNid", "", (), "not known to be an export of this run"),
    ("DELETE", f"/exports/{OURS}%2FFOREIGNid", "", (), "slash within a segment"),
    ("DELETE", f"/exports/{OURS}%255CFOREIGNid", "", (), "slash within a segment"),
    ("GET", f"/exports/{OURS}\\FOREIGNid", "", (), "slash within a segment"),
    ("DELETE", f"/exports/{OURS}/FOREIGNid", "", (), "more than exports and an id"),
    ("PATCH", f"/exports/{OURS}/events", "", (), "more than exports and an id"),
    ("DELETE", f"/exports//{OURS}", "", (), "more than exports and an id"),
    ("DELETE", f"/orders/{OURS}", "", (), "only exports"),
    ("POST", "/orders", "", (), "only exports"),
    ("POST", "/", "", (), "only exports"),
    ("POST", "/exports", "", (("X-HTTP-Method-Override", "DELETE"),), "would change the method"),
    ("POST", "/exports", "_method=delete", (), "would change the method"),
    ("POST", "/exports", "a=1&%5Fmethod=delete", (), "would change the method"),
    ("GET", "/exports", "", (("Host", "other.commercelayer.io"),), "another host"),
]
NOWHERE_ELSE = [
    "https://evil.example/api/exports",
    "https://shop.commercelayer.io.evil.example/api/exports",
    "http://shop.commercelayer.io/api/exports",
    "@evil.example/",
    "exports",
    "/../oauth/token",
    "/exports/../../../admin",
    "/../apiary",
]


@pytest.mark.parametrize(("method", "path", "query", "headers", "says"), REFUSED)
def test_what_could_harm_others_does_not_leave(
    method: str, path: str, query: str, headers: tuple[tuple[str, str], ...], says: str
) -> None:
    tap = Wiretap()
    with pytest.raises(RequestBlockedError, match=says):
        _door(tap).send(method, path, expectation=INTENT, query=query, headers=headers)
    assert not tap.sent


@pytest.mark.parametrize("path", NOWHERE_ELSE)
@pytest.mark.parametrize("base_url", [LIVE, "http://127.0.0.1:8080/api"])
def test_requests_go_nowhere_else(base_url: str, path: str) -> None:
    """A request to another host is blocked, even on loopback."""
    tap = Wiretap()
    with pytest.raises(RequestBlockedError, match=r"not below|stay below"):
        _door(tap, base_url).send("GET", path, expectation=INTENT)
    assert not tap.sent


@pytest.mark.parametrize("base_url", [LIVE, "http://127.0.0.1:8080/api"])
@pytest.mark.parametrize(
    "rest",
    [
        "/../FOREIGNid",
        "/%2e%2e/FOREIGNid",
        "/.%2E/FOREIGNid",
        "/%252e%252e/FOREIGNid",
        "/%25252e./FOREIGNid",
        "%2F..%2FFOREIGNid",
        "/..%2FFOREIGNid",
        "/..%5cFOREIGNid",
        "/..\\FOREIGNid",
        "/%2e",
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH"])
def test_no_path_has_dot_segments(method: str, rest: str, base_url: str) -> None:
    """A path with dot segments is refused however often they are quoted, even on loopback."""
    tap = Wiretap()
    with pytest.raises(RequestBlockedError, match="a dot segment"):
        _door(tap, base_url).send(method, f"/exports/{OURS}{rest}", expectation=INTENT)
    assert not tap.sent


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", f"/exports/{OURS}"),
        ("DELETE", f"/exports/{OURS}/"),
        ("PATCH", f"/exports/{OURS}"),
        ("PATCH", "/exports"),
        ("PUT", "/exports"),
        ("GET", "/exports/FOREIGNid"),
        ("GET", "/orders"),
    ],
)
def test_harmless_request_is_sent(method: str, path: str) -> None:
    tap = Wiretap()
    _door(tap).send(method, path, expectation=INTENT)
    assert len(tap.sent) == 1


@pytest.mark.parametrize(("method", "path", "query", "headers", "says"), REFUSED)
def test_loopback_is_ones_own(
    method: str, path: str, query: str, headers: tuple[tuple[str, str], ...], says: str
) -> None:
    """A reference or a test server there may get any request."""
    assert says
    tap = Wiretap()
    _door(tap, "http://127.0.0.1/api").send(method, path, expectation=INTENT, query=query, headers=headers)
    assert len(tap.sent) == 1


def test_response_that_cannot_be_decoded_is_an_environment_error() -> None:
    tap = Wiretap(httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip")))
    exchange, raw = _door(tap).send("GET", "/exports", expectation=INTENT)
    assert exchange.response is None
    assert exchange.trouble.startswith("body is not what its Content-Encoding says")
    assert raw.document(exchange) is None


def test_claims_are_read_from_a_jwt_only() -> None:
    """A token of any size that is no JWT is rejected quickly."""
    jwt = "e30.eyJ0ZXN0Ijp0cnVlfQ.c2ln"
    assert _door(Wiretap(), token=jwt).access_token.claims() == {"test": True}
    for token in (None, "", SECRET, "a.b", "a.!.c", "a.bnVsbA.c", "a.e.c", "a.e30=.c"):
        assert _door(Wiretap(), token=token).access_token.claims() == {}


def test_what_was_not_sent_as_meant_is_a_defect() -> None:
    """A client that changed a header would have us judge another request."""
    sent = httpx.Request("GET", LIVE, headers={"Accept": "*/*"})
    with pytest.raises(RuntimeError, match="the header accept was not sent"):
        _check_sent((("accept", "text/html"),), sent)


def test_an_address_that_cannot_be_sent_is_refused() -> None:
    with pytest.raises(RequestBlockedError, match="percent-encode it"):
        _door(Wiretap()).send("GET", "/exports/\x01", expectation=INTENT)


def test_raw_responses_are_complete() -> None:
    """What is taken out of an exchange is still there to find our own exports by."""
    document = {"data": [{"type": "exports", "id": "FOREIGNid", "attributes": {"reference": "canary"}}]}
    exchange, raw = _door(Wiretap(httpx.Response(200, json=document))).send("GET", "/exports", expectation=INTENT)
    assert raw.document(exchange) == document
    assert "canary" not in json.dumps(exchange.reading.value)
