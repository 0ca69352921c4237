"""The exports resource in each edition: its relationships, and what a list is filtered and sorted by."""

from collections.abc import Mapping

from exports_conformance.endpoints.reference.policy import Edition

FILTERABLE: Mapping[str, str] = {
    "id": "string",
    "resource_type": "string",
    "format": "string",
    "status": "string",
    "started_at": "datetime",
    "completed_at": "datetime",
    "interrupted_at": "datetime",
    "records_count": "integer",
    "attachment_url": "string",
    "errors_log": "object",
    "created_at": "datetime",
    "updated_at": "datetime",
    "reference": "string",
    "reference_origin": "string",
    "metadata": "object",
}
RANGED = ("started_at", "completed_at", "interrupted_at", "created_at", "updated_at")
LATER = frozenset({"jwt_filters", "estimated_completion_at", "processed_count", "progress"})
FIELDS = frozenset({*FILTERABLE, "includes", "fields", "filters", "dry_data"} - {"id"})
RELATIONSHIPS: Mapping[Edition, tuple[str, ...]] = {
    "page": ("events", "versions", "event_stores"),
    "7.10": ("events", "event_stores"),
}


def filterable(edition: Edition) -> Mapping[str, str]:
    """Give the attributes that a list can be filtered by, with their types."""
    return FILTERABLE if edition == "page" else {**FILTERABLE, "processed_count": "integer"}


def ranged(edition: Edition) -> tuple[str, ...]:
    """Give the times that a list can be filtered by with `_from` and `_to`."""
    return RANGED if edition == "page" else (*RANGED, "estimated_completion_at")


def sortable(edition: Edition) -> frozenset[str]:
    """Give the attributes that a list can be sorted by."""
    return frozenset(filterable(edition)) - {"errors_log", "metadata"}


def fields(edition: Edition) -> frozenset[str]:
    """Give the attributes and relationships that a sparse fieldset can name."""
    return FIELDS.union(RELATIONSHIPS[edition], () if edition == "page" else LATER)
