"""Rules of the topic `life`, lists apart: an export is found as it was created, changes, ends, and is deleted."""

import re
from collections.abc import Iterator, Mapping

from exports_conformance.contract.requirements import is_before, is_same_time, shape, shape_of
from exports_conformance.exchange.exports import ENDED, LATER, RUNNING, UPDATABLE, expected_statuses, last_status
from exports_conformance.exchange.model import Action, Exchange
from exports_conformance.exchange.strict_json import ABSENT, Json, as_object, at_pointer, member, one_line, shown
from exports_conformance.rules.arguments import ARGUMENTS
from exports_conformance.rules.engine import (
    AppliesTo,
    Finding,
    comes_back,
    created,
    demands,
    every,
    has_status,
    is_kept,
    outcome_of,
    query_of,
    rule,
    shows_export,
    succeeded,
    was_sent,
)

OK, NO_CONTENT, NOT_FOUND = 200, 204, 404


@rule("retrieve-status-200", applies=demands("retrieve"))
@rule("list-status-200", applies=demands("list"))
@rule("update-status-200", applies=demands("update"))
def request_returns_200(exchange: Exchange) -> Iterator[Finding]:
    """The response is 200."""
    if exchange.status != OK:
        yield Finding("200", outcome_of(exchange))


@rule("create-new-id", applies=created, needs=("answer-id",))
def id_is_new(exchange: Exchange) -> Iterator[Finding]:
    """No earlier creation returned the id."""
    if exchange.lookups.known_id:
        yield Finding("an id that no other export has", one_line(exchange.data["id"]), "/data/id")


@rule("delete-status-204", applies=demands("delete"))
def deletion_returns_204_without_a_body(exchange: Exchange) -> Iterator[Finding]:
    """The response is 204 without a body."""
    body = exchange.response.body if exchange.response else b""
    if exchange.status != NO_CONTENT or body:
        yield Finding("204, without a body", f"{exchange.status}, a body of {len(body)} bytes")


def _earlier_is_known(exchange: Exchange) -> bool:
    return was_sent(exchange) and succeeded(exchange) and exchange.lookups.earlier is not None


@rule("meta-constant", applies=_earlier_is_known, needs=("answer-json",))
def meta_is_that_of_earlier_responses(exchange: Exchange) -> Iterator[Finding]:
    """The mode and the organisation, if they have their shape, are those that the first response of the run showed."""
    for at, before in (exchange.lookups.earlier or {}).items():
        *path, name = at.split("/")[1:]
        if path[-1] == "meta" and shape(shape_of(f"/data/meta/{name}")).fits(at_pointer(exchange.reading.value, at)):
            yield Finding(f"{one_line(before)}, as before", shown(exchange.reading.value, *path, name), at)


def _creation_is_known(exchange: Exchange) -> bool:
    return isinstance(exchange.expectation.expected, dict) and exchange.expectation.operation == "retrieve"


@rule(
    "retrieve-as-created",
    applies=every(demands("retrieve"), shows_export, _creation_is_known),
    needs=("retrieve-status-200", "answer-attributes", "answer-id"),
)
def export_is_as_it_was_created(exchange: Exchange) -> Iterator[Finding]:
    """The arguments are those that were sent; id and `created_at`, to the precision shown, those of the creation."""
    before: dict[str, Json] = exchange.expectation.expected
    if exchange.data["id"] != before.get("id"):
        yield Finding(one_line(before.get("id")), one_line(exchange.data["id"]), "/data/id")
    known, now = as_object(before.get("attributes")), exchange.attributes
    for name in [name for name in ARGUMENTS if name in known]:
        if not comes_back(name, known, now.get(name)):
            yield Finding(one_line(known.get(name)), shown(now, name), f"/data/attributes/{name}")
    if "created_at" in known and not is_same_time(known["created_at"], now.get("created_at")):
        at = "/data/attributes/created_at"
        yield Finding(one_line(known["created_at"]), shown(now, "created_at"), at)


def _was_found(exchange: Exchange) -> bool:
    plain = exchange.expectation.operation == "retrieve" and not exchange.expectation.flaw
    return plain and was_sent(exchange) and exchange.lookups.earlier is not None


@rule("reads-agree", applies=_was_found)
def repeated_read_had_not_gone_back(exchange: Exchange) -> Iterator[Finding]:
    """A read that had to be repeated did not miss an export which an earlier one found, nor the end that it showed.

    What the last repetition shows is judged by `retrieve-status-200` and `status-moves-on`.
    """
    earlier = exchange.lookups.earlier or {}
    if exchange.expectation.outcome == "success":
        return
    if exchange.status == NOT_FOUND:
        yield Finding("200, as before", outcome_of(exchange))
    elif "/data/attributes/status" in earlier and exchange.attributes.get("status") in RUNNING:
        at = "/data/attributes/status"
        yield Finding(f"{one_line(earlier[at])}, as before", one_line(exchange.attributes["status"]), at)


def _updates_known(exchange: Exchange) -> bool:
    known = isinstance(exchange.expectation.expected, dict)
    return was_sent(exchange) and exchange.expectation.operation == "update" and known


