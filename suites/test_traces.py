"""Traces: refused creations left no export; runs after all other suites."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.exchange.model import Expectation
from exports_conformance.suites import Judge

TAGS_PER_QUERY = 50


@pytest.mark.verifies("refusal-creates-nothing")
def test_refused_creations_left_nothing(endpoint: Endpoint, judge: Judge) -> None:
    """No export has the tag of a refused creation."""
    if not endpoint.refused:
        pytest.skip("no creation with a tag was refused")
    tags = sorted(endpoint.refused)
    for start in range(0, len(tags), TAGS_PER_QUERY):
        query = f"filter[q][reference_in]={','.join(tags[start : start + TAGS_PER_QUERY])}"
        judge(endpoint.list(query, expectation=Expectation("life/refused", "list", matches=0)))
