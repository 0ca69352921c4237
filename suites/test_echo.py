"""Echo: free text and free data come back as they were sent."""

import pytest
from hypothesis import assume, given

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.strategies.bodies import Body, enveloped, metadata
from exports_conformance.strategies.intents import creation
from exports_conformance.strategies.population import attribute_of, drawn
from exports_conformance.strategies.texts import texts
from exports_conformance.suites import Judge, Unasked


def _with(accepted: Body, **attributes: Json) -> Body:
    kind = accepted["data"]["attributes"]["resource_type"]
    return enveloped({"resource_type": kind, "reference": PLACEHOLDER, **attributes})


@pytest.mark.examples(quick=0, thorough=40)
@pytest.mark.verifies("create-echoes-reference", "create-echoes-reference-origin")
@pytest.mark.drawn("creation/text")
@given(text=drawn(texts(), again=lambda request: attribute_of(request, "reference_origin")))
def test_text_comes_back(endpoint: Endpoint, judge: Judge, unasked: Unasked, accepted: Body, text: str) -> None:
    """Text comes back to the last character, behind a mark and alone."""
    body = _with(accepted, reference=PLACEHOLDER + text, reference_origin=text)
    assume(unasked(body))
    judge(endpoint.create(body, expectation=creation("text", body)))


@pytest.mark.examples(quick=0, thorough=40)
@pytest.mark.verifies("create-echoes-metadata")
@pytest.mark.drawn("creation/metadata")
@given(data=drawn(metadata(), again=lambda request: attribute_of(request, "metadata")))
def test_metadata_comes_back(endpoint: Endpoint, judge: Judge, unasked: Unasked, accepted: Body, data: Json) -> None:
    """Metadata comes back with every JSON type in it."""
    body = _with(accepted, metadata=data)
    assume(unasked(body))
    judge(endpoint.create(body, expectation=creation("metadata", body)))
