"""The sections of the contract page: arguments first, then the moments in an export's life, and what each is about.

Each section names its requirements and open questions by the beginning of their ids; the longest beginning decides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

ContractPart = Literal[
    "Create an export", "Arguments", "The response", "The life of an export", "The file", "Errors and limits"
]


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the contract page.

    `summary` is one sentence; `request` and `response` are JSON pointers into the documentation's example that it
    shows. `begins` are beginnings of the ids of its requirements, `asks` those of its open questions.
    """

    id: str
    part: ContractPart
    title: str
    summary: str
    begins: tuple[str, ...]
    asks: tuple[str, ...] = ()
    request: tuple[str, ...] = ()
    response: tuple[str, ...] = ()


def _argument(name: str, summary: str, *, begins: Iterable[str] = (), asks: tuple[str, ...] = ()) -> Section:
    dashed = name.replace("_", "-")
    own = [f"{prefix}-{dashed}" for prefix in ("argument", "answer", "create-echoes", "create-default")]
    pointer = f"/data/attributes/{name}"
    return Section(dashed, "Arguments", f"`{name}`", summary, (*own, *begins), asks, response=(pointer,))


SECTIONS = (
    Section(
        "sending",
        "Create an export",
        "The request",
        "POST a JSON:API document to `/api/exports`, with a bearer token.",
        (
            "create-at-exports",
            "create-accepts-documented",
            "create-needs-only-resource-type",
            "auth-",
            "accept-",
            "content-type-",
            "negotiation-",
            "collection-methods",
            "request-",
            "never-server-error",
            "read-only-",
        ),
        ("read-only-attribute", "method-of-the-collection", "odd-media-types", "wrong-json-type", "explicit-null"),
        request=("/data",),
    ),
    _argument(
        "resource_type",
        "String, required. The type of the records to export, in plural and snake_case.",
        asks=("unsupported-resource-type", "missing-resource-type", "exportable-types"),
    ),
    _argument(
        "format",
        "String, optional: `json` (default) or `csv`.",
        begins=("answer-format-known",),
        asks=("unknown-format",),
    ),
    _argument(
        "includes",
        "Array of strings, optional. Relationship paths whose records come with each exported record.",
        asks=("unknown-includes", "include-depth", "includes-beside-fields"),
    ),
    _argument(
        "fields",
        "Array of strings, optional. The attributes to export; of related records as `prices.*`. Without it, all.",
        asks=("unknown-fields",),
    ),
    _argument(
        "filters",
        "Object, optional. Which records to export, as `{attribute}_{predicate}: value`.",
        asks=("unknown-filters",),
    ),
    _argument("dry_data", "Boolean, optional, `false` by default. Leaves out attributes that an import would reject."),
    _argument(
        "reference",
        "String, optional. Your own identifier for the export.",
        begins=("text-",),
        asks=("long-text",),
    ),
    _argument("reference_origin", "String, optional. Where the reference comes from."),
    _argument(
        "metadata",
        "Object, optional. Your own key-value pairs.",
        begins=("metadata-",),
        asks=("nulls-in-arrays", "unset-metadata"),
    ),
    Section(
        "created",
        "The response",
        "The created export",
        "201 with the export as a JSON:API resource; its status is usually `pending`.",
        ("create-status-201", "create-new-id", "created-", "answer-", "meta-"),
        ("status-at-creation", "location-header", "shape-of-ids", "idempotency"),
        response=("/data/id", "/data/type", "/data/links", "/data/attributes/status", "/data/meta"),
    ),
    Section(
        "relationships",
        "The response",
        "Relationships",
        "Links to the events and versions of the export.",
        ("answer-relationships", "relationship-", "related-"),
        ("edition-versions", "edition-event-stores"),
        response=("/data/relationships",),
    ),
    Section(
        "running",
        "The life of an export",
        "While it runs",
        "The status moves from `pending` to `in_progress`; `started_at` is set.",
        (
            "status-moves-on",
            "started-",
            "answer-started-at",
            "answer-jwt-filters",
            "answer-progress",
            "answer-processed-count",
            "answer-estimated-completion-at",
            "answer-status",
        ),
        ("edition-progress",),
        response=("/data/attributes/status", "/data/attributes/started_at"),
    ),
    Section(
        "completed",
        "The life of an export",
        "Completed",
        "`completed_at`, `records_count` and the link to the file, `attachment_url`, are set.",
        ("completed-", "attachment-", "ended-", "answer-completed-at", "answer-records-count", "answer-attachment-url"),
        ("records-count-at-creation", "retention", "attachment-scheme"),
        response=(
            "/data/attributes/completed_at",
            "/data/attributes/records_count",
            "/data/attributes/attachment_url",
        ),
    ),
    Section(
        "interrupted",
        "The life of an export",
        "Interrupted",
        "PATCH `_interrupt` stops an export; `interrupted_at` is set.",
        ("interrupt", "start-restarts", "answer-interrupted-at"),
        ("interrupted-resumable",),
        response=("/data/attributes/interrupted_at",),
    ),
    Section(
        "failed",
        "The life of an export",
        "Failed",
        "`errors_log` says why an export failed.",
        ("failed-", "answer-errors-log"),
        ("edition-failed",),
        response=("/data/attributes/errors_log",),
    ),
    Section(
        "retrieving",
        "The life of an export",
        "Retrieve and list",
        "GET one export by its id, or all of them page by page, filtered and sorted.",
        ("retrieve-", "list-"),
        ("not-found-document",),
        response=("/data/links",),
    ),
    Section(
        "updating",
        "The life of an export",
        "Update",
        "PATCH changes `reference`, `reference_origin` and `metadata`.",
        ("update-",),
        response=("/data/attributes/reference", "/data/attributes/reference_origin", "/data/attributes/metadata"),
    ),
    Section(
        "deleting",
        "The life of an export",
        "Delete",
        "DELETE removes the export.",
        ("delete-",),
        ("delete-while-running",),
    ),
    Section(
        "file",
        "The file",
        "The file",
        "A gzipped JSON array or CSV table of the records, at `attachment_url`.",
        ("file-",),
        response=("/data/attributes/attachment_url",),
    ),
    Section(
        "errors",
        "Errors and limits",
        "Errors",
        "A refusal has an array of JSON:API errors with `title`, `detail`, `code` and `status`.",
        ("error-", "edge-", "refusal-creates-nothing"),
    ),
    Section(
        "limits",
        "Errors and limits",
        "Limits",
        "At most ten exports run at a time; requests are counted by address.",
        ("refusal-true", "empty-selection", "too-many-records", "ten-running", "rate-limit-"),
        ("ten-running-refusal", "largest-export", "empty-selection"),
    ),
)
"""The sections in the order of the page."""


_OF_TOPIC = {
    "request": "sending",
    "arguments": "sending",
    "answer": "created",
    "errors": "errors",
    "limits": "limits",
    "life": "retrieving",
    "file": "file",
}
"""The section of a requirement that none names, as in the result of another version."""


def _longest(id_: str, beginnings: Mapping[str, str]) -> str:
    """Return what the longest beginning of an id stands for; empty if none begins it."""
    return beginnings.get(max((each for each in beginnings if id_.startswith(each)), key=len, default=""), "")


@cache
def section_of(requirement: str, topic: str) -> str:
    """Return the id of the section that a requirement belongs to."""
    named = _longest(requirement, {begin: each.id for each in SECTIONS for begin in each.begins})
    return named or _OF_TOPIC.get(topic, "sending")


@cache
def section_of_question(question: str) -> str:
    """Return the id of the section that an open question belongs to."""
    return _longest(question, {begin: each.id for each in SECTIONS for begin in each.asks}) or "sending"
