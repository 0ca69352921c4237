"""Rules of a created export's life: it is found as it was created, it changes as it is told, and it ends."""

from collections.abc import Iterator

from exports_conformance.exchange.model import Exchange, Operation
from exports_conformance.exchange.strict_json import Json, one_line, same_class
from exports_conformance.rules.acceptance import ARGUMENTS
from exports_conformance.rules.applies import created, demands, query_of, shows_export, succeeded
from exports_conformance.rules.echo import comes_back
from exports_conformance.rules.engine import Finding, every, rule
from exports_conformance.rules.values import is_same_time

OK, NO_CONTENT = 200, 204
UPDATABLE = ("reference", "reference_origin", "metadata")
"""The attributes, triggers apart, that an update may change."""


def _answers(requirement: str, operation: Operation, status: int) -> None:
    def answers_its_status(exchange: Exchange) -> Iterator[Finding]:
        if exchange.status != status:
            yield Finding(str(status), f"{exchange.status} {one_line(exchange.errors)}")

    rule(requirement, applies=demands(operation))(answers_its_status)


_answers("retrieve-status-200", "retrieve", OK)
_answers("list-status-200", "list", OK)
_answers("update-status-200", "update", OK)


@rule("create-new-id", applies=created, needs=("answer-id",))
def id_is_new(exchange: Exchange) -> Iterator[Finding]:
    """The id of a created export is that of no export which was created before."""
    if exchange.lookups.known_id:
        yield Finding("an id that no other export has", one_line(exchange.data["id"]), "/data/id")


@rule("delete-status-204", applies=demands("delete"))
def deletion_answers_204_without_a_body(exchange: Exchange) -> Iterator[Finding]:
    """A deletion answers 204 and nothing more."""
    body = exchange.response.body if exchange.response else b""
    if exchange.status != NO_CONTENT or body:
        yield Finding("204, without a body", f"{exchange.status}, a body of {len(body)} bytes")


def _was_shown(exchange: Exchange) -> bool:
    return isinstance(exchange.expectation.expected, dict) and exchange.expectation.operation == "retrieve"


@rule(
    "retrieve-as-created",
    applies=every(demands("retrieve"), shows_export, _was_shown),
    needs=("retrieve-status-200", "answer-attributes", "answer-id"),
)
def export_is_as_it_was_created(exchange: Exchange) -> Iterator[Finding]:
    """The arguments are those that were sent, the id and the time of creation those that the creation showed.

    A time may be shown more exactly by the one than by the other.
    """
    before: dict[str, Json] = exchange.expectation.expected
    if exchange.data["id"] != before.get("id"):
        yield Finding(one_line(before.get("id")), one_line(exchange.data["id"]), "/data/id")
    known, now = before.get("attributes") or {}, exchange.attributes
    for name in [name for name in ARGUMENTS if name in known]:
        if not comes_back(name, known, now.get(name)):
            yield Finding(one_line(known.get(name)), one_line(now.get(name)), f"/data/attributes/{name}")
    if "created_at" in known and not is_same_time(known["created_at"], now.get("created_at")):
        yield Finding(one_line(known["created_at"]), one_line(now.get("created_at")), "/data/attributes/created_at")


def _is_sparse(exchange: Exchange) -> bool:
    return succeeded(exchange) and "fields[exports]" in query_of(exchange)


@rule("retrieve-sparse", applies=every(demands("retrieve"), _is_sparse), needs=("answer-json",))
def sparse_export_has_the_named_attributes(exchange: Exchange) -> Iterator[Finding]:
    """The attributes are those that were named, each of them and no other."""
    named = sorted(query_of(exchange)["fields[exports]"].split(","))
    if sorted(exchange.attributes) != named:
        yield Finding(one_line(named), one_line(sorted(exchange.attributes)), "/data/attributes")


@rule(
    "update-takes",
    applies=every(demands("update"), shows_export),
    needs=("update-status-200", *(f"answer-{name.replace('_', '-')}" for name in UPDATABLE)),
)
def update_shows_its_values(exchange: Exchange) -> Iterator[Finding]:
    """What an update sent comes back."""
    for name in UPDATABLE:
        sent, now = exchange.sent_attributes.get(name), exchange.attributes[name]
        if name in exchange.sent_attributes and not same_class(sent, now):
            yield Finding(one_line(sent), one_line(now), f"/data/attributes/{name}")
