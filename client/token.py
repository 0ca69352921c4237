"""The access token of a run: where it comes from, what it claims, and how it is renewed."""

from collections.abc import Callable, Mapping

from exports_conformance.client.claims import claims_of
from exports_conformance.client.credentials import TokenUnavailable
from exports_conformance.client.redaction import TOKEN, Redactor
from exports_conformance.client.transport import NOT_SENT
from exports_conformance.exchange.strict_json import Json

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
            self._redactor.learn(token, TOKEN)
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
