"""Facts of a document: which operations, arguments, attributes and relationships it has, and what it says of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["operation", "argument", "attribute", "relationship"]


@dataclass(frozen=True, slots=True)
class Fact:
    """What a document says of one thing; None where it says nothing.

    `types` are JSON types, null apart; `values` those of a closed list, empty for an open one.
    """

    types: frozenset[str] | None = None
    required: bool | None = None
    nullable: bool | None = None
    values: frozenset[str] | None = None


Facts = Mapping[tuple[Kind, str], Fact]
"""By kind and name: `POST /exports`, `attributes.dry_data`, `status`, `events`."""


class UnreadableDocument(Exception):  # noqa: N818  it names what the document is
    """A file in which nothing of the exports resource is described; one line says what was looked for."""
