"""The rules of lists: what is shown, counted and linked, in which order, and how often an export is found."""

import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest

from exports_conformance.exchange.model import UNSEEN, Exchange, Expectation, Request, Response
from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.requests import ODD_PAGES
from tests.exchanges import (
    ABSENT,
    BASE_URL,
    HEADERS,
    NOON,
    NOON_SECONDS,
    error_object,
    held,
    put,
    violated,
    with_answer,
)

URL = f"{BASE_URL}/exports?page[number]=1"
LINKS = dict.fromkeys(("first", "last", "prev", "next"), URL)
LISTED = Expectation("life/listed", "list")
RULES = {
    "list-status-200",
    "list-data",
    "list-counts",
    "list-page-size",
    "list-page-at-most-25",
    "list-links",
    "list-filtered",
    "list-sorted",
    "list-shows-created",
    "refusal-creates-nothing",
}
ALWAYS = {"list-status-200", "list-data", "list-counts", "list-page-size", "list-page-at-most-25", "list-links"}


def _export(name: str, **attributes: Json) -> dict[str, Json]:
    return {"id": name, "type": "exports", "attributes": attributes}


def _links(query: str, pages: Json) -> dict[str, str]:
    """Return the links of a page of the list that a query requests."""
    numbers = [value for name, value in parse_qsl(query) if name == "page[number]" and value.isdigit()]
    number, last = int(numbers[-1]) if numbers else 1, pages if type(pages) is int else 1
    others = [(name, value) for name, value in parse_qsl(query) if name != "page[number]"]
    return {
        name: f"{BASE_URL}/exports?{urlencode([*others, ('page[number]', at)])}"
        for name, at in {"first": 1, "prev": number - 1, "next": number + 1, "last": max(last, 1)}.items()
    }


def _list(
    *exports: Json,
    query: str = "",
    expectation: Expectation = LISTED,
    records: Json = None,
    pages: Json = 1,
    links: Mapping[str, str] | None = None,
) -> Exchange:
    """Return a list that shows these exports."""
    around = _links(query, pages) if links is None else links
    if records is None:  # as many as there are at least
        asked = dict(parse_qsl(query))
        pages_before = int(asked.get("page[number]", "1")) - 1 if asked.get("page[number]", "1").isdigit() else 0
        size = asked.get("page[size]", "10")
        records = pages_before * (int(size) if size.isdigit() else 10) + len(exports)
    document = {"data": exports, "meta": {"record_count": records, "page_count": pages}, "links": around}
    return Exchange(
        id="x-1",
        expectation=expectation,
        request=Request("GET", "/exports", query),
        response=Response(200, HEADERS, json.dumps(document).encode()),
        base_url=BASE_URL,
        provenance="live",
        started=NOON_SECONDS,
    )


def _many(number: int) -> list[dict[str, Json]]:
    return [_export(f"id-{each}") for each in range(number)]


def _judged(exchange: Exchange, requirement: str) -> set[str]:
    """Return what an exchange breaks, after checking that it either breaks or holds each requirement, never both."""
    broken = violated(exchange)
    assert (requirement in held(exchange)) is (requirement not in broken)
    return broken


def test_list_is_judged_by_what_it_is_meant_to_show() -> None:
    assert violated(_list(_export("a"))) == set()
    assert held(_list(_export("a"))) & RULES == ALWAYS
    assert held(_list()) & RULES == ALWAYS


@pytest.mark.parametrize(
    "exchange",
    [
        pytest.param(replace(_list(*_many(30)), provenance="documentation"), id="a picture"),
        pytest.param(_list(*_many(25), 7, records=0, expectation=replace(LISTED, operation="other")), id="no list"),
        pytest.param(_list(*_many(11), records=0, expectation=replace(LISTED, outcome="either")), id="may be refused"),
    ],
)
def test_list_with_a_free_expectation_is_not_judged(exchange: Exchange) -> None:
    """Only the page length of such a list is judged."""
    assert violated(exchange) == set()
    assert held(exchange) & RULES <= {"list-page-at-most-25"}


def test_list_that_was_refused_is_judged_for_nothing_else() -> None:
    refused = with_answer(_list(), status=400, body=json.dumps({"errors": [error_object(400)]}).encode())
    assert violated(refused) == {"list-status-200"}
    assert not held(refused) & RULES


