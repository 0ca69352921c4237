"""Retrieval: a created export is found as it was created."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.exchange.exports import may_be_stale
from exports_conformance.exchange.model import Exchange, Expectation, Operation
from exports_conformance.strategies.requests import JSON
from exports_conformance.suites import Judge, is_shown
from exports_conformance.suites.expectations import retrieval


@pytest.mark.examples(smoke=1)
@pytest.mark.verifies("retrieve-status-200", "retrieve-as-created")
def test_created_export_is_retrieved(endpoint: Endpoint, judge: Judge, export: Exchange) -> None:
    """An export is shown as it was created."""
    judge(
        endpoint.retrieve(
            export.data["id"], expectation=retrieval(export), until=lambda exchange: not may_be_stale(exchange)
        )
    )


@pytest.mark.verifies("retrieve-sparse")
def test_sparse_fieldset_is_shown(endpoint: Endpoint, judge: Judge, export: Exchange) -> None:
    """A sparse fieldset shows the attributes that it names, and no others."""
    query, expectation = "fields[exports]=format,status", retrieval(export, "sparse")
    judge(endpoint.retrieve(export.data["id"], expectation=expectation, query=query, until=is_shown))


@pytest.mark.verifies("accept-json-api")
@pytest.mark.parametrize(
    "operation", ["retrieve", pytest.param("list", marks=pytest.mark.examples(quick=0, thorough=1))]
)
def test_read_as_plain_json_is_refused(
    endpoint: Endpoint, judge: Judge, export: Exchange, operation: Operation
) -> None:
    """A read that accepts only another media type is refused with 406."""
    judge(
        endpoint.send(
            "GET",
            "/exports" if operation == "list" else f"/exports/{export.data['id']}",
            headers={"Accept": JSON},
            expectation=Expectation(
                f"request/{operation}-as-json",
                operation,
                outcome="refusal",
                breaks="accept-json-api",
                flaw=f"{operation}-as-json",
                answers=frozenset({406}),
            ),
        )
    )


@pytest.mark.verifies("retrieve-unknown-404")
def test_unknown_export_is_not_found(endpoint: Endpoint, judge: Judge) -> None:
    """An id that no export has is answered with 404."""
    judge(
        endpoint.retrieve(
            "NoSuchExprt",
            expectation=Expectation(
                "life/unknown",
                "retrieve",
                outcome="refusal",
                breaks="retrieve-unknown-404",
                flaw="unknown",
                answers=frozenset({404}),
            ),
        )
    )
