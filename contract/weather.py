"""The environment's answers: what the network, an edge or a limit said in the endpoint's place."""

from typing import Literal

from exports_conformance.contract.exchange import Exchange

Weather = Literal["", "no-answer", "throttled", "unavailable", "firewall", "token-refused", "not-permitted"]

THROTTLED = 429
UNAVAILABLE = frozenset({502, 503, 504})


def weather(exchange: Exchange) -> Weather:
    """Name the environment's part in an answer; empty where the endpoint itself answered.

    A 401 is the environment's unless the request was meant to be refused for its credentials: a token may
    run out half-way, and an application may lack the permission to create exports.
    """
    answer = exchange.answer
    if answer is None:
        return "no-answer"
    if answer.status == THROTTLED:
        return "throttled"
    if answer.status in UNAVAILABLE:
        return "unavailable"
    if answer.media_type in {"text/html", "application/xhtml+xml"}:
        return "firewall"
    if answer.status == 403 and not exchange.errors:  # noqa: PLR2004  Forbidden
        return "firewall"
    if answer.status == 401 and 401 not in exchange.intent.answers:  # noqa: PLR2004  Unauthorized
        codes = [error.get("code") for error in exchange.errors]  # of any type
        return "not-permitted" if "UNAUTHORIZED" in codes else "token-refused"
    return ""
