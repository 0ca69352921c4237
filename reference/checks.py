"""The documented errors, and the checks before any attribute is read: the token, media types, the document."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from exports_conformance.exchange.model import JSON_API
from exports_conformance.exchange.strict_json import Json, as_object, read_json
from exports_conformance.reference.messages import ServerRequest, ServerResponse

ErrorObject = dict[str, Json]


class RefusedError(Exception):
    """Ends the handling of a request; carries the error response, a JSON:API document unless one is given."""

    def __init__(
        self,
        status: int,
        errors: Iterable[ErrorObject] = (),
        *,
        headers: Iterable[tuple[str, str]] = (),
        response: ServerResponse | None = None,
    ) -> None:
        listed = list(errors)
        super().__init__(status, listed)
        written = ServerResponse(status, (("content-type", JSON_API), *headers), {"errors": listed})
        self.response = response or written


def error_object(status: int, code: str, title: str, detail: str) -> ErrorObject:
    """Return an error object without a `source`."""
    return {"title": title, "detail": detail, "code": code, "status": str(status)}


def api_error(status: int, code: str, title: str, detail: str, **headers: str) -> RefusedError:
    """Return the exception for a response with one error; keywords are headers, with `_` for `-`."""
    listed = ((name.replace("_", "-"), value) for name, value in headers.items())
    return RefusedError(status, [error_object(status, code, title, detail)], headers=listed)


def invalid(attribute: str, kind: str, message: str, **meta: Json) -> ErrorObject:
    """Return a validation error that points at the attribute, or at `/data` if the attribute is "".

    `kind` becomes `meta.error`; keywords such as `value` and `count` become further members of `meta`.
    """
    return {
        **error_object(422, "VALIDATION_ERROR", message, f"{attribute or 'base'} - {message}"),
        "source": {"pointer": f"/data/attributes/{attribute}" if attribute else "/data"},
        "meta": {"error": kind, **meta},
    }


def not_allowed(name: str, pointer: str) -> ErrorObject:
    """Return the error object of a member that a request must not have."""
    return {
        **error_object(400, "PARAM_NOT_ALLOWED", "Param not allowed", f"{name} is not allowed."),
        "source": {"pointer": pointer},
    }


def malformed(detail: str) -> RefusedError:
    """Return the 400 of a body that is not a JSON:API document."""
    return api_error(400, "INVALID_DATA_FORMAT", "Invalid data format", detail)


def missing(name: str) -> RefusedError:
    """Return the 400 of a document without a required member."""
    return api_error(400, "PARAM_MISSING", "Missing parameter", f"The required parameter, {name}, is missing.")


def not_found() -> RefusedError:
    """Return the 404 of an unknown path or id."""
    detail = "The requested resource was not found. Please double-check the resource id."
    return api_error(404, "RECORD_NOT_FOUND", "Record not found", detail)


def crashed() -> RefusedError:
    """Return the 500 of an error that the application did not expect."""
    return api_error(500, "INTERNAL_SERVER_ERROR", "Internal Server Error", "Internal Server Error")


def invalid_token() -> RefusedError:
    """Return the 401 of a token that is missing, malformed, unknown or expired."""
    detail = "The access token you provided is invalid."
    return api_error(401, "INVALID_TOKEN", "Invalid token", detail, www_authenticate="Bearer")


def unauthorized() -> RefusedError:
    """Return the 401 of a valid token whose application lacks the permission."""
    detail = "You are not authorized to perform this action on the requested resource."
    return api_error(401, "UNAUTHORIZED", "Access denied", detail)


def too_large(limit: int) -> RefusedError:
    """Return the 413 of a body over the limit."""
    detail = f"The body is larger than {limit} bytes."
    return api_error(413, "INVALID_DATA_FORMAT", "Payload too large", detail)


def locked(export_id: str) -> RefusedError:
    """Return the 423 of deleting an export that is running."""
    return api_error(423, "LOCKED", "Locked resource", f"Failed to destroy Export with id={export_id}")


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
        asked = _credentials(request)
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
        asked = _credentials(request)
        self._secret_of(asked)
        self._grants.pop(str(asked.get("token")), None)
        return ServerResponse(200, TOKEN_HEADERS, {})

    def _secret_of(self, asked: dict[str, Json]) -> Json:
        """Return the client secret, or None; raise a 401 unless the client credentials are right."""
        secret = asked.get("client_secret")
        if asked.get("client_id") != self.client_id or (secret is not None and secret != self.client_secret):
            raise _refused(401, "Client authentication failed due to unknown client or wrong secret.")
        return secret


def _credentials(request: ServerRequest) -> dict[str, Json]:
    if request.headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded"):
        return {name: values[-1] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
    document = read_json(request.body).value
    return as_object(document)


def _refused(status: int, detail: str) -> RefusedError:
    code = "UNAUTHORIZED" if status == 401 else "PARAM_NOT_ALLOWED"  # noqa: PLR2004  Unauthorized
    return RefusedError(status, [error_object(status, code, "Invalid client", detail)])


def _part(claims: Json) -> str:
    return _encoded(json.dumps(claims, separators=(",", ":")).encode())


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


MAY_EXPORT = frozenset({"integration", "cli"})
RANGES = {JSON_API: 3, "application/*": 2, "*/*": 1}


def check_token(request: ServerRequest, tokens: Tokens, now: datetime) -> None:
    """Raise a 401 unless the token was issued by this organisation to an application that may export."""
    scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
    kind = tokens.kind_of(token.strip(), now) if scheme.lower() == "bearer" else None
    if kind is None:
        raise invalid_token()
    if kind not in MAY_EXPORT:
        raise unauthorized()


def check_content_type(request: ServerRequest) -> None:
    """Raise a 415 unless a body is declared as JSON:API; media type parameters are tolerated."""
    if request.method not in {"POST", "PATCH"}:
        return
    declared = request.headers.get("content-type", "")
    if declared.partition(";")[0].strip().lower() != JSON_API:
        detail = f"All requests that create or update must use the '{JSON_API}' Content-Type."
        raise api_error(415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type", detail)


def check_accept(request: ServerRequest) -> None:
    """Raise a 406 if `Accept` excludes JSON:API; the most specific media range decides."""
    accept = request.headers.get("accept", "").strip()
    if not accept:
        return
    weights = {RANGES[name]: quality for name, quality in _ranges(accept) if name in RANGES}
    if not weights or weights[max(weights)] <= 0:
        detail = f"All requests must use the '{JSON_API}' Accept without media type parameters."
        raise api_error(406, "NOT_ACCEPTABLE", "Not acceptable", detail)


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for entry in accept.split(","):
        name, *parameters = (part.strip().lower() for part in entry.split(";"))
        quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        try:
            yield name, float(quality)
        except ValueError:
            yield name, 1.0


_MAX_DEPTH = 256

TOP_LEVEL = frozenset({"data", "meta", "jsonapi"})

CREATE_ATTRIBUTES = frozenset({
    "resource_type", "format", "includes", "fields", "filters", "dry_data", "reference", "reference_origin", "metadata",
})  # fmt: skip
UPDATE_ATTRIBUTES = frozenset({"_start", "_interrupt", "reference", "reference_origin", "metadata"})


def data_of(body: bytes) -> dict[str, Json]:
    """Return the `data` of a request's document; raise a 400 unless it is a resource object of type `exports`."""
    reading = read_json(body)
    if reading.problem:
        raise malformed(f"The body is not a JSON document: {reading.problem}")
    document = reading.value
    if not isinstance(document, dict):
        raise malformed("The document is not an object.")
    # Counts brackets in strings too, so the exact depth is computed only where it could be too much.
    if body.count(b"[") + body.count(b"{") > _MAX_DEPTH and _deeper_than(document, _MAX_DEPTH):
        raise malformed(f"The document is nested deeper than {_MAX_DEPTH} levels.")
    if "data" not in document:
        raise missing("data")
    data = document["data"]
    if not isinstance(data, dict):
        raise malformed("data is not an object.")
    if unknown := sorted(document.keys() - TOP_LEVEL):
        raise RefusedError(400, [not_allowed(name, f"/{name}") for name in unknown])
    if "type" not in data:
        raise missing("type")
    if data["type"] != "exports":
        raise api_error(400, "INVALID_RESOURCE", "Invalid resource", f"{data['type']} is not a valid resource.")
    return data


def attributes_of(data: dict[str, Json], allowed: Collection[str], *, members: Collection[str]) -> dict[str, Json]:
    """Return the attributes of a resource object; raise a 400 for members and attributes that are not allowed."""
    if "attributes" not in data:
        raise missing("attributes")
    attributes = data["attributes"]
    if not isinstance(attributes, dict):
        raise malformed("attributes is not an object.")
    relationships = data.get("relationships", {})
    if not isinstance(relationships, dict):
        raise malformed("relationships is not an object.")
    errors = [not_allowed(name, f"/data/{name}") for name in data if name not in members]
    errors += [not_allowed(name, f"/data/relationships/{name}") for name in relationships]
    errors += [not_allowed(name, f"/data/attributes/{name}") for name in attributes if name not in allowed]
    if errors:
        raise RefusedError(400, errors)
    return attributes


def _deeper_than(value: Json, depth: int) -> bool:
    """Return True if a value is nested deeper; walks level by level, so that no depth exhausts the stack."""
    level = [value]
    for _ in range(depth + 1):
        nested: list[Json] = []
        for item in level:
            nested.extend(item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
        if not nested:
            return False
        level = nested
    return True
