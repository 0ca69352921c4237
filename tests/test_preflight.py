"""Preflight: what stands there is found out with four reads at most, and said in a line."""

import base64
import json
import socket
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import httpx
import pytest

from exports_conformance.client.client import Client
from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.limits import Retries, RunLimits
from exports_conformance.client.opening import open_reference
from exports_conformance.client.ownership import MemoryLedger
from exports_conformance.client.preflight import Preflight, preflight
from exports_conformance.client.token import TokenUnavailable
from exports_conformance.contract.edition import added_attributes
from exports_conformance.exchange.model import JSON_API
from exports_conformance.reference.app import Reference
from exports_conformance.reference.organisation import Organisation

BASE = "https://shop.commercelayer.io/api"
LIST = {"data": [], "meta": {"record_count": 0, "page_count": 1}}


@contextmanager
def _answering(
    *answers: httpx.Response | Exception, token: Callable[[], str] = lambda: "canary-token"
) -> Iterator[tuple[Endpoint, list[httpx.Request]]]:
    """Yield an endpoint that gets these responses in turn, then the last one again, and the requests sent."""
    script, sent = list(answers), list[httpx.Request]()

    def response(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        step = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(step, Exception):
            raise step
        return step

    ledger = MemoryLedger()
    client = Client(BASE, token=token, owns=ledger.owns, transport=httpx.MockTransport(response))
    with closing(Endpoint(client, ledger=ledger, retries=Retries(sleep=lambda _: None))) as endpoint:
        yield endpoint, sent


def _refusal(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"errors": [{"code": code, "status": str(status), "title": "x", "detail": "y"}]})


@pytest.mark.parametrize("mode", ["test", "live"])
def test_a_reference_is_found_to_be_this_api(mode: Any) -> None:
    """Two reads say it all."""
    reference = Reference(organisation=Organisation(mode=mode))
    with open_reference(app=reference) as endpoint:
        found = preflight(endpoint)
    assert found == Preflight(
        "http://127.0.0.1/api",
        reachable=True,
        this_api=True,
        token="accepted",
        mode=mode,
        running=0,
        remaining=found.remaining,
        limit=found.limit,
        interval=60,
    )
    assert found.remaining is not None
    assert found.limit is not None
    assert found.remaining < found.limit
    assert len(found.lines()) == 7
    assert ("--allow-live-mode" in " ".join(found.lines())) is (mode == "live")


@pytest.mark.parametrize("name", added_attributes("7.10"))
def test_a_listed_export_shows_mode_and_edition(name: str) -> None:
    """The meta of a listed export shows the mode, where the token does not, and its attributes show the edition."""
    export = {"id": "FOREIGNid", "type": "exports", "attributes": {name: 1.0}, "meta": {"mode": "live"}}
    with _answering(httpx.Response(200, json={"data": [export], "meta": {"record_count": 12}})) as (endpoint, sent):
        found = preflight(endpoint)
    assert (found.mode, found.edition, found.running, found.remaining) == ("live", "7.10", 12, None)
    assert [str(request.url.query, "ascii") for request in sent] == [
        "page[size]=1",
        "filter[q][status_in]=pending,in_progress&page[size]=1",
    ]


def _coded(coding: str) -> httpx.Response:
    """Return a list that claims to be JSON and has a content coding."""
    headers = {"Content-Type": JSON_API} | ({"Content-Encoding": coding} if coding else {})
    return httpx.Response(200, headers=headers, stream=httpx.ByteStream(b"\x8b\x02\x80"))


def test_a_byte_order_mark_is_named_and_hides_nothing() -> None:
    body = (
        BOM_UTF8 + b'{"data": [{"type": "exports", "id": "a", "meta": {"mode": "test"}}], "meta": {"record_count": 3}}'
    )
    with _answering(httpx.Response(200, content=body, headers={"Content-Type": JSON_API})) as (endpoint, _):
        found = preflight(endpoint)
    assert (found.problem, found.mode, found.running) == ("", "test", 3)
    assert "answers as this API, but behind a byte order mark" in found.lines()[0]


