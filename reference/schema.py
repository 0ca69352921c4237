"""The exports resource in each edition, and its events: relationships, and what a list is filtered and sorted by."""

from collections.abc import Mapping
from dataclasses import dataclass

from exports_conformance.contract.editions import Edition

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
_LATER = frozenset({"jwt_filters", "estimated_completion_at", "processed_count", "progress"})
FIELDS = frozenset({*FILTERABLE, "includes", "fields", "filters", "dry_data"} - {"id"})
RELATIONSHIP_NAMES: Mapping[Edition, tuple[str, ...]] = {
    "page": ("events", "versions", "event_stores"),
    "7.10": ("events", "event_stores"),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """What a list can be filtered by, with its types, and by `_from` and `_to`; all but objects can be sorted by."""

    filterable: Mapping[str, str]
    ranged: tuple[str, ...]

    @property
    def sortable(self) -> frozenset[str]:
        """The attributes that a list can be sorted by."""
        return frozenset(name for name, value_type in self.filterable.items() if value_type != "object")


EVENTS = Columns(
    {
        "id": "string",
        "name": "string",
        "created_at": "datetime",
        "updated_at": "datetime",
        "reference": "string",
        "reference_origin": "string",
        "metadata": "object",
    },
    ("created_at", "updated_at"),
)


def columns(edition: Edition) -> Columns:
    """Give what a list of exports can be filtered and sorted by."""
    if edition == "page":
        return Columns(FILTERABLE, RANGED)
    return Columns({**FILTERABLE, "processed_count": "integer"}, (*RANGED, "estimated_completion_at"))


def field_names(edition: Edition) -> frozenset[str]:
    """Give the attributes and relationships that a sparse fieldset can name."""
    return FIELDS.union(RELATIONSHIP_NAMES[edition], () if edition == "page" else _LATER)
