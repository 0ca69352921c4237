"""Rules of the topic `life` that are about lists: pages, counts, links, filters, order, and what a list must find."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from exports_conformance.contract.requirements import COUNT, URL, instant, is_same_time
from exports_conformance.exchange.exports import shows_deleted
from exports_conformance.exchange.model import UNSEEN, Exchange
from exports_conformance.exchange.strict_json import Json, as_array, as_object, member, one_line, shown
from exports_conformance.rules.engine import Finding, comes_back, demands, every, query_of, rule, succeeded, was_sent

PAGE, LARGEST_PAGE = 10, 25

_PREDICATES: Mapping[str, Callable[[str, str], bool]] = {
    "eq": lambda value, operand: value == operand,
    "start": lambda value, operand: value.startswith(operand),
}
"""The predicates of filters that are checked, for texts."""

_FILTER = re.compile(rf"filter\[q\]\[(?P<attribute>\w+)_(?P<predicate>{'|'.join(_PREDICATES)})\]")


def _resources(exchange: Exchange) -> list[Json]:
    return as_array(member(exchange.reading.value, "data"))


def _requested(exchange: Exchange, name: str, default: int) -> int:
    """Return the requested size or number of the page."""
    text = query_of(exchange).get(f"page[{name}]", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default  # noqa: PLR2004  a count


@rule("list-data", applies=demands("list"), needs=("list-status-200", "answer-json"))
def list_has_exports(exchange: Exchange) -> Iterator[Finding]:
    """`data` is an array of exports."""
    data = member(exchange.reading.value, "data")
    if not isinstance(data, list) or not all(isinstance(each, dict) and each.get("type") == "exports" for each in data):
        actual = shown(exchange.reading.value, "data")
        yield Finding("data: an array of resource objects of type exports", actual, "/data")


@rule("list-counts", applies=demands("list"), needs=("list-data",))
def list_counts_its_records(exchange: Exchange) -> Iterator[Finding]:
    """`meta` has the number of records, at least as many as are shown, and of pages."""
    meta = as_object(member(exchange.reading.value, "meta"))
    for name, least in (("record_count", len(_resources(exchange))), ("page_count", 0)):
        if not COUNT.fits(meta.get(name)) or meta[name] < least:
            yield Finding(f"an integer of at least {least}", shown(meta, name), f"/meta/{name}")


@rule("list-page-size", applies=demands("list"), needs=("list-data",))
def page_is_no_larger_than_requested(exchange: Exchange) -> Iterator[Finding]:
    """A page has at most the requested number of exports."""
    most = _requested(exchange, "size", PAGE)
    if len(_resources(exchange)) > most:
        yield Finding(f"at most {most} exports", f"{len(_resources(exchange))} exports", "/data")


def _shows_a_page(exchange: Exchange) -> bool:
    return was_sent(exchange) and exchange.expectation.operation == "list" and succeeded(exchange)


@rule("list-page-at-most-25", applies=_shows_a_page, needs=("answer-json",))
def page_has_a_bound(exchange: Exchange) -> Iterator[Finding]:
    """A page has at most 25 exports."""
    if len(_resources(exchange)) > LARGEST_PAGE:
        yield Finding(f"at most {LARGEST_PAGE} exports", f"{len(_resources(exchange))} exports", "/data")


@rule("list-links", applies=demands("list"), needs=("list-counts", "list-page-size"))
def list_links_to_its_pages(exchange: Exchange) -> Iterator[Finding]:
    """`links` has the first and last page, and the previous and next one if there are any."""
    links, pages = as_object(member(exchange.reading.value, "links")), exchange.reading.value["meta"]["page_count"]
    number = _requested(exchange, "number", 1)
    ends = (
        ("first", "last") if pages or _resources(exchange) else ()
    )  # JSON:API omits the link of a page that does not exist
    before, after = ("prev",) if 1 < number <= pages else (), ("next",) if number < pages else ()
    for name in (*ends, *before, *after):
        if not URL.fits(links.get(name)):
            yield Finding(URL.words, shown(links, name), f"/links/{name}")


def _kept(query: str) -> dict[str, str]:
    """Return what a link must have in common with the request: its filters, its order and its sparse fieldsets."""
    return {name: value for name, value in parse_qsl(query) if name.startswith(("filter", "sort", "fields"))}


@rule("list-links-keep", applies=demands("list"), needs=("list-links",))
def links_lead_to_pages_of_this_list(exchange: Exchange) -> Iterator[Finding]:
    """Each link keeps the filters, the order and the fields of the request, and names its page."""
    links, pages = as_object(exchange.reading.value.get("links")), exchange.reading.value["meta"]["page_count"]
    number = _requested(exchange, "number", 1)
    numbers = {"first": 1, "prev": number - 1, "next": number + 1, "last": max(pages, 1)}
    for name in [name for name in numbers if URL.fits(links.get(name)) and number <= pages]:
        query = urlsplit(links[name]).query
        page = dict(parse_qsl(query)).get("page[number]", "1")
        if _kept(query) != _kept(exchange.request.query):
            yield Finding(f"with {one_line(_kept(exchange.request.query))}", one_line(_kept(query)), f"/links/{name}")
        elif page != str(numbers[name]):
            yield Finding(f"page[number]={numbers[name]}", f"page[number]={page}", f"/links/{name}")


def _names_fields(exchange: Exchange) -> bool:
    return "fields[exports]" in query_of(exchange) and bool(_resources(exchange))


@rule("list-sparse", applies=every(demands("list"), _names_fields), needs=("list-data",))
def sparse_list_has_the_named_attributes(exchange: Exchange) -> Iterator[Finding]:
    """Each export in the list has the named attributes, and no other."""
    named = sorted(query_of(exchange)["fields[exports]"].split(","))
    for at, each in enumerate(_resources(exchange)):
        if sorted(as_object(each.get("attributes"))) != named:
            yield Finding(
                one_line(named), one_line(sorted(as_object(each.get("attributes")))), f"/data/{at}/attributes"
            )


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
        for at, resource in enumerate(_resources(exchange)):
            found = member(resource, "attributes", attribute)
            if found != UNSEEN and not (isinstance(found, str) and _PREDICATES[predicate](found, value)):
                actual = shown(resource, "attributes", attribute)
                yield Finding(f"{attribute} {predicate} {one_line(value)}", actual, f"/data/{at}")


def _times(exchange: Exchange) -> list[datetime]:
    """Return the times by which a list is sorted, if it shows them."""
    name = query_of(exchange).get("sort", "").removeprefix("-")
    times = (
        instant(as_object(each.get("attributes")).get(name)) for each in _resources(exchange) if isinstance(each, dict)
    )
    return [time for time in times if time is not None]


def _is_sorted(exchange: Exchange) -> bool:
    """Return True if there are two times to compare."""
    return len(_times(exchange)) > 1


@rule("list-sorted", applies=every(demands("list"), _is_sorted), needs=("list-data", "list-filtered"))
def list_is_in_order(exchange: Exchange) -> Iterator[Finding]:
    """The times are in ascending order, or in descending order with a minus."""
    name, known = query_of(exchange)["sort"], _times(exchange)
    if known != sorted(known, reverse=name.startswith("-")):
        yield Finding(f"in the order of {name}", one_line([time.isoformat() for time in known]), "/data")


def _ids(exchange: Exchange) -> str:
    return ", ".join(shown(each, "id") for each in _resources(exchange)) or "no export"


def _seeks_one(exchange: Exchange) -> bool:
    return exchange.expectation.matches == 1


@rule("list-shows-created", applies=every(demands("list"), _seeks_one), needs=("list-data",))
def created_export_is_listed_once(exchange: Exchange) -> Iterator[Finding]:
    """The list filtered by the export's tag contains that export and no other."""
    wanted = member(exchange.expectation.expected, "id")
    found = [each.get("id") for each in _resources(exchange)]
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
        listed = as_object(member(_resources(exchange)[int(number)], "attributes"))
        now = listed.get(name)
        same = is_same_time(before, now) if name == "created_at" else comes_back(name, {**listed, name: before}, now)
        if not same:
            yield Finding(one_line(before), shown(listed, name), at)


def _seeks_none(exchange: Exchange) -> bool:
    return exchange.expectation.matches == 0


@rule("refusal-creates-nothing", applies=every(demands("list"), _seeks_none), needs=("list-data",))
def refused_creation_is_not_listed(exchange: Exchange) -> Iterator[Finding]:
    """The list filtered by the tags of refused creations is empty, but for exports that were deleted."""
    if len(_resources(exchange)) > len(shows_deleted(exchange)):
        yield Finding("no export", _ids(exchange), "/data")


def _knows_deleted(exchange: Exchange) -> bool:
    return bool(member(exchange.expectation.expected, "deleted"))


@rule("delete-unlists", applies=every(demands("list"), _knows_deleted), needs=("list-data",))
def deleted_export_is_not_listed(exchange: Exchange) -> Iterator[Finding]:
    """The list shows none of the exports that were deleted."""
    if shows_deleted(exchange):
        yield Finding("no deleted export", one_line(shows_deleted(exchange)), "/data")
