"""Places: where in a creation's request and answer a requirement is to be seen."""

from collections.abc import Mapping
from dataclasses import dataclass

_ARGUMENTS = (
    "resource_type",
    "format",
    "includes",
    "fields",
    "filters",
    "dry_data",
    "reference",
    "reference_origin",
    "metadata",
)
_ATTRIBUTES = (
    *_ARGUMENTS,
    "status",
    "started_at",
    "completed_at",
    "interrupted_at",
    "records_count",
    "attachment_url",
    "errors_log",
    "created_at",
    "updated_at",
    "jwt_filters",
    "progress",
    "processed_count",
    "estimated_completion_at",
)


@dataclass(frozen=True, slots=True)
class Place:
    """JSON pointers into both bodies, names of headers in lower case, the request line, the status.

    Empty where a requirement is not to be seen there.
    """

    request: str = ""
    answer: str = ""
    request_header: str = ""
    answer_header: str = ""
    line: bool = False
    status: bool = False


NOWHERE = Place()


def _of_arguments() -> dict[str, Place]:
    found = {}
    for name in _ARGUMENTS:
        words, pointer = name.replace("_", "-"), f"/data/attributes/{name}"
        for end in ("accepted", "required", "typed", "known"):
            found[f"argument-{words}-{end}"] = Place(request=pointer, status=True)
        found[f"create-echoes-{words}"] = Place(request=pointer, answer=pointer)
        found[f"create-default-{words}"] = Place(answer=pointer)
    return found


def _of_attributes() -> dict[str, Place]:
    return {f"answer-{name.replace('_', '-')}": Place(answer=f"/data/attributes/{name}") for name in _ATTRIBUTES}


PLACES: Mapping[str, Place] = {
    **_of_arguments(),
    **_of_attributes(),
    "create-at-exports": Place(line=True, status=True),
    "create-accepts-documented": Place(request="/data/attributes", status=True),
    "create-needs-only-resource-type": Place(request="/data/attributes/resource_type", status=True),
    "create-status-201": Place(status=True),
    "auth-token-required": Place(request_header="authorization", status=True),
    "auth-token-valid": Place(request_header="authorization", status=True),
    "accept-json-api": Place(request_header="accept", status=True),
    "content-type-json-api": Place(request_header="content-type", status=True),
    "collection-methods": Place(line=True, status=True),
    "request-data-object": Place(request="/data"),
    "request-type-required": Place(request="/data/type"),
    "request-type-exports": Place(request="/data/type"),
    "request-attributes-object": Place(request="/data/attributes"),
    "request-members": Place(request="/data"),
    "request-json": Place(request="/data"),
    "answer-media-type": Place(answer_header="content-type"),
    "answer-data": Place(answer="/data"),
    "answer-type": Place(answer="/data/type"),
    "answer-id": Place(answer="/data/id"),
    "answer-self-link": Place(answer="/data/links/self"),
    "answer-attributes": Place(answer="/data/attributes"),
    "answer-status-known": Place(answer="/data/attributes/status"),
    "answer-format-known": Place(answer="/data/attributes/format"),
    "created-not-updated-before": Place(answer="/data/attributes/updated_at"),
    "created-now": Place(answer="/data/attributes/created_at"),
    "answer-relationships": Place(answer="/data/relationships"),
    "relationship-events": Place(answer="/data/relationships/events"),
    "relationship-versions": Place(answer="/data/relationships/versions"),
    "relationship-event-stores": Place(answer="/data/relationships/event_stores"),
    "answer-meta": Place(answer="/data/meta"),
    "meta-mode": Place(answer="/data/meta/mode"),
    "meta-organization-id": Place(answer="/data/meta/organization_id"),
    "meta-trace-id": Place(answer="/data/meta/trace_id"),
    "rate-limit-headers": Place(answer_header="x-ratelimit-"),
    "error-media-type": Place(answer_header="content-type"),
    "error-document": Place(answer="/errors"),
    "error-status": Place(answer="/errors/0/status", status=True),
    "error-title": Place(answer="/errors/0/title"),
    "error-detail": Place(answer="/errors/0/detail"),
    "error-code": Place(answer="/errors/0/code"),
    "error-code-agrees": Place(answer="/errors/0/code", status=True),
    "error-code-published": Place(answer="/errors/0/code"),
    "error-pointer": Place(answer="/errors/0/source"),
    "retrieve-status-200": Place(line=True, status=True),
    "retrieve-as-created": Place(answer="/data"),
    "retrieve-unknown-404": Place(line=True, status=True),
    "retrieve-sparse": Place(line=True, answer="/data/attributes"),
    "list-status-200": Place(line=True, status=True),
    "list-data": Place(answer="/data"),
    "list-counts": Place(answer="/meta"),
    "list-page-size": Place(answer="/data"),
    "list-links": Place(answer="/links"),
    "list-shows-created": Place(line=True, answer="/data"),
    "update-status-200": Place(line=True, status=True),
    "update-takes": Place(request="/data/attributes", answer="/data/attributes"),
    "update-other-id": Place(line=True, request="/data/id", status=True),
    "delete-status-204": Place(line=True, status=True),
    "delete-removes": Place(line=True, status=True),
    "empty-selection-named": Place(answer="/errors/0/meta"),
    "too-many-records": Place(answer="/errors/0/meta"),
}
"""The place of each requirement that has one; others are seen in an exchange as a whole."""


def place_of(requirement: str) -> Place:
    """Give the place of a requirement; one without a place of its own is to be seen nowhere in particular."""
    return PLACES.get(requirement, NOWHERE)
