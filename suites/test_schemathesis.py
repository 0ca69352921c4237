"""Schemathesis: requests derived from the OpenAPI document, judged like all others."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.strategies.derived import LEAST, Derived, derived_again, derived_creations
from exports_conformance.suites import Judge, Unsent
from exports_conformance.suites.sources import Source


@pytest.mark.verifies("never-server-error")
def test_least_derived_request_is_no_server_error(endpoint: Endpoint, judge: Judge) -> None:
    """The smallest creation that the schema allows, of an unknown resource type, never gets a 5xx."""
    _send(endpoint, judge, LEAST)


@pytest.mark.examples(quick=5, thorough=100)
@pytest.mark.verifies("never-server-error")
@pytest.mark.drawn("schemathesis/createExport")
@given(data=st.data())
def test_derived_request_is_no_server_error(
    endpoint: Endpoint, judge: Judge, unsent: Unsent, source: Source, data: st.DataObject
) -> None:
    """A creation that Schemathesis derives from the schema is created or refused, as documented."""
    derived = source.draw(data, derived_creations(), derived_again)
    assume(unsent(derived.body or b""))
    _send(endpoint, judge, derived)


def _send(endpoint: Endpoint, judge: Judge, derived: Derived) -> None:
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
