"""What a published document says of the exports resource, in one form for every kind of document.

Decision: docs/decisions/0066-drift-compares-descriptions.md.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from exports_conformance.exchange.strict_json import Json

Part = Literal["server", "operation", "parameter", "argument", "update argument", "attribute", "relationship", "member"]
"""Arguments are members of a creation's `data`; attributes, relationships and members are those of a response's."""

Place = tuple[Part, str]
"""A part and its name: `POST /exports`, `GET /exports: query sort`, `attributes.format`, `includes[]`, `links.self`."""

Aspects = Mapping[str, Json]
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


Impact = Literal["breaking", "loosened", "compatible", "cosmetic"]
"""Breaking: a caller that keeps to the old document fails, or receives what it says cannot come.
Loosened: the API accepts what it refused. Compatible: old callers need not care. Cosmetic: only the words differ."""

IMPACTS: tuple[Impact, ...] = ("breaking", "loosened", "compatible", "cosmetic")

Direction = Literal["less", "more", "other"]
"""Whether the new document allows or has less than the old one, or more, or something else."""

Measure = Callable[[Json, Json], Direction]

REQUEST: tuple[Part, ...] = ("argument", "update argument", "parameter")
RESPONSE: tuple[Part, ...] = ("attribute", "relationship", "member")
OPERATION: tuple[Part, ...] = ("operation",)
SERVER: tuple[Part, ...] = ("server",)
EVERYWHERE: tuple[Part, ...] = (*OPERATION, *REQUEST, *RESPONSE)


@dataclass(frozen=True, slots=True)
class ComparedAspect:
    """One aspect that is compared, and the impact of a difference in each direction.

    A `detail` is compared with our contract only where the published document states it: ours states more than the
    vendor writes down. `wording` is compared between two published documents only.
    """

    parts: tuple[Part, ...]
    aspect: str
    measure: Measure
    less: Impact
    more: Impact
    other: Impact = "breaking"
    detail: bool = False
    wording: bool = False


def _set(old: Json, new: Json) -> Direction:
    """Compare sets of allowed values; None allows any value."""
    if new is None or old is None:
        return "more" if new is None else "less"
    return "less" if new < old else "more" if new > old else "other"


def _closed_list(old: Json, new: Json) -> Direction:
    """Compare the values of closed lists; an empty list is open."""
    return _set(old or None, new or None)


def _listed(old: Json, new: Json) -> Direction:
    """Compare sets of things that a document has; an empty set or None has none."""
    return _set(old or frozenset(), new or frozenset())


def _restriction(old: Json, new: Json) -> Direction:
    """Compare a flag or a keyword whose presence allows less."""
    return "more" if not new else "less" if not old else "other"


def _permission(old: Json, new: Json) -> Direction:
    """Compare a flag whose presence allows more; a document that does not state it does not permit it."""
    return "less" if old and not new else "more"


def _upper(old: Json, new: Json) -> Direction:
    if _number(old) and _number(new):
        return "less" if new < old else "more"
    return _restriction(old is not None, new is not None)


def _lower(old: Json, new: Json) -> Direction:
    if _number(old) and _number(new):
        return "less" if new > old else "more"
    return _restriction(old is not None, new is not None)


def _stated(old: Json, new: Json) -> Direction:
    """Compare a value without an order: it may be newly stated, no longer stated, or another one."""
    return "more" if new is None else "less" if old is None else "other"


def _number(value: Json) -> bool:
    return isinstance(value, (int, float))


def _keyword(aspect: str, measure: Measure, *, detail: bool = True) -> tuple[ComparedAspect, ComparedAspect]:
    """Return the rows of a schema keyword: callers suffer if requests allow less, or responses more."""
    return (
        ComparedAspect(REQUEST, aspect, measure, less="breaking", more="loosened", detail=detail),
        ComparedAspect(RESPONSE, aspect, measure, less="compatible", more="breaking", detail=detail),
    )


TABLE: tuple[ComparedAspect, ...] = (
    ComparedAspect(SERVER, "path", _stated, "breaking", "breaking", detail=True),
    ComparedAspect(OPERATION, PRESENT, _permission, less="breaking", more="compatible"),
    ComparedAspect(OPERATION, "success", _listed, "breaking", "breaking", detail=True),
    ComparedAspect(OPERATION, "errors", _listed, "compatible", "compatible", "compatible", detail=True),
    ComparedAspect(OPERATION, "media types accepted", _listed, less="breaking", more="loosened", detail=True),
    ComparedAspect(OPERATION, "media types returned", _listed, less="breaking", more="compatible", detail=True),
    ComparedAspect(OPERATION, "headers", _listed, less="breaking", more="compatible", detail=True),
    ComparedAspect(OPERATION, "body required", _restriction, less="breaking", more="loosened", detail=True),
    ComparedAspect(OPERATION, "security", _stated, "breaking", "breaking", detail=True),
    ComparedAspect(OPERATION, "attributes shown", _listed, less="breaking", more="compatible", wording=True),
    ComparedAspect(REQUEST, PRESENT, _permission, less="breaking", more="compatible"),
    ComparedAspect(RESPONSE, PRESENT, _permission, less="breaking", more="compatible"),
    ComparedAspect(REQUEST, "required", _restriction, less="breaking", more="loosened"),
    ComparedAspect(RESPONSE, "required", _restriction, less="compatible", more="breaking", detail=True),
    *_keyword("types", _set),
    *_keyword("nullable", _permission),
    *_keyword("values", _closed_list, detail=False),
    *_keyword("format", _stated),
    *_keyword("pattern", _stated),
    *_keyword("minLength", _lower),
    *_keyword("maxLength", _upper),
    *_keyword("minimum", _lower),
    *_keyword("maximum", _upper),
    *_keyword("exclusiveMinimum", _lower),
    *_keyword("exclusiveMaximum", _upper),
    *_keyword("multipleOf", _stated),
    *_keyword("minItems", _lower),
    *_keyword("maxItems", _upper),
    *_keyword("uniqueItems", _restriction),
    *_keyword("minProperties", _lower),
    *_keyword("maxProperties", _upper),
    *_keyword("closed", _restriction),
    ComparedAspect(REQUEST, "default", _stated, less="compatible", more="compatible", detail=True),
    ComparedAspect(REQUEST, "readOnly", _restriction, less="breaking", more="loosened"),
    ComparedAspect(RESPONSE, "writeOnly", _restriction, less="breaking", more="compatible"),
    ComparedAspect(("parameter",), "style", _stated, "breaking", "breaking", detail=True),
    ComparedAspect(("parameter",), "explode", _stated, "breaking", "breaking", detail=True),
    ComparedAspect(EVERYWHERE, "deprecated", _restriction, "compatible", "compatible"),
    ComparedAspect(OPERATION, "operationId", _stated, "cosmetic", "cosmetic", "cosmetic", wording=True),
    ComparedAspect(OPERATION, "summary", _stated, "cosmetic", "cosmetic", "cosmetic", wording=True),
    ComparedAspect(
        (*OPERATION, *REQUEST, *RESPONSE), "description", _stated, "cosmetic", "cosmetic", "cosmetic", wording=True
    ),
)
"""Everything that is compared."""


def rows_of(part: Part) -> Iterable[ComparedAspect]:
    """Return the rows of the table that apply to a part."""
    return [row for row in TABLE if part in row.parts]
