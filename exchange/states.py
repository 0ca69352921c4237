"""The statuses of an export, and which may follow which."""

from collections.abc import Mapping

from exports_conformance.exchange.model import Exchange

RUNNING = ("pending", "in_progress")
ENDED = ("completed", "interrupted", "failed")

LATER: Mapping[str, frozenset[str]] = {
    "pending": frozenset({*RUNNING, *ENDED}),
    "in_progress": frozenset({"in_progress", *ENDED}),
    **{status: frozenset({status}) for status in ENDED},
}
"""The statuses that may follow each one, as long as the export is neither interrupted nor started."""


def has_ended(exchange: Exchange) -> bool:
    """Return True if the response shows an export that has ended."""
    return exchange.attributes.get("status") in ENDED


def last_status(exchange: Exchange) -> str:
    """Return the status that the export showed before this exchange; empty if none is known."""
    before = exchange.expectation.expected if isinstance(exchange.expectation.expected, dict) else {}
    status = (before.get("attributes") or {}).get("status")
    return status if isinstance(status, str) else ""


def expected_statuses(exchange: Exchange) -> frozenset[str]:
    """Return the statuses that may follow the last one and the last interrupt or start; empty if any may."""
    before, told = last_status(exchange), exchange.expectation.action
    if told == "interrupt" and before in RUNNING:
        return frozenset(ENDED)  # an interrupt need not take hold at once: the export may end by itself meanwhile
    if told == "interrupt":
        # An export that had ended before the interrupt arrived may show any status.
        return frozenset({"interrupted"}) if before == "interrupted" else frozenset()
    if told == "start":
        return frozenset(LATER) - {"interrupted"}
    return LATER.get(before, frozenset())


def may_be_stale(exchange: Exchange) -> bool:
    """Return True if the response may come from a replica that does not have the last change yet."""
    expected = expected_statuses(exchange)
    shows = exchange.attributes.get("status")
    return exchange.status != 200 or bool(expected and shows in LATER and shows not in expected)  # noqa: PLR2004  OK
