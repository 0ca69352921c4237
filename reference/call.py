"""A call: one request that is being answered, its query parameters, and the fields and resources it wants to see."""

import re
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from exports_conformance.contract.edition import Edition, added_attributes, has
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.checks import api_error
from exports_conformance.reference.messages import ServerRequest
from exports_conformance.reference.organisation import Organisation
from exports_conformance.reference.policy import Policy

FILTERABLE: Mapping[str, str] = {
    "id": "string",
    "resource_type": "string",
    "format": "string",
    "status": "string",
    "started_at": "datetime",
    "completed_at": "datetime",
    "interrupted_at": "datetime",
    "records_count": "integer",
    "attachment_url": "string",
    "errors_log": "object",
    "created_at": "datetime",
    "updated_at": "datetime",
    "reference": "string",
    "reference_origin": "string",
    "metadata": "object",
}
RANGED = ("started_at", "completed_at", "interrupted_at", "created_at", "updated_at")
FIELDS = frozenset({*FILTERABLE, "includes", "fields", "filters", "dry_data"} - {"id"})


@dataclass(frozen=True, slots=True)
class Columns:
    """The filterable attributes of a list with their types, and those with `_from` and `_to` filters."""

    filterable: Mapping[str, str]
    ranged: tuple[str, ...]

    @property
    def sortable(self) -> frozenset[str]:
        """The sortable attributes: all but objects."""
        return frozenset(name for name, value_type in self.filterable.items() if value_type != "object")


EVENTS = Columns(
    {
        "id": "string",
        "name": "string",
        "created_at": "datetime",
        "updated_at": "datetime",
        "reference": "string",
        "reference_origin": "string",
        "metadata": "object",
    },
    ("created_at", "updated_at"),
)


def columns(edition: Edition) -> Columns:
    """Return the filterable and sortable attributes of exports."""
    later = added_attributes(edition)
    counts = {name: "integer" for name in later if name == "processed_count"}
    return Columns({**FILTERABLE, **counts}, (*RANGED, *(name for name in later if name == "estimated_completion_at")))


def relationship_names(edition: Edition) -> tuple[str, ...]:
    """Return the relationships of an export."""
    return tuple(name for name in ("events", "versions", "event_stores") if has(edition, f"/data/relationships/{name}"))


def field_names(edition: Edition) -> frozenset[str]:
    """Return the attributes and relationships that a sparse fieldset of exports can name."""
    return FIELDS.union(relationship_names(edition), added_attributes(edition))


Parameters = Mapping[str, Mapping[tuple[str, ...], str]]

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_FAMILIES = ("fields", "filter", "include", "page", "sort")


def parameters(query: str, *, lenient: bool = False) -> Parameters:
    """Parse a query string: `page[size]=2` becomes `{"page": {("size",): "2"}}`; of a repeated name the last counts.

    Raises a 400 for a name of lower-case letters only that JSON:API does not define, as the format demands, unless
    `lenient`.
    """
    read: dict[str, dict[tuple[str, ...], str]] = {family: {} for family in _FAMILIES}
    for name, value in pairs(query):
        match = _NAME.fullmatch(name)
        family = match[1] if match else name
        if match and family in read:
            read[family][tuple(re.findall(r"\[([^\[\]]*)\]", match[2]))] = value
        elif re.fullmatch("[a-z]+", family) and not lenient:
            raise api_error(400, "PARAM_NOT_ALLOWED", "Param not allowed", f"{family} is not allowed.")
    return read


def pairs(query: str) -> list[tuple[str, str]]:
    """Return the names and values of a query string in order, decoded."""
    return parse_qsl(query, keep_blank_values=True)


def with_page(query: str, number: int, size: int) -> str:
    """Return the query string with its page parameters replaced."""
    kept: Iterable[tuple[str, str]] = (pair for pair in pairs(query) if not pair[0].startswith("page["))
    paged = [*kept, ("page[number]", str(number)), ("page[size]", str(size))]
    return urlencode(paged)


@dataclass(frozen=True, slots=True)
class Call:
    """A request with the time, the organisation and the policy by which it is answered."""

    request: ServerRequest
    now: datetime
    organisation: Organisation
    policy: Policy

    @property
    def api(self) -> str:
        """The base URL of the API, without a trailing slash."""
        return f"{self.request.base_url}/api"

    @property
    def parameters(self) -> Parameters:
        """The parameters of the query string, by family."""
        return parameters(self.request.query, lenient=self.policy.framework.lenient_query)

    def meta(self) -> dict[str, Json]:
        """Return the `meta` of a resource object, with a new trace id."""
        organisation = self.organisation
        return {"mode": organisation.mode, "organization_id": organisation.id, "trace_id": secrets.token_hex(32)}


EVENT_FIELDS = frozenset(EVENTS.filterable) - {"id"}


@dataclass(frozen=True, slots=True)
class View:
    """The sparse fieldsets by type (a type without one shows every field) and the included relationships."""

    fields: Mapping[str, frozenset[str]]
    include: frozenset[str] = frozenset()

    def shows(self, resource: str, field: str) -> bool:
        """Return True if a field of a type is shown."""
        return resource not in self.fields or field in self.fields[resource]


FULL_VIEW = View({})


def view(call: Call) -> View:
    """Read `fields` and `include` from the query string; raise a 400 for names that do not exist."""
    edition = call.policy.edition
    named = fieldsets(call, {"exports": field_names(edition), "events": EVENT_FIELDS, "versions": frozenset[str]()}.get)
    include = frozenset(filter(None, call.parameters["include"].get((), "").split(",")))
    for name in sorted(include - set(relationship_names(edition)) | (include & {"event_stores"})):
        raise api_error(400, "INVALID_INCLUDE", "Invalid include", f"{name} is not a valid include of exports.")
    return View(named, include)


def fieldsets(call: Call, known: Callable[[str], Collection[str] | None]) -> dict[str, frozenset[str]]:
    """Return the sparse fieldsets by type; `known` returns the fields of a type, None for an unknown type.

    Raises a 400 for an unknown type or field.
    """
    named: dict[str, frozenset[str]] = {}
    for keys, value in call.parameters["fields"].items():
        if len(keys) != 1:
            raise api_error(400, "INVALID_FIELD_FORMAT", "Invalid field format", "Fields must specify a type.")
        fields = known(keys[0])
        if fields is None:
            raise api_error(400, "INVALID_RESOURCE", "Invalid resource", f"{keys[0]} is not a valid resource.")
        names = frozenset(filter(None, (name.strip() for name in value.split(","))))
        for name in sorted(names - {*fields, "id", "type"}):
            raise api_error(400, "INVALID_FIELD", "Invalid field", f"{name} is not a valid field for {keys[0]}.")
        named[keys[0]] = names
    return named
