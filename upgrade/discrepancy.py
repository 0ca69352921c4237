"""One thing in which two responses to the same request differ."""

from dataclasses import dataclass
from typing import Literal

from exports_conformance.exchange.strict_json import Json

DiscrepancyKind = Literal[
    "status",
    "media type",
    "header",
    "header added",
    "header removed",
    "document",
    "member added",
    "member removed",
    "retyped",
    "newly null",
    "no longer null",
    "enum value",
    "value",
    "order",
    "code",
    "pointer",
    "prose",
    "promise",
    "timing",
]
HEADER_KINDS = frozenset({"header", "header added", "header removed"})


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One thing in which two responses differ.

    `at` is a JSON pointer into the responses, with `*` for any error, and for a list into one of its exports; for a
    header it is its name. It is empty where the discrepancy has no place. `before` and `after` describe what is there,
    `was` and `is_now` are the values.
    """

    what: DiscrepancyKind
    at: str
    before: str
    after: str
    was: Json = None
    is_now: Json = None
