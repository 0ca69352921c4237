"""Negotiation: requests and responses are JSON:API; other media types are refused."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.strategies.bodies import Body
from exports_conformance.strategies.requests import OddRequest
from exports_conformance.suites import Judge


@pytest.mark.examples(smoke=1)
def test_other_media_type_is_refused(endpoint: Endpoint, judge: Judge, accepted: Body, negotiation: OddRequest) -> None:
    """A creation in another media type is refused with 406 or 415; a doubtful one never gets a 5xx."""
    judge(endpoint.create(accepted, expectation=negotiation.expectation, headers=negotiation.headers))
