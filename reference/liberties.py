"""Variants that take a liberty where the documentation is silent: what is refused, with what, and what is filled in."""

from collections.abc import Callable
from dataclasses import replace

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.document_checks import ARGUMENTS
from exports_conformance.reference.errors import JSON_API, Refused, invalid, not_found, refusal
from exports_conformance.reference.policy import Pace, Policy
from exports_conformance.reference.responses import Ask, Respond, Response
from exports_conformance.reference.variant import variant

LONGEST = 255
DEEPEST = 100


@variant
def in_progress_at_once(policy: Policy) -> Policy:
    """Has an export in progress when it answers the creation; it is completed a moment later."""
    return replace(policy, pace=Pace(pending=0, running=0.01))


@variant
def missing_methods_404(ask: Ask, respond: Respond) -> Response:
    """Answers 404, not 405, to a method that a path does not have."""
    response = respond(ask)
    return _instead(response, not_found()) if response.status == 405 else response  # noqa: PLR2004  Method Not Allowed


@variant
def nulls_for_defaults(ask: Ask, respond: Respond) -> Response:
    """Shows null for a format or dry data that was sent as null, not the default that it stands for."""
    sent = _sent(ask)

    def edit(attributes: dict[str, Json]) -> None:
        attributes |= {name: None for name in ("format", "dry_data") if name in sent and sent[name] is None}

    return _created(ask, respond, edit)


@variant
def empties_for_null(ask: Ask, respond: Respond) -> Response:
    """Shows an empty text where an export has no reference or origin."""

    def edit(attributes: dict[str, Json]) -> None:
        attributes |= {name: attributes[name] or "" for name in ("reference", "reference_origin")}

    return _created(ask, respond, edit)


@variant
def includes_from_fields(ask: Ask, respond: Respond) -> Response:
    """Adds to `includes` the related resources whose fields are asked for."""

    def edit(attributes: dict[str, Json]) -> None:
        named = [field.rpartition(".")[0] for field in attributes["fields"] or () if "." in field]
        attributes["includes"] = list(dict.fromkeys([*(attributes["includes"] or ()), *named]))

    return _created(ask, respond, edit)


@variant
def precise_times(ask: Ask, respond: Respond) -> Response:
    """Shows times to the microsecond in the answer to a creation, and to the millisecond from then on."""

    def edit(attributes: dict[str, Json]) -> None:
        for name, value in attributes.items():
            if name.endswith("_at") and isinstance(value, str):
                attributes[name] = value.replace("Z", "456Z")

    return _created(ask, respond, edit)


@variant
def bare_empty_lists(ask: Ask, respond: Respond) -> Response:
    """Links to no page from a list without exports, which has none."""
    response = respond(ask)
    document = response.document
    if ask.path != "/api/exports" or not isinstance(document, dict) or document.get("data") != []:
        return response
    return replace(response, document=document | {"links": {}})


@variant
def without_date(ask: Ask, respond: Respond) -> Response:
    """Does not tell the time in a `Date` header."""
    return respond(ask).without_header("date")


@variant
def unknown_is_ignored(ask: Ask, respond: Respond) -> Response:
    """Ignores members and attributes that a creation does not have, read-only ones among them."""
    document = ask.document
    data = document.get("data") if isinstance(document, dict) else None
    if not _creates(ask) or not isinstance(data, dict) or not isinstance(data.get("attributes"), dict):
        return respond(ask)
    kept = {name: data[name] for name in ("type", "attributes") if name in data}
    kept["attributes"] = {name: value for name, value in kept["attributes"].items() if name in ARGUMENTS}
    return respond(ask.edited(lambda _: {"data": kept}))


@variant
def strict_negotiation(ask: Ask, respond: Respond) -> Response:
    """Refuses parameters of media types with 406 and 415, as JSON:API 1.0 asks of servers, and wildcards with them."""
    if _creates(ask) and ask.headers.get("accept", JSON_API) != JSON_API:
        return _uncreated(ask, respond, refusal(406, "NOT_ACCEPTABLE", "Not acceptable", f"Accept {JSON_API}."))
    if _creates(ask) and ask.headers.get("content-type") != JSON_API:
        wrong = refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type", f"Send {JSON_API}.")
        return _uncreated(ask, respond, wrong)
    return respond(ask)


@variant
def strict_texts(ask: Ask, respond: Respond) -> Response:
    """Refuses NUL, half a surrogate pair, long texts, and metadata that is deep or has odd keys."""
    odd = (name for name, value in _sent(ask).items() if name in ARGUMENTS and _is_odd(value))
    if name := next(odd, ""):
        return _uncreated(ask, respond, Refused(422, [invalid(name, "invalid", "is not accepted")]))
    return respond(ask)


@variant
def type_conflicts(ask: Ask, respond: Respond) -> Response:
    """Refuses another `type` with 409 Conflict, as JSON:API does."""
    response = respond(ask)
    codes = {error["code"] for error in response.document["errors"]} if response.status == 400 else set()  # noqa: PLR2004
    if codes != {"INVALID_RESOURCE"}:
        return response
    wrong = refusal(409, "INVALID_RESOURCE", "Conflict", "The type does not belong to the collection.")
    return _instead(response, wrong)


@variant
def coarse_pointers(ask: Ask, respond: Respond) -> Response:
    """Points at the argument that is at fault, never into it, and names its fault in a second error of the whole."""

    def edit(document: Json) -> None:
        for error in document["errors"]:
            pointer = error["source"]["pointer"]
            error["source"] = {"pointer": "/".join(pointer.split("/")[:4])}
        document["errors"].insert(0, invalid("", "invalid", "the export is invalid"))

    response = respond(ask)
    counted = b"records_count" in response.body or b"too_many_running" in response.body
    return response if response.status != 422 or counted else response.edited(edit)  # noqa: PLR2004  Unprocessable Entity


def _creates(ask: Ask) -> bool:
    return ask.method == "POST" and ask.path == "/api/exports"


def _sent(ask: Ask) -> dict[str, Json]:
    document = ask.document if _creates(ask) else None
    data = document.get("data") if isinstance(document, dict) else None
    attributes = data.get("attributes") if isinstance(data, dict) else None
    return attributes if isinstance(attributes, dict) else {}


def _created(ask: Ask, respond: Respond, edit: Callable[[dict[str, Json]], None]) -> Response:
    """Edit the attributes in the answer to a creation that succeeds."""
    response = respond(ask)
    if not _creates(ask) or response.status != 201:  # noqa: PLR2004  Created
        return response
    return response.edited(lambda document: edit(document["data"]["attributes"]))


def _instead(response: Response, refused: Refused) -> Response:
    """Give a refusal in an answer's place, with its headers."""
    return replace(response, status=refused.response.status, document=refused.response.document)


def _uncreated(ask: Ask, respond: Respond, refused: Refused) -> Response:
    """Refuse a creation, unless it has another fault that is looked at before its body."""
    response = respond(replace(ask, body=b""))
    return _instead(response, refused) if response.status == 400 else response  # noqa: PLR2004  for it has no body


def _is_odd(value: Json, depth: int = 1) -> bool:
    if isinstance(value, str):
        return len(value) > LONGEST + 50 or "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value)
    if depth > DEEPEST:
        return True
    if isinstance(value, dict):
        odd = any(not key.replace("_", "a").isalnum() or key.startswith("__") for key in value)
        return odd or any(_is_odd(item, depth + 1) for item in value.values())
    return isinstance(value, list) and any(_is_odd(item, depth + 1) for item in value)
