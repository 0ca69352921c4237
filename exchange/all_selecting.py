"""Filters that select every record: each was created after the API itself."""

from typing import Final

from exports_conformance.exchange.strict_json import Json, is_empty

LONG_AGO: Final = "2001-01-01T00:00:00.000Z"

ALL_SELECTING: Final[tuple[dict[str, Json], ...]] = (
    {"created_at_gteq": LONG_AGO},
    {"id_not_null": True, "created_at_gt": LONG_AGO, "created_at_or_updated_at_gteq": LONG_AGO},
)
"""Filters that select every record, the simplest first."""


def selects_everything(filters: Json) -> bool:
    """Return True if filters select every record."""
    return is_empty(filters) or filters in ALL_SELECTING
