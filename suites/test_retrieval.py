"""Retrieval: a created export is found as it was created."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.exchange.model import Exchange
from exports_conformance.strategies.questions import NOBODYS_ID, absence, retrieval
from exports_conformance.suites import Judge, is_shown


@pytest.mark.examples(smoke=1)
@pytest.mark.verifies("retrieve-status-200", "retrieve-as-created")
def test_created_export_is_retrieved(endpoint: Endpoint, judge: Judge, export: Exchange) -> None:
    """An export is shown as it was created."""
    judge(endpoint.retrieve(export.data["id"], expectation=retrieval(export), until=is_shown))


@pytest.mark.verifies("retrieve-sparse")
def test_named_attributes_are_shown(endpoint: Endpoint, judge: Judge, export: Exchange) -> None:
    """A sparse fieldset shows the attributes it names, and no other."""
    judge(
        endpoint.retrieve(
            export.data["id"],
            expectation=retrieval(export, "sparse"),
            query="fields[exports]=format,status",
            until=is_shown,
        )
    )


@pytest.mark.verifies("retrieve-unknown-404")
def test_unknown_export_is_not_found(endpoint: Endpoint, judge: Judge) -> None:
    """An id that no export has is not found."""
    judge(endpoint.retrieve(NOBODYS_ID, expectation=absence("retrieve-unknown-404", "unknown")))
