"""The environment's answers: what the network, an edge or a limit said in the endpoint's place."""

from typing import Literal

from exports_conformance.exchange.model import Exchange, Response

EnvironmentCause = Literal["", "no-answer", "throttled", "unavailable", "firewall", "token-refused", "not-permitted"]

THROTTLED = 429
UNAVAILABLE = frozenset({502, 503, 504})
OF_AN_EDGE = frozenset({408, *range(520, 528), 530})
"""Statuses that the API does not document, and content networks give in its place."""


def environment_error(exchange: Exchange) -> EnvironmentCause:
    """Name the environment's part in an answer; empty where the endpoint itself answered.

    A 401 is the environment's unless the request was meant to be refused for its credentials: a token may
    run out half-way, and an application may lack the permission to create exports.
    """
    response = exchange.response
    if response is None:
        return "no-answer"
    if response.status == THROTTLED:
        return "throttled"
    if response.status in UNAVAILABLE or (response.status in OF_AN_EDGE and not exchange.errors):
        return "unavailable"
    if _is_page(response, exchange) and not _is_endpoints_page(exchange):
        return "firewall"
    if exchange.expectation.operation == "download":  # a storage refuses in words of its own
        return ""
    if response.status == 403 and not exchange.errors:  # noqa: PLR2004  Forbidden
        return "firewall"
    if response.status == 401 and 401 not in exchange.expectation.answers:  # noqa: PLR2004  Unauthorized
        codes = [error.get("code") for error in exchange.errors]  # of any type
        return "not-permitted" if "UNAUTHORIZED" in codes else "token-refused"
    return ""


def _is_endpoints_page(exchange: Exchange) -> bool:
    """Return True for a crash, and for a refusal that the request was meant to get: routers and parsers write HTML."""
    return exchange.status in {400, 404, 405, 500} & {500, *exchange.expectation.answers}


def _is_page(response: Response, exchange: Exchange) -> bool:
    """An answer that says it is HTML, and does not hold the document it should in spite of that."""
    says_html = response.media_type in {"text/html", "application/xhtml+xml"}
    return says_html and not isinstance(exchange.reading.value, dict)
