"""Access tokens: issued for client credentials or by hand, and revoked."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from exports_conformance.exchange.strict_json import Json, read_json
from exports_conformance.reference.errors import RefusedError, error_object
from exports_conformance.reference.messages import ServerRequest, ServerResponse

BY_HAND = timedelta(days=3650)
TOKEN_HEADERS = (("content-type", "application/json; charset=utf-8"), ("cache-control", "no-store"))


@dataclass(frozen=True, slots=True)
class Grant:
    """The application kind and the expiry of a token."""

    kind: str
    expires_at: datetime


class Tokens:
    """The tokens of one organisation; `client_id` and `client_secret` are its integration's."""

    def __init__(self, organisation: Json, *, test: bool) -> None:
        self.client_id = "reference"
        self.client_secret = secrets.token_urlsafe(24)
        self._organisation = organisation
        self._test = test
        self._key = secrets.token_bytes(32)
        self._grants: dict[str, Grant] = {}

    @property
    def issued(self) -> list[str]:
        """Every accepted token, the oldest first."""
        return list(self._grants)

    def accept(self, token: str, now: datetime) -> str:
        """Accept a given token as an integration's, and return it."""
        self._grants[token] = Grant("integration", now + BY_HAND)
        return token

    def issue(self, now: datetime, *, kind: str = "integration", life: timedelta = BY_HAND) -> str:
        """Issue a signed token with the claims of the documentation."""
        claims = {
            "organization": {**self._organisation, "enterprise": False, "region": "eu-west-1"},
            "application": {"id": "reFerENcEx", "client_id": self.client_id, "kind": kind, "public": False},
            "scope": "market:all",
            "exp": int((now + life).timestamp()),
            "test": self._test,
            "rand": secrets.randbelow(10**9) / 10**9,
            "iat": int(now.timestamp()),
            "iss": "https://auth.commercelayer.io",
        }
        signed = f"{_part({'typ': 'JWT', 'alg': 'HS512'})}.{_part(claims)}"
        token = f"{signed}.{_encoded(hmac.digest(self._key, signed.encode(), hashlib.sha512))}"
        self._grants[token] = Grant(kind, now + life)
        return token

    def kind_of(self, token: str, now: datetime) -> str | None:
        """Return the kind of the application that a token was issued to, or None if it is unknown or expired."""
        grant = self._grants.get(token)
        return grant.kind if grant and now < grant.expires_at else None

    def granted(self, request: ServerRequest, now: datetime, *, seconds: int) -> ServerResponse:
        """Answer a token request with client credentials; without a secret it is a sales channel's."""
        asked = _asked(request)
        if asked.get("grant_type") != "client_credentials":
            raise _refused(400, "The authorization grant type is not supported.")
        secret = self._secret_of(asked)
        kind = "sales_channel" if secret is None else "integration"
        document = {
            "access_token": self.issue(now, kind=kind, life=timedelta(seconds=seconds)),
            "token_type": "bearer",
            "expires_in": seconds,
            "scope": asked.get("scope") or "market:all",
            "created_at": int(now.timestamp()),
        }
        return ServerResponse(200, TOKEN_HEADERS, document)

    def revoked(self, request: ServerRequest) -> ServerResponse:
        """Answer a request to revoke a token; an unknown token is not an error (RFC 7009)."""
        asked = _asked(request)
        self._secret_of(asked)
        self._grants.pop(str(asked.get("token")), None)
        return ServerResponse(200, TOKEN_HEADERS, {})

    def _secret_of(self, asked: dict[str, Json]) -> Json:
        """Return the client secret, or None; raise a 401 unless the client credentials are right."""
        secret = asked.get("client_secret")
        if asked.get("client_id") != self.client_id or (secret is not None and secret != self.client_secret):
            raise _refused(401, "Client authentication failed due to unknown client or wrong secret.")
        return secret


def _asked(request: ServerRequest) -> dict[str, Json]:
    if request.headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded"):
        return {name: values[-1] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
    document = read_json(request.body).value
    return document if isinstance(document, dict) else {}


def _refused(status: int, detail: str) -> RefusedError:
    code = "UNAUTHORIZED" if status == 401 else "PARAM_NOT_ALLOWED"  # noqa: PLR2004  Unauthorized
    return RefusedError(status, [error_object(status, code, "Invalid client", detail)])


def _part(claims: Json) -> str:
    return _encoded(json.dumps(claims, separators=(",", ":")).encode())


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
