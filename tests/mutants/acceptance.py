"""Servers that refuse what the documentation allows."""

from collections.abc import Mapping

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.mutants.mutant import breaks, is_creation, refuse, refused, sent


@breaks("create-at-exports")
def nothing_at_exports(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Has no POST at /api/exports."""
    return refuse(request, respond, refused(404, "RECORD_NOT_FOUND"))


@breaks("create-needs-only-resource-type")
def demands_a_format(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Requires a format, for which the documentation has a default."""
    if set(sent(request)) != {"resource_type"}:
        return respond(request)
    return refuse(request, respond, refused(422, "VALIDATION_ERROR", pointer="/data/attributes/format"))


@breaks("create-accepts-documented")
def combination_crashes(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Crashes on fields together with includes."""
    if is_creation(request) and sent(request).get("fields") and sent(request).get("includes"):
        response = respond(request)
        return refused(500, "INTERNAL_SERVER_ERROR") if response.status == 201 else response
    return respond(request)


@breaks("create-accepts-documented")
def dry_csv_is_refused(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Refuses dry data in csv with an unrelated error."""
    if sent(request).get("format") == "csv" and sent(request).get("dry_data"):
        return refuse(request, respond, refused(400, "PARAM_NOT_ALLOWED"))
    return respond(request)


@breaks("create-accepts-documented")
def empty_relationships_are_refused(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Refuses `relationships`, even the empty ones that the vendor's clients send."""
    data = request.document.get("data") if isinstance(request.document, dict) else None
    if isinstance(data, dict) and "relationships" in data:
        return refuse(request, respond, refused(400, "PARAM_NOT_ALLOWED", pointer="/data/relationships"))
    return respond(request)


ACCEPTED: Mapping[str, str] = {
    "resource_type": "argument-resource-type-accepted",
    "format": "argument-format-accepted",
    "includes": "argument-includes-accepted",
    "fields": "argument-fields-accepted",
    "filters": "argument-filters-accepted",
    "dry_data": "argument-dry-data-accepted",
    "reference": "argument-reference-accepted",
    "reference_origin": "argument-reference-origin-accepted",
    "metadata": "argument-metadata-accepted",
}
"""The requirement that a creation with each argument is accepted."""


def _refuses(argument: str, requirement: str) -> None:
    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        value: Json = sent(request).get(argument)
        if value in (None, [], {}, "", "skus"):
            return respond(request)
        return refuse(request, respond, refused(422, "VALIDATION_ERROR", pointer=f"/data/attributes/{argument}"))

    called = argument.replace("_", "-")
    breaks(requirement, f"{called}-refused", summary=f"Refuses any `{argument}`.")(middleware)


for _argument, _requirement in ACCEPTED.items():
    _refuses(_argument, _requirement)


def _selection_refused(comparison: str, **meta: int) -> ServerResponse:
    def edit(document: Json) -> None:
        document["errors"][0]["meta"] = {"error": comparison, **meta}

    return refused(422, "VALIDATION_ERROR", pointer="/data/attributes/records_count").edited(edit)


@breaks("refusal-true")
def every_csv_is_empty(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Refuses every csv export as an empty selection."""
    if sent(request).get("format") != "csv":
        return respond(request)
    return refuse(request, respond, _selection_refused("greater_than", value=0, count=0))


@breaks("refusal-true")
def dry_data_has_too_many(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Refuses every export of dry data as too large a selection."""
    if not sent(request).get("dry_data"):
        return respond(request)
    return refuse(request, respond, _selection_refused("less_than_or_equal_to", value=20_000, count=10_000))


@breaks("create-accepts-documented")
def queue_is_said_to_be_full(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Refuses csv exports with a full queue, while few exports run."""
    if sent(request).get("format") != "csv":
        return respond(request)
    return refuse(request, respond, refused(422, "VALIDATION_ERROR", pointer="/data"))


@breaks("empty-selection-named")
def empty_without_a_name(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Refuses an empty selection without the failed comparison in `meta.error`."""
    response = respond(request)

    def edit(document: Json) -> None:
        for error in document["errors"]:
            error.pop("meta", None)

    empty = response.status == 422 and b"records_count" in response.body
    return response.edited(edit) if empty else response
