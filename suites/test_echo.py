"""Echo: free text and free data come back as they were sent."""

import pytest
from hypothesis import assume, given

from exports_conformance.contract.marks import PLACEHOLDER
from exports_conformance.contract.strict_json import Json
from exports_conformance.endpoints.endpoint import Endpoint
from exports_conformance.strategies.bodies import Body, enveloped, metadata
from exports_conformance.strategies.intents import creation
from exports_conformance.strategies.texts import texts
from exports_conformance.suites import Judge, Unasked


def _with(accepted: Body, **attributes: Json) -> Body:
    kind = accepted["data"]["attributes"]["resource_type"]
    return enveloped({"resource_type": kind, "reference": PLACEHOLDER, **attributes})


@pytest.mark.examples(quick=0, thorough=40)
@pytest.mark.verifies("create-echoes-reference", "create-echoes-reference-origin")
@given(text=texts())
def test_text_comes_back(endpoint: Endpoint, judge: Judge, unasked: Unasked, accepted: Body, text: str) -> None:
    """Text comes back to the last character, behind a mark and alone."""
    body = _with(accepted, reference=PLACEHOLDER + text, reference_origin=text)
    assume(unasked(body))
    judge(endpoint.create(body, intent=creation("text", body)))


@pytest.mark.examples(quick=0, thorough=40)
@pytest.mark.verifies("create-echoes-metadata")
@given(data=metadata())
def test_metadata_comes_back(endpoint: Endpoint, judge: Judge, unasked: Unasked, accepted: Body, data: Json) -> None:
    """Metadata comes back with every JSON type in it."""
    body = _with(accepted, metadata=data)
    assume(unasked(body))
    judge(endpoint.create(body, intent=creation("metadata", body)))
