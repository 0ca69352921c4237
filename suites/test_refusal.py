"""Refusal: a body with one flaw is the caller's mistake, and the answer says so."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.strategies.bodies import Body
from exports_conformance.strategies.flaws import Flaw
from exports_conformance.strategies.intents import refusal
from exports_conformance.strategies.population import body_of, drawn
from exports_conformance.suites import Judge, Unasked, about


@pytest.mark.examples(smoke=1, thorough=6)
@pytest.mark.verifies(*(name for name in about("errors") if name != "edge-error-document"))
@given(data=st.data())
def test_flawed_body_is_refused(
    endpoint: Endpoint, judge: Judge, unasked: Unasked, accepted: Body, flaw: Flaw, data: st.DataObject
) -> None:
    """A body with exactly one flaw is refused, or right where the documentation is silent."""
    body = data.draw(drawn(flaw.bodies(accepted=st.just(accepted)), again=body_of), label="body")
    assume(unasked(body))
    judge(endpoint.create(body, expectation=refusal(flaw)))
