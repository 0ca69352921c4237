"""Relationships: the links of an export lead to collections."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.suites import Judge

WITHOUT_ADD_ON = "events"


@pytest.mark.verifies("related-collection", "relationship-collection")
@pytest.mark.parametrize("name", ["events", "versions", "event_stores"])
def test_links_of_a_relationship_lead_to_collections(
    endpoint: Endpoint, judge: Judge, export: Exchange, name: str
) -> None:
    """The related resources of an export are shown in whole and as identifiers."""
    if name not in export.data.get("relationships", {}):
        pytest.skip(f"the export has no relationship {name}")
    related = _collection(name, "related-collection")
    judge(endpoint.related(export.data["id"], name, expectation=related))
    identifiers = _collection(name, "relationship-collection")
    judge(endpoint.related(export.data["id"], f"relationships/{name}", expectation=identifiers))


def _collection(name: str, requirement: str) -> Expectation:
    """Return the expectation of a collection; one that may need an add-on may be refused instead."""
    if name == WITHOUT_ADD_ON:
        return Expectation(f"life/{name}", "related")
    refusals = frozenset({400, 401, 403, 404, 405, 422})
    return Expectation(f"life/{name}", "related", outcome="either", certain=False, breaks=requirement, answers=refusals)
