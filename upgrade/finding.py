"""A finding: one thing in which two answers differ."""

from dataclasses import dataclass
from typing import Literal

from exports_conformance.exchange.strict_json import Json

What = Literal[
    "status",
    "media type",
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
]
ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing in which two answers differ.

    `at` is a JSON pointer into the answers, `*` for any error, and of a list's exports that into one of them; empty
    where it is no place. `before` and `after` say what is there, `was` and `is_now` are the values themselves.
    """

    what: What
    at: str
    before: str
    after: str
    was: Json = None
    is_now: Json = None
