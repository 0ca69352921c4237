"""Schemathesis: a second opinion, derived from the OpenAPI transcription and judged like everything else."""

import pytest
from hypothesis import assume, given

from exports_conformance.endpoints.endpoint import Endpoint
from exports_conformance.strategies.second_opinion import Derived, derived_creations
from exports_conformance.suites import Judge, Unasked


@pytest.mark.examples(quick=10, thorough=100)
@pytest.mark.verifies("never-server-error")
@given(derived=derived_creations())
def test_derived_request_is_no_server_error(
    endpoint: Endpoint, judge: Judge, unasked: Unasked, derived: Derived
) -> None:
    """A creation that a generator derives from the schema is created or refused, as documented."""
    assume(unasked(derived.body or b""))
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
