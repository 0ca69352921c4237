"""Editions of the documentation: a TOML file for each, and the reader of what it adds, drops and closes.

Decision: docs/decisions/0029-editions-are-changes.md.
"""

from exports_conformance.contract.editions.changes import (
    Change,
    Edition,
    added_attributes,
    changes,
    closed,
    closing,
    edition_with,
    editions,
    explanation,
    first_edition,
    has,
    latest_edition,
    statuses,
)

__all__ = [
    "Change",
    "Edition",
    "added_attributes",
    "changes",
    "closed",
    "closing",
    "edition_with",
    "editions",
    "explanation",
    "first_edition",
    "has",
    "latest_edition",
    "statuses",
]
