"""The framework of a reference: how it routes and reads requests, and what it answers to those that it cannot read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from exports_conformance.contract.editions import Edition, has
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.checks import (
    CREATE_ATTRIBUTES,
    UPDATE_ATTRIBUTES,
    attributes_of,
    check_accept,
    check_content_type,
    data_of,
)
from exports_conformance.reference.errors import RefusedError, api_error, not_found
from exports_conformance.reference.export import Arguments
from exports_conformance.reference.messages import ServerRequest, ServerResponse
from exports_conformance.reference.values import blank_or_unknown_format, coerced, meaningless, mistyped

_CREATION_MEMBERS = frozenset({"type", "attributes", "relationships"})
_UPDATE_MEMBERS = _CREATION_MEMBERS | {"id"}


@dataclass(frozen=True, slots=True)
class Creation:
    """What a creation request was read as.

    `problem` is the error with which the export will end, "" if it completes; `meta` is that of the response.
    """

    arguments: Arguments
    problem: str = ""
    meta: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class Framework:
    """The plain reference's own: everything undocumented is refused, and every refusal is a JSON:API document.

    `unknown_filters`: what `filter[q]` of an unknown attribute or predicate leads to. `lenient_query`: unknown query
    parameters are ignored.
    """

    unknown_filters: Literal["refused", "ignored", "crash"] = "refused"
    lenient_query: bool = False

    def routed(self, request: ServerRequest) -> ServerRequest:
        """Return the request with the method and path that the routes are looked up by."""
        return request

    def no_route(self) -> RefusedError:
        """Return the refusal of an unknown path."""
        return not_found()

    def no_method(self, method: str, allowed: list[str]) -> RefusedError:
        """Return the refusal of a method that the path does not support."""
        detail = f"{method} is not allowed on this path."
        return api_error(405, "PARAM_NOT_ALLOWED", "Method not allowed", detail, allow=", ".join(allowed))

    def options(self, allowed: list[str]) -> ServerResponse:
        """Return the response to OPTIONS."""
        return ServerResponse(204, (("allow", ", ".join(allowed)),))

    def check_media_types(self, request: ServerRequest) -> None:
        """Raise a 415 or 406 for the wrong `Content-Type` or `Accept`."""
        check_content_type(request)
        check_accept(request)

    def creation(self, body: bytes, edition: Edition, *, coerces: bool, late: bool) -> Creation:
        """Read the body of a creation; raise a 400 or 422 if it is invalid, unless that is to be found `late`."""
        attributes = attributes_of(data_of(body), creatable(edition), members=_CREATION_MEMBERS)
        attributes = coerced(attributes) if coerces else attributes
        if errors := mistyped(attributes) + blank_or_unknown_format(attributes):
            raise RefusedError(422, errors)
        errors = meaningless(attributes, late=late)
        if errors and not late:
            raise RefusedError(422, errors)
        shown = {name: value for name, value in attributes.items() if value is not None}
        return Creation(Arguments(**shown), problem=str(errors[0]["detail"]) if errors else "")

    def update(self, body: bytes, export_id: str, *, coerces: bool) -> dict[str, Json]:
        """Return the attributes of an update; raise a 400 or 422 if its body is invalid."""
        data = data_of(body)
        check_id(data, export_id)
        attributes = attributes_of(data, UPDATE_ATTRIBUTES, members=_UPDATE_MEMBERS)
        attributes = coerced(attributes) if coerces else attributes
        if errors := mistyped(attributes):
            raise RefusedError(422, errors)
        return attributes | ({"metadata": {}} if attributes.get("metadata", {}) is None else {})

    def finished(self, response: ServerResponse) -> ServerResponse:
        """Return a response with the headers that the framework adds."""
        return response


PLAIN: Framework = Framework()


def creatable(edition: Edition) -> frozenset[str]:
    """Return the attributes that a creation can have."""
    filters_by_token = has(edition, "/data/attributes/jwt_filters", of="request")
    return CREATE_ATTRIBUTES | {"jwt_filters"} if filters_by_token else CREATE_ATTRIBUTES


def check_id(data: Mapping[str, Json], export_id: str) -> None:
    """Raise a 400 unless the id in an update is that of its URL."""
    if "id" not in data:
        raise api_error(400, "KEY_ORDER_MISMATCH", "A key is required", "The resource object must have an id.")
    if data["id"] != export_id:
        detail = f"The URL does not support the key {data['id']}"
        raise api_error(400, "KEY_NOT_INCLUDED_IN_URL", "Key is not included in URL", detail)
