"""List: a created export is found in it once, and its pages are as they were asked for."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.exchange.model import Exchange
from exports_conformance.strategies.questions import in_order, listing, too_long_a_page
from exports_conformance.suites import Judge


@pytest.mark.examples(smoke=1)
@pytest.mark.verifies("list-status-200", "list-data", "list-counts", "list-links", "list-shows-created")
def test_created_export_is_listed_once(endpoint: Endpoint, judge: Judge, export: Exchange) -> None:
    """The list of what has a reference that begins with the export's mark shows it, once."""
    judge(
        endpoint.list(
            f"filter[q][reference_start]={export.expectation.tag}",
            expectation=listing("listed", finds=1, shown={"id": export.data["id"]}),
            until=lambda exchange: export.data["id"].encode() in (exchange.response.body if exchange.response else b""),
        )
    )


@pytest.mark.verifies("list-filtered", "list-sorted", "list-links", "list-page-size")
def test_list_is_filtered_and_sorted(endpoint: Endpoint, judge: Judge, export: Exchange) -> None:
    """The second page of this run's csv exports has the next newest of them."""
    judge(endpoint.list(in_order(export), expectation=listing("in-order")))


@pytest.mark.verifies("list-page-size")
def test_page_has_the_size_that_was_asked(endpoint: Endpoint, judge: Judge, export: Exchange) -> None:
    """A page of one has one export, however many there are."""
    assert export.data["id"]
    judge(endpoint.list("page[size]=1", expectation=listing("page-of-one")))


@pytest.mark.verifies("list-page-at-most-25")
def test_page_has_a_bound(endpoint: Endpoint, judge: Judge, export: Exchange) -> None:
    """A page of more than 25 is refused, or has 25."""
    assert export.data["id"]
    query, expectation = too_long_a_page()
    judge(endpoint.list(query, expectation=expectation))
