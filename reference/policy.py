"""The policy of a reference: what it does wherever the documentation leaves a choice."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from exports_conformance.contract.edition import Edition, first_edition, has
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.checks import (
    CREATE_ATTRIBUTES,
    UPDATE_ATTRIBUTES,
    RefusedError,
    api_error,
    attributes_of,
    check_accept,
    check_content_type,
    data_of,
    not_found,
)
from exports_conformance.reference.messages import ServerRequest, ServerResponse
from exports_conformance.reference.organisation import DEFAULT_PACE, LARGE, Arguments, Pace
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


__all__ = ["DEFAULT_PACE", "LARGE", "Pace", "Policy"]


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices of one reference; the defaults are those of the plain reference.

    `coerces`: values of another JSON type are converted to the documented one if possible.
    `validates_late`: unknown types, fields, includes and filters are found only by the running export.
    `admits_empty`: selections without records are exported. `counts_late`: `records_count` is null until an
    export has started. `unlimited`: no upper limit of records. `only`: the resource types that have records, None
    for all but two. `foreign_exports`: how many run all the time. `ahead`: seconds by which the clock is ahead.
    `throttles`: the documented rate limits are enforced. `token_seconds`: the lifetime of an issued token.
    `read_lag`, `list_lag`: seconds by which reads of one export, or of the list, lag behind writes.
    `stop_lag`: seconds until an interruption takes effect, unless the export has ended by then.
    `file_lag`: seconds after its completion until the storage serves a file. `unlock_lag`: seconds after its
    interruption until an export can be deleted. `fails_empty`: an export without records is created and fails.
    `splits_csv_rows`: CSV has a row for each included record. `omits_blanks`: records in files have no null or empty
    values. `keeps_related_ids`: dry data has the ids of related resources. `coarse_links`: the signature of a file's
    address has the time in whole seconds.
    `framework`: how requests are read and errors written.
    `time_scale`: how many times faster than real everything runs.
    """

    edition: Edition = field(default_factory=first_edition)
    pace: Pace = DEFAULT_PACE
    coerces: bool = False
    validates_late: bool = False
    admits_empty: bool = False
    counts_late: bool = False
    unlimited: bool = False
    only: frozenset[str] | None = None
    identifiers: Literal["letters", "uuid"] = "letters"
    foreign_exports: int = 0
    ahead: float = 0.0
    throttles: bool = False
    token_seconds: int = 7200
    read_lag: float = 0.0
    list_lag: float = 0.0
    stop_lag: float = 0.0
    framework: Framework = PLAIN
    file_lag: float = 0.0
    unlock_lag: float = 0.0
    fails_empty: bool = False
    splits_csv_rows: bool = False
    omits_blanks: bool = False
    keeps_related_ids: bool = False
    coarse_links: bool = False
    time_scale: float = 1.0

    def scaled(self, times: float) -> "Policy":
        """Return the policy with every duration divided by `times`."""
        return replace(
            self,
            pace=Pace(self.pace.pending / times, self.pace.running / times, self.pace.large / times),
            token_seconds=max(1, round(self.token_seconds / times)),
            read_lag=self.read_lag / times,
            list_lag=self.list_lag / times,
            stop_lag=self.stop_lag / times,
            file_lag=self.file_lag / times,
            unlock_lag=self.unlock_lag / times,
            time_scale=times,
        )
