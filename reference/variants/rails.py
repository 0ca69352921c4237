"""Variants that behave as the vendor's framework does by itself: Rails, jsonapi-resources, Ransack and PostgreSQL.

They were modelled after an application on that stack. What it does where the documentation is silent is the most
plausible behaviour of the real API, though nobody promises it.
"""

import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from exports_conformance.contract.edition import Edition
from exports_conformance.contract.resources import resource_types
from exports_conformance.exchange.model import JSON_API
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.checks import (
    UPDATE_ATTRIBUTES,
    ErrorObject,
    RefusedError,
    api_error,
    crashed,
    error_object,
    invalid,
    malformed,
    missing,
)
from exports_conformance.reference.messages import ServerRequest, ServerResponse
from exports_conformance.reference.organisation import Arguments
from exports_conformance.reference.policy import Creation, Framework, check_id, creatable
from exports_conformance.reference.values import is_filter
from exports_conformance.reference.variants.ruby import (
    any_text,
    as_jsonb,
    as_text_array,
    as_text_column,
    boolean,
    html_page,
    parsed,
    unreadable,
    without_nulls_in_arrays,
)
from exports_conformance.reference.variants.variant import Variant

_TOKEN = r"[A-Za-z0-9!#$&^_.+-]+"  # noqa: S105  of RFC 6838, not a secret
_MEDIA_TYPE = re.compile(rf'\s*(\*/\*|{_TOKEN}/(\*|{_TOKEN}))(\s*;\s*{_TOKEN}(\s*=\s*({_TOKEN}|"[^"]*"))?)*\s*')
_TEXTS = ("resource_type", "format", "reference", "reference_origin")
_TRUTHS = ("dry_data", "jwt_filters", "_start", "_interrupt")
_PATHS = ("includes", "fields")
_DEFAULTS: Mapping[str, Json] = {
    "format": "json",
    "includes": [],
    "fields": [],
    "filters": {},
    "dry_data": False,
    "jwt_filters": False,
    "metadata": {},
}

PathColumns = Literal["json", "text[]"]


