"""Redaction: what is kept of an exchange has no secrets and no foreign data; and a search for what was missed.

Decision: docs/decisions/0040-anonymised-journals.md.
"""

import base64
import binascii
import json
import re
import secrets
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from exports_conformance.client.foreign import Anonymity, Pseudonyms, reduced
from exports_conformance.exchange.model import Header, Headers, Request, Response
from exports_conformance.exchange.strict_json import Json, member
from exports_conformance.exchange.tags import OWN_TOKEN
from exports_conformance.exchange.untrusted import read_regular

REDACTED = "[redacted]"

MIN_SECRET = 6  # a secret of fewer characters would be found in innocent words

# Each of these takes time in proportion to the text, since a response may be eight megabytes of malice.
_JWT = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){2,4}")
_PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]{0,24}PRIVATE KEY-----)[A-Za-z0-9+/=\s\\]++")
_LITERAL = re.compile(r'"(?:[^"\\]++|\\.)*+"?+', re.DOTALL)
_URL = re.compile(r"(?:/|\\/)\\?/[^\s\"'<>]*", re.ASCII)  # from its slashes on, which are found faster than a scheme
_USER = re.compile(r"((?:\\?/){2})[^/\\?#]*@", re.ASCII)
_AND = r"(?:&amp;|\\u0026|&|;)"
_SIGNED = re.compile(
    rf"(?:^|{_AND})(?:X-(?:Amz|Goog|Oss)-[\w-]+|AWSAccessKeyId|GoogleAccessId|Key-Pair-Id|Policy|Signature|sig"
    r"|(?:\w*_)?(?:token|secret|signature)|api_?key|password)=",
    re.ASCII | re.IGNORECASE,
)
_VALUE = re.compile(rf"=(?:(?!{_AND})[^#])*")
_ATTACHMENT = re.compile(r'("attachment_url"\s*+:\s*+")((?:[^"\\]++|\\.)*+)', re.DOTALL)

