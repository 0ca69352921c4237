"""Schemathesis: a second opinion, derived from the OpenAPI transcription and judged like everything else."""

import pytest
from hypothesis import assume, given

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.strategies.population import drawn
from exports_conformance.strategies.second_opinion import LEAST, Derived, derived_again, derived_creations
from exports_conformance.suites import Judge, Unasked


@pytest.mark.verifies("never-server-error")
def test_least_derived_request_is_no_server_error(endpoint: Endpoint, judge: Judge) -> None:
    """The least creation that the schema allows, of a resource type that nobody has, is no server error."""
    _asked(endpoint, judge, LEAST)


@pytest.mark.examples(quick=5, thorough=100)
@pytest.mark.verifies("never-server-error")
@pytest.mark.drawn("schemathesis/createExport")
@given(derived=drawn(derived_creations(), again=derived_again))
def test_derived_request_is_no_server_error(
    endpoint: Endpoint, judge: Judge, unasked: Unasked, derived: Derived
) -> None:
    """A creation that a generator derives from the schema is created or refused, as documented."""
    assume(unasked(derived.body or b""))
    _asked(endpoint, judge, derived)


def _asked(endpoint: Endpoint, judge: Judge, derived: Derived) -> None:
    judge(
        endpoint.send(
            derived.method,
            derived.path,
            query=derived.query,
            headers=derived.headers,
            body=derived.body,
            expectation=derived.expectation,
        )
    )
