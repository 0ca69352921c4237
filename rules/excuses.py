"""Excuses: the documented reasons for which a valid body may be refused, and whom to blame without one."""

from typing import Literal

from exports_conformance.exchange.model import Exchange
from exports_conformance.rules.applies import SERVER_ERROR, UNPROCESSABLE, related, succeeded

RUNNING_AT_MOST = 10
"""Exports that may be pending or in progress at a time, in an organisation (Exporting resources guide)."""

EXCUSED = "excused"
_SELECTION: dict[str, Literal["empty", "too-many"]] = {"greater_than": "empty", "less_than_or_equal_to": "too-many"}


def selection_refusal(exchange: Exchange) -> Literal["", "empty", "too-many"]:
    """Say whether a creation was refused because it selects no records, or too many of them.

    The vendor's own clients know it by `meta.error`, wherever the error points; one that points at what was
    planted in the request is about that.
    """
    if exchange.status != UNPROCESSABLE:
        return ""
    for error in exchange.errors:
        pointer, planted = pointer_of(error), exchange.expectation.at
        counts_records = pointer.endswith("/records_count")
        if planted and pointer.startswith(planted) and not counts_records:
            continue
        meta = error.get("meta")
        reason = meta.get("error") if isinstance(meta, dict) else None
        if isinstance(reason, str) and reason in _SELECTION:
            return _SELECTION[reason]
        if counts_records and pointer != planted:
            return "empty"
    return ""


def pointer_of(error: dict[str, object]) -> str:
    """Give an error object's `source.pointer`, empty where it has none."""
    source = error.get("source")
    pointer = source.get("pointer") if isinstance(source, dict) else None
    return pointer if isinstance(pointer, str) else ""


def named_arguments(exchange: Exchange) -> tuple[str, ...]:
    """Give the attributes of the request that the answer's errors point into, in the order they were sent."""
    pointers = [pointer for error in exchange.errors if (pointer := pointer_of(error))]
    return tuple(
        name
        for name in exchange.sent_attributes
        if any(p.startswith("/data/attributes/") and related(p, f"/data/attributes/{name}") for p in pointers)
    )


def names_an_argument(exchange: Exchange) -> bool:
    """Say whether a refusal points at an argument that was sent, so that no limit can be its reason."""
    return bool(named_arguments(exchange))


def queue_is_full(exchange: Exchange) -> bool:
    """Say whether as many exports ran as may, so that a refusal may be for their number."""
    return (exchange.circumstances.running or 0) >= RUNNING_AT_MOST


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
        return "refusal-true" if exchange.circumstances.control_status == 201 else EXCUSED  # noqa: PLR2004  Created
    if queue_is_full(exchange):
        return EXCUSED
    if named := named_arguments(exchange):
        return f"argument-{named[0].replace('_', '-')}-accepted"
    if set(exchange.sent_attributes) == {"resource_type"}:
        return "create-needs-only-resource-type"
    return "create-accepts-documented"