@pytest.mark.parametrize("data", [None, {}, "exports", [7], [[]], [_export("a"), {"type": "orders"}], ABSENT])
def test_list_has_exports(data: object) -> None:
    exchange = put(_list(_export("a"), query="sort=created_at"), "/data", data)
    assert _judged(exchange, "list-data") == {"list-data"}
    assert held(exchange) & RULES <= {"list-status-200", "list-page-at-most-25"}


def test_list_that_is_no_object_has_no_exports() -> None:
    assert violated(with_answer(_list(), body=b"[]")) == {"list-data"}
    assert violated(with_answer(_list(), body=b"[")) == {"answer-json"}


@pytest.mark.parametrize(
    ("records", "pages", "right"),
    [
        *[(2, 1, True), (3, 1, True), (2, 0, False), (1, 1, False), (-1, 1, False), (True, 1, False), (2, True, False)],
        *[("two", 1, False), (2.0, 1, False), ({}, 1, False), (2, None, False), (2, -1, False), (2, "one", False)],
    ],
)
def test_list_counts_at_least_what_it_shows(records: Json, pages: Json, *, right: bool) -> None:
    exchange = _list(_export("a"), _export("b"), records=records, pages=pages)
    assert _judged(exchange, "list-counts") == (set() if right else {"list-counts"})
    assert right or "list-links" not in held(exchange)


@pytest.mark.parametrize("meta", [None, [], ABSENT])
def test_list_without_counts_is_wrong_once(meta: object) -> None:
    assert violated(put(_list(_export("a")), "/meta", meta)) == {"list-counts"}


@pytest.mark.parametrize(
    ("query", "shows", "right"),
    [
        ("", 10, True),
        ("", 11, False),
        ("page[size]=1", 1, True),
        ("page[size]=1", 2, False),
        ("page%5Bsize%5D=2", 2, True),
        ("page%5Bsize%5D=2", 3, False),
        ("page[size]=25", 25, True),
        ("page[size]=3&page[size]=5", 5, True),
        ("page[size]=x", 10, True),
        ("page[size]=%C2%B2", 11, False),
        (f"page[size]={'9' * 4999}", 11, False),
    ],
)
def test_page_is_at_most_as_long_as_requested(query: str, shows: int, *, right: bool) -> None:
    exchange = _list(*_many(shows), query=query, records=99)
    assert _judged(exchange, "list-page-size") == (set() if right else {"list-page-size"})


@pytest.mark.parametrize(("shows", "broken"), [(25, set()), (26, {"list-page-at-most-25"})])
def test_no_page_is_longer_than_25(shows: int, broken: set[str]) -> None:
    """Although more were requested, and a refusal would have been right."""
    expectation = Expectation(
        "life/long", "list", outcome="either", breaks="list-page-at-most-25", answers=frozenset({400})
    )
    exchange = _list(*_many(shows), query="page[size]=26", expectation=expectation, records=99)
    assert _judged(exchange, "list-page-at-most-25") == broken
    assert violated(_list(*_many(shows), query="page[size]=26", records=99)) == broken


@pytest.mark.parametrize(
    ("query", "pages", "needed"),
    [
        ("", 1, {"first", "last"}),
        ("", 2, {"first", "last", "next"}),
        ("page[number]=1", 3, {"first", "last", "next"}),
        ("page[number]=2", 3, {"first", "last", "prev", "next"}),
        ("page[number]=3", 3, {"first", "last", "prev"}),
        ("page[number]=4", 3, {"first", "last"}),
        ("page[number]=x", 1, {"first", "last"}),
    ],
)
def test_list_links_to_the_pages_there_are(query: str, pages: int, needed: set[str]) -> None:
    """What has no page may be null, or absent."""
    plain = _list(query=query, pages=pages)
    assert _judged(plain, "list-links") == set()
    for name in LINKS:
        for value in (None, ABSENT, "/exports", 7):
            broken = {"list-links"} if name in needed else set()
            assert violated(put(plain, f"/links/{name}", value)) == broken
    assert violated(put(plain, "/links", None)) == {"list-links"}


@pytest.mark.parametrize("links", [None, {}, dict.fromkeys(LINKS), LINKS, ABSENT])
def test_list_without_exports_has_no_page_to_link_to(links: object) -> None:
    assert _judged(put(_list(records=0, pages=0), "/links", links), "list-links") == set()
    right = isinstance(links, dict) and bool(links.get("first"))
    shown = put(_list(_export("a"), records=1, pages=1), "/links", links)
    assert ("list-links" in violated(shown)) is not right


