"""Traffic that this suite did not record: the entries of any HAR and WireMock's mappings, as exchanges.

Decision: docs/decisions/0012-judging-imported-traffic.md.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from exports_conformance.exchange.model import (
    JSON_API,
    Exchange,
    Expectation,
    Headers,
    Operation,
    Request,
    Response,
    header_of,
)
from exports_conformance.exchange.strict_json import Json
from exports_conformance.results.har import UnreadableError, request_of, response_of, seconds

BASE = "/api"
DOCUMENTED_BASE_URL = f"https://yourdomain.commercelayer.io{BASE}"
"""The base URL for exchanges from mappings, which do not name a host."""
NOT_RECORDED = ("proxyBaseUrl", "fault", "transformers")
"""Members of a mapping's response that is proxied, simulated or generated, not recorded."""

_OF_A_COLLECTION: dict[str, Operation] = {"POST": "create", "GET": "list"}
_OF_AN_EXPORT: dict[str, Operation] = {"GET": "retrieve", "PATCH": "update", "DELETE": "delete"}


def imported_expectation(request: Request, response: Response | None) -> Expectation:
    """Return the expectation of a request that another client sent.

    Whether it was meant to succeed is unknown, so any well-formed refusal is acceptable, too.
    """
    resource, *rest = [part for part in request.path.split("/") if part] or [""]
    operation: Operation = "other"
    if resource != "exports":
        operation = "foreign"
    elif len(rest) < 2:  # noqa: PLR2004  an id at most
        operation = (_OF_AN_EXPORT if rest else _OF_A_COLLECTION).get(request.method, "other")
    succeeded = response is not None and 200 <= response.status < 300  # noqa: PLR2004  HTTP's own bounds
    case = f"imported/{request.method} {resource}"
    return Expectation(case, operation, outcome="success" if succeeded else "either", certain=False)


def exchanges_of_har(entries: Sequence[Json]) -> tuple[list[Exchange], int]:
    """Return the exchanges of a HAR's entries that are of this API, and the number of entries without one.

    An entry is of this API if one with the same base URL, below `/api`, is JSON:API. A response whose body was not kept
    cannot be judged.

    Raises:
        Unreadable: no entry is of this API, or one is not written as HAR.
    """
    numbered = list(enumerate(entries))
    bases = {base for number, each in numbered if (base := _base(number, each)) and _is_json_api(each)}
    found = [(number, each) for number, each in numbered if _base(number, each) in bases and is_judged(each["request"])]
    if not found:
        raise UnreadableError(
            f"none of its {len(entries)} entries is of this API (below {BASE}, sent as {JSON_API}); "
            "record requests to it"
        )
    kept = [exchange for number, each in found for exchange in _of_entry(number, each)]
    if not kept:
        raise UnreadableError("keeps no response body; save the HAR with content")
    return kept, len(entries) - len(kept)


def is_judged(request: Any) -> bool:
    """Return whether anything is documented about a request's method."""
    return request.get("method") not in {None, "ANY", "OPTIONS", "HEAD", "TRACE", "CONNECT"}


