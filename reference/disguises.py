"""Variants that show the same answers in another, equally documented, form."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.errors import JSON_API
from exports_conformance.reference.query import pairs
from exports_conformance.reference.responses import Ask, Respond, Response
from exports_conformance.reference.variant import variant

ELSEWHERE = "https://yourdomain.commercelayer.example"
EMPTIABLE = ("includes", "fields", "filters", "metadata")
# The limits are documented as 422; so is nothing else that a creation is refused for.
LIMITS = ("/data", "/data/attributes/records_count", "/data/attributes/status")


@variant
def nulls_for_empty(ask: Ask, respond: Respond) -> Response:
    """Shows null where includes, fields, filters or metadata are empty."""

    def edit(document: Json) -> None:
        for attributes in _attributes(document):
            for name in EMPTIABLE:
                if name in attributes:
                    attributes[name] = attributes[name] or None

    return respond(ask).edited(edit)


@variant
def bad_requests_only(ask: Ask, respond: Respond) -> Response:
    """Refuses with 400, not 422, what is wrong with a body."""
    response = respond(ask)
    pointers = {_pointer(error) for error in _errors(response.document)}
    if response.status != 422 or pointers & set(LIMITS):  # noqa: PLR2004  Unprocessable Entity
        return response

    def edit(document: Json) -> None:
        for error in _errors(document):
            blank = error["meta"]["error"] == "blank"
            error.update(status="400", code="PARAM_MISSING" if blank else "INVALID_FIELD_VALUE")

    return replace(response.edited(edit), status=400)


@variant
def other_wording(ask: Ask, respond: Respond) -> Response:
    """Words the titles and details of errors differently."""

    def edit(document: Json) -> None:
        for error in _errors(document):
            error.update(title="Richiesta rifiutata", detail=f"Così non va: {error['code'].lower()}.")

    return respond(ask).edited(edit)


@variant
def links_elsewhere(ask: Ask, respond: Respond) -> Response:
    """Links to another host than the one that was asked; the paths are the same."""
    return respond(ask).edited(lambda document: _relinked(document, ask.base_url))


@variant
def charset(ask: Ask, respond: Respond) -> Response:
    """Adds a charset to the media type."""
    response = respond(ask)
    if response.header("content-type") != JSON_API:
        return response
    return response.with_header("content-type", f"{JSON_API}; charset=utf-8")


@variant
def offsets(ask: Ask, respond: Respond) -> Response:
    """Shows times with an offset: +02:00 for those of creation, +00:00 for the others."""

    def edit(document: Json) -> None:
        for attributes in _attributes(document):
            for name, value in attributes.items():
                if name.endswith("_at") and isinstance(value, str):
                    hours = 2 if name == "created_at" else 0
                    shifted = datetime.fromisoformat(value).astimezone(timezone(timedelta(hours=hours)))
                    attributes[name] = shifted.isoformat(timespec="milliseconds")

    return respond(ask).edited(edit)


@variant
def more_members(ask: Ask, respond: Respond) -> Response:
    """Has attributes, relationships, meta, error members and headers that no documentation names."""
    sparse = any(name.startswith("fields[") for name, _ in pairs(ask.query))

    def edit(document: Json) -> None:
        document["jsonapi"] = {"version": "1.0"}
        for resource in _resources(document):
            resource["meta"]["cell"] = "eu-west-1a"
            if not sparse and "relationships" in resource:
                address = resource["links"]["self"]
                links = {"self": f"{address}/relationships/tags", "related": f"{address}/tags"}
                resource["relationships"]["tags"] = {"links": links}
                resource["attributes"]["priority"] = {"queue": "default", "rank": 7}
        for number, error in enumerate(_errors(document)):
            error.update(id=f"error-{number}", links={"about": "https://docs.example.com/errors"})

    return respond(ask).edited(edit).with_header("x-request-id", "2f1d6a52-5c0f-4f5c-9d43-0d5f2b6f0c11")


@variant
def key_order(ask: Ask, respond: Respond) -> Response:
    """Writes the members of every object in the reverse order."""
    return respond(ask).edited(_reversed)


@variant
def recorded_404(ask: Ask, respond: Respond) -> Response:
    """Answers 404 as it was recorded in 2025: one error object, an integer status, plain JSON."""
    response = respond(ask)
    if response.status != 404 or response.document is None:  # noqa: PLR2004  Not Found
        return response
    title, detail = "Record Not Found", "The requested resource was not not found. Please double-check the resource id."
    error = {"title": title, "detail": detail, "code": "RECORD_NOT_FOUND", "status": 404}
    plain = replace(response, document={"errors": error}).with_header("retry-after", "0")
    return plain.with_header("content-type", "application/json; charset=utf-8")


@variant
def encoded_file(ask: Ask, respond: Respond) -> Response:
    """Serves files with `Content-Encoding: gzip`, so that clients unpack them unasked."""
    response = respond(ask)
    if response.header("content-type") != "application/gzip":
        return response
    kind = "text/csv" if ".csv" in ask.path else "application/json"
    return response.with_header("content-type", kind).with_header("content-encoding", "gzip")


def _resources(document: Json) -> list[dict[str, Json]]:
    data = document.get("data") if isinstance(document, dict) else None
    listed = data if isinstance(data, list) else [data]
    return [one for one in listed if isinstance(one, dict) and "attributes" in one]


def _attributes(document: Json) -> list[dict[str, Json]]:
    return [one["attributes"] for one in _resources(document)]


def _errors(document: Json) -> list[dict[str, Json]]:
    errors = document.get("errors") if isinstance(document, dict) else None
    return errors if isinstance(errors, list) else []


def _pointer(error: dict[str, Json]) -> str:
    return str(error.get("source", {}).get("pointer", ""))


def _relinked(value: Json, base: str, *, inside: bool = False) -> Json:
    if isinstance(value, dict):
        return {
            key: _relinked(one, base, inside=inside or key == "links") if key != "attributes" else one
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_relinked(one, base, inside=inside) for one in value]
    return ELSEWHERE + value.removeprefix(base) if inside and isinstance(value, str) else value


def _reversed(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(one) for one in value] if isinstance(value, list) else value
