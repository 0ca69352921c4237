"""Traces: refused creations and deletions left no export in lists; runs after all other suites."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.exchange.exports import shows_deleted
from exports_conformance.exchange.model import Expectation
from exports_conformance.exchange.strict_json import Json
from exports_conformance.suites import Judge

TAGS_PER_QUERY = 50


@pytest.mark.verifies("refusal-creates-nothing", "delete-unlists")
def test_refused_creations_left_nothing(endpoint: Endpoint, judge: Judge, deleted: dict[str, str]) -> None:
    """No export has the tag of a refused creation, or of an export that was deleted."""
    tags = sorted({*endpoint.refused, *deleted})
    if not tags:
        pytest.skip("no creation with a tag was refused, and no export deleted")
    for start in range(0, len(tags), TAGS_PER_QUERY):
        those = tags[start : start + TAGS_PER_QUERY]
        gone: list[Json] = [deleted[tag] for tag in those if tag in deleted]
        expectation = Expectation("life/refused", "list", matches=0, expected={"deleted": gone})
        query = f"filter[q][reference_in]={','.join(those)}"
        judge(endpoint.list(query, expectation=expectation, until=lambda shown: not shows_deleted(shown)))