_SECRETS = ("password", "passwd", "passphrase", "secret", "authorization")
_KEYS = ("api", "private", "access")
_TOKENS = ("access", "refresh", "id", "auth", "bearer", "session", "security", "csrf")
_END_OF_NAME = f"(?:{'|'.join(_SECRETS)}|(?:{'|'.join(_KEYS)})[_-]?key|(?:{'|'.join(_TOKENS)})[_-]?token)"
_ENDS_OF_NAMES = (  # all that the pattern matches: a search for each of them takes a tenth of its time
    *_SECRETS,
    *map("".join, product(_KEYS, ("", "_", "-"), ("key",))),
    *map("".join, product(_TOKENS, ("", "_", "-"), ("token",))),
)
_WORDS = ("pass", "secret", "authorization", "key", "token")  # one of which stands in each of them
_PART = 65_536  # characters
_HEADERS_KEPT = 256
_LONGEST_KEPT = 200  # characters of a header
_NAME = rf"[\w.-]*{_END_OF_NAME}"  # only behind an anchor, since each word would be read from each of its characters
_CREDENTIAL_NAME = re.compile(_NAME, re.ASCII | re.IGNORECASE)
_CREDENTIAL_HEADER = re.compile(rf"(?:proxy-)?authorization|(?:set-)?cookie2?|{_NAME}", re.ASCII | re.IGNORECASE)
_ARRAY = r'\[(?:\s*+(?:"(?:[^"\\]++|\\.)*+"|-?\d[^\s,\]}]*+)\s*+,?+)++\]'
_CREDENTIAL_MEMBER = re.compile(
    rf'("{_NAME}"\s*+:\s*+)(?:"(?:[^"\\]++|\\.)++("?+)|-?\d[^\s,\]}}]*+|{_ARRAY})',
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
_CREDENTIAL_PAIR = re.compile(
    rf"((?:^|(?<=[\s?&;,'\"({{\[])){_NAME}(?:=|'\s*+:\s*+'))([^\s&;,'\"<>(){{}}\[\]\\]++)", re.ASCII | re.IGNORECASE
)


def _may_name_a_credential(text: str) -> bool:
    """Return True if the end of a credential's name stands in a text, in upper or lower case."""
    for at in range(0, len(text), _PART):  # a copy of a large text in lower case would take much memory
        part = text[at : at + _PART + len("authorization")].lower()
        if any(word in part for word in _WORDS) and any(end in part for end in _ENDS_OF_NAMES):
            return True
    return False


class Redactor:
    """Removes from requests and responses what must not be kept; leaves everything else as it is, byte for byte.

    Args:
        owns: returns True for the id of an export that this run created; of any other only the key shape is kept.
        anonymises: whether the names of the organisation are secrets too, each with a pseudonym that is the same
            during a run.
    """

    def __init__(self, owns: Callable[[str], bool] = lambda _: True, *, anonymises: bool = False) -> None:
        self._owns = owns
        self._names: dict[str, str] = {}
        self._clean_headers: dict[Header, Header] = {}  # those that come again and again
        self._pseudonyms = Pseudonyms(secrets.token_bytes(16))
        self._anonymity = Anonymity(self.learn, self._pseudonyms) if anonymises else None

    def learn(self, secret: str, name: str = REDACTED) -> None:
        """Replace a secret by `name` from now on, plain and as URLs, JSON, UTF-16, base64 and hex write it."""
        if len(secret) < MIN_SECRET or secret in self._names:
            return
        self._clean_headers.clear()
        self._names |= {secret: name, "\0".join(secret): "\0".join(name)}
        self._names |= {form: name for form in _encoded_forms(secret) if len(form) >= MIN_SECRET}

    def learn_organisation(self, *, url: str = "", claims: Mapping[str, Json] = MappingProxyType({})) -> None:
        """Learn the organisation's names from its address, or from the claims of its token, if it is anonymised."""
        if self._anonymity:
            self._anonymity.of_address(url)
            self._anonymity.of_claims(claims)

    def text(self, text: str) -> str:
        """Return a text without secrets, tokens, credentials and the values of signed URLs."""
        text = self._without_secrets(text)
        if "eyJ" in text:
            text = _JWT.sub(REDACTED, text)
        if "PRIVATE KEY" in text:
            text = _PRIVATE_KEY.sub(rf"\1{REDACTED}", text)
        if "//" in text or "\\/" in text:
            text = _URL.sub(_unsigned, text)
        if _may_name_a_credential(text):
            text = _CREDENTIAL_MEMBER.sub(_hidden_member, text)
            text = _CREDENTIAL_PAIR.sub(_hidden_pair, text)
        return text

    def _without_secrets(self, text: str) -> str:
        # A pattern of all forms of all tokens would take seconds to compile once a run has renewed its token often.
        found = sorted((form for form in self._names if form in text), key=len, reverse=True)
        if not found:
            return text
        return re.sub("|".join(map(re.escape, found)), lambda match: self._names[match[0]], text)

    def body(self, body: bytes) -> bytes:
        """Return a body, JSON or not, without secrets; the same object where it holds none."""
        clean = self._searched(body.decode("latin-1")).encode("latin-1")  # a character for a byte: any can be searched
        return body if clean == body else clean

    def _searched(self, text: str) -> str:
        text = self.text(text)  # what a large one was before is freed
        if "attachment_url" in text:
            text = _ATTACHMENT.sub(_plain_attachment, text)
        if "\\" in text:
            hiding = {each.span(): found for each in _LITERAL.finditer(text) if (found := self._unescaped(each))}
            if hiding:  # a second pass, since the first would put a large text together that seldom changes
                text = _LITERAL.sub(lambda each: hiding.get(each.span(), each[0]), text)
        return text

    def _unescaped(self, literal: re.Match[str]) -> str:
        """Return a JSON text without what its escapes hide, which may be JSON again; empty if they hide nothing."""
        if literal.string.find("\\", *literal.span()) < 0:
            return ""
        written = literal[0]
        try:
            text = json.loads(written if written.isascii() else written.encode("latin-1"), strict=False)
        except ValueError:
            return ""
        clean = self._searched(text)
        return "" if clean == text else json.dumps(clean)

    def headers(self, headers: Headers) -> Headers:
        """Return headers without secrets in names or values, credentials and cookies."""
        return tuple(map(self._header, headers))

    def _header(self, header: Header) -> Header:
        known = self._clean_headers.get(header)
        if known is not None:
            return known
        name, value = header
        clean = self._without_secrets(name), REDACTED if is_credential_header(name) else self.text(value)
        if len(name) + len(value) <= _LONGEST_KEPT and len(self._clean_headers) < _HEADERS_KEPT:
            self._clean_headers[header] = clean
        return clean

    def request(self, request: Request) -> Request:
        """Return a request as it may be kept; the `Authorization` that a test planted stays, since it is no secret."""
        return replace(
            request,
            path=self.text(request.path),
            query=self.text(request.query),
            headers=tuple(
                (name, self._without_secrets(value)) if name.lower() == "authorization" else self._header((name, value))
                for name, value in request.headers
            ),
            body=None if request.body is None else self.body(request.body),
        )

    def attachment(self, url: str) -> tuple[str, str]:
        """Return the address of a file, and its query without any value, signed or not."""
        address, _, query = _URL.sub(_unsigned, url).partition("?")
        return self.text(address), _VALUE.sub(_hidden_value, query)

    def response(self, response: Response, request: Request) -> Response:
        """Return the response to a request as it may be kept."""
        if self._anonymity:
            self._anonymity.of_body(response.body)
        body = reduced(response, request, owns=self._owns, pseudonyms=self._pseudonyms)
        return replace(response, headers=self.headers(response.headers), body=self.body(body))


def is_credential_header(name: str) -> bool:
    """Return True if the value of a header of this name, or of a cookie, is a credential."""
    return _CREDENTIAL_HEADER.fullmatch(name) is not None


def is_credential_name(name: str) -> bool:
    """Return True if the value of a member or parameter of this name is a credential."""
    return _CREDENTIAL_NAME.fullmatch(name) is not None


def _encoded_forms(secret: str) -> Iterator[str]:
    """Yield a secret as UTF-8, URLs, base64 and hex write it, a character for a byte."""
    octets = secret.encode("utf-8", "surrogatepass")
    once = quote(octets, safe="")
    hexadecimal = octets.hex()
    pairs = [hexadecimal[at : at + 2] for at in range(0, len(hexadecimal), 2)]
    yield from (once, quote(once, safe=""), once.lower(), octets.decode("latin-1"))
    marked = re.sub(rb"[^A-Za-z0-9]", lambda found: b"%%%02X" % found[0][0], octets).decode("ascii")
    yield from (marked, re.sub("%..", lambda found: found[0].lower(), marked))
    yield from ("".join(f"%{pair}" for pair in pairs), "".join(f"%{pair.upper()}" for pair in pairs))
    yield from (hexadecimal, hexadecimal.upper(), ":".join(pairs))
    for before in range(3):  # bytes in front of it decide how base64 writes it; the characters shared with them go
        written = base64.b64encode(bytes(before) + octets).rstrip(b"=").decode("ascii")
        shared = -(-before * 8 // 6)
        end = None if (before + len(octets)) % 3 == 0 else -1
        form = written[shared:end]
        yield from (form, form.replace("+", "-").replace("/", "_"))


def _hidden_member(found: re.Match[str]) -> str:
    if found[0] == f'{found[1]}"{OWN_TOKEN}"':  # the name of the token tells more than that something was hidden
        return found[0]
    end = '"' if found[2] is None else found[2]  # a text that was cut off stays so
    return f'{found[1]}"{REDACTED}{end}'


def _hidden_value(found: re.Match[str]) -> str:
    return found[0] if found[0] == f"={OWN_TOKEN}" else "=redacted"


def _hidden_pair(found: re.Match[str]) -> str:
    return found[0] if found[2] in {"redacted", OWN_TOKEN} else f"{found[1]}redacted"


def _unsigned(url: re.Match[str]) -> str:
    """Return a URL without user and password, and without the values of signed parameters, after `;` or `?`."""
    if "@" not in url[0] and "=" not in url[0]:
        return url[0]
    before, tag, query = _USER.sub(rf"\1{REDACTED}@", url[0], count=1).partition("?")
    address, semicolon, parameters = before.partition(";")
    return address + semicolon + _unsigned_values(parameters) + tag + _unsigned_values(query)


def _unsigned_values(parameters: str) -> str:
    return _VALUE.sub(_hidden_value, parameters) if _SIGNED.search(parameters) else parameters


def _plain_attachment(found: re.Match[str]) -> str:
    url = found[2]
    if "\\u" in url:
        with suppress(ValueError):
            url = json.dumps(json.loads(f'"{url}"'.encode("latin-1"), strict=False))[1:-1]
    address, tag, query = url.partition("?")
    return found[1] + address + tag + _VALUE.sub(_hidden_value, query) if tag else found[0]


_HIDDEN = {"", "redacted", REDACTED}
_GZIP = b"\x1f\x8b"
_INFLATED_AT_MOST = 8_000_000  # bytes
_LARGEST_SEARCHED = 512 * 2**20  # bytes


def secrets_in(file: Path) -> list[str]:
    """Return the places of the secrets in a HAR, or in a folder of WireMock's, such as `log.entries[3].request.url`.

    Raises:
        OSError: the file cannot be read.
    """
    if file.is_dir():
        files = sorted(each for each in file.rglob("*") if each.is_file())
        return [f"{each.relative_to(file)} {place}".rstrip() for each in files for place in _secrets_of(each)]
    return list(_secrets_of(file))


def _secrets_of(file: Path) -> Iterator[str]:
    content = read_regular(file, largest=_LARGEST_SEARCHED)
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        if Redactor().body(content) is not content:
            yield ""
        return
    log = member(document, "log")
    own = isinstance(log, dict) and "_recording" in log
    yield from _Search(planted=own).places(document, "")


class _Search:
    """A walk through a document; `planted` if a suite chose the `Authorization` of its requests, which is no secret."""

    def __init__(self, *, planted: bool) -> None:
        self._planted = planted
        self._redactor = Redactor()

    def places(self, value: Json, place: str) -> Iterator[str]:
        """Yield the places of the secrets in a value."""
        if isinstance(value, str):
            if self._holds_secret(value):
                yield place
        elif isinstance(value, list):
            for at, each in enumerate(value):
                yield from self.places(each, f"{place}[{at}]")
        elif isinstance(value, dict):
            yield from self._of_object(value, place)

    def _of_object(self, value: dict[str, Json], place: str) -> Iterator[str]:
        name = value.get("name")
        if isinstance(name, str) and "value" in value:  # a header, a cookie or a parameter of a HAR
            if self._planted and name.lower() == "authorization" and place.partition("request.headers[")[1]:
                return
            in_cookies = place.rpartition(".")[2].startswith("cookies[")
            if (in_cookies or _is_credential(name)) and _shows(value["value"]):
                yield f"{place}.value"
                return
        if value.get("encoding") == "base64" and isinstance(value.get("text"), str) and self._is_bad(value["text"]):
            yield f"{place}.text"
        for key, each in value.items():
            if self._holds_secret(key):
                yield f"{place} (the name of a member)".lstrip()
                continue
            inner = f"{place}.{key}".removeprefix(".")
            is_bytes = key == "_base64" and isinstance(each, str)
            if (_is_credential(key) and _shows(each)) or (is_bytes and self._is_bad(each)):
                yield inner
            else:
                yield from self.places(each, inner)

    def _holds_secret(self, text: str) -> bool:
        octets = text.encode("utf-8", "surrogatepass")
        return self._redactor.body(octets) is not octets

    def _is_bad(self, encoded: str) -> bool:
        """Return True if a text in base64 holds a secret."""
        try:
            octets = base64.b64decode(encoded)
            if octets.startswith(_GZIP):  # a body as it was sent
                octets = zlib.decompressobj(wbits=31).decompress(octets, _INFLATED_AT_MOST)
        except (binascii.Error, ValueError, zlib.error):
            return False
        return self._redactor.body(octets) is not octets


def _is_credential(name: str) -> bool:
    return is_credential_name(name) or is_credential_header(name)


def _shows(value: Json) -> bool:
    """Return True if there is a text or a number in a value that is not hidden."""
    if isinstance(value, dict):
        return any(map(_shows, value.values()))
    if isinstance(value, list):
        return any(map(_shows, value))
    if isinstance(value, str):
        return value not in _HIDDEN and OWN_TOKEN not in value and REDACTED not in value
    return isinstance(value, int | float) and not isinstance(value, bool)
