"""Rules of the topic `life` that are about lists, pages apart: filters, order, fields, and what a list must find."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from exports_conformance.contract.requirements import COUNT, instant, is_same_time
from exports_conformance.exchange.exports import shows_deleted
from exports_conformance.exchange.model import UNSEEN, Exchange
from exports_conformance.exchange.strict_json import Json, as_array, as_object, member, one_line, shown
from exports_conformance.rules.engine import Finding, comes_back, demands, every, query_of, rule, succeeded, was_sent
from exports_conformance.rules.life import lost_members
from exports_conformance.rules.pages import resources_of

_PREDICATES: Mapping[str, Callable[[str, str], bool]] = {
    "eq": lambda value, operand: value == operand,
    "start": lambda value, operand: value.startswith(operand),
}
"""The predicates of filters that are checked, for texts."""

_FILTER = re.compile(rf"filter\[q\]\[(?P<attribute>\w+)_(?P<predicate>{'|'.join(_PREDICATES)})\]")


@rule("list-data", applies=demands("list"), needs=("list-status-200", "answer-json"))
def list_has_exports(exchange: Exchange) -> Iterator[Finding]:
    """`data` is an array of exports."""
    data = member(exchange.reading.value, "data")
    if not isinstance(data, list) or not all(isinstance(each, dict) and each.get("type") == "exports" for each in data):
        actual = shown(exchange.reading.value, "data")
        yield Finding("data: an array of resource objects of type exports", actual, "/data")


def _names_fields(exchange: Exchange) -> bool:
    return "fields[exports]" in query_of(exchange) and bool(resources_of(exchange))


@rule("list-sparse", applies=every(demands("list"), _names_fields), needs=("list-data",))
def sparse_list_has_the_named_attributes(exchange: Exchange) -> Iterator[Finding]:
    """Each export in the list has the named attributes, and no other."""
    named = sorted(query_of(exchange)["fields[exports]"].split(","))
    for at, each in enumerate(resources_of(exchange)):
        yield from lost_members(each, f"/data/{at}")
        if sorted(as_object(each.get("attributes"))) != named:
            yield Finding(
                one_line(named), one_line(sorted(as_object(each.get("attributes")))), f"/data/{at}/attributes"
            )


def _included_named(exchange: Exchange) -> list[tuple[int, dict[str, Json], list[str]]]:
    """Return the included resources whose fields the query names: place, resource, and names."""
    query = query_of(exchange)
    found = enumerate(as_array(member(exchange.reading.value, "included")))
    return [
        (at, each, query[f"fields[{each.get('type')}]"].split(","))
        for at, each in found
        if isinstance(each, dict) and f"fields[{each.get('type')}]" in query
    ]


def _names_included(exchange: Exchange) -> bool:
    return was_sent(exchange) and succeeded(exchange) and bool(_included_named(exchange))


@rule("include-sparse", applies=_names_included, needs=("answer-json",))
def included_resources_have_the_named_attributes(exchange: Exchange) -> Iterator[Finding]:
    """Each included resource has no other attributes than the fields that the query names for its type."""
    for at, each, named in _included_named(exchange):
        attributes = as_object(each.get("attributes"))
        if others := sorted(set(attributes) - set(named)):
            yield Finding(f"only {one_line(named)}", f"also {one_line(others)}", f"/included/{at}/attributes")


def _includes_events(exchange: Exchange) -> bool:
    shows_some = bool(exchange.data or resources_of(exchange))
    return was_sent(exchange) and succeeded(exchange) and shows_some and query_of(exchange).get("include") == "events"


@rule("include-linked", applies=_includes_events, needs=("answer-json",))
def included_resources_are_linked(exchange: Exchange) -> Iterator[Finding]:
    """Every export links its events with `data`, and as many are linked as included, whose ids may be pseudonyms."""
    document, linked = exchange.reading.value, set[str]()
    data = member(document, "data")
    for at, each in enumerate(data if isinstance(data, list) else [data]):
        linkage = member(each, "relationships", "events", "data")
        if not isinstance(linkage, list):
            where = f"/data/{at}" if isinstance(data, list) else "/data"
            actual = shown(each, "relationships", "events", "data")
            yield Finding("an array of identifiers", actual, f"{where}/relationships/events/data")
            return
        linked |= {shown(one, "id") for one in linkage}
    included = {shown(each, "id") for each in as_array(member(document, "included"))}
    if len(linked) != len(included):
        yield Finding(f"the {len(linked)} resources that are linked", f"{len(included)} resources", "/included")


def _filters(exchange: Exchange) -> Iterator[tuple[str, str, str]]:
    """Yield attribute, predicate and value of each filter that is checked here."""
    for name, value in query_of(exchange).items():
        if found := _FILTER.fullmatch(name):
            yield found["attribute"], found["predicate"], value


def _is_filtered(exchange: Exchange) -> bool:
    return any(_filters(exchange)) and exchange.expectation.matches is None


@rule("list-filtered", applies=every(demands("list"), _is_filtered), needs=("list-data",))
def list_has_what_satisfies_its_filters(exchange: Exchange) -> Iterator[Finding]:
    """Every export in the list matches every filter, unless the attribute is hidden."""
    for attribute, predicate, value in _filters(exchange):
        for at, resource in enumerate(resources_of(exchange)):
            found = member(resource, "attributes", attribute)
            if found != UNSEEN and not (isinstance(found, str) and _PREDICATES[predicate](found, value)):
                actual = shown(resource, "attributes", attribute)
                yield Finding(f"{attribute} {predicate} {one_line(value)}", actual, f"/data/{at}")


def _sort_keys(exchange: Exchange) -> list[str]:
    return query_of(exchange).get("sort", "").split(",")


def _sorted_values(exchange: Exchange) -> list[Json]:
    """Return the times or integers by which a list is sorted, if it shows some, and the other keys are the same in all.

    A null is left out: the documentation does not say where it stands.
    """
    *others, name = (key.removeprefix("-") for key in _sort_keys(exchange))
    shown_here = [as_object(each.get("attributes")) for each in resources_of(exchange) if isinstance(each, dict)]
    if any(one_line(each.get(key)) != one_line(shown_here[0].get(key)) for each in shown_here for key in others):
        return []
    values = [value for each in shown_here if (value := each.get(name)) is not None and value != UNSEEN]
    if values and all(COUNT.fits(value) for value in values):
        return values
    times = (instant(value) for value in values)
    return [time for time in times if time is not None]


def _is_sorted(exchange: Exchange) -> bool:
    """Return True if there are two values to compare."""
    return len(_sorted_values(exchange)) > 1


@rule("list-sorted", applies=every(demands("list"), _is_sorted), needs=("list-data", "list-filtered"))
def list_is_in_order(exchange: Exchange) -> Iterator[Finding]:
    """Times and integers ascend, or descend with a minus, where all earlier keys are equal; neither as text."""
    name, known = _sort_keys(exchange)[-1], _sorted_values(exchange)
    ascending: list[Json] = sorted(known)
    if known != (ascending[::-1] if name.startswith("-") else ascending):
        found = [value.isoformat() if isinstance(value, datetime) else value for value in known]
        yield Finding(f"in the order of {name}", one_line(found), "/data")


def _ids(exchange: Exchange) -> str:
    return ", ".join(shown(each, "id") for each in resources_of(exchange)) or "no export"


def _seeks_one(exchange: Exchange) -> bool:
    return exchange.expectation.matches == 1


@rule("list-shows-created", applies=every(demands("list"), _seeks_one), needs=("list-data",))
def created_export_is_listed_once(exchange: Exchange) -> Iterator[Finding]:
    """The list filtered by the export's tag contains that export and no other."""
    wanted = member(exchange.expectation.expected, "id")
    found = [each.get("id") for each in resources_of(exchange)]
    if found != [wanted]:
        yield Finding(one_line(wanted), _ids(exchange), "/data")


