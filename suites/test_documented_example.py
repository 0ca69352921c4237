"""The request on the page."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.strategies.bodies import DOCUMENTED
from exports_conformance.suites import Judge
from exports_conformance.suites.expectations import creation


@pytest.mark.verifies(
    "create-at-exports", "create-needs-only-resource-type", "create-default-format", "create-default-dry-data"
)
def test_documented_request_is_created(endpoint: Endpoint, judge: Judge) -> None:
    """The page's own request creates an export, with the defaults for the arguments it leaves out."""
    judge(endpoint.create(DOCUMENTED, expectation=creation("documented", DOCUMENTED)))
