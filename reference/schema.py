"""The exports resource in each edition, and its events: relationships, filterable and sortable attributes."""

from collections.abc import Mapping
from dataclasses import dataclass

from exports_conformance.contract.editions import Edition, added_attributes, has

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
FIELDS = frozenset({*FILTERABLE, "includes", "fields", "filters", "dry_data"} - {"id"})


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
    later = added_attributes(edition)
    counts = {name: "integer" for name in later if name == "processed_count"}
    return Columns({**FILTERABLE, **counts}, (*RANGED, *(name for name in later if name == "estimated_completion_at")))


def relationship_names(edition: Edition) -> tuple[str, ...]:
    """Return the relationships of an export."""
    return tuple(name for name in ("events", "versions", "event_stores") if has(edition, f"/data/relationships/{name}"))


def field_names(edition: Edition) -> frozenset[str]:
    """Return the attributes and relationships that a sparse fieldset of exports can name."""
    return FIELDS.union(relationship_names(edition), added_attributes(edition))
