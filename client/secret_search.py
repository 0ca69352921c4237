"""Search for secrets in a whole recording: every text in it, wherever it is, and not only what is judged."""

import base64
import binascii
import json
from collections.abc import Iterator
from pathlib import Path

from exports_conformance.client.redaction import (
    REDACTED,
    Redactor,
    is_credential_header,
    is_credential_name,
)
from exports_conformance.exchange.request_identity import OWN_TOKEN
from exports_conformance.exchange.strict_json import Json

_HIDDEN = {"", "redacted", REDACTED}


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
    content = file.read_bytes()
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        if Redactor().body(content) is not content:
            yield ""
        return
    log = document.get("log") if isinstance(document, dict) else None
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
        except (binascii.Error, ValueError):
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
