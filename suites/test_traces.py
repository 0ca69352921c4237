"""Traces: what was refused is not there; asked when everything else has been."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.strategies.questions import listing
from exports_conformance.suites import Judge

AT_ONCE = 50


@pytest.mark.verifies("refusal-creates-nothing")
def test_refused_creations_left_nothing(endpoint: Endpoint, judge: Judge) -> None:
    """No export bears the mark of a creation that was refused."""
    if not endpoint.refused:
        pytest.skip("no marked creation was refused")
    tags = sorted(endpoint.refused)
    for start in range(0, len(tags), AT_ONCE):
        some = ",".join(tags[start : start + AT_ONCE])
        judge(endpoint.list(f"filter[q][reference_in]={some}", expectation=listing("refused", finds=0)))