@pytest.mark.parametrize(
    ("query", "shows", "right"),
    [
        ("filter[q][format_eq]=csv", {"format": "csv"}, True),
        ("filter[q][format_eq]=csv", {"format": "json"}, False),
        ("filter[q][format_eq]=csv", {"format": None}, False),
        ("filter[q][format_eq]=csv", {}, False),
        ("filter[q][format_eq]=7", {"format": 7}, False),
        ("filter[q][format_eq]=csv", {"format": UNSEEN}, True),
        ("filter%5Bq%5D%5Breference_start%5D=Gr%C3%B6", {"reference": "Größe"}, True),
        ("filter[q][reference_start]=Gr", {"reference": "eGr"}, False),
        ("filter[q][reference_eq]=a%20b", {"reference": "a b"}, True),
        ("filter[q][reference_eq]=", {"reference": ""}, True),
        ("filter[q][reference_eq]=a&filter[q][format_eq]=csv", {"reference": "a", "format": "csv"}, True),
        ("filter[q][reference_eq]=a&filter[q][format_eq]=csv", {"reference": "a", "format": "json"}, False),
    ],
)
def test_list_shows_what_satisfies_its_filters(query: str, shows: dict[str, Json], *, right: bool) -> None:
    """A text that is hidden is somebody else's, and nothing is known of it."""
    exchange = _list(_export("a", **shows), query=query)
    assert _judged(exchange, "list-filtered") == (set() if right else {"list-filtered"})


@pytest.mark.parametrize("query", ["filter[q][reference_cont]=x", "filter[q][format_in]=csv,json", "filter=csv", ""])
def test_filters_of_other_kinds_are_not_judged(query: str) -> None:
    assert "list-filtered" not in held(_list(_export("a", format="json"), query=query))


def test_filter_of_what_is_sought_is_judged_by_what_it_finds() -> None:
    """Lest one broken promise be reported twice."""
    expectation = replace(LISTED, matches=0)
    exchange = _list(_export("a", reference="other"), query="filter[q][reference_eq]=mark", expectation=expectation)
    assert violated(exchange) == {"refusal-creates-nothing"}


def _times(*seconds: object) -> list[dict[str, Json]]:
    moments = [f"2026-03-01T12:00:{each:02d}.000Z" if isinstance(each, int) else each for each in seconds]
    return [_export(f"id-{at}", created_at=moment) for at, moment in enumerate(moments)]


@pytest.mark.parametrize(
    ("query", "seconds", "right"),
    [
        ("sort=created_at", (1, 2, 2, 3), True),
        ("sort=created_at", (1, 3, 2), False),
        ("sort=-created_at", (3, 2, 2, 1), True),
        ("sort=-created_at", (1, 2), False),
        ("sort=-created_at", (2, UNSEEN, None, 1), True),
        ("sort=-created_at", (1, UNSEEN, 2), False),
        ("sort=-created_at", ("2026-03-01T13:00:02+01:00", 1), True),
        ("sort=created_at", ("2026-03-01T13:00:02+01:00", 1), False),
    ],
)
def test_list_is_in_the_order_of_its_times(query: str, seconds: tuple[object, ...], *, right: bool) -> None:
    exports = [{**each, "attributes": {**each["attributes"], "reference": "x"}} for each in _times(*seconds)]
    exchange = _list(*exports, query=f"{query}&filter[q][reference_start]=x")
    assert _judged(exchange, "list-sorted") == (set() if right else {"list-sorted"})


@pytest.mark.parametrize(
    ("query", "counts", "right"),
    [
        ("sort=-records_count", (12, 9, 9, 3), True),
        ("sort=-records_count", (9, 3, 12), False),
        ("sort=records_count", (None, 9, UNSEEN, 12), True),
        ("sort=records_count", (12, None, 9), False),
    ],
)
def test_list_is_in_the_order_of_its_numbers(query: str, counts: tuple[object, ...], *, right: bool) -> None:
    exports = [_export(f"id-{at}", records_count=each, reference="x") for at, each in enumerate(counts)]
    exchange = _list(*exports, query=f"{query}&filter[q][reference_start]=x")
    assert _judged(exchange, "list-sorted") == (set() if right else {"list-sorted"})


