"""Refusal: a body with one flaw is refused, and the response says why."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.strategies.bodies import Body
from exports_conformance.strategies.flaw import Flaw
from exports_conformance.suites import Judge, Unsent, promised_about
from exports_conformance.suites.sources import Source, body_of


@pytest.mark.examples(smoke=1, thorough=6)
@pytest.mark.verifies(*(name for name in promised_about("errors") if name != "edge-error-document"))
@given(data=st.data())
def test_flawed_body_is_refused(
    endpoint: Endpoint, judge: Judge, unsent: Unsent, accepted: Body, flaw: Flaw, source: Source, data: st.DataObject
) -> None:
    """A body with exactly one flaw is refused or, where the documentation is silent, handled right."""
    body = source.draw(data, flaw.bodies(accepted=st.just(accepted)), body_of)
    assume(unsent(body))
    judge(endpoint.create(body, expectation=flaw.expectation))
