"""What a published document says of the exports resource, in one form for every kind of document."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Part = Literal["server", "operation", "parameter", "argument", "update argument", "attribute", "relationship", "member"]
"""Arguments are members of a creation's `data`; attributes, relationships and members are those of a response's."""

Place = tuple[Part, str]
"""A part and its name: `POST /exports`, `GET /exports: query sort`, `attributes.format`, `includes[]`, `links.self`."""

Aspects = Mapping[str, Any]
"""What a document says of a place, by aspect (`types`, `required`, `maxLength`); it is silent on a missing one."""

PRESENT = "present"
SAVED_PAGE = "saved page"
"""The form of a page; its example shows values, not types."""
CREATE, UPDATE = "POST /exports", "PATCH /exports/{id}"


class UnreadableDocumentError(Exception):
    """A document that cannot be compared; its message continues a sentence that begins with the file."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a kind of document can say of a part: names that match `names`, and only these aspects.

    `aspects` is None for a kind that can state every aspect.
    """

    names: str = ".*"
    aspects: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """What one document says.

    `form` is the kind of document, in words; `version` is the vendor's schema version, empty if the document has
    none. On a part without a scope the document is silent.
    """

    form: str
    version: str
    places: Mapping[Place, Aspects]
    scopes: Mapping[Part, Scope]

    def speaks_of(self, place: Place, aspect: str) -> bool:
        """Return True if this kind of document can state an aspect of a place."""
        scope = self.scopes.get(place[0])
        if scope is None or re.fullmatch(scope.names, place[1], re.DOTALL) is None:
            return False
        return scope.aspects is None or aspect in scope.aspects
