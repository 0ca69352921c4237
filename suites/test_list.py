"""List: a created export is in it once; pages, filters and order are as requested."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.tags import run_of
from exports_conformance.suites import Judge


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


@pytest.mark.verifies("list-filtered", "list-sorted", "list-links", "list-links-keep", "list-page-size")
def test_list_is_filtered_and_sorted(endpoint: Endpoint, judge: Judge, export: Exchange) -> None:
    """The second page of this run's exports in a format, newest first, has the next two."""
    _need_a_reference(export)
    run = run_of(export.expectation.tag)
    filters = f"filter[q][reference_start]={run}&filter[q][format_eq]={export.sent_attributes.get('format') or 'json'}"
    query = f"{filters}&sort=-created_at&page[size]=2&page[number]=2"
    judge(endpoint.list(query, expectation=Expectation("life/in-order", "list")))


@pytest.mark.verifies("list-page-size", "list-sparse")
@pytest.mark.usefixtures("export")
def test_page_has_the_requested_size(endpoint: Endpoint, judge: Judge) -> None:
    """A page of one has one export, however many there are, with the attributes of a sparse fieldset."""
    query = "page[size]=1&fields[exports]=status,reference"
    judge(endpoint.list(query, expectation=Expectation("life/page-of-one", "list")))


@pytest.mark.verifies("list-page-at-most-25")
@pytest.mark.usefixtures("export")
def test_page_has_at_most_25_exports(endpoint: Endpoint, judge: Judge) -> None:
    """A page of 26 is refused, or has at most 25 exports."""
    judge(
        endpoint.list(
            "page[size]=26",
            expectation=Expectation(
                "life/page-of-26",
                "list",
                outcome="either",
                certain=False,
                breaks="list-page-at-most-25",
                flaw="page-of-26",
                answers=frozenset({400, 422}),
            ),
        )
    )


def _need_a_reference(export: Exchange) -> None:
    if not str(export.sent_attributes.get("reference") or "").startswith(export.expectation.tag or "-"):
        pytest.skip("no body with a reference was accepted, by which the list could be filtered")
