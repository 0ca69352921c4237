"""WireMock's stub mappings as exchanges: each says what was asked, and what was answered."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from exports_conformance.exchange.model import Exchange, Headers, Request, Response, header_of
from exports_conformance.exchange.strict_json import Json
from exports_conformance.results.har import Unreadable
from exports_conformance.results.imported import BASE, expectation, is_judged

BASE_URL = f"https://yourdomain.commercelayer.io{BASE}"
"""Mappings name no host; this one is the documentation's."""

MADE_UP = ("proxyBaseUrl", "fault", "transformers")
"""Members of a response that is not an answer as it was recorded."""


def looks_like_mappings(document: Json) -> bool:
    """Say whether a document is a mapping, or an object of several."""
    if not isinstance(document, dict):
        return False
    return isinstance(document.get("mappings"), list) or isinstance(document.get("response"), dict)


def exchanges(documents: Sequence[tuple[str, Json]], folder: Path) -> tuple[list[Exchange], int]:
    """Give the exchanges of mappings, the earliest first, and how many mappings hold none of this API.

    Each document comes with its name, which may be empty; bodies in files of their own are looked for in the
    folder `__files` beside `folder`.

    Raises:
        Unreadable: there is none, or a mapping is not written as WireMock's are.
    """
    found: list[Exchange] = []
    number = 0
    for name, document in documents:
        for at, mapping in enumerate(_mappings(document)):
            place = f"{name} " if name else ""
            number += 1
            try:
                found += _exchange(mapping, f"wiremock-{number:05d}", folder.parent / "__files")
            except OSError as error:
                raise Unreadable(f"{place}mappings[{at}]: {error.filename}: {error.strerror}; put it there") from None
            except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
                raise Unreadable(
                    f"{place}mappings[{at}] is no mapping of WireMock's ({error}); record it again"
                ) from None
    if not found:
        raise Unreadable(f"none of its {number} mappings is of this API (below {BASE}/); record what was asked of it")
    return sorted(found, key=lambda exchange: exchange.started), number - len(found)


def _mappings(document: Json) -> list[Any]:
    if not isinstance(document, dict):
        return [document]
    several = document.get("mappings")
    return several if isinstance(several, list) else [document]


def _exchange(mapping: dict[str, Any], identity: str, files: Path) -> Iterator[Exchange]:
    asked, answered = mapping["request"], mapping["response"]
    url = next((asked[name] for name in ("url", "urlPath") if name in asked), "")
    path, _, query = url.partition("?")
    if not path.startswith(f"{BASE}/") or not is_judged(asked) or any(map(answered.get, MADE_UP)):
        return
    query = query or "&".join(f"{name}={value}" for name, value in _equal(asked.get("queryParameters")))
    request = Request(
        asked["method"], path.removeprefix(BASE), query, _equal(asked.get("headers")), _sent(asked.get("bodyPatterns"))
    )
    response = Response(int(answered.get("status", 200)), _headers(answered.get("headers")), _body(answered, files))
    yield Exchange(
        id=identity,
        expectation=expectation(request, response),
        request=request,
        response=response,
        base_url=BASE_URL,
        provenance="recorded",
        started=_started(response),
    )


def _equal(patterns: Mapping[str, Any] | None) -> Headers:
    """Give the names of which a mapping knows the whole value."""
    known = {name: each.get("equalTo") for name, each in (patterns or {}).items()}
    return tuple((name, value) for name, value in known.items() if isinstance(value, str))


def _sent(patterns: Sequence[Any] | None) -> bytes | None:
    """Give the body that was sent, None where a mapping does not know the whole of it."""
    for pattern in patterns or ():
        if isinstance(whole := pattern.get("equalTo"), str):
            return whole.encode()
        if "equalToJson" in pattern and not pattern.get("ignoreExtraElements"):
            said = pattern["equalToJson"]
            return (said if isinstance(said, str) else json.dumps(said)).encode()
    return None


def _headers(given: Mapping[str, Any] | None) -> Headers:
    several = [(name, each if isinstance(each, list) else [each]) for name, each in (given or {}).items()]
    return tuple((name, str(value)) for name, values in several for value in values)


def _body(answered: Mapping[str, Any], files: Path) -> bytes:
    if "jsonBody" in answered:
        return json.dumps(answered["jsonBody"]).encode()
    if "base64Body" in answered:
        return base64.b64decode(answered["base64Body"], validate=True)
    if "bodyFileName" in answered:
        place = (files / answered["bodyFileName"]).resolve()
        if not place.is_relative_to(files.resolve()):
            raise ValueError(f"bodyFileName {answered['bodyFileName']!r} leads out of __files")
        kept: bytes = place.read_bytes()
        return kept
    body: str = answered.get("body", "")
    return body.encode()


def _started(response: Response) -> float:
    """Give the time of an answer, 0 where it does not tell."""
    told = header_of(response.headers, "date")
    try:
        return parsedate_to_datetime(told).timestamp() if told else 0.0
    except (ValueError, OverflowError):
        return 0.0
