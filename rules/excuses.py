"""Which requirement the refusal of a valid body violates, unless a documented reason explains it."""

from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.refusal_reasons import named_arguments, queue_is_full, selection_refusal
from exports_conformance.rules.applies import SERVER_ERROR, succeeded

EXCUSED = "excused"


def blame(exchange: Exchange) -> str:
    """Name the requirement that the answer to a demanded creation breaks.

    Empty: it was created. `excused`: it was refused for a documented reason that holds as far as can be known.
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
    if named := named_arguments(exchange):
        return f"argument-{named[0].replace('_', '-')}-accepted"
    if set(exchange.sent_attributes) == {"resource_type"}:
        return "create-needs-only-resource-type"
    return "create-accepts-documented"
