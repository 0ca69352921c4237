"""Checks before any attribute is read: the token, the media types, the document and its members."""

from collections.abc import Collection, Iterator
from datetime import datetime

from exports_conformance.exchange.model import JSON_API
from exports_conformance.exchange.strict_json import Json, read_json
from exports_conformance.reference.errors import (
    RefusedError,
    api_error,
    invalid_token,
    malformed,
    missing,
    not_allowed,
    unauthorized,
)
from exports_conformance.reference.messages import ServerRequest
from exports_conformance.reference.tokens import Tokens

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
