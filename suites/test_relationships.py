"""Relationships: the links of an export lead to collections."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.exchange.model import Exchange
from exports_conformance.rules.links import RELATIONSHIPS
from exports_conformance.strategies.questions import linked
from exports_conformance.suites import Judge

WITHOUT_ADD_ON = "events"


@pytest.mark.verifies("related-collection", "relationship-collection")
@pytest.mark.parametrize("name", RELATIONSHIPS)
def test_links_of_a_relationship_answer_collections(
    endpoint: Endpoint, judge: Judge, export: Exchange, name: str
) -> None:
    """What an export is related to is shown, in whole and by name."""
    if name not in export.data.get("relationships", {}):
        pytest.skip(f"the export has no relationship {name}")
    links = {"related-collection": name, "relationship-collection": f"relationships/{name}"}
    for requirement, path in links.items():
        expectation = linked(name, requirement, certain=name == WITHOUT_ADD_ON)
        judge(endpoint.related(export.data["id"], path, expectation=expectation))
