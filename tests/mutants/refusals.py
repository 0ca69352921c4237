"""Servers that accept flawed requests, or crash on them."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from exports_conformance.contract.resources import certain_types
from exports_conformance.exchange.strict_json import Json, read_json, source_pointer
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse, serialised
from exports_conformance.strategies.bodies import LONGEST_TEXT
from exports_conformance.strategies.flaws import CODE, READ_ONLY
from tests.mutants.mutant import breaks, is_creation, on_created, refused, sent

TOKEN = "reference-token"
"""The token that the mutants' reference accepts."""

JSON_API = "application/vnd.api+json"
Flawed = Callable[[ServerRequest, ServerResponse], bool]
"""Recognises a flawed request by the request and the reference's response."""

TYPES: Mapping[str, type | tuple[type, ...]] = {
    "resource_type": str,
    "format": str,
    "includes": list,
    "fields": list,
    "filters": dict,
    "dry_data": bool,
    "reference": str,
    "reference_origin": str,
    "metadata": dict,
}


def _data(request: ServerRequest) -> Json:
    document = request.document
    return document.get("data") if isinstance(document, dict) else None


def _mistyped(argument: str) -> Flawed:
    def flawed(request: ServerRequest, _: ServerResponse) -> bool:
        value = sent(request).get(argument)
        items = value if isinstance(value, list) else []
        right = value is None or isinstance(value, TYPES[argument])
        return not right or not all(isinstance(item, str) for item in items)

    return flawed


def _castable(argument: str) -> Flawed:
    return lambda request, _: isinstance(sent(request).get(argument), dict | int | float)


def _miswritten(argument: str) -> Flawed:
    """Recognise a list of paths that is sent as a text, or with other values than texts."""
    return lambda request, response: (
        _mistyped(argument)(request, response) and not _castable(argument)(request, response)
    )


def _unknown(argument: str) -> Flawed:
    def flawed(request: ServerRequest, response: ServerResponse) -> bool:
        errors = response.document["errors"] if response.status == 422 else []
        named = any(source_pointer(error).startswith(f"/data/attributes/{argument}") for error in errors)
        present = sent(request).get(argument) is not None
        return named and present and not _mistyped(argument)(request, response)

    return flawed


def _has_document(request: ServerRequest) -> bool:
    return not read_json(request.body).problem


def _data_is_no_object(request: ServerRequest, _: ServerResponse) -> bool:
    return _has_document(request) and not isinstance(_data(request), dict)


def has_relationships(value: Json) -> bool:
    """Return whether `relationships` holds any; the vendor's clients send an empty object."""
    return isinstance(value, dict) and bool(value)


def _member(request: ServerRequest, response: ServerResponse) -> bool:
    data = _data(request)
    if _has_odd_relationships(request, response) or not isinstance(data, dict):
        return False
    known = {"type", "attributes", "relationships"}
    members = set(data) - known or has_relationships(data.get("relationships"))
    top = isinstance(request.document, dict) and set(request.document) - {"data"}
    unknown = set(sent(request)) - set(TYPES) - set(READ_ONLY)
    return bool(members or top or unknown) and response.status < 500


def _attribute(test: Callable[[dict[str, Json]], bool]) -> Flawed:
    return lambda request, _: test(sent(request))


def _origin(test: Callable[[str], bool]) -> Flawed:
    return _attribute(lambda asked: isinstance(origin := asked.get("reference_origin"), str) and test(origin))


def _depth(value: Json) -> int:
    levels = 0
    while isinstance(value, dict) and value:
        value, levels = next(iter(value.values())), levels + 1
    return levels


def _header(name: str, *values: str | None) -> Flawed:
    return lambda request, _: request.headers.get(name) in values


def _credentials(test: Callable[[str], bool]) -> Flawed:
    return lambda request, _: test(request.headers.get("authorization", ""))


def _is_bearer(value: str) -> bool:
    return value.startswith("Bearer ") and len(value) > len("Bearer ")


def _type(request: ServerRequest) -> Json:
    """Return the type of the resource object; None where there is none."""
    data = _data(request)
    return data.get("type") if isinstance(data, dict) else None


def _lacks_type(request: ServerRequest, _: ServerResponse) -> bool:
    return isinstance(_data(request), dict) and _type(request) is None


def _has_other_type(request: ServerRequest, _: ServerResponse) -> bool:
    return isinstance(_type(request), str) and _type(request) != "exports"