@dataclass(frozen=True, slots=True)
class Rails(Framework):
    """Rails with jsonapi-resources; the options are what the authors of an application decide.

    `checks_values`: types and inclusion are validated. `path_columns`: the database type of includes and fields.
    `ignores_unknown`: unknown members are left out with a warning. `refuses_null`: no argument of a creation is
    nullable.
    """

    unknown_filters: Literal["refused", "ignored", "crash"] = "ignored"
    lenient_query: bool = True
    checks_values: bool = True
    path_columns: PathColumns = "json"
    ignores_unknown: bool = False
    refuses_null: bool = False

    def routed(self, request: ServerRequest) -> ServerRequest:
        """Return the request without the suffix of a format; PUT is PATCH."""
        single = re.fullmatch(r"/api/exports/[^/]+/?", request.path)
        method = "PATCH" if request.method == "PUT" and single else request.method
        return replace(request, method=method, path=request.path.removesuffix(".json"))

    def no_route(self) -> RefusedError:
        """Return the router's own page."""
        return html_page(404)

    def no_method(self, method: str, allowed: list[str]) -> RefusedError:  # noqa: ARG002  as inherited
        """Return the router's own page: a method without a route is like an unknown path."""
        return html_page(404)

    def options(self, allowed: list[str]) -> ServerResponse:  # noqa: ARG002  as inherited
        """Return the router's own page: OPTIONS has no route."""
        return html_page(404).response

    def check_media_types(self, request: ServerRequest) -> None:
        """Raise a 415 or 406; a header that cannot be parsed is a 406 without a document."""
        accept, declared = request.headers.get("accept", ""), request.headers.get("content-type", "")
        ranges = [entry for entry in accept.split(",") if entry.strip()]
        if any(not _MEDIA_TYPE.fullmatch(entry) for entry in [*ranges, *([declared] if declared else [])]):
            raise html_page(406)
        if request.method in {"POST", "PATCH"} and declared.partition(";")[0].strip().lower() != JSON_API:
            detail = f"All requests that create or update must use the '{JSON_API}' Content-Type."
            raise api_error(415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type", detail)
        if ranges and not any(entry.strip() == JSON_API or entry.strip().startswith("*/*") for entry in ranges):
            detail = f"All requests must use the '{JSON_API}' Accept without media type parameters."
            raise api_error(406, "NOT_ACCEPTABLE", "Not acceptable", detail)

    def creation(self, body: bytes, edition: Edition, *, coerces: bool, late: bool) -> Creation:  # noqa: ARG002  as inherited
        """Read the body of a creation as the framework does."""
        data = _data(body)
        unknown = self._unknown(data, {"type", "attributes", "relationships"}, creatable(edition))
        attributes = {name: value for name, value in _pairs(data) if name in creatable(edition)}
        given, errors = self._cast(attributes)
        if not given.get("resource_type") or not str(given["resource_type"]).strip():
            errors.insert(0, invalid("resource_type", "blank", "can't be blank"))
        elif self.checks_values:
            errors += _inclusion(given)
        if self.refuses_null:
            nulls = [name for name, value in attributes.items() if value is None and name != "resource_type"]
            errors += [invalid(name, "blank", "can't be blank") for name in nulls]
        self._check_filters(_checked(given, errors))
        problem = next((str(error["detail"]) for error in _inclusion(given)), "")
        meta = {"warnings": [_not_allowed(name) for name in unknown]} if unknown else None
        return Creation(Arguments(**{**_DEFAULTS, **given}), problem, meta)

    def update(self, body: bytes, export_id: str, *, coerces: bool) -> dict[str, Json]:  # noqa: ARG002  as inherited
        """Read the body of an update as the framework does."""
        data = _data(body)
        check_id(data, export_id)
        self._unknown(data, {"type", "id", "attributes", "relationships"}, UPDATE_ATTRIBUTES)
        given, errors = self._cast({name: value for name, value in _pairs(data) if name in UPDATE_ATTRIBUTES})
        return _checked(given, errors)

    def finished(self, response: ServerResponse) -> ServerResponse:
        """Return a response with the headers that were recorded from the API in 2024, and `Location`."""
        shown = response.status in {200, 201}
        added = [
            ("x-request-id", secrets.token_hex(16)),
            ("x-content-type-options", "nosniff"),
            ("x-download-options", "noopen"),
            ("x-permitted-cross-domain-policies", "none"),
            ("x-xss-protection", "1; mode=block"),
            ("referrer-policy", "strict-origin-when-cross-origin"),
            ("vary", "Accept, Accept-Encoding, Origin"),
        ]
        if response.header("cache-control") is None:
            added.append(("cache-control", "max-age=0, private, must-revalidate" if shown else "no-cache"))
        if shown:
            added.append(("etag", f'W/"{secrets.token_hex(16)}"'))
        if response.status == 201:  # noqa: PLR2004  Created
            added.append(("location", response.document["data"]["links"]["self"]))
        return replace(response, headers=(*response.headers, *added))

    def _unknown(self, data: dict[str, Json], members: Collection[str], allowed: Collection[str]) -> list[str]:
        """Return the unknown names in a resource object; raise a 400 for them unless they are ignored."""
        names = [name for name in data if name not in members]
        relationships = data.get("relationships", {})
        if not isinstance(relationships, dict):
            raise crashed()
        names += [*relationships, *(name for name, _ in _pairs(data) if name not in allowed)]
        if names and not self.ignores_unknown:
            raise RefusedError(400, [_not_allowed(name) for name in names])
        return names

    def _cast(self, attributes: Mapping[str, Json]) -> tuple[dict[str, Json], list[ErrorObject]]:
        """Return the attributes as the columns store them, and the errors of those that are validated."""
        given: dict[str, Json] = {}
        errors = []
        for name, value in attributes.items():
            if name in _TEXTS:
                given[name] = as_text_column(value)
            elif name in _TRUTHS:
                given[name] = boolean(value)
            elif name in _PATHS and self.path_columns == "text[]":
                given[name] = as_text_array(value)
            else:
                given[name] = as_jsonb(value)
                errors += self._mistyped(name, value)
        return given, errors

    def _mistyped(self, name: str, value: Json) -> list[ErrorObject]:
        if not self.checks_values or value is None:
            return []
        if name in _PATHS:
            fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
            return [] if fits else [invalid(name, "invalid", "must be an array of strings")]
        return [] if isinstance(value, dict) else [invalid(name, "invalid", "must be an object")]

    def _check_filters(self, given: Mapping[str, Json]) -> None:
        filters, resource = given.get("filters"), given["resource_type"]
        if self.unknown_filters != "crash" or not isinstance(filters, dict) or resource not in resource_types():
            return
        if not all(is_filter(resource, name, value) for name, value in filters.items()):
            raise crashed()


def _not_allowed(name: str) -> ErrorObject:
    return error_object(400, "PARAM_NOT_ALLOWED", "Param not allowed", f"{name} is not allowed.")


def _data(body: bytes) -> dict[str, Json]:
    """Return the resource object of a document, with the nulls in its arrays dropped."""
    document = without_nulls_in_arrays(parsed(body)) if body else {}
    if not isinstance(document, dict):
        raise unreadable("The document is not an object.")
    data = document.get("data")
    if not data:
        raise missing("data")
    if not isinstance(data, dict):
        raise malformed("data is not an object.")
    if data.get("type") is None:
        raise missing("type")
    if not isinstance(data["type"], str):
        raise crashed()
    if data["type"] != "exports":
        raise api_error(400, "INVALID_RESOURCE", "Invalid resource", f"{data['type']} is not a valid resource.")
    return data


def _checked(given: dict[str, Json], errors: list[ErrorObject]) -> dict[str, Json]:
    """Return the attributes that are stored; raise a 422 for invalid ones, a 500 for NUL, which PostgreSQL rejects."""
    if errors:
        raise RefusedError(422, errors)
    if any_text(given, lambda text: "\0" in text):
        raise crashed()
    return given


def _pairs(data: Mapping[str, Json]) -> list[tuple[str, Json]]:
    """Return names and values of the attributes; the gem iterates over whatever it finds."""
    attributes = data.get("attributes", {})
    if isinstance(attributes, dict):
        return list(attributes.items())
    if not isinstance(attributes, list) or any(isinstance(item, bool | int | float) for item in attributes):
        raise crashed()
    listed = [item if isinstance(item, list) else [item] for item in attributes]
    return [(str(item[0]), item[1] if len(item) > 1 else None) for item in listed if item]


def _inclusion(given: Mapping[str, Json]) -> list[ErrorObject]:
    """Return the errors of a resource type or format that does not exist."""
    errors = []
    if given["resource_type"] not in resource_types():
        errors.append(invalid("resource_type", "inclusion", "is not included in the list"))
    if given.get("format", "json") not in {"json", "csv", None}:
        errors.append(invalid("format", "inclusion", "is not included in the list"))
    return errors


_ADVICE = (
    "edge-error-document",
    "request-attributes-shape",
    "request-encoding",
    "request-relationships-shape",
    "request-type-string",
    "text-nul",
)
"""The recommendations that the framework does not follow: it crashes, or answers with a page."""

RAILS = (
    Variant(
        "rails",
        "Answers as the vendor's framework does by itself, where the application checks the values of a creation.",
        {"framework": Rails()},
        advice=_ADVICE,
    ),
    Variant(
        "rails-unchecked",
        "As `rails`, but checks no value: objects and arrays are kept as sent, scalars are cast.",
        {"framework": Rails(checks_values=False)},
        advice=_ADVICE,
    ),
    Variant(
        "rails-text-arrays",
        "As `rails`, but stores `includes` and `fields` as arrays of texts, which crash on numbers and objects.",
        {"framework": Rails(path_columns="text[]")},
        advice=(*_ADVICE, "argument-fields-castable", "argument-includes-castable"),
    ),
    Variant(
        "rails-ransack-raises",
        "As `rails`, but crashes on unknown filters instead of ignoring them.",
        {"framework": Rails(unknown_filters="crash")},
        advice=(*_ADVICE, "argument-filters-known"),
    ),
    Variant(
        "rails-ignores-unknown",
        "As `rails`, but leaves out unknown members and attributes with a warning in `meta`.",
        {"framework": Rails(ignores_unknown=True)},
        advice=_ADVICE,
    ),
    Variant(
        "rails-refuses-null",
        "As `rails`, but refuses an explicit null for any argument of a creation.",
        {"framework": Rails(refuses_null=True)},
        advice=_ADVICE,
    ),
)
