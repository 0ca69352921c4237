"""Methods: the collection of exports can be listed and added to, nothing else."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.strategies.bodies import Body
from exports_conformance.strategies.requests import OddRequest
from exports_conformance.suites import Judge


@pytest.mark.verifies("edge-error-document")
def test_undocumented_method_is_refused(endpoint: Endpoint, judge: Judge, accepted: Body, method: OddRequest) -> None:
    """A method that the collection does not have is refused with 404 or 405."""
    judge(endpoint.send(method.method, "/exports", body=accepted, expectation=method.expectation))
