"""The access token of a run: where it comes from, what it claims, and how it is renewed.

Decision: docs/decisions/0018-own-client-credentials.md.
"""

import json
import time
from collections.abc import Callable, Mapping

import httpx

from exports_conformance.client.guards import is_loopback
from exports_conformance.client.pacing import TOKENS, Pacing
from exports_conformance.client.redaction import Redactor
from exports_conformance.client.settings import ConfigurationError, claims_of
from exports_conformance.client.transport import NOT_SENT, Transport
from exports_conformance.exchange.strict_json import Json, member, read_json
from exports_conformance.exchange.tags import OWN_TOKEN

NO_TOKEN = "no access token"  # noqa: S105  message prefix, not a secret


class AccessToken:
    """A fixed token, or a callable that returns a valid one; the redactor learns each token before it is used."""

    def __init__(self, source: Callable[[], str] | str | None, redactor: Redactor) -> None:
        self._source = source
        self._redactor = redactor
        self._last = ""

    def token(self) -> tuple[str, str]:
        """Return the token and the reason why there is none; one of the two is empty."""
        try:
            token = (self._source() if callable(self._source) else self._source) or ""
        except TokenUnavailable as error:
            return "", f"{NOT_SENT}{NO_TOKEN}: {error}"
        if token != self._last:
            self._last = token
            self._redactor.learn(token, OWN_TOKEN)
            self._redactor.learn_organisation(claims=claims_of(token))
        return token, ""

    def claims(self) -> Mapping[str, Json]:
        """Return the claims of the token, unverified; empty if it is no JWT."""
        return claims_of(self.token()[0])

    def renew(self) -> bool:
        """Forget the token, so that the next request gets another; return False if it is fixed."""
        forget = getattr(self._source, "renew", None)
        if forget is None:
            return False
        forget()
        return True


UNHEALTHY = {429, 500, 502, 503, 504}
TOKEN_DEADLINE = 10.0
MAX_TOKEN_RESPONSE = 64 * 1024
DEFAULT_LIFE, LONGEST_LIFE = 60.0, 86_400 * 365  # seconds


class TokenUnavailable(Exception):  # noqa: N818  it names what happened
    """The token endpoint cannot issue a token at the moment; the message is one line."""


class ClientCredentials:
    """Returns an access token when called: the one it has, or a new one.

    A token is renewed when a tenth of its life, at most a minute, is left by a monotonic clock: `expires_in` is the
    remaining life, so that the clocks of both sides may differ.

    Args:
        token_endpoint: the URL of the token endpoint.
        client_id: the client.
        client_secret: its secret.
        scope: the scope to request; empty for none.
        transport: what carries the requests; None for the network.
        clock: a monotonic clock, in seconds.
        pacing: the rate limit of the token endpoint; the documented thirty requests a minute by default.
        announce: is called with each new token.

    Raises:
        ConfigurationError: a proxy or certificate file of the environment cannot be used.
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
        self._request = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        if scope:
            self._request["scope"] = scope
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
        """Return an access token.

        Raises:
            ConfigurationError: the client is refused, or the URL is not that of a token endpoint.
            TokenUnavailable: the token endpoint cannot be reached, or is overloaded.
        """
        if not self._token or self._clock() >= self._until:
            requested_at = self._clock()
            document = self._granted()
            self._token = document["access_token"]
            self._announce(self._token)
            seconds = _life(document.get("expires_in"))
            self._until = requested_at + seconds - min(60.0, seconds / 10)
        return self._token

    def renew(self) -> None:
        """Forget the token, so that the next call requests a new one."""
        self._token = ""

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _granted(self) -> dict[str, Json]:
        where = f"the token endpoint {self._endpoint}"
        headers = (("Accept", "application/json"), ("Content-Type", "application/json"))
        body = json.dumps(self._request).encode()
        self._pacing.admit()
        response, trouble = self._transport.exchange(self._transport.prepare("POST", self._endpoint, headers, body))
        self._pacing.received(response)
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
        token = member(document, "access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise ConfigurationError(
                f"{where} answers {response.status} and no token: check COMMERCELAYER_AUTH_ENDPOINT"
            )
        granted: dict[str, Json] = document
        return granted


def _life(expires_in: Json) -> float:
    """Return how many seconds a token lives, by the `expires_in` of its document, whatever number that is."""
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float):
        return DEFAULT_LIFE
    return float(min(max(expires_in, 0), LONGEST_LIFE))