@pytest.mark.parametrize(
    ("response", "says", "this_api", "token"),
    [
        (httpx.ConnectError("[Errno -2] Name or service not known"), "cannot be reached (Name or", False, "unknown"),
        (httpx.ConnectTimeout(""), "cannot be reached (timeout while connecting)", False, "unknown"),
        (httpx.ReadTimeout(""), "cannot be reached (timeout)", False, "unknown"),
        (httpx.Response(200, html="<p>Welcome</p>"), "with 200 and text/html, not as this API", False, "unknown"),
        (httpx.Response(403), "with 403 and nothing, not as this API", False, "unknown"),
        (httpx.Response(302, headers={"Location": "https://x.io"}), "302, a redirect", False, "unknown"),
        (httpx.Response(200), "and no JSON:API document", False, "unknown"),
        (_coded("br"), "body cannot be read: compressed (br), which the request did not ask for", False, "unknown"),
        (_coded("zstd"), "body cannot be read: compressed (zstd), which the request did not ask for", False, "unknown"),
        (_coded(""), "answers GET /exports with 200, but its body cannot be read: ", False, "unknown"),
        (httpx.Response(200, json=[1]), "and no JSON:API document", False, "unknown"),
        (httpx.Response(200, json={"hello": 1}), "and no JSON:API document", False, "unknown"),
        (_refusal(401, "INVALID_TOKEN"), "the access token is refused", True, "refused"),
        (_refusal(401, "UNAUTHORIZED"), "may not read exports", True, "not-permitted"),
        (_refusal(404, "RECORD_NOT_FOUND"), "with 404 and an error document", True, "unknown"),
        (_refusal(500, "INTERNAL_SERVER_ERROR"), "with 500 and an error document", True, "unknown"),
        (httpx.Response(503), "again and again", False, "unknown"),
        (httpx.Response(429, json={"errors": {"status": 429}}), "again and again", True, "unknown"),
    ],
)
def test_a_problem_is_one_line(response: Any, says: str, this_api: bool, token: str) -> None:  # noqa: FBT001  a parameter of the test
    """It says what, where and what to do."""
    with _answering(response) as (endpoint, sent):
        found = preflight(endpoint)
    assert says in found.problem
    assert found.problem.startswith(BASE)
    assert (found.this_api, found.token, found.running) == (this_api, token, None)
    assert found.lines() == (found.problem,)
    assert "\n" not in found.problem
    assert "canary" not in repr(found)
    assert len(sent) <= 3


def test_a_moment_of_weakness_is_waited_for() -> None:
    """Preflight sends at most four reads, repetitions included."""
    fine = httpx.Response(200, json=LIST)
    with _answering(httpx.Response(503), httpx.Response(429), fine, httpx.Response(503)) as (endpoint, sent):
        found = preflight(endpoint)
    assert (found.problem, found.running, len(sent)) == ("", None, 4)


def test_missing_token_is_reported() -> None:
    """It is not the API that cannot be reached."""

    def unavailable() -> str:
        raise TokenUnavailable("the token endpoint answers 429: try again later")

    with _answering(httpx.Response(200, json=LIST), token=unavailable) as (endpoint, sent):
        found = preflight(endpoint)
    assert (
        found.problem == f"{BASE} cannot be queried: no access token: the token endpoint answers 429: try again later"
    )
    assert not sent


def test_strange_numbers_are_no_numbers() -> None:
    """What a server says is believed as far as it can be."""
    headers = {"X-Ratelimit-Remaining": "many", "X-Ratelimit-Limit": "9" * 5000}
    strange = httpx.Response(200, json={"data": {}, "meta": {"record_count": True}}, headers=headers)
    with _answering(strange) as (endpoint, _):
        found = preflight(endpoint)
    assert (found.running, found.remaining, found.limit, found.edition, found.mode) == (
        None,
        None,
        None,
        None,
        "unknown",
    )
    assert json.dumps(found.lines())


def test_a_port_without_a_server_is_not_waited_for() -> None:
    """On a real network."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    ledger = MemoryLedger()
    with closing(
        Endpoint(Client(f"http://127.0.0.1:{port}/api", token="t", owns=ledger.owns), ledger=ledger)
    ) as endpoint:
        assert "Connection refused" in preflight(endpoint).problem


@pytest.mark.parametrize("allowed", [True, False])
def test_the_mode_that_the_api_shows_counts_for_more_than_the_token_s_claim(allowed: bool) -> None:  # noqa: FBT001  a parameter of the test
    """Where live mode may not be used, nothing is sent after the response that shows it."""
    claims = base64.urlsafe_b64encode(b'{"test": true}').decode().rstrip("=")
    sent: list[httpx.Request] = []

    def response(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        export = {"id": "x", "type": "exports", "attributes": {}, "meta": {"mode": "live"}}
        return httpx.Response(200, json={"data": [export], "meta": {"record_count": 1}})

    client = Client(
        "http://127.0.0.1/api", token=f"eyJhbGciOiJub25lIn0.{claims}.x", transport=httpx.MockTransport(response)
    )
    limits = RunLimits(allow_live_mode=allowed)
    found = preflight(Endpoint(client, ledger=MemoryLedger(), limits=limits))
    assert found.mode == "live"
    assert found.problem == ""
    assert len(sent) == (2 if allowed else 1)


def test_a_check_says_that_it_created_nothing() -> None:
    with open_reference() as endpoint:
        assert any(line.startswith("creating  not tried") for line in preflight(endpoint).lines())
