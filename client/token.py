"""Access: the token that goes along with requests, what it says of itself, and how it is renewed."""

import base64
from collections.abc import Callable, Mapping

from exports_conformance.client.credentials import TokenUnavailable
from exports_conformance.client.redaction import TOKEN, Redactor
from exports_conformance.client.transport import NOT_SENT
from exports_conformance.exchange.strict_json import Json, read_json

NO_TOKEN = "no access token"  # noqa: S105  what is said then


class Access:
    """A token, given once and for all or by somebody who gets one; what it is, the redactor learns first."""

    def __init__(self, source: Callable[[], str] | str | None, redactor: Redactor) -> None:
        self._source = source
        self._redactor = redactor
        self._last = ""

    def token(self) -> tuple[str, str]:
        """Give the token, empty where there is none, and the trouble of getting it, empty where there was none."""
        try:
            token = (self._source() if callable(self._source) else self._source) or ""
        except TokenUnavailable as error:
            return "", f"{NOT_SENT}{NO_TOKEN}: {error}"
        if token != self._last:
            self._last = token
            self._redactor.learn(token, TOKEN)
            self._redactor.learn_organisation(claims=_claims(token))
        return token, ""

    def claims(self) -> Mapping[str, Json]:
        """Give what the token says of itself, unverified; empty where it is no JWT."""
        return _claims(self.token()[0])

    def renew(self) -> bool:
        """Have another token got for the next request; False where it was given once and for all."""
        forget = getattr(self._source, "renew", None)
        if forget is None:
            return False
        forget()
        return True


def _claims(token: str) -> Mapping[str, Json]:
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004  header, payload, signature
        return {}
    try:
        claims = read_json(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))).value
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}