def _has_odd_type(request: ServerRequest, _: ServerResponse) -> bool:
    return _type(request) is not None and not isinstance(_type(request), str)


def _has_odd_relationships(request: ServerRequest, _: ServerResponse) -> bool:
    data = _data(request)
    return isinstance(data, dict) and not isinstance(data.get("relationships", {}), dict)


def _lacks_attributes(request: ServerRequest, _: ServerResponse) -> bool:
    data = _data(request)
    return isinstance(data, dict) and "attributes" not in data


def _has_odd_attributes(request: ServerRequest, _: ServerResponse) -> bool:
    data = _data(request)
    return isinstance(data, dict) and not isinstance(data.get("attributes", {}), dict)


def _lacks_resource_type(request: ServerRequest, _: ServerResponse) -> bool:
    data = _data(request)
    has_attributes = isinstance(data, dict) and isinstance(data.get("attributes"), dict)
    return has_attributes and sent(request).get("resource_type") is None


def _has_odd_keys(asked: dict[str, Json]) -> bool:
    metadata = asked.get("metadata")
    return isinstance(metadata, dict) and any(not key or key[:2] == "__" or set(key) & set(".[]") for key in metadata)


TRAILING_COMMA = b",}}}"
BYTE_ORDER_MARKS = {b"\xef\xbb", b"\xff\xfe"}

FLAWED: Mapping[str, Flawed] = {
    "request-json": lambda request, _: (
        not _has_document(request)
        and request.body[:2] not in BYTE_ORDER_MARKS
        and not request.body.endswith(TRAILING_COMMA)
    ),
    "request-encoding": lambda request, _: request.body[:2] in BYTE_ORDER_MARKS,
    "request-json-lenient": lambda request, _: request.body.endswith(TRAILING_COMMA),
    "request-data-object": _data_is_no_object,
    "request-type-required": _lacks_type,
    "request-type-exports": _has_other_type,
    "request-type-string": _has_odd_type,
    "request-attributes-object": _lacks_attributes,
    "request-attributes-shape": _has_odd_attributes,
    "request-relationships-shape": _has_odd_relationships,
    "request-members": _member,
    "request-repeated-keys": lambda request, _: bool(read_json(request.body).repeated_keys),
    "argument-resource-type-required": _lacks_resource_type,
    "argument-resource-type-typed": _mistyped("resource_type"),
    "argument-format-typed": _mistyped("format"),
    "argument-includes-typed": _miswritten("includes"),
    "argument-includes-castable": _castable("includes"),
    "argument-fields-castable": _castable("fields"),
    "argument-fields-typed": _miswritten("fields"),
    "argument-filters-typed": _mistyped("filters"),
    "argument-dry-data-typed": _mistyped("dry_data"),
    "argument-reference-typed": _mistyped("reference"),
    "argument-reference-origin-typed": _mistyped("reference_origin"),
    "argument-metadata-typed": _mistyped("metadata"),
    "argument-resource-type-known": _unknown("resource_type"),
    "argument-format-known": _unknown("format"),
    "argument-includes-known": _unknown("includes"),
    "argument-fields-known": _unknown("fields"),
    "argument-filters-known": _unknown("filters"),
    "read-only-attributes": _attribute(lambda asked: bool(set(asked) & set(READ_ONLY))),
    "text-nul": _origin(lambda text: "\0" in text),
    "text-surrogates": _origin(lambda text: any("\ud800" <= letter <= "\udfff" for letter in text)),
    "text-long": _origin(lambda text: len(text) > 1_000),
    "text-code": _origin(lambda text: text in CODE),
    "metadata-deep": _attribute(lambda asked: _depth(asked.get("metadata")) > 100),
    "metadata-odd-keys": _attribute(_has_odd_keys),
    "auth-token-required": _credentials(lambda value: not _is_bearer(value)),
    "auth-token-valid": _credentials(lambda value: _is_bearer(value) and value != f"Bearer {TOKEN}"),
    "accept-json-api": _header("accept", "application/json", "text/html"),
    "content-type-json-api": _header("content-type", "application/json", "application/x-www-form-urlencoded"),
    "negotiation-lenient": lambda request, _: "profile=" in request.headers.get("accept", ""),
}
"""How a server recognises the flaws of each requirement."""

