"""A call: one request that is being answered, its query parameters, and the fields and resources it wants to see."""

import re
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference import schema
from exports_conformance.reference.errors import api_error
from exports_conformance.reference.messages import ServerRequest
from exports_conformance.reference.organisation import Organisation
from exports_conformance.reference.policy import Policy

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


EVENT_FIELDS = frozenset(schema.EVENTS.filterable) - {"id"}


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
    named = fieldsets(
        call, {"exports": schema.field_names(edition), "events": EVENT_FIELDS, "versions": frozenset[str]()}.get
    )
    include = frozenset(filter(None, call.parameters["include"].get((), "").split(",")))
    for name in sorted(include - set(schema.relationship_names(edition)) | (include & {"event_stores"})):
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