@rule(
    "update-keeps-others", applies=every(shows_export, _updates_known), needs=("answer-attributes", "answer-created-at")
)
def update_keeps_what_it_leaves_out(exchange: Exchange) -> Iterator[Finding]:
    """The response to an update shows the arguments that it cannot change, or leaves out, as they were before."""
    known, now = as_object(exchange.expectation.expected.get("attributes")), exchange.attributes
    named = [name for name in UPDATABLE if name in exchange.sent_attributes]  # judged by `update-takes`
    for name in [name for name in ARGUMENTS if name in known and name not in named]:
        if not comes_back(name, known, now.get(name)):
            yield Finding(one_line(known[name]), shown(now, name), f"/data/attributes/{name}")
    if "created_at" in known and not is_same_time(known["created_at"], now["created_at"]):
        yield Finding(one_line(known["created_at"]), one_line(now["created_at"]), "/data/attributes/created_at")


def _changes_a_value(exchange: Exchange) -> bool:
    changed = [name for name in UPDATABLE if name in exchange.sent_attributes]
    return bool(changed) and isinstance(member(exchange.expectation.expected, "attributes", "updated_at"), str)


@rule(
    "update-moves-time",
    applies=every(demands("update"), shows_export, _changes_a_value),
    needs=("update-status-200", "update-takes", "answer-updated-at"),
)
def update_moves_updated_at(exchange: Exchange) -> Iterator[Finding]:
    """`updated_at` is later than before, unless it shows whole seconds only, as `12:00:00Z` or `12:00:00.000Z` may."""
    before, now = exchange.expectation.expected["attributes"]["updated_at"], exchange.attributes["updated_at"]
    if is_before(now, before) or (now == before and re.search(r"\.\d*[1-9]", now)):
        yield Finding(f"later than {before}", one_line(now), "/data/attributes/updated_at")


def lost_members(resource: Mapping[str, Json], at: str) -> Iterator[Finding]:
    """Find a member of a resource object that no sparse fieldset takes away, and that is missing."""
    for name in ("id", "type", "links", "meta"):
        if name not in resource:
            yield Finding(f"{name}, which a sparse fieldset does not remove", ABSENT, f"{at}/{name}")


def _is_sparse(exchange: Exchange) -> bool:
    return succeeded(exchange) and "fields[exports]" in query_of(exchange)


@rule("retrieve-sparse", applies=every(demands("retrieve"), _is_sparse), needs=("answer-json",))
def sparse_export_has_the_named_attributes(exchange: Exchange) -> Iterator[Finding]:
    """The attributes are the named ones, all of them and no other, with the values of the creation."""
    yield from lost_members(exchange.data, "/data")
    named = sorted(query_of(exchange)["fields[exports]"].split(","))
    if sorted(exchange.attributes) != named:
        yield Finding(one_line(named), one_line(sorted(exchange.attributes)), "/data/attributes")
    known = as_object(member(exchange.expectation.expected, "attributes"))
    for name in [name for name in ARGUMENTS if name in known and name in exchange.attributes]:
        if not comes_back(name, known, exchange.attributes[name]):
            yield Finding(one_line(known[name]), one_line(exchange.attributes[name]), f"/data/attributes/{name}")


@rule(
    "update-takes",
    applies=every(demands("update"), shows_export),
    needs=("update-status-200", "answer-reference", "answer-reference-origin", "answer-metadata"),
)
def update_shows_its_values(exchange: Exchange) -> Iterator[Finding]:
    """The response shows the values that were sent."""
    for name in [name for name in UPDATABLE if name in exchange.sent_attributes]:
        sent, now = exchange.sent_attributes[name], exchange.attributes[name]
        before = member(exchange.expectation.expected, "attributes", name)
        merged = {**as_object(before), **as_object(sent)} if name == "metadata" else sent
        if not is_kept(sent, now) and not is_kept(merged, now):
            yield Finding(one_line(sent), one_line(now), f"/data/attributes/{name}")


@rule(
    "completed-after-start",
    applies=has_status("completed"),
    needs=("started-when-running", "completed-when-completed"),
)
def completion_follows_start(exchange: Exchange) -> Iterator[Finding]:
    """`completed_at` is not before `started_at`."""
    started_at, completed_at = (exchange.attributes[name] for name in ("started_at", "completed_at"))
    if is_before(completed_at, started_at):
        yield Finding(f"not before {started_at}", one_line(completed_at), "/data/attributes/completed_at")


def _is_pending(exchange: Exchange) -> bool:
    return shows_export(exchange) and was_sent(exchange) and exchange.attributes.get("status") == "pending"


@rule("pending-not-completed", applies=_is_pending, needs=("answer-completed-at",))
def pending_export_has_no_completion_time(exchange: Exchange) -> Iterator[Finding]:
    """`completed_at` is null or absent."""
    if exchange.attributes.get("completed_at") is not None:
        yield Finding("null", one_line(exchange.attributes["completed_at"]), "/data/attributes/completed_at")


