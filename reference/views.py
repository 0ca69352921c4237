"""The view that a request asks for: sparse fieldsets and included resources."""

from collections.abc import Mapping
from dataclasses import dataclass

from exports_conformance.reference import schema
from exports_conformance.reference.call import Call
from exports_conformance.reference.errors import refusal

EVENT_FIELDS = frozenset(schema.EVENTS.filterable) - {"id"}


@dataclass(frozen=True, slots=True)
class View:
    """What of a resource is shown: by type the fields named, all where a type is absent; what is included."""

    fields: Mapping[str, frozenset[str]]
    include: frozenset[str] = frozenset()

    def shows(self, resource: str, field: str) -> bool:
        """Say whether a field of a type is shown."""
        return resource not in self.fields or field in self.fields[resource]


WHOLE = View({})


def view(call: Call) -> View:
    """Read the view from the query string; refuses fields and relationships that there are not."""
    parameters, edition = call.parameters, call.policy.edition
    known = {"exports": schema.fields(edition), "events": EVENT_FIELDS, "versions": frozenset[str]()}
    named: dict[str, frozenset[str]] = {}
    for keys, value in parameters["fields"].items():
        if len(keys) != 1:
            raise refusal(400, "INVALID_FIELD_FORMAT", "Invalid field format", "Fields must specify a type.")
        if keys[0] not in known:
            raise refusal(400, "INVALID_RESOURCE", "Invalid resource", f"{keys[0]} is not a valid resource.")
        names = frozenset(filter(None, (name.strip() for name in value.split(","))))
        for name in sorted(names - known[keys[0]] - {"id", "type"}):
            raise refusal(400, "INVALID_FIELD", "Invalid field", f"{name} is not a valid field for {keys[0]}.")
        named[keys[0]] = names
    include = frozenset(filter(None, parameters["include"].get((), "").split(",")))
    for name in sorted(include - set(schema.RELATIONSHIPS[edition]) | (include & {"event_stores"})):
        raise refusal(400, "INVALID_INCLUDE", "Invalid include", f"{name} is not a valid include of exports.")
    return View(named, include)
