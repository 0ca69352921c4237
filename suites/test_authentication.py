"""Authentication: creating an export needs a valid token."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.strategies.bodies import Body
from exports_conformance.strategies.requests import OddRequest
from exports_conformance.suites import Judge


@pytest.mark.examples(smoke=1)
def test_request_without_valid_credentials_is_refused(
    endpoint: Endpoint, judge: Judge, accepted: Body, credentials: OddRequest
) -> None:
    """A creation without a valid bearer token is refused with 401."""
    judge(
        endpoint.create(
            accepted,
            expectation=credentials.expectation,
            headers=credentials.headers,
            authorised=credentials.authorised,
        )
    )
