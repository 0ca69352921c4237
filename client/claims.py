"""The claims of an access token, which is a JWT if it is the vendor's."""

import base64
from collections.abc import Mapping

from exports_conformance.exchange.strict_json import Json, read_json


def claims_of(token: str) -> Mapping[str, Json]:
    """Return the claims of a token, unverified; empty if it is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004  header, payload, signature
        return {}
    try:
        claims = read_json(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))).value
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}
