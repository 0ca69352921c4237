"""Echo: free text and metadata come back as they were sent."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.strategies.bodies import Body, enveloped, metadata, texts
from exports_conformance.suites import Judge, Unsent
from exports_conformance.suites.expectations import creation
from exports_conformance.suites.sources import Source, document_of


def _with(accepted: Body, **attributes: Json) -> Body:
    kind = accepted["data"]["attributes"]["resource_type"]
    return enveloped({"resource_type": kind, "reference": PLACEHOLDER, **attributes})


@pytest.mark.examples(quick=0, thorough=40)
@pytest.mark.verifies("create-echoes-reference", "create-echoes-reference-origin")
@pytest.mark.drawn("creation/text")
@given(data=st.data())
def test_text_comes_back(
    endpoint: Endpoint, judge: Judge, unsent: Unsent, accepted: Body, source: Source, data: st.DataObject
) -> None:
    """Text comes back to the last character, behind a tag and alone."""
    bodies = texts().map(lambda text: _with(accepted, reference=PLACEHOLDER + text, reference_origin=text))
    body = source.draw(data, bodies, document_of)
    assume(unsent(body))
    judge(endpoint.create(body, expectation=creation("text", body)))


@pytest.mark.examples(quick=0, thorough=40)
@pytest.mark.verifies("create-echoes-metadata")
@pytest.mark.drawn("creation/metadata")
@given(data=st.data())
def test_metadata_comes_back(
    endpoint: Endpoint, judge: Judge, unsent: Unsent, accepted: Body, source: Source, data: st.DataObject
) -> None:
    """Metadata comes back with every JSON type in it."""
    body = source.draw(data, metadata().map(lambda value: _with(accepted, metadata=value)), document_of)
    assume(unsent(body))
    judge(endpoint.create(body, expectation=creation("metadata", body)))
