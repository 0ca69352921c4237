"""Places: where in a request and its answer a requirement is to be seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from exports_conformance.contract.requirements import requirements
from exports_conformance.rules.arguments import ARGUMENTS
from exports_conformance.rules.attributes import LATER_SHAPES, SHAPES, answer_id
from exports_conformance.rules.life import UPDATABLE
from exports_conformance.rules.links import RELATIONSHIPS
from exports_conformance.rules.statuses import BELONGING


@dataclass(frozen=True, slots=True)
class Place:
    """JSON pointers into both bodies, beginnings of headers in lower case, request line, status, facts of a file.

    A pointer's `*` is any element of an array. Empty where a requirement is not to be seen there; of a request
    with a flaw, the planted place is shown instead of `request`.
    """

    request: tuple[str, ...] = ()
    response: tuple[str, ...] = ()
    request_header: tuple[str, ...] = ()
    answer_header: tuple[str, ...] = ()
    line: bool = False
    status: bool = False
    file: tuple[str, ...] = ()


NOWHERE = Place()


def _attribute(*names: str) -> tuple[str, ...]:
    return tuple(f"/data/attributes/{name}" for name in names)


def _of_arguments() -> dict[str, Place]:
    found = {}
    for name in ARGUMENTS:
        words, pointer = name.replace("_", "-"), _attribute(name)
        for end in ("accepted", "required", "typed", "known"):
            found[f"argument-{words}-{end}"] = Place(request=pointer, status=True)
        found[f"create-echoes-{words}"] = Place(request=pointer, response=pointer)
        found[f"create-default-{words}"] = Place(response=pointer)
    return {name: place for name, place in found.items() if name in requirements()}


def _of_attributes() -> dict[str, Place]:
    return {answer_id(name): Place(response=_attribute(name)) for name in (*SHAPES, *LATER_SHAPES)}


def _of_relationships() -> dict[str, Place]:
    words = {name: f"relationship-{name.replace('_', '-')}" for name in RELATIONSHIPS}
    return {word: Place(response=(f"/data/relationships/{name}",)) for name, word in words.items()}


def _of_statuses() -> dict[str, Place]:
    status_and = {name: ("status", attribute) for name, (attribute, _) in BELONGING.items()}
    return {name: Place(response=_attribute(*shown)) for name, shown in status_and.items()}


_REFUSED = Place(status=True)
_ASKED = Place(line=True, status=True)
_AT_DATA = Place(request=("/data",), status=True)
_STATUS_NOW = Place(response=_attribute("status"))


@cache
def places() -> Mapping[str, Place]:
    """Give the place of each requirement that has one."""
    return {
        **_of_arguments(),
        **_of_attributes(),
        **_of_relationships(),
        **_of_statuses(),
        "create-at-exports": _ASKED,
        "create-accepts-documented": Place(request=("/data/attributes",), status=True),
        "create-needs-only-resource-type": Place(request=_attribute("resource_type"), status=True),
        "auth-token-required": Place(request_header=("authorization",), status=True),
        "auth-token-valid": Place(request_header=("authorization",), status=True),
        "accept-json-api": Place(request_header=("accept",), status=True),
        "content-type-json-api": Place(request_header=("content-type",), status=True),
        "negotiation-lenient": Place(request_header=("accept", "content-type"), status=True),
        "collection-methods": _ASKED,
        "request-json": _AT_DATA,
        "request-encoding": _AT_DATA,
        "request-data-object": _AT_DATA,
        "request-type-required": Place(request=("/data/type",), status=True),
        "request-type-exports": Place(request=("/data/type",), status=True),
        "request-attributes-object": Place(request=("/data/attributes",), status=True),
        "request-members": _AT_DATA,
        "request-repeated-keys": _AT_DATA,
        "never-server-error": _ASKED,
        "read-only-attributes": Place(request=("/data/attributes",), status=True),
        "read-only-kept": Place(request=("/data/attributes",), response=("/data/attributes",)),
        **dict.fromkeys(("text-nul", "text-surrogates", "text-long", "text-code"), _REFUSED),
        **dict.fromkeys(("metadata-deep", "metadata-odd-keys"), Place(request=_attribute("metadata"), status=True)),
        "create-status-201": Place(status=True),
        "answer-media-type": Place(answer_header=("content-type",)),
        "answer-data": Place(response=("/data",)),
        "answer-type": Place(response=("/data/type",)),
        "answer-id": Place(response=("/data/id",)),
        "answer-self-link": Place(response=("/data/links/self",)),
        "answer-attributes": Place(response=("/data/attributes",)),
        "answer-status-known": _STATUS_NOW,
        "answer-format-known": Place(response=_attribute("format")),
        "created-not-updated-before": Place(response=_attribute("created_at", "updated_at")),
        "created-now": Place(response=_attribute("created_at")),
        "answer-relationships": Place(response=("/data/relationships",)),
        "answer-meta": Place(response=("/data/meta",)),
        "meta-mode": Place(response=("/data/meta/mode",)),
        "meta-organization-id": Place(response=("/data/meta/organization_id",)),
        "meta-trace-id": Place(response=("/data/meta/trace_id",)),
        "rate-limit-headers": Place(answer_header=("x-ratelimit-",)),
        "error-media-type": Place(answer_header=("content-type",)),
        "error-document": Place(response=("/errors",)),
        "error-status": Place(response=("/errors/*/status",), status=True),
        "error-title": Place(response=("/errors/*/title",)),
        "error-detail": Place(response=("/errors/*/detail",)),
        "error-code": Place(response=("/errors/*/code",)),
        "error-code-agrees": Place(response=("/errors/*/code",), status=True),
        "error-code-published": Place(response=("/errors/*/code",)),
        "error-pointer": Place(response=("/errors/*/source",)),
        "edge-error-document": Place(response=("/errors",), status=True),
        "create-new-id": Place(response=("/data/id",)),
        "retrieve-status-200": _ASKED,
        "retrieve-as-created": Place(response=("/data/id", *_attribute(*ARGUMENTS, "created_at"))),
        "retrieve-unknown-404": _ASKED,
        "retrieve-sparse": Place(line=True, response=("/data/attributes",)),
        "list-status-200": _ASKED,
        "list-data": Place(response=("/data",)),
        "list-counts": Place(response=("/meta",)),
        "list-page-size": Place(line=True, response=("/data/*/id",)),
        "list-page-at-most-25": _ASKED,
        "list-filtered": Place(line=True, response=("/data/*/attributes/reference", "/data/*/attributes/format")),
        "list-sorted": Place(line=True, response=("/data/*/attributes/created_at",)),
        "list-links": Place(response=("/links",)),
        "list-shows-created": Place(line=True, response=("/data/*/id",)),
        "refusal-creates-nothing": Place(line=True, response=("/data",)),
        "status-moves-on": _STATUS_NOW,
        "interrupt-stops": _STATUS_NOW,
        "start-restarts": _STATUS_NOW,
        "completed-after-start": Place(response=_attribute("started_at", "completed_at")),
        "related-collection": Place(line=True, status=True, response=("/data",)),
        "relationship-collection": Place(line=True, status=True, response=("/data",)),
        "update-status-200": _ASKED,
        "update-takes": Place(request=("/data/attributes",), response=_attribute(*UPDATABLE)),
        "update-other-id": Place(line=True, request=("/data/id",), status=True),
        "delete-status-204": _ASKED,
        "delete-removes": _ASKED,
        "file-served": Place(line=True, status=True, file=("size",)),
        "file-gzip": Place(file=("layers",)),
        "file-json": Place(file=("form",)),
        "file-csv": Place(file=("form",)),
        "file-count": Place(file=("records",)),
        "file-fields": Place(file=("names",)),
        "refusal-true": Place(
            request=_attribute("resource_type", "filters"), status=True, response=("/errors/*/meta",)
        ),
        "empty-selection-named": Place(response=("/errors/*/meta",)),
        "too-many-records": Place(response=("/errors/*/meta",)),
    }


WITHOUT: Mapping[str, str] = {
    "answer-json": "it is about the answer's body as a whole",
    "answer-unique-keys": "it is about every object of the answer's body",
    "error-unique-keys": "it is about every object of the answer's body",
    "ten-running": "it is counted in a list that another request asked for",
}
"""The requirements that have no place of their own, each with the reason."""


def place_of(requirement: str) -> Place:
    """Give the place of a requirement; one without a place of its own is to be seen nowhere in particular."""
    return places().get(requirement, NOWHERE)