def _base(number: int, each: Any) -> str:
    """Return the base URL of an entry's request, empty if its path is not below `/api`."""
    try:
        parts = urlsplit(each["request"]["url"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UnreadableError(f"log.entries[{number}].request.url is not a URL; save the HAR again") from None
    below = parts.path.startswith(f"{BASE}/") and parts.scheme in {"http", "https"}
    return f"{parts.scheme}://{parts.netloc}{BASE}" if below else ""


def _is_json_api(each: Any) -> bool:
    media_type = str(each.get("response", {}).get("content", {}).get("mimeType", ""))
    return JSON_API in media_type or JSON_API in str(each["request"].get("headers"))


def _of_entry(number: int, each: Any) -> Iterator[Exchange]:
    base_url = _base(number, each)
    try:
        content = each["response"]["content"]
        if content.get("size") and "text" not in content:
            return
        request, response = request_of(each["request"], base_url), response_of(each["response"])
        started, elapsed = seconds(each["startedDateTime"]), float(each["time"]) / 1000
    except KeyError as error:
        raise UnreadableError(f"log.entries[{number}] has no {error}; save the HAR again") from None
    except (TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise UnreadableError(f"log.entries[{number}] cannot be read ({error}); save the HAR again") from None
    yield Exchange(
        id=f"har-{number:05d}",
        expectation=imported_expectation(request, response),
        request=request,
        response=response,
        base_url=base_url,
        provenance="recorded",
        started=started,
        elapsed=max(0.0, elapsed),
        trouble="" if response else str(each["response"].get("_error") or "no response was recorded"),
    )


def looks_like_mappings(document: Json) -> bool:
    """Return whether a document is a WireMock mapping, or an object with several."""
    if not isinstance(document, dict):
        return False
    return isinstance(document.get("mappings"), list) or isinstance(document.get("response"), dict)


def exchanges_of_mappings(documents: Sequence[tuple[str, Json]], folder: Path) -> tuple[list[Exchange], int]:
    """Return the exchanges of WireMock's stub mappings, the earliest first, and the number of mappings without one.

    Each document comes with its name, which may be empty; bodies in files of their own are looked for in the
    folder `__files` beside `folder`.

    Raises:
        Unreadable: no mapping is of this API, or one is not written as WireMock writes them.
    """
    found: list[Exchange] = []
    number = 0
    for name, document in documents:
        for at, mapping in enumerate(_mappings(document)):
            place = f"{name} " if name else ""
            number += 1
            try:
                found += _of_mapping(mapping, f"wiremock-{number:05d}", folder.parent / "__files")
            except OSError as error:
                raise UnreadableError(
                    f"{place}mappings[{at}]: {error.filename}: {error.strerror}; add that file"
                ) from None
            except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
                raise UnreadableError(
                    f"{place}mappings[{at}] is not a WireMock mapping ({error}); record it again"
                ) from None
    if not found:
        raise UnreadableError(f"none of its {number} mappings is of this API (below {BASE}/); record requests to it")
    return sorted(found, key=lambda exchange: exchange.started), number - len(found)


def _mappings(document: Json) -> list[Any]:
    if not isinstance(document, dict):
        return [document]
    several = document.get("mappings")
    return several if isinstance(several, list) else [document]


def _of_mapping(mapping: dict[str, Any], identity: str, files: Path) -> Iterator[Exchange]:
    sent, received = mapping["request"], mapping["response"]
    url = next((sent[name] for name in ("url", "urlPath") if name in sent), "")
    path, _, query = url.partition("?")
    if not path.startswith(f"{BASE}/") or not is_judged(sent) or any(map(received.get, NOT_RECORDED)):
        return
    query = query or "&".join(f"{name}={value}" for name, value in _equal(sent.get("queryParameters")))
    request = Request(
        sent["method"],
        path.removeprefix(BASE),
        query,
        _equal(sent.get("headers")),
        _sent_body(sent.get("bodyPatterns")),
    )
    response = Response(int(received.get("status", 200)), _headers(received.get("headers")), _body(received, files))
    yield Exchange(
        id=identity,
        expectation=imported_expectation(request, response),
        request=request,
        response=response,
        base_url=DOCUMENTED_BASE_URL,
        provenance="recorded",
        started=_started(response),
    )


def _equal(patterns: Mapping[str, Any] | None) -> Headers:
    """Return the headers or parameters of which a mapping has the whole value."""
    known = {name: each.get("equalTo") for name, each in (patterns or {}).items()}
    return tuple((name, value) for name, value in known.items() if isinstance(value, str))


def _sent_body(patterns: Sequence[Any] | None) -> bytes | None:
    """Return the body that was sent, None if a mapping has only a part of it."""
    for pattern in patterns or ():
        if isinstance(whole := pattern.get("equalTo"), str):
            return whole.encode()
        if "equalToJson" in pattern and not pattern.get("ignoreExtraElements"):
            expected = pattern["equalToJson"]
            return (expected if isinstance(expected, str) else json.dumps(expected)).encode()
    return None


def _headers(given: Mapping[str, Any] | None) -> Headers:
    several = [(name, each if isinstance(each, list) else [each]) for name, each in (given or {}).items()]
    return tuple((name, str(value)) for name, values in several for value in values)


def _body(received: Mapping[str, Any], files: Path) -> bytes:
    if "jsonBody" in received:
        return json.dumps(received["jsonBody"]).encode()
    if "base64Body" in received:
        return base64.b64decode(received["base64Body"], validate=True)
    if "bodyFileName" in received:
        place = (files / received["bodyFileName"]).resolve()
        if not place.is_relative_to(files.resolve()):
            raise ValueError(f"bodyFileName {received['bodyFileName']!r} lies outside __files")
        kept: bytes = place.read_bytes()
        return kept
    body: str = received.get("body", "")
    return body.encode()


def _started(response: Response) -> float:
    """Return the `Date` of a response in seconds since the epoch, 0 if it has none."""
    date = header_of(response.headers, "date")
    try:
        return parsedate_to_datetime(date).timestamp() if date else 0.0
    except (ValueError, OverflowError):
        return 0.0
