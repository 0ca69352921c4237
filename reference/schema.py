"""The exports resource in each edition, and its events: relationships, filterable and sortable attributes."""

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
    """The filterable attributes of a list with their types, and those with `_from` and `_to` filters."""

    filterable: Mapping[str, str]
    ranged: tuple[str, ...]

    @property
    def sortable(self) -> frozenset[str]:
        """The sortable attributes: all but objects."""
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
    """Return the filterable and sortable attributes of exports."""
    if edition == "page":
        return Columns(FILTERABLE, RANGED)
    return Columns({**FILTERABLE, "processed_count": "integer"}, (*RANGED, "estimated_completion_at"))


def field_names(edition: Edition) -> frozenset[str]:
    """Return the attributes and relationships that a sparse fieldset of exports can name."""
    return FIELDS.union(RELATIONSHIP_NAMES[edition], () if edition == "page" else _LATER)
