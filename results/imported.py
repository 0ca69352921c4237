"""Traffic that this suite did not record: the entries of any HAR and WireMock's mappings, as exchanges.

Decision: docs/decisions/0012-judging-imported-traffic.md.
"""

import base64
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from exports_conformance.exchange.model import (
    IMPORTED,
    JSON_API,
    Exchange,
    Expectation,
    Headers,
    Operation,
    Request,
    Response,
    header_of,
)
from exports_conformance.exchange.strict_json import Json, member
from exports_conformance.exchange.untrusted import harmless, read_regular
from exports_conformance.results.har import UnreadableError, headers_of, seconds
from exports_conformance.results.har_bodies import LARGEST_BODY, BodyNotKeptError, request_body, response_body

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
    case = f"{IMPORTED}{request.method} {resource}"
    return Expectation(case, operation, outcome="success" if succeeded else "either", certain=False)


def exchanges_of_har(entries: Sequence[Json]) -> tuple[list[Exchange], tuple[str, ...]]:
    """Return the exchanges of a HAR's entries that are of this API, and a line for each reason why others are left out.

    An entry is of this API if one with the same base URL, below `/api`, is JSON:API. A response whose body was not kept
    cannot be judged; such an entry, and one that is not written as HAR, has a line of its own.

    Raises:
        UnreadableError: no entry of this API can be read.
    """
    bases = {base for each in entries if (base := _base(each)) and _is_json_api(each)}
    kept: list[Exchange] = []
    problems: list[str] = []
    others = 0
    for number, each in enumerate(entries):
        if not _is_written_as_har(each):
            problems.append(f"log.entries[{number}]: has no request with a method and a URL; record it again")
        elif _base(each) not in bases or not is_judged(each["request"]):
            others += 1
        else:
            try:
                kept.append(_of_entry(number, each))
            except (BodyNotKeptError, LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
                known = isinstance(error, BodyNotKeptError)
                reason = str(error) if known else "is not written as HAR 1.2; record it again"
                method, path = each["request"]["method"], urlsplit(each["request"]["url"]).path
                problems.append(harmless(f"log.entries[{number}] ({method} {path}): {reason}"))
    if not kept and not problems:
        raise UnreadableError(
            f"none of its {len(entries)} entries is of this API (below {BASE}, sent as {JSON_API}); "
            "record requests to it"
        )
    return _found(kept, problems, f"{others} of {len(entries)} entries are not requests to this API" if others else "")


def _found(kept: list[Exchange], problems: Sequence[str], others: str) -> tuple[list[Exchange], tuple[str, ...]]:
    """Return what an import found, the lines about `others` and about other resources first.

    Raises:
        UnreadableError: nothing was kept.
    """
    if not kept:
        more = f" (and {len(problems) - 1} more like it)" if len(problems) > 1 else ""
        raise UnreadableError(f"has no request that can be judged: {problems[0]}{more}")
    foreign = sum(exchange.expectation.operation == "foreign" for exchange in kept)
    resources = f"{foreign} of {len(kept)} requests to this API are not about exports" if foreign else ""
    return kept, (*filter(None, [others, resources]), *problems)


def is_judged(request: Json) -> bool:
    """Return whether anything is documented about a request's method."""
    return request.get("method") not in {None, "ANY", "OPTIONS", "HEAD", "TRACE", "CONNECT"}


def _is_written_as_har(each: Json) -> bool:
    request = member(each, "request")
    return isinstance(request, dict) and isinstance(request.get("url"), str) and isinstance(request.get("method"), str)


def _base(each: Json) -> str:
    """Return the base URL of an entry's request, empty if its path is not below `/api`."""
    if not _is_written_as_har(each):
        return ""
    try:
        parts = urlsplit(each["request"]["url"])
    except ValueError:
        return ""
    below = parts.path.startswith(f"{BASE}/") and parts.scheme in {"http", "https"}
    return f"{parts.scheme}://{parts.netloc}{BASE}" if below else ""


def _is_json_api(each: Json) -> bool:
    return JSON_API in str(each.get("response")) or JSON_API in str(each["request"].get("headers"))


def _of_entry(number: int, each: Json) -> Exchange:
    base_url = _base(each)
    sent, received = each["request"], each.get("response") or {}
    path, _, query = sent["url"].partition("#")[0].removeprefix(base_url).partition("?")
    request = Request(sent["method"], path, query, _har_headers(sent), request_body(sent.get("postData")))
    response = None
    if status := int(received.get("status") or 0):
        headers, content = _har_headers(received), received.get("content") or {}
        if header_of(headers, "content-type") is None and content.get("mimeType"):
            headers = (*headers, ("content-type", str(content["mimeType"])))
        response = Response(status, headers, response_body(content, status, headers))
    return Exchange(
        id=f"har-{number:05d}",
        expectation=imported_expectation(request, response),
        request=request,
        response=response,
        base_url=base_url,
        provenance="recorded",
        started=_har_started(each),
        elapsed=_har_elapsed(each),
        trouble="" if response else str(received.get("_error") or "no response was recorded"),
    )


def _har_headers(given: Mapping[str, Json]) -> Headers:
    """Return the headers of a request or a response, which some tools write as an object, without HTTP/2's own."""
    headers = given.get("headers") or ()
    pairs = _headers(headers) if isinstance(headers, dict) else headers_of({"headers": headers})
    return tuple((name, value) for name, value in pairs if not name.startswith(":"))


def _har_started(each: Mapping[str, Json]) -> float:
    """Return when an entry's request was sent, in seconds since the epoch; 0 if the file does not tell."""
    try:
        return seconds(each.get("startedDateTime"))
    except (TypeError, ValueError, OverflowError):
        return 0.0


def _har_elapsed(each: Mapping[str, Json]) -> float:
    """Return how long an entry's request took, in seconds; 0 if the file does not tell."""
    time = each.get("time")
    return max(0.0, time / 1000) if isinstance(time, int | float) and math.isfinite(time) else 0.0


def looks_like_mappings(document: Json) -> bool:
    """Return whether a document is a WireMock mapping, or an object with several."""
    if not isinstance(document, dict):
        return False
    return isinstance(document.get("mappings"), list) or isinstance(document.get("response"), dict)


def exchanges_of_mappings(
    documents: Sequence[tuple[str, Json]], folder: Path
) -> tuple[list[Exchange], tuple[str, ...]]:
    """Return the exchanges of WireMock's mappings, the earliest first, and a line for each reason to leave one out.

    Each document comes with its name, which may be empty; bodies in files of their own are looked for in the
    folder `__files` beside `folder`.

    Raises:
        UnreadableError: no mapping of this API can be read.
    """
    kept: list[Exchange] = []
    problems: list[str] = []
    number = others = 0
    for name, document in documents:
        for at, mapping in enumerate(_mappings(document)):
            place = harmless(f"{name} mappings[{at}]".lstrip())
            number += 1
            try:
                found = list(_of_mapping(mapping, f"wiremock-{number:05d}", folder.parent / "__files"))
                kept += found
                others += not found
            except OSError as error:
                problems.append(harmless(f"{place}: {error.filename}: {error.strerror}; add that file"))
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                problems.append(harmless(f"{place} is not a WireMock mapping ({error}); record it again"))
    if not kept and not problems:
        raise UnreadableError(f"none of its {number} mappings is of this API (below {BASE}/); record requests to it")
    said = f"{others} of {number} mappings are not recorded requests to this API" if others else ""
    kept, lines = _found(kept, problems, said)
    return sorted(kept, key=lambda exchange: exchange.started), lines


def _mappings(document: Json) -> list[Json]:
    if not isinstance(document, dict):
        return [document]
    several = document.get("mappings")
    return several if isinstance(several, list) else [document]


def _of_mapping(mapping: dict[str, Json], identity: str, files: Path) -> Iterator[Exchange]:
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


def _equal(patterns: Mapping[str, Json] | None) -> Headers:
    """Return the headers or parameters of which a mapping has the whole value."""
    known = {name: each.get("equalTo") for name, each in (patterns or {}).items()}
    return tuple((name, value) for name, value in known.items() if isinstance(value, str))


def _sent_body(patterns: Sequence[Json] | None) -> bytes | None:
    """Return the body that was sent, None if a mapping has only a part of it."""
    for pattern in patterns or ():
        if isinstance(whole := pattern.get("equalTo"), str):
            return whole.encode()
        if "equalToJson" in pattern and not pattern.get("ignoreExtraElements"):
            expected = pattern["equalToJson"]
            return (expected if isinstance(expected, str) else json.dumps(expected)).encode()
    return None


def _headers(given: Mapping[str, Json] | None) -> Headers:
    several = [(name, each if isinstance(each, list) else [each]) for name, each in (given or {}).items()]
    return tuple((name, str(value)) for name, values in several for value in values)


def _body(received: Mapping[str, Json], files: Path) -> bytes:
    if "jsonBody" in received:
        return json.dumps(received["jsonBody"]).encode()
    if "base64Body" in received:
        return base64.b64decode(received["base64Body"], validate=True)
    if "bodyFileName" in received:
        place = (files / received["bodyFileName"]).resolve()
        if not place.is_relative_to(files.resolve()):
            raise ValueError(f"bodyFileName {received['bodyFileName']!r} lies outside __files")
        return read_regular(place, largest=LARGEST_BODY)
    body: str = received.get("body", "")
    return body.encode()


def _started(response: Response) -> float:
    """Return the `Date` of a response in seconds since the epoch, 0 if it has none."""
    date = header_of(response.headers, "date")
    try:
        return parsedate_to_datetime(date).timestamp() if date else 0.0
    except (ValueError, OverflowError):
        return 0.0
