"""Creating an export: the document, its values, its selection, the limits, in this order."""

from collections.abc import Mapping
from dataclasses import replace

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.call import Call
from exports_conformance.reference.document_checks import ARGUMENTS, attributes_of, data_of
from exports_conformance.reference.documents import response
from exports_conformance.reference.errors import ErrorObject, Refused, invalid
from exports_conformance.reference.export import Arguments, Export, Failure, queued
from exports_conformance.reference.files import rows
from exports_conformance.reference.policy import LARGE
from exports_conformance.reference.records import Record
from exports_conformance.reference.responses import Response
from exports_conformance.reference.selection import selected
from exports_conformance.reference.values import blank_or_unknown_format, coerced, meaningless, mistyped
from exports_conformance.reference.views import view

MEMBERS = frozenset({"type", "attributes", "relationships"})


def create(call: Call) -> Response:
    """Create the export that the request describes."""
    shown = view(call)
    allowed = ARGUMENTS if call.policy.edition == "page" else ARGUMENTS | {"jwt_filters"}
    attributes: Mapping[str, Json] = attributes_of(data_of(call.ask.body), allowed, members=MEMBERS)
    if call.policy.coerces:
        attributes = coerced(attributes)
    if errors := mistyped(attributes) + blank_or_unknown_format(attributes):
        raise Refused(422, errors)
    errors = meaningless(attributes)
    if errors and not call.policy.validates_late:
        raise Refused(422, errors)
    export = _export(call, Arguments(**attributes), errors)
    call.organisation.keep(export)
    return response(call, export, shown, status=201)


def check_running(call: Call) -> None:
    """Refuse one more running export where as many run as may at a time.

    The documentation gives the limit, not the answer: a validation error of the whole resource is chosen.
    """
    limit = call.organisation.max_running
    running = call.organisation.running(call.now)
    if running >= limit:
        message = f"only {limit} exports can be pending or in progress at a time"
        raise Refused(422, [invalid("", "too_many_running", message, value=running + 1, count=limit)])


def _export(call: Call, arguments: Arguments, errors: list[ErrorObject]) -> Export:
    records = () if errors else selected(call.organisation, arguments.resource_type, arguments.filters or {})
    if not errors:
        _check_count(call, records)
    check_running(call)
    failure = None
    if errors:
        log = {"ArgumentError": str(errors[0]["detail"])}
        failure = Failure("interrupted" if call.policy.edition == "page" else "failed", log)
    export = queued(call.organisation.new_id(), arguments, records, call.now, call.policy.pace, failure=failure)
    if failure is None and rows(call.organisation, export) > LARGE:
        pace = call.policy.pace
        export = replace(export, pace=replace(pace, running=pace.running + pace.large))
    return export


def _check_count(call: Call, records: tuple[Record, ...]) -> None:
    count, limit = len(records), call.organisation.max_records
    if not count and not call.policy.admits_empty:
        error = invalid("records_count", "greater_than", "must be greater than 0", value=0, count=0)
        raise Refused(422, [error])
    if count > limit and not call.policy.unlimited:
        message = f"must be less than or equal to {limit}"
        raise Refused(422, [invalid("records_count", "less_than_or_equal_to", message, value=count, count=limit)])