def test_order_is_judged_where_sorted_and_filtered() -> None:
    """Other people's exports may come and go."""
    for query in ("filter[q][format_eq]=csv", "sort=created_at", "sort=reference&filter[q][format_eq]=csv"):
        exports = [{**each, "attributes": {**each["attributes"], "format": "csv"}} for each in _times(2, 1)]
        assert violated(_list(*exports, query=query)) == set()
        assert "list-sorted" not in held(_list(*exports, query=query))
    shuffled = _list(*_times(1, 2), query="sort=-created_at&filter[q][reference_eq]=x")
    assert violated(shuffled) == {"list-filtered"}
    assert violated(replace(shuffled, provenance="documentation")) == set()


@pytest.mark.parametrize("seconds", [(), (1,), (1, UNSEEN)])
def test_fewer_than_two_times_are_in_no_order(seconds: tuple[object, ...]) -> None:
    exports = [{**each, "attributes": {**each["attributes"], "format": UNSEEN}} for each in _times(*seconds)]
    exchange = _list(*exports, query="sort=created_at&filter[q][format_eq]=csv")
    assert violated(exchange) == set()
    assert held(exchange) & {"list-filtered", "list-sorted"} == {"list-filtered"}


def test_an_export_without_attributes_is_in_any_order() -> None:
    exchange = _list({"id": "a", "type": "exports", "attributes": NOON}, {"id": "b", "type": "exports"}, query="sort=x")
    assert violated(exchange) == set()


@pytest.mark.parametrize(
    ("found", "right"), [(["a"], True), ([], False), (["a", "a"], False), (["b"], False), (["a", "b"], False)]
)
def test_created_export_is_found_once(found: list[str], *, right: bool) -> None:
    expectation = replace(LISTED, matches=1, expected={"id": "a"})
    exchange = _list(*map(_export, found), expectation=expectation)
    assert _judged(exchange, "list-shows-created") == (set() if right else {"list-shows-created"})
    assert "refusal-creates-nothing" not in held(exchange)


def test_an_export_of_which_nothing_is_known_is_not_found() -> None:
    exchange = _list(expectation=replace(LISTED, matches=1))
    assert violated(exchange) == {"list-shows-created"}


@pytest.mark.parametrize(("found", "right"), [([], True), (["a"], False)])
def test_nothing_is_found_of_what_was_refused(found: list[str], *, right: bool) -> None:
    exchange = _list(*map(_export, found), expectation=replace(LISTED, matches=0))
    assert _judged(exchange, "refusal-creates-nothing") == (set() if right else {"refusal-creates-nothing"})
    assert "list-shows-created" not in held(exchange)


@pytest.mark.parametrize("finds", [0, 1])
def test_search_is_not_judged_by_anything_but_a_list(finds: int) -> None:
    sought = _list(_export("b"), expectation=replace(LISTED, matches=finds))
    for exchange in (replace(sought, provenance="documentation"), put(sought, "/data", 7)):
        assert violated(exchange) <= {"list-data"}
        assert not held(exchange) & {"list-shows-created", "refusal-creates-nothing"}


PAGES = {"first": 1, "prev": 1, "next": 3, "last": 5}


@pytest.mark.parametrize(
    ("link", "broken"),
    [
        ("filter[q][status_eq]=x&sort=-created_at&page[number]=3&page[size]=2", False),
        ("sort=-created_at&filter%5Bq%5D%5Bstatus_eq%5D=x&page%5Bnumber%5D=3", False),
        ("sort=-created_at&page[number]=3&page[size]=2", True),
        ("filter[q][status_eq]=x&page[number]=3&page[size]=2", True),
        ("filter[q][status_eq]=x&sort=-created_at&page[number]=2&page[size]=2", True),
    ],
)
def test_links_keep_the_list(link: str, *, broken: bool) -> None:
    query = "filter[q][status_eq]=x&sort=-created_at&page[number]=2&page[size]=2"
    links = {name: f"{BASE_URL}/exports?{query.replace('number]=2', f'number]={at}')}" for name, at in PAGES.items()}
    exchange = _list(query=query, pages=5, links={**links, "next": f"{BASE_URL}/exports?{link}"})
    assert _judged(exchange, "list-links-keep") == ({"list-links-keep"} if broken else set())


