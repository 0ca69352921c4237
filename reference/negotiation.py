"""The checks before a body is read: token, media type of the body, accepted media types."""

from collections.abc import Iterator
from datetime import datetime

from exports_conformance.reference.errors import JSON_API, invalid_token, refusal, unauthorized
from exports_conformance.reference.responses import Ask
from exports_conformance.reference.tokens import Tokens

MAY_EXPORT = frozenset({"integration", "cli"})
RANGES = {JSON_API: 3, "application/*": 2, "*/*": 1}


def check_token(ask: Ask, tokens: Tokens, now: datetime) -> None:
    """Refuse a request without a token that this organisation issued to an application that may export."""
    scheme, _, token = ask.headers.get("authorization", "").strip().partition(" ")
    kind = tokens.kind_of(token.strip(), now) if scheme.lower() == "bearer" else None
    if kind is None:
        raise invalid_token()
    if kind not in MAY_EXPORT:
        raise unauthorized()


def check_content_type(ask: Ask) -> None:
    """Refuse a body that is not declared as JSON:API; parameters are tolerated."""
    if ask.method not in {"POST", "PATCH"}:
        return
    declared = ask.headers.get("content-type", "")
    if declared.partition(";")[0].strip().lower() != JSON_API:
        detail = f"All requests that create or update must use the '{JSON_API}' Content-Type."
        raise refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type", detail)


def check_accept(ask: Ask) -> None:
    """Refuse a request that accepts media types, but not JSON:API's; the most specific range decides."""
    accept = ask.headers.get("accept", "").strip()
    if not accept:
        return
    weights = {RANGES[name]: quality for name, quality in _ranges(accept) if name in RANGES}
    if not weights or weights[max(weights)] <= 0:
        detail = f"All requests must use the '{JSON_API}' Accept without media type parameters."
        raise refusal(406, "NOT_ACCEPTABLE", "Not acceptable", detail)


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for entry in accept.split(","):
        name, *parameters = (part.strip().lower() for part in entry.split(";"))
        quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        try:
            yield name, float(quality)
        except ValueError:
            yield name, 1.0
