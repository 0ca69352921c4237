"""Servers whose response to a creation is wrong in one member."""

import json
from codecs import BOM_UTF8
from dataclasses import replace

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import COLLECTION, breaks, is_creation, on_created


@breaks("create-status-201")
def answers_200(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers 200 instead of 201."""
    response = respond(request)
    return replace(response, status=200) if is_creation(request) and response.status == 201 else response


@breaks("create-status-201")
def answers_202(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers 202, since the export has only begun."""
    response = respond(request)
    return replace(response, status=202) if is_creation(request) and response.status == 201 else response


@breaks("answer-media-type")
def success_is_plain_json(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Sends successes as application/json."""
    response = respond(request)
    return response.with_header("Content-Type", "application/json") if response.status == 201 else response


@breaks("answer-media-type")
def success_without_media_type(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Sends successes without a Content-Type."""
    response = respond(request)
    return response.without_header("Content-Type") if response.status == 201 else response


@breaks("answer-no-byte-order-mark")
def answers_with_a_byte_order_mark(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Writes a byte order mark before every document."""
    response = respond(request)
    return replace(response, raw=BOM_UTF8 + response.body) if response.document is not None else response


def _raw(requirement: str, name: str, old: bytes, new: bytes) -> None:
    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if not is_creation(request) or response.status != 201:
            return response
        assert old in response.body
        return replace(response, raw=response.body.replace(old, new, 1))

    breaks(requirement, name, summary=f"Writes {new.decode('latin-1')!r} in place of {old.decode()!r}.")(middleware)


_raw("answer-json", "answers-nan", b'"records_count":', b'"size":NaN,"records_count":')
_raw("answer-json", "answers-cut-short", b"}", b"")
_raw("answer-json", "answers-latin-1", b'"meta":{', b'"meta":{"name":"Gr\xf6\xdfe",')
_raw("answer-json", "answers-two-documents", b'{"data":', b'{}{"data":')
_raw("answer-unique-keys", "answers-a-key-twice", b'"meta":{', b'"meta":{"mode":"test",')
_raw("answer-unique-keys", "answers-an-attribute-twice", b'"status":', b'"status":"pending","status":')


def _data(requirement: str, name: str, data: Json) -> None:
    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        return replace(response, document=data) if is_creation(request) and response.status == 201 else response

    breaks(requirement, name, summary=f"Answers a creation with `{json.dumps(data)}`.")(middleware)


_data("answer-data", "data-is-null", {"data": None})
_data("answer-data", "data-is-missing", {"meta": {}})
_data("answer-data", "data-is-a-list", {"data": []})


def _member(requirement: str, name: str, *path: str, value: Json = None, missing: bool = False) -> None:
    def edit(data: dict[str, Json], _: ServerRequest) -> None:
        place = data
        for step in path[:-1]:
            place = place[step]
        if missing:
            place.pop(path[-1], None)
        else:
            place[path[-1]] = value

    place = ".".join(path)
    said = f"Leaves `{place}` out." if missing else f"Shows `{json.dumps(value)}` as `{place}`."
    breaks(requirement, name, summary=said)(on_created(edit))


_member("answer-type", "type-singular", "type", value="export")
_member("answer-type", "type-missing-in-answer", "type", missing=True)
_member("answer-id", "id-is-a-number", "id", value=7)
_member("answer-id", "id-missing", "id", missing=True)
_member("answer-self-link", "self-link-missing", "links", missing=True)
_member("answer-self-link", "self-link-relative", "links", "self", value="/api/exports/XAyRWNUzyN")
_member("answer-self-link", "self-link-of-another", "links", "self", value="https://x.example/api/exports/XAyRWNUzyN")

for _requirement, _container in (
    ("answer-attributes", "attributes"),
    ("answer-relationships", "relationships"),
    ("answer-meta", "meta"),
):
    _member(_requirement, f"{_container}-missing", _container, missing=True)
    _member(_requirement, f"{_container}-a-list", _container, value=[])

MISTYPED: tuple[tuple[str, str, Json], ...] = (
    ("answer-resource-type", "resource_type", 7),
    ("answer-format", "format", 7),
    ("answer-status", "status", 7),
    ("answer-includes", "includes", 7),
    ("answer-fields", "fields", 7),
    ("answer-filters", "filters", 7),
    ("answer-dry-data", "dry_data", 7),
    ("answer-started-at", "started_at", 7),
    ("answer-completed-at", "completed_at", 7),
    ("answer-interrupted-at", "interrupted_at", 7),
    ("answer-records-count", "records_count", "7"),
    ("answer-attachment-url", "attachment_url", 7),
    ("answer-errors-log", "errors_log", 7),
    ("answer-created-at", "created_at", 7),
    ("answer-updated-at", "updated_at", 7),
    ("answer-reference", "reference", 7),
    ("answer-reference-origin", "reference_origin", 7),
    ("answer-metadata", "metadata", 7),
)
"""The requirement of each attribute's type, and a value of another type."""

for _requirement, _attribute, _wrong in MISTYPED:
    _name = _attribute.replace("_", "-")
    _member(_requirement, f"{_name}-missing", "attributes", _attribute, missing=True)
    _member(_requirement, f"{_name}-mistyped", "attributes", _attribute, value=_wrong)

_member("answer-resource-type", "resource-type-null-in-answer", "attributes", "resource_type", value=None)
_member("answer-status", "status-null", "attributes", "status", value=None)
_member("answer-records-count", "records-count-negative", "attributes", "records_count", value=-1)
_member("answer-records-count", "records-count-fractional", "attributes", "records_count", value=1.5)
_member("answer-attachment-url", "attachment-url-relative", "attributes", "attachment_url", value="/file.json.gz")
_member("answer-created-at", "created-at-without-zone", "attributes", "created_at", value="2026-01-01T12:00:00")
_member("answer-created-at", "created-at-null", "attributes", "created_at", value=None)
_member("answer-started-at", "started-at-a-date", "attributes", "started_at", value="2026-01-01")
_member("answer-includes", "includes-of-objects", "attributes", "includes", value=[{"path": "prices"}])
_member("answer-dry-data", "dry-data-a-word", "attributes", "dry_data", value="yes")
_member("answer-metadata", "metadata-a-text", "attributes", "metadata", value="{}")
_member("answer-status-known", "status-unknown", "attributes", "status", value="queued")
_member("answer-status-known", "status-capital", "attributes", "status", value="Pending")
_member("answer-format-known", "format-unknown-in-answer", "attributes", "format", value="jsonl")
_member("meta-mode", "mode-unknown", "meta", "mode", value="sandbox")
_member("meta-mode", "mode-missing", "meta", "mode", missing=True)
_member("meta-organization-id", "organization-missing", "meta", "organization_id", missing=True)
_member("meta-organization-id", "organization-a-number", "meta", "organization_id", value=4)
_member("meta-trace-id", "trace-missing", "meta", "trace_id", missing=True)
_member("meta-trace-id", "trace-null", "meta", "trace_id", value=None)
_member(
    "created-not-updated-before", "updated-before-created", "attributes", "updated_at", value="2001-01-01T00:00:00Z"
)


@breaks("created-now")
def created_last_year(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows a `created_at` in the distant past."""

    def edit(data: dict[str, Json], _: ServerRequest) -> None:
        data["attributes"]["created_at"] = "2001-01-01T00:00:00.000Z"

    return on_created(edit)(request, respond)


for _id, _relationship in (
    ("relationship-events", "events"),
    ("relationship-versions", "versions"),
    ("relationship-event-stores", "event_stores"),
):
    _at = ("relationships", _relationship)
    _elsewhere = f"https://x.example/api/exports/XAyRWNUzyN/{_relationship}"
    _member(_id, f"{_id}-missing", *_at, missing=True)
    _member(_id, f"{_id}-without-links", *_at, value={"data": []})
    _member(_id, f"{_id}-of-another", *_at, "links", "related", value=_elsewhere)
    _itself = f"https://x.example/api/exports/XAyRWNUzyN/relationships/{_relationship}"
    _member(_id, f"{_id}-itself-of-another", *_at, "links", "self", value=_itself)


@breaks("rate-limit-headers")
def tells_no_limit(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Sends no rate limit headers."""
    return respond(request).without_header("X-Ratelimit-Remaining")


LATER_ATTRIBUTES = (
    ("answer-jwt-filters", "jwt_filters"),
    ("answer-estimated-completion-at", "estimated_completion_at"),
    ("answer-processed-count", "processed_count"),
    ("answer-progress", "progress"),
)
"""The requirement of each attribute that only the later edition has."""


def _later(requirement: str, attribute: str) -> None:
    wrong: Json = {"nonsense": True}

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if not is_creation(request) or response.status != 201:
            return response

        def edit(document: Json) -> None:
            data = document["data"]
            data["attributes"] |= dict.fromkeys(name for _, name in LATER_ATTRIBUTES)
            data["attributes"][attribute] = wrong
            del data["relationships"]["versions"]

        return response.edited(edit)

    called = attribute.replace("_", "-")
    breaks(requirement, f"{called}-mistyped", summary=f"Shows an object as `{attribute}`.")(middleware)


for _requirement, _attribute in LATER_ATTRIBUTES:
    _later(_requirement, _attribute)


def _self_link(name: str, prefix: str, summary: str) -> None:
    def edit(data: dict[str, Json], _: ServerRequest) -> None:
        data["links"]["self"] = data["links"]["self"].replace("/api/exports/", prefix, 1)

    breaks("answer-self-link", name, summary=summary)(on_created(edit))


_self_link("self-link-prefix-doubled", "/api/api/exports/", "Links to a creation with the API's path twice.")
_self_link("self-link-prefix-lost", "/exports/", "Links to a creation without the API's path.")
_self_link("self-link-double-slash", "//api/exports/", "Links to a creation with two slashes before the API's path.")


@breaks("create-location")
def location_of_the_collection(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Sends the address of the collection as that of the export which was created."""
    response = respond(request)
    if not is_creation(request) or response.status != 201:
        return response
    return response.with_header("Location", f"{request.base_url}/api/exports")


@breaks("create-location")
def location_below_another_root(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Sends a relative address that leaves out `/api`."""
    response = respond(request)
    if not is_creation(request) or response.status != 201:
        return response
    return response.with_header("Location", f"/exports/{response.document['data']['id']}")


@breaks("answer-progress", variants=("edition-7-10",))
def progress_over_a_hundred(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows 110 percent of a completed export."""
    response = respond(request)
    is_one = request.path.startswith(f"{COLLECTION}/") and request.path.count("/") == 3
    if request.method != "GET" or not is_one or response.status != 200 or "fields" in request.query:
        return response
    if response.document["data"]["attributes"]["status"] != "completed":
        return response
    return response.edited(lambda document: document["data"]["attributes"].update(progress=110.0))
