"""Opening: each kind of endpoint, over real HTTP where it has a network, with the credentials that it needs."""

import json
from collections.abc import Callable

import httpx
import pytest
from pydantic import SecretStr

from exports_conformance.client.opening import open_live, open_reference
from exports_conformance.client.settings import ConfigurationError, LiveSettings
from exports_conformance.client.token import ClientCredentials, TokenUnavailable
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.reference.app import Reference
from exports_conformance.reference.server import serving

BODY = {"data": {"type": "exports", "attributes": {"resource_type": "skus", "reference": PLACEHOLDER}}}
WHERE = "https://auth.commercelayer.io/oauth/token"


def _into(observed: list[Exchange]) -> Callable[[Exchange], bool]:
    def observe(exchange: Exchange) -> bool:
        observed.append(exchange)
        return False

    return observe


@pytest.mark.parametrize("in_process", [False, True])
def test_run_against_the_reference_cleans_up(in_process: bool) -> None:  # noqa: FBT001  pytest's parameter
    """Every created export is removed, over HTTP and in this process."""
    observed: list[Exchange] = []
    app = Reference() if in_process else None
    with open_reference(app=app, prefix="gw1", observe=_into(observed)) as endpoint:
        created = endpoint.create(BODY, expectation=Expectation("c", "create"))
        shown = endpoint.retrieve(created.data["id"], expectation=Expectation("c", "retrieve"))
        cleaned = endpoint.clean()
    assert (created.status, shown.status, created.provenance, created.id) == (201, 200, "reference", "gw1-00001")
    assert created.attributes["reference"] == created.expectation.tag
    assert cleaned.deleted == 1
    assert observed[:2] == [created, shown]


def test_live_is_where_the_settings_say() -> None:
    """The settings name the address, and the access token is sent to it."""
    app = Reference()
    with serving(app) as url:
        settings = LiveSettings(api_endpoint=f"{url}/api", access_token=SecretStr(app.token))
        with open_live(settings) as endpoint:
            exchange = endpoint.list(expectation=Expectation("c", "list"))
    assert (exchange.status, exchange.provenance) == (200, "live")
    assert app.token not in repr(exchange)


def test_live_gets_and_renews_its_token() -> None:
    """Client credentials renew a token that is refused early, once, and the request is repeated."""
    app = Reference()
    observed: list[Exchange] = []
    with serving(app) as url:
        settings = LiveSettings(
            api_endpoint=f"{url}/api", client_id=app.client_id, client_secret=SecretStr(app.client_secret)
        )
        with open_live(settings, observe=_into(observed)) as endpoint:
            assert endpoint.list(expectation=Expectation("c", "list")).status == 200
            app.clock.advance(8000)
            assert endpoint.list(expectation=Expectation("c", "list")).status == 200
            planted = endpoint.send(
                "GET", "/exports", expectation=Expectation("c", "list"), headers={"Authorization": "Bearer nobody's"}
            )
    assert planted.status == 401
    assert [exchange.status for exchange in observed] == [200, 401, 200, 401]
    assert app.client_secret not in repr(observed)


def test_refused_client_is_reported_when_opening() -> None:
    app = Reference()
    with serving(app) as url:
        settings = LiveSettings(api_endpoint=f"{url}/api", client_id="nobody", client_secret=SecretStr("canary"))
        with (
            pytest.raises(ConfigurationError, match="refuses the client") as raised,
            open_live(settings),
        ):
            pass
    assert "canary" not in str(raised.value)


def _client(*answers: httpx.Response | Exception) -> tuple[ClientCredentials, list[bytes], list[float]]:
    script, sent, now = list(answers), list[bytes](), [0.0]

    def response(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        step = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(step, Exception):
            raise step
        return step

    transport = httpx.MockTransport(response)
    client = ClientCredentials(
        WHERE, client_id="id", client_secret="canary", scope="market:all", transport=transport, clock=lambda: now[0]
    )
    return client, sent, now


@pytest.mark.parametrize(("life", "lasts"), [(7200, 7140), (3, 2.7), (None, 54), (True, 54)])
def test_a_token_is_renewed_before_it_runs_out(life: float | None, lasts: float) -> None:
    """A monotonic clock decides when a token is renewed, and not sooner."""
    client, sent, now = _client(*(httpx.Response(200, json={"access_token": t, "expires_in": life}) for t in "ab"))
    assert client() == "a"
    now[0] = lasts - 0.01
    assert client() == "a"
    now[0] = lasts
    assert client() == "b"
    assert len(sent) == 2
    assert json.loads(sent[0]) == {
        "grant_type": "client_credentials",
        "client_id": "id",
        "client_secret": "canary",
        "scope": "market:all",
    }


@pytest.mark.parametrize(
    ("response", "error", "says"),
    [
        (httpx.Response(401, json={"error": "invalid_client"}), ConfigurationError, "refuses the client"),
        (httpx.Response(400, json={"error": "invalid_scope"}), ConfigurationError, "refuses the client"),
        (httpx.Response(200, html="<p>canary"), ConfigurationError, "answers 200 and no token"),
        (httpx.Response(302, headers={"Location": "https://x.io"}), ConfigurationError, "answers 302 and no token"),
        (httpx.Response(404), ConfigurationError, "answers 404 and no token"),
        (httpx.Response(200, json={"access_token": "canary\n"}), ConfigurationError, "no token"),
        (httpx.Response(200, json={"access_token": ["canary"]}), ConfigurationError, "no token"),
        (httpx.Response(429), TokenUnavailable, "answers 429: try again later"),
        (httpx.Response(503), TokenUnavailable, "answers 503: try again later"),
        (httpx.ConnectError("no route to host"), TokenUnavailable, "cannot be reached"),
        (httpx.Response(200, content=b"x" * 100_000), TokenUnavailable, "cannot be reached"),
    ],
)
def test_no_token_is_one_line(response: httpx.Response | Exception, error: type[Exception], says: str) -> None:
    """A wrong setting is distinguished from a passing environment error."""
    client, _, _ = _client(response)
    with pytest.raises(error) as raised:
        client()
    assert says in str(raised.value)
    assert WHERE in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "canary" not in str(raised.value)
