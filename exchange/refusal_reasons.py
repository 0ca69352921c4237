"""The documented reasons for which a valid creation may be refused, as its response shows them."""

from typing import Literal

from exports_conformance.exchange.model import Exchange

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
    """Return an error object's `source.pointer`; empty if it has none."""
    source = error.get("source")
    pointer = source.get("pointer") if isinstance(source, dict) else None
    return pointer if isinstance(pointer, str) else ""


def pointers_overlap(pointer: str, other: str) -> bool:
    """Return True if two JSON pointers name the same place, or one names an ancestor of the other's."""
    one, two = pointer.rstrip("/") + "/", other.rstrip("/") + "/"
    return one.startswith(two) or two.startswith(one)


def named_arguments(exchange: Exchange) -> tuple[str, ...]:
    """Return the attributes of the request that the response's errors point into, in the order they were sent."""
    pointers = [pointer for error in exchange.errors if (pointer := pointer_of(error))]
    return tuple(
        name
        for name in exchange.sent_attributes
        if any(p.startswith("/data/attributes/") and pointers_overlap(p, f"/data/attributes/{name}") for p in pointers)
    )


def queue_is_full(exchange: Exchange) -> bool:
    """Return True if so many exports were running that a refusal may be due to their number."""
    return (exchange.lookups.running or 0) >= RUNNING_AT_MOST
