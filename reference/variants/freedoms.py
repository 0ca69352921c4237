"""Variants that decide otherwise where the documentation is silent: what is refused, how, and what is filled in."""

import re
from collections.abc import Callable
from dataclasses import replace

from exports_conformance.contract.edition import latest_edition
from exports_conformance.exchange.model import JSON_API
from exports_conformance.exchange.strict_json import Json, as_object, member
from exports_conformance.reference.checks import CREATE_ATTRIBUTES, RefusedError, api_error, invalid, not_found
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from exports_conformance.reference.policy import Pace
from exports_conformance.reference.variants.variant import Variant, stateless

_WORDS = re.compile(r"[\w -]+")
_MAX_TEXT = 255
_MAX_DEPTH = 100


@stateless
def missing_methods_404(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers 404 instead of 405 to a method that the path does not support."""
    response = respond(request)
    return _instead(response, not_found()) if response.status == 405 else response  # noqa: PLR2004  Method Not Allowed


@stateless
def nulls_for_defaults(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows null, not the default, for a `format` or `dry_data` that was sent as null."""
    sent = _sent(request)

    def edit(attributes: dict[str, Json]) -> None:
        attributes |= {name: None for name in ("format", "dry_data") if name in sent and sent[name] is None}

    return _created(request, respond, edit)


@stateless
def empties_for_null(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows an empty string for a missing `reference` or `reference_origin`."""

    def edit(attributes: dict[str, Json]) -> None:
        attributes |= {name: attributes[name] or "" for name in ("reference", "reference_origin")}

    return _created(request, respond, edit)


@stateless
def includes_from_fields(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Adds to `includes` the related resources that `fields` names."""

    def edit(attributes: dict[str, Json]) -> None:
        named = [field.rpartition(".")[0] for field in attributes["fields"] or () if "." in field]
        attributes["includes"] = list(dict.fromkeys([*(attributes["includes"] or ()), *named]))

    return _created(request, respond, edit)


@stateless
def precise_times(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Shows times to the microsecond in the response to a creation, to the millisecond afterwards."""

    def edit(attributes: dict[str, Json]) -> None:
        for name, value in attributes.items():
            if name.endswith("_at") and isinstance(value, str):
                attributes[name] = value.replace("Z", "456Z")

    return _created(request, respond, edit)


@stateless
def bare_empty_lists(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Leaves the `links` of an empty list empty."""
    response = respond(request)
    document = response.document
    if request.path != "/api/exports" or not isinstance(document, dict) or document.get("data") != []:
        return response
    return replace(response, document=document | {"links": {}})


@stateless
def without_date(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Sends no `Date` header."""
    return respond(request).without_header("date")


@stateless
def unknown_is_ignored(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Ignores unknown and read-only members and attributes of a creation."""
    document = request.document
    data = member(document, "data")
    if not _creates(request) or not isinstance(data, dict) or not isinstance(data.get("attributes"), dict):
        return respond(request)
    kept = {name: data[name] for name in ("type", "attributes") if name in data}
    kept["attributes"] = {name: value for name, value in kept["attributes"].items() if name in CREATE_ATTRIBUTES}
    return respond(request.edited(lambda _: {"data": kept}))


@stateless
def strict_negotiation(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Refuses media type parameters with 406 and 415, as JSON:API 1.0 demands, and wildcards too."""
    if _creates(request) and request.headers.get("accept", JSON_API) != JSON_API:
        return _uncreated(request, respond, api_error(406, "NOT_ACCEPTABLE", "Not acceptable", f"Accept {JSON_API}."))
    if _creates(request) and request.headers.get("content-type") != JSON_API:
        wrong = api_error(415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type", f"Send {JSON_API}.")
        return _uncreated(request, respond, wrong)
    return respond(request)


@stateless
def strict_texts(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Refuses NUL, half a surrogate pair, long texts, and metadata that is deep or has unusual keys."""
    odd = (name for name, value in _sent(request).items() if name in CREATE_ATTRIBUTES and _is_odd(value))
    if name := next(odd, ""):
        return _uncreated(request, respond, RefusedError(422, [invalid(name, "invalid", "is not accepted")]))
    return respond(request)


@stateless
def type_conflicts(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Refuses another `type` with 409 Conflict, as JSON:API does."""
    response = respond(request)
    codes = {error["code"] for error in response.document["errors"]} if response.status == 400 else set()  # noqa: PLR2004  Bad Request
    if codes != {"INVALID_RESOURCE"}:
        return response
    wrong = api_error(409, "INVALID_RESOURCE", "Conflict", "The type does not belong to the collection.")
    return _instead(response, wrong)


@stateless
def coarse_pointers(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Points at the invalid argument as a whole, never into it, and puts a second error about `/data` first."""

    def edit(document: Json) -> None:
        for error in document["errors"]:
            pointer = error["source"]["pointer"]
            error["source"] = {"pointer": "/".join(pointer.split("/")[:4])}
        document["errors"].insert(0, invalid("", "invalid", "the export is invalid"))

    response = respond(request)
    counted = b"records_count" in response.body or b"too_many_running" in response.body
    return response if response.status != 422 or counted else response.edited(edit)  # noqa: PLR2004  Unprocessable Entity


def _creates(request: ServerRequest) -> bool:
    return request.method == "POST" and request.path == "/api/exports"


def _sent(request: ServerRequest) -> dict[str, Json]:
    document = request.document if _creates(request) else None
    return as_object(member(document, "data", "attributes"))


def _created(request: ServerRequest, respond: Respond, edit: Callable[[dict[str, Json]], None]) -> ServerResponse:
    """Respond, and edit the attributes that a 201 shows."""
    response = respond(request)
    if not _creates(request) or response.status != 201:  # noqa: PLR2004  Created
        return response
    return response.edited(lambda document: edit(document["data"]["attributes"]))


def _instead(response: ServerResponse, refused: RefusedError) -> ServerResponse:
    """Return the response with the status and document of a refusal."""
    return replace(response, status=refused.response.status, document=refused.response.document)


def _uncreated(request: ServerRequest, respond: Respond, refused: RefusedError) -> ServerResponse:
    """Refuse a creation, unless it has a fault that is checked before the body."""
    response = respond(replace(request, body=b""))
    return _instead(response, refused) if response.status == 400 else response  # noqa: PLR2004  the body was removed


def _is_odd(value: Json, depth: int = 1) -> bool:
    if isinstance(value, str):
        return len(value) > _MAX_TEXT + 50 or "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value)
    if depth > _MAX_DEPTH:
        return True
    if isinstance(value, dict):
        odd = any(not _WORDS.fullmatch(key) or key.startswith("__") for key in value)
        return odd or any(_is_odd(item, depth + 1) for item in value.values())
    return isinstance(value, list) and any(_is_odd(item, depth + 1) for item in value)


POLICIES = (
    Variant(
        "edition-7-10",
        "Speaks the later edition: without `versions`, with `jwt_filters`, `progress`, counts and the status `failed`.",
        {"edition": latest_edition()},
    ),
    Variant(
        "coercing",
        'Reads "true" as true, a number as a string and a string as a list, and shows the value that it read.',
        {"coerces": True},
    ),
    Variant("completed-at-once", "Completes an export before it responds to the creation.", {"pace": Pace(0, 0)}),
    Variant(
        "in-progress-at-once",
        "Shows an export in progress in the response to its creation; it completes a moment later.",
        {"pace": Pace(pending=0, running=0.01)},
    ),
    Variant(
        "never-completes-soon",
        "Leaves every export pending for ten minutes.",
        {"pace": Pace(pending=600, running=60)},
    ),
    Variant(
        "slow",
        "Leaves an export pending for half a second and completes it two seconds later.",
        {"pace": Pace(pending=0.5, running=2)},
    ),
    Variant(
        "late-validation",
        "Creates exports of unknown types, fields, includes and filters; they end with an `errors_log`.",
        {"validates_late": True},
    ),
    Variant("other-ids", "Uses UUIDs as ids.", {"identifiers": "uuid"}),
    Variant(
        "empty-allowed",
        "Creates exports that select no records; they complete with a `records_count` of 0.",
        {"admits_empty": True},
    ),
    Variant("counts-later", "Shows `records_count` only once an export has started.", {"counts_late": True}),
    Variant("no-upper-limit", "Exports any number of records.", {"unlimited": True}),
    Variant("only-skus", "Has records of one resource type only.", {"only": frozenset({"skus"})}),
    Variant("busy", "Has three foreign exports running all the time.", {"foreign_exports": 3}),
    Variant(
        "clock-ahead", "Runs a clock that is ten minutes ahead, in its `Date` header and its documents.", {"ahead": 600}
    ),
    Variant("documented-limits", "Enforces the documented rate limits of test mode with 429.", {"throttles": True}),
    Variant("short-tokens", "Issues tokens that expire after three seconds.", {"token_seconds": 3}),
    Variant(
        "lagging-reads",
        "Reads from a replica that is a second behind: a new export is a 404 at first, a deleted one still shown.",
        {"read_lag": 1.0},
    ),
    Variant(
        "lagging-lists",
        "Lists from an index that is two seconds behind: a new export is missing at first, a deleted one still listed.",
        {"list_lag": 2.0},
    ),
    Variant(
        "late-failures-7-10",
        "Speaks the later edition, and creates exports of unknown types or without records, which end `failed`.",
        {"edition": latest_edition(), "validates_late": True, "fails_empty": True},
    ),
    Variant(
        "file-lags",
        "Completes an export a second before its storage serves the file; until then the file is a 404.",
        {"file_lag": 1.0},
    ),
    Variant(
        "unlocks-late",
        "Refuses to delete an export with 423 for a second after its interruption.",
        {"unlock_lag": 1.0},
    ),
    Variant(
        "csv-row-per-included",
        "Writes a CSV row for each included record instead of nesting them in a cell.",
        {"splits_csv_rows": True},
    ),
    Variant(
        "blanks-omitted",
        "Leaves null and empty values out of the records in files.",
        {"omits_blanks": True},
    ),
    Variant(
        "dry-data-with-related-ids",
        "Keeps the ids of related resources in dry data, by which an import can find them.",
        {"keeps_related_ids": True},
    ),
    Variant(
        "coarse-links",
        "Signs the addresses of files by the second, so that two retrievals within a second show the same one.",
        {"coarse_links": True},
    ),
    Variant(
        "stops-late",
        "Lets an interrupted export run for another second; an export that ends meanwhile completes.",
        {"stop_lag": 1.0},
    ),
)
"""Each changes members of `Policy`; durations are in seconds."""
