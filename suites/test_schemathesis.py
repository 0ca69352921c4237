"""Schemathesis: a second opinion, derived from the OpenAPI transcription and judged like everything else."""

import pytest
from hypothesis import given

from exports_conformance.endpoints.endpoint import Endpoint
from exports_conformance.strategies.population import drawn
from exports_conformance.strategies.second_opinion import Derived, derived_again, derived_creations
from exports_conformance.suites import Judge


@pytest.mark.examples(quick=10, thorough=100)
@pytest.mark.verifies("never-server-error")
@pytest.mark.drawn("schemathesis/createExport")
@given(derived=drawn(derived_creations(), again=derived_again))
def test_derived_request_is_no_server_error(endpoint: Endpoint, judge: Judge, derived: Derived) -> None:
    """A creation that a generator derives from the schema is created or refused, as documented."""
    judge(
        endpoint.send(
            derived.method,
            derived.path,
            query=derived.query,
            headers=derived.headers,
            body=derived.body,
            intent=derived.intent,
        )
    )
