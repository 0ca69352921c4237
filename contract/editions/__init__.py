"""Editions of the documentation: the page's, and what later schemas add to it, drop from it and close in it."""

from exports_conformance.contract.editions.changes import Change, changes, closed, closing, explanation
from exports_conformance.contract.editions.telling import (
    LATER_ATTRIBUTES,
    STATUSES,
    EditionChoice,
    edition_shown,
    tells_edition,
)

__all__ = [
    "LATER_ATTRIBUTES",
    "STATUSES",
    "Change",
    "EditionChoice",
    "changes",
    "closed",
    "closing",
    "edition_shown",
    "explanation",
    "tells_edition",
]
