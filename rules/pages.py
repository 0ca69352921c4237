"""Rules of the topic `life` that are about the pages of a list: their size, their counts, and what they link to."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from exports_conformance.contract.requirements import COUNT, URL
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json, as_array, as_object, as_text, member, one_line, shown
from exports_conformance.rules.engine import Finding, demands, every, query_of, rule, succeeded, was_sent

PAGE, LARGEST_PAGE = 10, 25


def resources_of(exchange: Exchange) -> list[Json]:
    """Return the elements of a list's `data`."""
    return as_array(member(exchange.reading.value, "data"))


def _requested(exchange: Exchange, name: str, default: int) -> int:
    """Return the requested size or number of the page."""
    text = query_of(exchange).get(f"page[{name}]", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default  # noqa: PLR2004  a count


@rule("list-counts", applies=demands("list"), needs=("list-data", "list-page-size"))
def list_counts_its_records(exchange: Exchange) -> Iterator[Finding]:
    """`meta` has the numbers of records and of pages: at least those that are shown, and exactly those on a last page.

    Without a filter others may create exports while they are counted.
    """
    meta, size = as_object(member(exchange.reading.value, "meta")), _requested(exchange, "size", PAGE)
    number, here = _requested(exchange, "number", 1), len(resources_of(exchange))
    records, pages = ((number - 1) * size + here, number) if here else (0, 0)
    ends = 0 < here < size <= LARGEST_PAGE and any(name.startswith("filter") for name in query_of(exchange))
    for name, known in (("record_count", records), ("page_count", pages)):
        count: Json = meta.get(name)
        if not COUNT.fits(count) or count < known or (ends and count != known):
            yield Finding(f"{'' if ends else 'at least '}{known}", shown(meta, name), f"/meta/{name}")


@rule("list-page-size", applies=demands("list"), needs=("list-data",))
def page_is_no_larger_than_requested(exchange: Exchange) -> Iterator[Finding]:
    """A page has at most the requested number of exports."""
    most = _requested(exchange, "size", PAGE)
    if len(resources_of(exchange)) > most:
        yield Finding(f"at most {most} exports", f"{len(resources_of(exchange))} exports", "/data")


def _shows_a_page(exchange: Exchange) -> bool:
    return was_sent(exchange) and exchange.expectation.operation == "list" and succeeded(exchange)


@rule("list-page-at-most-25", applies=_shows_a_page, needs=("answer-json",))
def page_has_a_bound(exchange: Exchange) -> Iterator[Finding]:
    """A page has at most 25 exports."""
    if len(resources_of(exchange)) > LARGEST_PAGE:
        yield Finding(f"at most {LARGEST_PAGE} exports", f"{len(resources_of(exchange))} exports", "/data")


@rule("list-links", applies=demands("list"), needs=("list-counts", "list-page-size"))
def list_links_to_its_pages(exchange: Exchange) -> Iterator[Finding]:
    """`links` has the first and last page, and the previous and next one if there are any."""
    links, pages = as_object(member(exchange.reading.value, "links")), exchange.reading.value["meta"]["page_count"]
    number = _requested(exchange, "number", 1)
    ends = (
        ("first", "last") if pages or resources_of(exchange) else ()
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
        requested, kept = _kept(exchange.request.query), _kept(query)
        if "sort" not in requested:
            kept.pop("sort", None)  # a link may name the order that the list has by itself
        if kept != requested:
            yield Finding(f"with {one_line(requested)}", one_line(kept), f"/links/{name}")
        elif page != str(numbers[name]):
            yield Finding(f"page[number]={numbers[name]}", f"page[number]={page}", f"/links/{name}")


def _earlier(exchange: Exchange) -> list[Json]:
    return as_array(member(exchange.expectation.expected, "earlier"))


def _continues(exchange: Exchange) -> bool:
    """Return True if earlier pages of the list are known, and nothing was created or deleted since."""
    before = member(exchange.expectation.expected, "record_count")
    same = COUNT.fits(before) and member(exchange.reading.value, "meta", "record_count") == before
    return same and bool(_earlier(exchange)) and bool(resources_of(exchange))


@rule("list-pages-disjoint", applies=every(demands("list"), _continues), needs=("list-counts", "list-page-size"))
def page_has_no_export_of_an_earlier_one(exchange: Exchange) -> Iterator[Finding]:
    """No export of an earlier page is shown again, unless others may have been created in the same moment."""
    for at, each in enumerate(resources_of(exchange)):
        exact = "." in as_text(member(each, "attributes", "created_at"))
        if exact and each.get("id") in _earlier(exchange):
            yield Finding("an export that no earlier page has", one_line(each.get("id")), f"/data/{at}/id")


def _is_beyond(exchange: Exchange) -> bool:
    return exchange.expectation.breaks == "list-page-beyond" and succeeded(exchange)


@rule("list-page-beyond", applies=every(was_sent, _is_beyond), needs=("answer-json",))
def page_beyond_the_last_is_empty(exchange: Exchange) -> Iterator[Finding]:
    """A page that the list does not have shows no export."""
    if resources_of(exchange):
        yield Finding("no export", f"{len(resources_of(exchange))} exports", "/data")
