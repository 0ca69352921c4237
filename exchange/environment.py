"""Environment errors: responses of a network, a gateway or a limit instead of the endpoint."""

from typing import Literal
from urllib.parse import urlsplit

from exports_conformance.exchange.model import Exchange, Response

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
