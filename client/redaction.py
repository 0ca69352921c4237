"""Redaction: what is kept of an exchange has no secret and nobody else's data in it, and keeps its shape."""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from urllib.parse import quote

from exports_conformance.client.foreign import Pseudonyms, reduced
from exports_conformance.client.organisation import Anonymity
from exports_conformance.exchange.model import Headers, Request, Response
from exports_conformance.exchange.strict_json import Json

TOKEN = "$COMMERCELAYER_ACCESS_TOKEN"  # noqa: S105  the name that stands in the token's place
REDACTED = "[redacted]"

MIN_SECRET = 6  # a secret of fewer characters would be found in innocent words

# Each of these takes time in proportion to the text, whatever it is: an answer may be eight megabytes of malice.
_JWT = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){2,4}")
_LITERAL = re.compile(r'"(?:[^"\\]++|\\.)*+"?+', re.DOTALL)
_URL = re.compile(r"(?:https?:)?(?:\\?/){2}[^\s\"'<>]*", re.ASCII | re.IGNORECASE)
_USER = re.compile(r"((?:https?:)?(?:\\?/){2})[^/\\?#]*@", re.ASCII | re.IGNORECASE)
_AND = r"(?:&amp;|\\u0026|&|;)"
_SIGNED = re.compile(
    rf"(?:^|{_AND})(?:X-(?:Amz|Goog|Oss)-[\w-]+|AWSAccessKeyId|GoogleAccessId|Key-Pair-Id|Policy|Signature|sig"
    r"|(?:\w*_)?(?:token|secret|signature)|api_?key|password)=",
    re.ASCII | re.IGNORECASE,
)
_VALUE = re.compile(rf"=(?:(?!{_AND})[^#])*")
_ATTACHMENT = re.compile(r'("attachment_url"\s*+:\s*+")((?:[^"\\]++|\\.)*+)', re.DOTALL)

_CREDENTIAL = re.compile(
    r'("(?:access_token|refresh_token|client_secret|id_token)"\s*+:\s*+)(?:"(?:[^"\\]++|\\.)++("?+)|-?\d[^\s,\]}]*+)',
    re.DOTALL,
)

_PRIVATE = {"set-cookie", "cookie", "proxy-authorization"}


class Redactor:
    """Takes out of requests and answers what must not be kept; what has nothing of it stays as it is, byte for byte.

    `owns` says whether an export is of this run's making: of any other only the key shape stays. With `anonymises`
    the names of the organisation are secrets, too, each with a pseudonym that is the same during a run.
    """

    def __init__(self, owns: Callable[[str], bool] = lambda _: True, *, anonymises: bool = False) -> None:
        self._owns = owns
        self._names: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None
        self._pseudonyms = Pseudonyms(secrets.token_bytes(16))
        self._anonymity = Anonymity(self.learn, self._pseudonyms) if anonymises else None

    def learn(self, secret: str, name: str = REDACTED) -> None:
        """Replace a secret by its name from now on, in the forms that URLs, JSON and UTF-16 give it."""
        if len(secret) < MIN_SECRET or secret in self._names:
            return
        self._names |= {secret: name, quote(secret, safe=""): name, "\0".join(secret): "\0".join(name)}
        longest_first = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def learn_organisation(self, *, url: str = "", claims: Mapping[str, Json] = MappingProxyType({})) -> None:
        """Learn who is asked at an address, or for whom a token is, where that is not to be known."""
        if self._anonymity:
            self._anonymity.of_address(url)
            self._anonymity.of_claims(claims)

    def text(self, text: str) -> str:
        """Give a text without secrets, tokens and the values of signed URLs."""
        text = self._without_secrets(text)
        if "eyJ" in text:
            text = _JWT.sub(REDACTED, text)
        return _URL.sub(_unsigned, text) if "//" in text or "\\/" in text else text

    def _without_secrets(self, text: str) -> str:
        return self._pattern.sub(lambda found: self._names[found[0]], text) if self._pattern else text

    def body(self, body: bytes) -> bytes:
        """Give a body, JSON or not, without them; the same object where there were none."""
        text = body.decode("latin-1")  # a character for a byte, so that any bytes can be searched
        clean = self.text(text)
        if "attachment_url" in clean:
            clean = _ATTACHMENT.sub(_plain_attachment, clean)
        if "\\" in clean:
            clean = _LITERAL.sub(self._unescaped, clean)
        return body if clean == text else clean.encode("latin-1")

    def _unescaped(self, literal: re.Match[str]) -> str:
        """Search what the escapes of a JSON text hide."""
        if "\\" not in literal[0]:
            return literal[0]
        try:
            said = json.loads(literal[0].encode("latin-1"), strict=False)
        except ValueError:
            return literal[0]
        clean = self.text(said)
        return literal[0] if clean == said else json.dumps(clean)

    def headers(self, headers: Headers) -> Headers:
        """Give headers without secrets and cookies."""
        return tuple((name, REDACTED if name.lower() in _PRIVATE else self.text(value)) for name, value in headers)

    def request(self, request: Request) -> Request:
        """Give a request as it may be kept; a planted credential that is no secret is what it was about, and stays."""
        planted = {"authorization"}
        return replace(
            request,
            path=self.text(request.path),
            query=self.text(request.query),
            headers=tuple(
                (name, self._without_secrets(value)) if name.lower() in planted else self.headers(((name, value),))[0]
                for name, value in request.headers
            ),
            body=None if request.body is None else self.body(request.body),
        )

    def attachment(self, url: str) -> tuple[str, str]:
        """Give the address of a file, and its query without any value, signed or not."""
        address, _, query = _unsigned_address(url).partition("?")
        return self.text(address), _VALUE.sub("=redacted", query)

    def response(self, response: Response, request: Request) -> Response:
        """Give the answer to a request as it may be kept."""
        if self._anonymity:
            self._anonymity.of_body(response.body)
        body = reduced(response.body, request, owns=self._owns, pseudonyms=self._pseudonyms)
        return replace(response, headers=self.headers(response.headers), body=_without_credentials(self.body(body)))


def _without_credentials(body: bytes) -> bytes:
    """Take out what a member's name says to be a credential; the same object where there is none."""
    text = body.decode("latin-1")
    clean = _CREDENTIAL.sub(_named_credential, text)
    return body if clean == text else clean.encode("latin-1")


def _named_credential(found: re.Match[str]) -> str:
    end = '"' if found[2] is None else found[2]  # a text that was cut off stays so
    return f'{found[1]}"{REDACTED}{end}'


def _unsigned_address(url: str) -> str:
    return _URL.sub(_unsigned, url)


def _unsigned(url: re.Match[str]) -> str:
    """Give a URL without who asks, and without the values of signed parameters, after `;` or after `?`."""
    before, tag, query = _USER.sub(rf"\1{REDACTED}@", url[0], count=1).partition("?")
    address, semicolon, parameters = before.partition(";")
    return address + semicolon + _unsigned_values(parameters) + tag + _unsigned_values(query)


def _unsigned_values(parameters: str) -> str:
    return _VALUE.sub("=redacted", parameters) if _SIGNED.search(parameters) else parameters


def _plain_attachment(found: re.Match[str]) -> str:
    url = found[2]
    if "\\u" in url:
        with suppress(ValueError):
            url = json.dumps(json.loads(f'"{url}"'.encode("latin-1"), strict=False))[1:-1]
    address, tag, query = url.partition("?")
    return found[1] + address + tag + _VALUE.sub("=redacted", query) if tag else found[0]
