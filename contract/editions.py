"""Editions of the documentation: the page's, and that of later schemas."""

from collections.abc import Mapping
from typing import Literal

from exports_conformance.contract.exchange import Edition, Exchange

EditionChoice = Literal["auto", "page", "7.10"]

LATER_ATTRIBUTES = ("jwt_filters", "progress", "processed_count", "estimated_completion_at")
"""Attributes that exports have from schema 7.9.15 (2026-04) on."""

STATUSES: Mapping[Edition, tuple[str, ...]] = {
    "page": ("pending", "in_progress", "interrupted", "completed"),
    "7.10": ("pending", "in_progress", "interrupted", "completed", "failed"),
}
"""The statuses of an export that each edition documents."""


def edition_shown(exchange: Exchange) -> tuple[Edition, str]:
    """Tell the edition from a created export, and why: any attribute of the later schemas decides."""
    seen = [name for name in LATER_ATTRIBUTES if name in exchange.attributes]
    if seen:
        return "7.10", f"the first export created has {', '.join(seen)}"
    return "page", f"the first export created has none of {', '.join(LATER_ATTRIBUTES)}"