MUST_REFUSE = (
    "request-json",
    "request-data-object",
    "request-type-required",
    "request-type-exports",
    "request-type-string",
    "request-attributes-object",
    "request-attributes-shape",
    "argument-resource-type-required",
    "auth-token-required",
    "auth-token-valid",
    "accept-json-api",
    "content-type-json-api",
)
"""Requirements whose flaws the documentation wants refused."""


def _crashes(requirement: str, flawed: Flawed) -> None:
    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if is_creation(request) and flawed(request, response):
            return refused(500, "INTERNAL_SERVER_ERROR")
        return response

    hostile = ("--hypothesis-profile", "thorough", "-k", "text-like-code") if requirement == "text-code" else ()
    said = f"Answers 500 to a request with a flaw of `{requirement}`."
    breaks(requirement, f"{requirement}-crashes", options=hostile, summary=said)(middleware)


def _repaired(request: ServerRequest) -> Json:
    """The nearest body that the reference accepts."""
    attributes = {
        "resource_type": "skus",
        **{name: value for name, value in sent(request).items() if value is not None},
    }
    return {"data": {"type": "exports", "attributes": attributes}}


def _accepts(requirement: str, flawed: Flawed) -> None:
    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if is_creation(request) and flawed(request, response):
            right = {"authorization": f"Bearer {TOKEN}", "accept": JSON_API, "content-type": JSON_API}
            body = request.body if response.status in {401, 406, 415} else serialised(_repaired(request))
            return respond(replace(request, headers={**request.headers, **right}, body=body))
        return response

    said = f"Creates an export from a request with a flaw of `{requirement}`."
    breaks(requirement, f"{requirement}-accepts", summary=said)(middleware)


def _forbids(requirement: str, flawed: Flawed) -> None:
    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        return refused(404, "RECORD_NOT_FOUND") if is_creation(request) and flawed(request, response) else response

    said = f"Answers 404 to a request with a flaw of `{requirement}`."
    breaks(requirement, f"{requirement}-answers-404", summary=said)(middleware)


for _requirement, _flawed in FLAWED.items():
    _crashes(_requirement, _flawed)
for _requirement in MUST_REFUSE:
    _accepts(_requirement, FLAWED[_requirement])
for _requirement in (
    "request-type-exports",
    "argument-resource-type-required",
    "argument-format-known",
    "auth-token-required",
):
    _forbids(_requirement, FLAWED[_requirement])


@breaks("text-long")
def crashes_on_long_references(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Crashes on a reference of more than 255 characters."""
    response = respond(request)
    reference = sent(request).get("reference")
    is_long = is_creation(request) and isinstance(reference, str) and len(reference) > LONGEST_TEXT
    return refused(500, "INTERNAL_SERVER_ERROR") if is_long else response


@breaks("collection-methods")
def put_creates(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Creates on PUT as well."""
    return respond(replace(request, method="POST")) if request.method == "PUT" else respond(request)


@breaks("collection-methods")
def patch_crashes(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Crashes on PATCH of the collection."""
    return (
        refused(500, "INTERNAL_SERVER_ERROR")
        if request.method == "PATCH" and request.path == "/api/exports"
        else respond(request)
    )


@breaks("never-server-error")
def crashes_on_derived_requests(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Crashes on an uncertain resource type in a body without a tag."""
    response = respond(request)
    untagged = is_creation(request) and b"exports-conformance-" not in request.body
    return (
        refused(500, "INTERNAL_SERVER_ERROR")
        if untagged and response.status in {400, 422} and _is_derived(request)
        else response
    )


def _is_derived(request: ServerRequest) -> bool:
    """The body is none of the named flaws', nor a documented one, but the generator's own."""
    kind = sent(request).get("resource_type")
    return isinstance(kind, str) and kind not in certain_types() and "nonsense" not in str(request.document)


@breaks("read-only-kept")
def takes_what_it_is_given(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Accepts read-only attributes and shows the values sent."""
    asked = sent(request)
    presumed = {name: value for name, value in asked.items() if name in READ_ONLY}
    if not is_creation(request) or not presumed:
        return respond(request)
    kept = {name: value for name, value in asked.items() if name not in READ_ONLY}

    def show(data: dict[str, Json], _: ServerRequest) -> None:
        data["attributes"]["records_count"] = presumed.get("records_count", 3)

    plain = request.edited(lambda document: {"data": {**document["data"], "attributes": kept}})
    return on_created(show)(plain, respond)
