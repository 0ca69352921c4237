"""List: a created export is in it once; pages, filters and order are as requested."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.strict_json import Json, member, objects_in
from exports_conformance.exchange.tags import run_of
from exports_conformance.strategies.requests import ODD_PAGES, UNKNOWN_PARAMETERS, OddPage
from exports_conformance.suites import Judge, is_shown

TWO = 2


@pytest.mark.examples(smoke=1)
@pytest.mark.verifies(
    "list-status-200", "list-data", "list-counts", "list-links", "list-shows-created", "list-as-created"
)
def test_created_export_is_listed_once(endpoint: Endpoint, judge: Judge, export: Exchange) -> None:
    """Filtering by the export's tag returns the created export exactly once."""
    _need_a_reference(export)
    judge(
        endpoint.list(
            f"filter[q][reference_start]={export.expectation.tag}",
            expectation=Expectation("life/listed", "list", matches=1, expected={"id": export.data["id"]}),
            until=lambda exchange: export.data["id"].encode() in (exchange.response.body if exchange.response else b""),
        )
    )


@pytest.fixture(scope="session")
def first_page(endpoint: Endpoint, export: Exchange) -> Exchange:
    """The first page of this run's exports in a format, the newest first, with the attributes of a sparse fieldset."""
    return endpoint.list(
        f"{_in_order(export)}&page[number]=1&fields[exports]=created_at,format,reference",
        expectation=Expectation("life/first-page", "list"),
    )


@pytest.mark.verifies("list-page-size", "list-sparse")
def test_first_page_has_the_newest(judge: Judge, first_page: Exchange) -> None:
    """The first page of this run's exports in a format has the newest two, with the attributes that are named."""
    judge(first_page)


@pytest.mark.verifies(
    "list-filtered",
    "list-sorted",
    "list-links",
    "list-links-keep",
    "list-page-size",
    "list-pages-disjoint",
    "include-sparse",
    "include-linked",
)
def test_second_page_has_the_next(endpoint: Endpoint, judge: Judge, export: Exchange, first_page: Exchange) -> None:
    """The second page has the next two, and their events with the attributes that are named."""
    document = first_page.reading.value if is_shown(first_page) else None
    shown: list[Json] = [each.get("id") for each in objects_in(member(document, "data"))][:TWO]
    before: Json = {"earlier": shown, "record_count": member(document, "meta", "record_count")}
    query = f"{_in_order(export)}&page[number]=2&include=events&fields[events]=name,created_at"
    judge(endpoint.list(query, expectation=Expectation("life/in-order", "list", expected=before)))


@pytest.mark.verifies("list-filtered", "list-sorted", "list-sparse")
def test_exports_are_sorted_by_their_records(endpoint: Endpoint, judge: Judge, export: Exchange) -> None:
    """The exports of one type are listed by their numbers of records, which are compared as numbers."""
    _need_a_reference(export)
    kind = export.sent_attributes["resource_type"]
    filters = f"filter[q][reference_start]={run_of(export.expectation.tag)}&filter[q][resource_type_eq]={kind}"
    query = f"{filters}&sort=-records_count&page[size]=25&fields[exports]=records_count,reference,resource_type"
    judge(endpoint.list(query, expectation=Expectation("life/by-records", "list")))


@pytest.mark.examples(quick=0, thorough=1)
@pytest.mark.verifies("list-filtered")
@pytest.mark.parametrize(
    "filters",
    [
        pytest.param("filter[q][reference_eq]=", id="reference"),
        pytest.param("filter[q][status_eq]=completed&filter[q][reference_start]=", id="status"),
    ],
)
def test_list_is_filtered_by_equal_values(endpoint: Endpoint, judge: Judge, export: Exchange, filters: str) -> None:
    """No export is listed whose reference only begins with the text that it must equal, or that has another status."""
    _need_a_reference(export)
    query = f"{filters}{run_of(export.expectation.tag)}&fields[exports]=reference,status"
    judge(endpoint.list(query, expectation=Expectation("life/equal", "list")))


def _in_order(export: Exchange) -> str:
    """Return the query of a list of this run's exports in one format; the first key of its order is the same in all.

    That order would put the other format first, so that a filter that is ignored shows.
    """
    _need_a_reference(export)
    run, form = run_of(export.expectation.tag), export.sent_attributes.get("format") or "json"
    filters = f"filter[q][reference_start]={run}&filter[q][format_eq]={form}"
    return f"{filters}&sort={'format' if form == 'json' else '-format'},-created_at&page[size]={TWO}"


@pytest.mark.parametrize(
    "odd", [pytest.param(odd, id=odd.name, marks=pytest.mark.verifies(odd.breaks)) for odd in ODD_PAGES]
)
@pytest.mark.usefixtures("export")
def test_odd_page_is_refused_or_as_it_has_to_be(endpoint: Endpoint, judge: Judge, odd: OddPage) -> None:
    """A page of 26 is refused or has at most 25 exports, and one beyond the last is refused or empty."""
    judge(endpoint.list(odd.query, expectation=odd.expectation))


@pytest.mark.examples(quick=0, thorough=1)
@pytest.mark.parametrize(
    "odd", [pytest.param(odd, id=odd.name, marks=pytest.mark.verifies(odd.breaks)) for odd in UNKNOWN_PARAMETERS]
)
@pytest.mark.usefixtures("export")
def test_unknown_parameter_is_refused_or_ignored(endpoint: Endpoint, judge: Judge, odd: OddPage) -> None:
    """A list by a name that exports do not have is refused with a 4xx, or shown: never a server error."""
    judge(endpoint.list(odd.query, expectation=odd.expectation))


def _need_a_reference(export: Exchange) -> None:
    if not str(export.sent_attributes.get("reference") or "").startswith(export.expectation.tag or "-"):
        pytest.skip("no body with a reference was accepted, by which the list could be filtered")
