"""Rules of the list of exports: its pages, its counts and links, its filters and order, and what it must find."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from exports_conformance.exchange.model import UNSEEN, Exchange
from exports_conformance.exchange.strict_json import Json, one_line
from exports_conformance.rules.applies import demands, performed, query_of, succeeded
from exports_conformance.rules.engine import Finding, every, rule
from exports_conformance.rules.values import COUNT, URL, instant

PAGE, LARGEST_PAGE = 10, 25

PREDICATES: Mapping[str, Callable[[str, str], bool]] = {
    "eq": lambda value, operand: value == operand,
    "start": lambda value, operand: value.startswith(operand),
}
"""The predicates of filters that are judged, on texts."""

_FILTER = re.compile(rf"filter\[q\]\[(?P<attribute>\w+)_(?P<predicate>{'|'.join(PREDICATES)})\]")


def _resources(exchange: Exchange) -> list[Json]:
    document = exchange.reading.value
    data = document.get("data") if isinstance(document, dict) else None
    return data if isinstance(data, list) else []


def _asked(exchange: Exchange, name: str, default: int) -> int:
    """Give the size or number of the page that was asked for."""
    text = query_of(exchange).get(f"page[{name}]", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default  # noqa: PLR2004  a count


def _member(exchange: Exchange, name: str) -> dict[str, Json]:
    member = exchange.reading.value.get(name)
    return member if isinstance(member, dict) else {}


@rule("list-data", applies=demands("list"), needs=("list-status-200", "answer-json"))
def list_has_exports(exchange: Exchange) -> Iterator[Finding]:
    """`data` is an array, and each of its members an export."""
    document = exchange.reading.value
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, list) or not all(isinstance(each, dict) and each.get("type") == "exports" for each in data):
        yield Finding("data: an array of resource objects of type exports", one_line(data), "/data")


@rule("list-counts", applies=demands("list"), needs=("list-data",))
def list_counts_its_records(exchange: Exchange) -> Iterator[Finding]:
    """`meta` has the number of records, not fewer than are shown, and of pages."""
    meta = _member(exchange, "meta")
    for name, least in (("record_count", len(_resources(exchange))), ("page_count", 0)):
        if not COUNT.fits(meta.get(name)) or meta[name] < least:
            yield Finding(f"an integer of at least {least}", one_line(meta.get(name)), f"/meta/{name}")


@rule("list-page-size", applies=demands("list"), needs=("list-data",))
def page_is_no_larger_than_asked(exchange: Exchange) -> Iterator[Finding]:
    """A page has at most as many exports as were asked for."""
    most = _asked(exchange, "size", PAGE)
    if len(_resources(exchange)) > most:
        yield Finding(f"at most {most} exports", f"{len(_resources(exchange))} exports", "/data")


def _shows_a_page(exchange: Exchange) -> bool:
    return performed(exchange) and exchange.expectation.operation == "list" and succeeded(exchange)


@rule("list-page-at-most-25", applies=_shows_a_page, needs=("answer-json",))
def page_has_a_bound(exchange: Exchange) -> Iterator[Finding]:
    """No page has more exports than a page may have."""
    if len(_resources(exchange)) > LARGEST_PAGE:
        yield Finding(f"at most {LARGEST_PAGE} exports", f"{len(_resources(exchange))} exports", "/data")


@rule("list-links", applies=demands("list"), needs=("list-counts", "list-page-size"))
def list_links_to_its_pages(exchange: Exchange) -> Iterator[Finding]:
    """`links` has the first and the last page, and those before and after the one that is shown, if there are any."""
    links, pages = _member(exchange, "links"), _member(exchange, "meta")["page_count"]
    number = _asked(exchange, "number", 1)
    ends = ("first", "last") if pages or _resources(exchange) else ()  # JSON:API leaves out the link of what is not
    before, after = ("prev",) if 1 < number <= pages else (), ("next",) if number < pages else ()
    for name in (*ends, *before, *after):
        if not URL.fits(links.get(name)):
            yield Finding(URL.words, one_line(links.get(name)), f"/links/{name}")


def _filters(exchange: Exchange) -> Iterator[tuple[str, str, str]]:
    """Give attribute, predicate and value of each filter of a kind that is judged here."""
    for name, value in query_of(exchange).items():
        if found := _FILTER.fullmatch(name):
            yield found["attribute"], found["predicate"], value


def _is_filtered(exchange: Exchange) -> bool:
    return any(_filters(exchange)) and exchange.expectation.matches is None


@rule("list-filtered", applies=every(demands("list"), _is_filtered), needs=("list-data",))
def list_has_what_satisfies_its_filters(exchange: Exchange) -> Iterator[Finding]:
    """Every export that is shown satisfies every filter, as far as it shows the attribute."""
    for attribute, predicate, value in _filters(exchange):
        for at, resource in enumerate(_resources(exchange)):
            shows = _attributes(resource).get(attribute)
            if shows != UNSEEN and not (isinstance(shows, str) and PREDICATES[predicate](shows, value)):
                yield Finding(f"{attribute} {predicate} {one_line(value)}", one_line(shows), f"/data/{at}")


def _times(exchange: Exchange) -> list[datetime]:
    """Give the times by which a list is sorted, as far as it shows them."""
    name = query_of(exchange).get("sort", "").removeprefix("-")
    times = (instant(_attributes(each).get(name)) for each in _resources(exchange) if isinstance(each, dict))
    return [time for time in times if time is not None]


def _is_sorted(exchange: Exchange) -> bool:
    """One time alone is in any order."""
    return len(_times(exchange)) > 1


@rule("list-sorted", applies=every(demands("list"), _is_sorted), needs=("list-data", "list-filtered"))
def list_is_in_order(exchange: Exchange) -> Iterator[Finding]:
    """The times that the list is sorted by rise, or fall with a minus."""
    name, known = query_of(exchange)["sort"], _times(exchange)
    if known != sorted(known, reverse=name.startswith("-")):
        yield Finding(f"in the order of {name}", one_line([time.isoformat() for time in known]), "/data")


def _attributes(resource: dict[str, Json]) -> dict[str, Json]:
    attributes = resource.get("attributes")
    return attributes if isinstance(attributes, dict) else {}


def _seeks_one(exchange: Exchange) -> bool:
    return exchange.expectation.matches == 1


@rule("list-shows-created", applies=every(demands("list"), _seeks_one), needs=("list-data",))
def created_export_is_listed_once(exchange: Exchange) -> Iterator[Finding]:
    """The list of what bears an export's mark has that export, and no other."""
    wanted = (exchange.expectation.expected or {}).get("id")
    found = [each.get("id") for each in _resources(exchange)]
    if found != [wanted]:
        yield Finding(one_line([wanted]), one_line(found), "/data")


def _seeks_none(exchange: Exchange) -> bool:
    return exchange.expectation.matches == 0


@rule("refusal-creates-nothing", applies=every(demands("list"), _seeks_none), needs=("list-data",))
def refused_creation_is_not_listed(exchange: Exchange) -> Iterator[Finding]:
    """The list of what bears the marks of refused creations is empty."""
    found = [each.get("id") for each in _resources(exchange)]
    if found:
        yield Finding("no export", one_line(found), "/data")
