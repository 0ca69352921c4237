"""Refusal: a request with a flaw in body, credentials, media types or method is refused, and the response says why."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.strategies.bodies import Body
from exports_conformance.strategies.flaw import Flaw
from exports_conformance.strategies.requests import OddRequest
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


@pytest.mark.examples(smoke=1)
def test_other_media_type_is_refused(endpoint: Endpoint, judge: Judge, accepted: Body, negotiation: OddRequest) -> None:
    """A creation in another media type is refused with 406 or 415; a doubtful one never gets a 5xx."""
    judge(endpoint.create(accepted, expectation=negotiation.expectation, headers=negotiation.headers))


@pytest.mark.verifies("edge-error-document")
def test_undocumented_method_is_refused(endpoint: Endpoint, judge: Judge, accepted: Body, method: OddRequest) -> None:
    """A method that the collection does not have is refused with 404 or 405."""
    judge(endpoint.send(method.method, "/exports", body=accepted, expectation=method.expectation))