def test_links_may_name_the_order_that_a_list_has_by_itself() -> None:
    query = "filter[q][status_eq]=x&page[number]=2&page[size]=2"
    links = {
        name: f"{BASE_URL}/exports?{query.replace('number]=2', f'number]={at}')}&sort=created_at"
        for name, at in PAGES.items()
    }
    assert _judged(_list(query=query, pages=5, links=links), "list-links-keep") == set()


def test_sparse_fieldset_limits_each_export_in_a_list() -> None:
    query = "fields[exports]=status,reference"
    whole = {**_export("a", status="pending", reference=None), "links": {}, "meta": {}}
    assert _judged(_list(whole, query=query), "list-sparse") == set()
    for name in ("links", "meta"):
        lost = {member: value for member, value in whole.items() if member != name}
        assert _judged(_list(lost, query=query), "list-sparse") == {"list-sparse"}
    fewer = {**whole, "attributes": {"status": "pending"}}
    assert _judged(_list(fewer, query=query), "list-sparse") == {"list-sparse"}
    assert "list-sparse" not in held(_list(query=query))


def test_counts_are_those_that_the_pages_show() -> None:
    """Counts are at least what the pages show, and exactly that on the last page of a filtered list."""
    second = "page[number]=2&page[size]=3"
    for query, number, records, pages, broken in (
        (second, 3, 6, 2, False),
        (second, 3, 5, 2, True),
        (second, 3, 6, 1, True),
        (second, 2, 9, 9, False),  # without a filter, others may have created some
        (f"filter[q][id_eq]=a&{second}", 2, 5, 2, False),
        (f"filter[q][id_eq]=a&{second}", 2, 6, 2, True),
        (f"filter[q][id_eq]=a&{second}", 2, 5, 3, True),
        (f"filter[q][id_eq]=a&{second}", 0, 9, 9, False),
    ):
        exchange = _list(*_many(number), query=query, records=records, pages=pages)
        assert ("list-counts" in violated(exchange)) is broken, (query, number, records, pages)


def test_pages_have_no_export_in_common() -> None:
    def second(earlier: str, *, records: int = 9, time: str = NOON) -> Exchange:
        before = Expectation("life/in-order", "list", expected={"earlier": [*earlier], "record_count": 9})
        page = [_export("c", created_at=time), _export("d", created_at=time)]
        query = "page[number]=2&page[size]=2"
        return _list(*page, query=query, expectation=before, records=records, pages=5)

    assert "list-pages-disjoint" in held(second("ab"))
    assert violated(second("ac")) == {"list-pages-disjoint"}
    for free in (second("", records=9), second("ac", records=10), second("ac", time="2026-01-01T12:00:00Z")):
        assert "list-pages-disjoint" not in violated(free)


def test_order_is_judged_by_the_last_key_where_the_others_are_equal() -> None:
    early, late = "2026-01-01T12:00:00.000Z", "2026-01-02T12:00:00.000Z"
    for formats, broken in ((("json", "json"), True), (("json", None), False)):
        exports = [_export(*pair) for pair in ("a", "b")]
        for each, form, time in zip(exports, formats, (early, late), strict=True):
            each["attributes"] = {"format": form, "created_at": time}
        exchange = _list(*exports, query="filter[q][format_eq]=json&sort=format,-created_at")
        assert ("list-sorted" in violated(exchange)) is broken


def test_included_resources_have_the_named_fields() -> None:
    query = "include=events&fields[events]=name,created_at"
    listed = _list(_export("a"), query=query)
    for attributes, broken in (({"name": "x"}, False), ({"name": "x", "metadata": {}}, True)):
        event = {"id": "e", "type": "events", "attributes": attributes}
        assert ("include-sparse" in violated(put(listed, "/included", [event]))) is broken
    assert "include-sparse" not in held(put(listed, "/included", [{"id": "w", "type": "webhooks", "attributes": {}}]))


def test_page_beyond_the_last_shows_nothing() -> None:
    odd = next(each for each in ODD_PAGES if each.breaks == "list-page-beyond")
    beyond = _list(query=odd.query, expectation=odd.expectation)
    assert "list-page-beyond" in held(beyond)
    assert "list-page-beyond" in violated(_list(_export("a"), query=odd.query, expectation=odd.expectation))
