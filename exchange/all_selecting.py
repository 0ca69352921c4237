"""Filters that leave nothing out: every record of any resource type was created after the API itself."""

from typing import Final

from exports_conformance.exchange.strict_json import Json, is_empty

LONG_AGO: Final = "2001-01-01T00:00:00.000Z"

ALL_SELECTING: Final[tuple[dict[str, Json], ...]] = (
    {"created_at_gteq": LONG_AGO},
    {"id_not_null": True, "created_at_gt": LONG_AGO, "created_at_or_updated_at_gteq": LONG_AGO},
)
"""Filters that select every record, the plainest first."""


def selects_everything(filters: Json) -> bool:
    """Say whether filters, none or these, leave nothing out."""
    return is_empty(filters) or filters in ALL_SELECTING