def _earlier_is_known(exchange: Exchange) -> bool:
    listed = exchange.expectation.operation == "list" and succeeded(exchange)
    return listed and was_sent(exchange) and exchange.lookups.earlier is not None


@rule("list-as-created", applies=_earlier_is_known, needs=("answer-json",))
def listed_export_is_as_it_was_created(exchange: Exchange) -> Iterator[Finding]:
    """Each listed export of this run has the arguments of its creation, and its `created_at`."""
    for at, before in (exchange.lookups.earlier or {}).items():
        _, _, number, part, name = at.split("/")
        if part != "attributes":
            continue
        listed = as_object(member(resources_of(exchange)[int(number)], "attributes"))
        now = listed.get(name)
        same = is_same_time(before, now) if name == "created_at" else comes_back(name, {**listed, name: before}, now)
        if not same:
            yield Finding(one_line(before), shown(listed, name), at)


def _seeks_none(exchange: Exchange) -> bool:
    return exchange.expectation.matches == 0


@rule("refusal-creates-nothing", applies=every(demands("list"), _seeks_none), needs=("list-data",))
def refused_creation_is_not_listed(exchange: Exchange) -> Iterator[Finding]:
    """The list filtered by the tags of refused creations is empty, but for exports that were deleted."""
    if len(resources_of(exchange)) > len(shows_deleted(exchange)):
        yield Finding("no export", _ids(exchange), "/data")


def _knows_deleted(exchange: Exchange) -> bool:
    return bool(member(exchange.expectation.expected, "deleted"))


@rule("delete-unlists", applies=every(demands("list"), _knows_deleted), needs=("list-data",))
def deleted_export_is_not_listed(exchange: Exchange) -> Iterator[Finding]:
    """The list shows none of the exports that were deleted."""
    if shows_deleted(exchange):
        yield Finding("no deleted export", one_line(shows_deleted(exchange)), "/data")
