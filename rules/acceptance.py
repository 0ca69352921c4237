"""Creations that must succeed, and which requirement an undocumented refusal of one violates."""

from collections.abc import Iterator

from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.refusal_reasons import named_arguments, queue_is_full, selection_refusal
from exports_conformance.rules.conditions import SERVER_ERROR, AppliesTo, creates, outcome_of, succeeded, was_sent
from exports_conformance.rules.engine import Finding

EXCUSED = "excused"


def must_succeed(exchange: Exchange) -> bool:
    """Return True if the documentation leaves no doubt that this creation succeeds.

    An explicit null does: no schema of the vendor lets an argument of a creation be null.
    """
    expectation = exchange.expectation
    meant = expectation.outcome == "success" and expectation.certain
    return creates(exchange) and was_sent(exchange) and meant and None not in exchange.sent_attributes.values()


def blame(exchange: Exchange) -> str:
    """Return the requirement that the response to a creation that must succeed violates.

    Empty if it succeeded, and `excused` if it was refused for a documented reason that nothing contradicts.
    """
    if succeeded(exchange):
        return ""
    if exchange.status in {404, 405}:
        return "create-at-exports"
    if exchange.status >= SERVER_ERROR:
        return "create-accepts-documented"
    if selection_refusal(exchange):
        return "refusal-true" if exchange.lookups.control_status == 201 else EXCUSED  # noqa: PLR2004  Created
    if queue_is_full(exchange):
        return EXCUSED
    for argument in named_arguments(exchange):
        for each in requirements().values():
            if each.accepts == argument:
                return each.id
    if set(exchange.sent_attributes) == {"resource_type"}:
        return "create-needs-only-resource-type"
    return "create-accepts-documented"


def decides(requirement: str) -> AppliesTo:
    """Return a condition: a creation that must succeed did, or its refusal violates this requirement."""
    return lambda exchange: must_succeed(exchange) and blame(exchange) in {"", requirement}


def not_created(exchange: Exchange) -> Iterator[Finding]:
    """Find a creation that did not succeed."""
    if not succeeded(exchange):
        yield Finding("201 Created", outcome_of(exchange))
