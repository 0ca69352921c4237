"""Relationships: the links of an export lead to collections."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.suites import Judge

WITHOUT_ADD_ON = "events"


IN_THOROUGH = pytest.mark.examples(quick=0, thorough=1)


@pytest.mark.verifies("related-collection")
@pytest.mark.parametrize("name", ["events", "versions", "event_stores"])
def test_link_to_related_resources_leads_to_a_collection(
    endpoint: Endpoint, judge: Judge, export: Exchange, name: str
) -> None:
    """The related resources of an export are shown in whole."""
    _need(export, name)
    related = _collection(name, "related-collection")
    judge(endpoint.related(export.data["id"], name, expectation=related))


@pytest.mark.verifies("relationship-collection")
@pytest.mark.parametrize(
    "name",
    ["events", pytest.param("versions", marks=IN_THOROUGH), pytest.param("event_stores", marks=IN_THOROUGH)],
)
def test_link_of_a_relationship_leads_to_identifiers(
    endpoint: Endpoint, judge: Judge, export: Exchange, name: str
) -> None:
    """The related resources of an export are shown as identifiers."""
    _need(export, name)
    identifiers = _collection(name, "relationship-collection")
    judge(endpoint.related(export.data["id"], f"relationships/{name}", expectation=identifiers))


def _need(export: Exchange, name: str) -> None:
    if name not in export.data.get("relationships", {}):
        pytest.skip(f"the export has no relationship {name}")


def _collection(name: str, requirement: str) -> Expectation:
    """Return the expectation of a collection; one that may need an add-on may be refused instead."""
    if name == WITHOUT_ADD_ON:
        return Expectation(f"life/{name}", "related")
    refusals = frozenset({400, 401, 403, 404, 405, 422})
    return Expectation(f"life/{name}", "related", outcome="either", certain=False, breaks=requirement, answers=refusals)
