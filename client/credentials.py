"""Client credentials: an access token got for a client, and a new one before it runs out."""

import json
import time
from collections.abc import Callable

import httpx

from exports_conformance.client.addresses import is_loopback
from exports_conformance.client.pacing import TOKENS, Pacing
from exports_conformance.client.settings import ConfigurationError
from exports_conformance.client.transport import Transport
from exports_conformance.exchange.strict_json import Json, read_json

UNHEALTHY = {429, 500, 502, 503, 504}
TOKEN_DEADLINE = 10.0
MAX_TOKEN_RESPONSE = 64 * 1024


class TokenUnavailable(Exception):  # noqa: N818  it names what happened
    """The token endpoint gave no token just now, and why, in one line."""


class ClientCredentials:
    """Gives an access token by OAuth 2 client credentials; called, it gives one that lasts a while yet.

    A token is renewed when a tenth of its life, at most a minute, is left by a monotonic clock: its
    `expires_in` is the life that remains, whatever the clocks of both sides say. The token endpoint is asked at
    its documented pace, thirty times a minute, or that of `pacing`; `announce` is told each token.
    """

    def __init__(
        self,
        token_endpoint: str,
        *,
        client_id: str,
        client_secret: str,
        scope: str = "",
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        pacing: Pacing | None = None,
        announce: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._endpoint = token_endpoint
        self._asked = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        if scope:
            self._asked["scope"] = scope
        self._clock = clock
        self._announce = announce
        self._pacing = pacing or Pacing(TOKENS)
        self._token = ""
        self._until = 0.0
        self._transport = Transport(
            transport=transport,
            environment=not is_loopback(token_endpoint),
            tls=token_endpoint.startswith("https"),
            deadline=TOKEN_DEADLINE,
            largest=MAX_TOKEN_RESPONSE,
        )

    def __call__(self) -> str:
        """Give an access token.

        Raises:
            ConfigurationError: the client is refused, or this is no token endpoint.
            TokenUnavailable: the token endpoint cannot be reached, or is at its limit.
        """
        if not self._token or self._clock() >= self._until:
            asked_at = self._clock()
            document = self._granted()
            self._token = document["access_token"]
            self._announce(self._token)
            life = document.get("expires_in")
            seconds = float(life) if isinstance(life, int | float) and not isinstance(life, bool) else 60.0
            self._until = asked_at + seconds - min(60.0, seconds / 10)
        return self._token

    def renew(self) -> None:
        """Forget the token: it was refused before its time."""
        self._token = ""

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _granted(self) -> dict[str, Json]:
        where = f"the token endpoint {self._endpoint}"
        headers = (("Accept", "application/json"), ("Content-Type", "application/json"))
        body = json.dumps(self._asked).encode()
        self._pacing.admit()
        response, trouble = self._transport.exchange(self._transport.prepare("POST", self._endpoint, headers, body))
        self._pacing.answered(response)
        if response is None:
            raise TokenUnavailable(f"{where} cannot be reached ({trouble}): check the network")
        if response.status in UNHEALTHY:
            raise TokenUnavailable(f"{where} answers {response.status}: try again later")
        if response.status in {400, 401, 403}:
            raise ConfigurationError(
                f"{where} refuses the client ({response.status}): "
                "check COMMERCELAYER_CLIENT_ID, COMMERCELAYER_CLIENT_SECRET and COMMERCELAYER_SCOPE"
            )
        document = read_json(response.body).value
        token = document.get("access_token") if isinstance(document, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise ConfigurationError(
                f"{where} answers {response.status} and no token: check COMMERCELAYER_AUTH_ENDPOINT"
            )
        granted: dict[str, Json] = document
        return granted