@rule(
    "started-after-creation",
    applies=has_status("in_progress", "completed"),
    needs=("started-when-running", "answer-created-at"),
)
def start_follows_creation(exchange: Exchange) -> Iterator[Finding]:
    """`started_at` is not before `created_at`."""
    created_at, started_at = (exchange.attributes[name] for name in ("created_at", "started_at"))
    if is_before(started_at, created_at):
        yield Finding(f"not before {created_at}", one_line(started_at), "/data/attributes/started_at")


def _had_ended(exchange: Exchange) -> bool:
    earlier = exchange.lookups.earlier
    return earlier is not None and not exchange.expectation.action and "/data/attributes/status" not in earlier


@rule(
    "ended-stays",
    applies=every(demands("retrieve"), has_status(*ENDED), _had_ended),
    needs=("answer-started-at", "answer-completed-at", "answer-records-count"),
)
def ended_export_stays_as_it_is(exchange: Exchange) -> Iterator[Finding]:
    """An export with the status of an earlier retrieval has its times and its number of records, too."""
    for at, before in (exchange.lookups.earlier or {}).items():
        if not at.startswith("/data/attributes/"):
            continue
        now = exchange.attributes[at.rpartition("/")[2]]
        if not is_same_time(before, now):  # different numbers are no times, and so not the same
            yield Finding(f"{one_line(before)}, as before", one_line(now), at)


RENEWED_AFTER = 2.0
"""Seconds after which the address of a file has to be another: signatures often have times in whole seconds."""


def _link_can_be_compared(exchange: Exchange) -> bool:
    age = exchange.lookups.link_age
    return age is not None and not 0 < age < RENEWED_AFTER


@rule(
    "attachment-fresh", applies=every(has_status("completed"), _link_can_be_compared), needs=("answer-attachment-url",)
)
def attachment_is_fresh(exchange: Exchange) -> Iterator[Finding]:
    """The address of the file is not the one that an earlier retrieval showed."""
    if exchange.lookups.link_age:
        shown = f"the same address for {exchange.lookups.link_age:.0f} seconds"
        yield Finding("a fresh address of the file", shown, "/data/attributes/attachment_url")


def _finished_first(exchange: Exchange) -> bool:
    """Return True if the export finished on its own after an interrupt; that says nothing about interrupting."""
    finished = exchange.attributes.get("status") in {"completed", "failed"}
    return finished and exchange.expectation.action == "interrupt" and last_status(exchange) in RUNNING


def _after(action: Action) -> AppliesTo:
    """Return a condition: a retrieval after this action, whose possible statuses are known."""

    def applies(exchange: Exchange) -> bool:
        known = exchange.expectation.action == action and bool(expected_statuses(exchange))
        return known and not _finished_first(exchange)

    return every(has_status(*LATER), applies)


@rule("status-moves-on", applies=_after(""), needs=("answer-status-known",))
@rule("interrupt-stops", applies=_after("interrupt"), needs=("answer-status-known",))
@rule("start-restarts", applies=_after("start"), needs=("answer-status-known",))
def status_follows_the_last_one(exchange: Exchange) -> Iterator[Finding]:
    """The status is one that can follow the last one seen."""
    now, possible = exchange.attributes["status"], expected_statuses(exchange)
    if now not in possible:
        expected = f"one of {', '.join(sorted(possible))}, since it was {last_status(exchange)}"
        yield Finding(expected, one_line(now), "/data/attributes/status")


def _follows_link(exchange: Exchange, *, linkage: bool) -> bool:
    requested = exchange.expectation.operation == "related" and was_sent(exchange)
    wanted = ("/relationships/" in exchange.request.path) is linkage
    return requested and wanted and (succeeded(exchange) or exchange.expectation.outcome == "success")


def _collection_problem(exchange: Exchange, *, linkage: bool) -> Iterator[Finding]:
    if exchange.status != OK:
        yield Finding("200", outcome_of(exchange))
        return
    data = member(exchange.reading.value, "data")
    if not isinstance(data, list) or not all(_is_resource(each, linkage=linkage) for each in data):
        kind = "resource identifiers" if linkage else "resources with attributes"
        yield Finding(f"data: an array of {kind}", shown(exchange.reading.value, "data"), "/data")


def _is_resource(each: Json, *, linkage: bool) -> bool:
    named = isinstance(member(each, "type"), str) and isinstance(member(each, "id"), str)
    return named and (linkage or isinstance(each.get("attributes"), dict))


@rule("related-collection", applies=lambda exchange: _follows_link(exchange, linkage=False))
def related_link_returns_resources(exchange: Exchange) -> Iterator[Finding]:
    """The response is a collection of resources with attributes."""
    yield from _collection_problem(exchange, linkage=False)


@rule("relationship-collection", applies=lambda exchange: _follows_link(exchange, linkage=True))
def self_link_returns_identifiers(exchange: Exchange) -> Iterator[Finding]:
    """The response is a collection of resource identifiers."""
    yield from _collection_problem(exchange, linkage=True)
