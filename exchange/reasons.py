"""Why a creation failed though it was valid: an environment error, or a documented reason."""

from typing import Literal
from urllib.parse import urlsplit

from exports_conformance.exchange.model import Exchange, Response
from exports_conformance.exchange.strict_json import member, source_pointer

EnvironmentCause = Literal["", "no-answer", "throttled", "unavailable", "firewall", "token-refused", "not-permitted"]

THROTTLED = 429
UNAVAILABLE = frozenset({502, 503, 504})
OF_AN_EDGE = frozenset({408, *range(520, 528), 530})
"""Statuses that the API does not document, and that content networks return."""
UNDECODABLE = frozenset({"request-encoding", "text-surrogates"})
"""Requirements at stake in a generated body whose text a server may be unable to decode."""


def environment_error(exchange: Exchange) -> EnvironmentCause:
    """Return the environment error that a response shows; empty if it comes from the endpoint itself.

    A 401 is an environment error unless the request should be refused for its credentials: a token may expire during
    a run, and an application may lack the permission to create exports.
    """
    response = exchange.response
    if response is None:
        return "no-answer"
    if response.status == THROTTLED:
        return "throttled"
    if response.status in UNAVAILABLE or (response.status in OF_AN_EDGE and not _has_errors(exchange)):
        return "unavailable"
    if _is_page(response, exchange) and not _is_endpoints_page(exchange):
        return "firewall"
    if exchange.expectation.operation == "download":  # a storage has error documents of its own
        return ""
    if (response.status == 403 and not _has_errors(exchange)) or _leads_elsewhere(exchange):  # noqa: PLR2004  Forbidden
        return "firewall"
    if response.status == 401 and 401 not in exchange.expectation.answers:  # noqa: PLR2004  Unauthorized
        codes = [error.get("code") for error in exchange.errors]  # of any type
        return "not-permitted" if "UNAUTHORIZED" in codes else "token-refused"
    return ""


def _leads_elsewhere(exchange: Exchange) -> bool:
    """Return True for a redirect to another host, as a login portal before the API answers."""
    location = (exchange.response and exchange.response.header("location")) or ""
    host = urlsplit(location).netloc if location.isprintable() and "[" not in location else ""
    return 300 <= exchange.status < 400 and host not in {"", urlsplit(exchange.base_url).netloc}  # noqa: PLR2004  HTTP's own


def _is_endpoints_page(exchange: Exchange) -> bool:
    """Return True for a crash, and for a refusal that the request was meant to get: routers and parsers write HTML."""
    unread = set() if UNDECODABLE.isdisjoint(exchange.expectation.may_break) else {400}
    return exchange.status in {400, 404, 405, 500} & {500, *exchange.expectation.answers, *unread}


def _is_page(response: Response, exchange: Exchange) -> bool:
    """Return True for a response that says it is HTML, and is not a JSON document in spite of that."""
    says_html = response.media_type in {"text/html", "application/xhtml+xml"}
    return says_html and not (isinstance(exchange.reading.value, dict) or (response.omitted and _is_object(response)))


def _has_errors(exchange: Exchange) -> bool:
    """Return True for an error document, and for what seems to be one where only a part was kept."""
    response = exchange.response
    seems = response is not None and response.omitted and _is_object(response) and b'"errors"' in response.body
    return bool(exchange.errors or seems)


def _is_object(response: Response) -> bool:
    return response.body.lstrip()[:1] == b"{"


RUNNING_AT_MOST = 10
"""Exports that may be pending or in progress at a time, in an organisation (Exporting resources guide)."""

UNPROCESSABLE = 422
_SELECTION: dict[str, Literal["empty", "too-many"]] = {"greater_than": "empty", "less_than_or_equal_to": "too-many"}


def selection_refusal(exchange: Exchange) -> Literal["", "empty", "too-many"]:
    """Return the reason if a creation was refused because it selects no records, or too many; else an empty string.

    The vendor's own clients recognise it by `meta.error`, wherever the error points. An error that points at the
    planted flaw is about the flaw.
    """
    if exchange.status != UNPROCESSABLE:
        return ""
    for error in exchange.errors:
        pointer, planted = source_pointer(error), exchange.expectation.at
        counts_records = pointer.endswith("/records_count")
        if planted and pointer.startswith(planted) and not counts_records:
            continue
        meta = error.get("meta")
        reason = member(meta, "error")
        if isinstance(reason, str) and reason in _SELECTION:
            return _SELECTION[reason]
        if counts_records and pointer != planted:
            return "empty"
    return ""


def pointers_overlap(pointer: str, other: str) -> bool:
    """Return True if two JSON pointers name the same place, or one names an ancestor of the other's."""
    one, two = pointer.rstrip("/") + "/", other.rstrip("/") + "/"
    return one.startswith(two) or two.startswith(one)


def named_arguments(exchange: Exchange) -> tuple[str, ...]:
    """Return the attributes of the request that the response's errors point into, in the order they were sent."""
    pointers = [pointer for error in exchange.errors if (pointer := source_pointer(error))]
    return tuple(
        name
        for name in exchange.sent_attributes
        if any(p.startswith("/data/attributes/") and pointers_overlap(p, f"/data/attributes/{name}") for p in pointers)
    )


def queue_is_full(exchange: Exchange) -> bool:
    """Return True if so many exports were running that a refusal may be due to their number."""
    return (exchange.lookups.running or 0) >= RUNNING_AT_MOST
