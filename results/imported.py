"""Traffic that no suite asked for: what can be expected of it, and which of a HAR's entries are of this API."""

import binascii
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from exports_conformance.exchange.model import JSON_API, Exchange, Expectation, Operation, Request, Response
from exports_conformance.exchange.strict_json import Json
from exports_conformance.results.har import Unreadable, answer_of, request_of, seconds

BASE = "/api"

_OF_A_COLLECTION: dict[str, Operation] = {"POST": "create", "GET": "list"}
_OF_AN_EXPORT: dict[str, Operation] = {"GET": "retrieve", "PATCH": "update", "DELETE": "delete"}


def expectation(request: Request, response: Response | None) -> Expectation:
    """Tell from a request what it asked for, and expect only what was answered.

    Nobody knows whether it was meant to succeed: what it was refused for is its own affair.
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


def exchanges(entries: Sequence[Json]) -> tuple[list[Exchange], int]:
    """Give the exchanges of a HAR's entries that are of this API, and how many entries hold none.

    This API is where something below `/api` is JSON:API. An answer whose body was not kept cannot be judged.

    Raises:
        Unreadable: no entry is of this API, or one is not written as HAR is.
    """
    numbered = list(enumerate(entries))
    bases = {base for number, each in numbered if (base := _base(number, each)) and _is_json_api(each)}
    found = [(number, each) for number, each in numbered if _base(number, each) in bases and is_judged(each["request"])]
    if not found:
        raise Unreadable(
            f"none of its {len(entries)} entries is of this API (below {BASE}, sent as {JSON_API}); "
            "record what was asked of it"
        )
    kept = [exchange for number, each in found for exchange in _exchange(number, each)]
    if not kept:
        raise Unreadable("keeps no answer's body; save the HAR with its content")
    return kept, len(entries) - len(kept)


def is_judged(request: Any) -> bool:
    """Say whether anything is promised about a request: nothing is for methods that only ask about a resource."""
    return request.get("method") not in {None, "ANY", "OPTIONS", "HEAD", "TRACE", "CONNECT"}


def _base(number: int, each: Any) -> str:
    """Give the base URL of an entry's request, empty where it is none of an API's."""
    try:
        parts = urlsplit(each["request"]["url"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Unreadable(f"log.entries[{number}].request.url is no address; save the HAR again") from None
    below = parts.path.startswith(f"{BASE}/") and parts.scheme in {"http", "https"}
    return f"{parts.scheme}://{parts.netloc}{BASE}" if below else ""


def _is_json_api(each: Any) -> bool:
    said = str(each.get("response", {}).get("content", {}).get("mimeType", ""))
    return JSON_API in said or JSON_API in str(each["request"].get("headers"))


def _exchange(number: int, each: Any) -> Iterator[Exchange]:
    base_url = _base(number, each)
    try:
        content = each["response"]["content"]
        if content.get("size") and "text" not in content:
            return
        request, response = request_of(each["request"], base_url), answer_of(each["response"])
        started, elapsed = seconds(each["startedDateTime"]), float(each["time"]) / 1000
    except KeyError as error:
        raise Unreadable(f"log.entries[{number}] has no {error}; save the HAR again") from None
    except (TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise Unreadable(f"log.entries[{number}] cannot be read ({error}); save the HAR again") from None
    yield Exchange(
        id=f"har-{number:05d}",
        expectation=expectation(request, response),
        request=request,
        response=response,
        base_url=base_url,
        provenance="recorded",
        started=started,
        elapsed=max(0.0, elapsed),
        trouble="" if response else str(each["response"].get("_error") or "no answer was recorded"),
    )
