"""Creation: what the documentation allows is created, and the response shows the export and what was sent.

Decision: docs/decisions/0032-retry-refused-combinations.md.
"""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.reasons import selection_refusal
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.strategies.bodies import DOCUMENTED, Body, creation_bodies, enveloped, metadata, texts
from exports_conformance.strategies.covering import Case, null_body
from exports_conformance.suites import AsRecorded, Judge, Unsent, promised_about
from exports_conformance.suites.expectations import creation
from exports_conformance.suites.sources import Source, document_of

ACCEPTANCE = (
    "create-accepts-documented",
    "argument-resource-type-accepted",
    "argument-format-accepted",
    "argument-includes-accepted",
    "argument-fields-accepted",
    "argument-filters-accepted",
    "argument-dry-data-accepted",
    "argument-reference-accepted",
    "argument-reference-origin-accepted",
    "argument-metadata-accepted",
)
_DEFAULTS = {"create-default-format", "create-default-dry-data"}
"""What a body that has every argument does not show."""


@pytest.mark.examples(smoke=1)
@pytest.mark.verifies(*ACCEPTANCE, *(name for name in promised_about("answer") if name not in _DEFAULTS))
def test_complete_body_is_created(complete: Exchange, judge: Judge) -> None:
    """A body with every argument creates an export that shows them all."""
    judge(complete)


@pytest.mark.verifies(*ACCEPTANCE, "refusal-true", "meta-constant", *promised_about("answer"))
def test_combined_arguments_are_created(
    endpoint: Endpoint,
    judge: Judge,
    export: Exchange,
    unsent: Unsent,
    as_recorded: AsRecorded,
    empty_types: set[str],
    case: Case,
) -> None:
    """Every pair of argument classes creates an export, and so does every resource type in both formats."""
    kind, other = case.body["data"]["attributes"]["resource_type"], export.sent_attributes["resource_type"]
    again = case.of_type(other)
    instead = as_recorded(f"creation/{again.name}", again.body)
    is_new = kind in empty_types and unsent(instead)
    if not is_new:
        exchange = endpoint.create(case.body, expectation=creation(case.name, case.body))
        judge(exchange)
        if not selection_refusal(exchange):
            return
        is_new = kind not in empty_types and unsent(instead)
        empty_types.add(kind)
    if is_new:  # the refusal says nothing about the pairs: try a type that has records
        judge(endpoint.create(instead, expectation=creation(again.name, instead)))


@pytest.mark.verifies("never-server-error", "create-default-format", "create-echoes-reference")
def test_null_arguments_are_created_or_refused(
    endpoint: Endpoint, judge: Judge, accepted: Body, as_recorded: AsRecorded
) -> None:
    """Optional arguments that are explicitly null are refused, or treated as absent."""
    body = as_recorded("creation/nulls", null_body(accepted["data"]["attributes"]["resource_type"]))
    judge(endpoint.create(body, expectation=creation("nulls", body)))


@pytest.mark.verifies("create-accepts-documented", "create-new-id", "create-default-format")
def test_narrow_body_is_created(narrow: Exchange, judge: Judge) -> None:
    """A few fields of one resource type are exported as json."""
    judge(narrow)


@pytest.mark.examples(quick=1, thorough=40)
@pytest.mark.verifies("create-accepts-documented", "never-server-error", *promised_about("answer"))
@pytest.mark.drawn("creation/drawn")
@given(data=st.data())
def test_documented_body_is_created(
    endpoint: Endpoint, judge: Judge, unsent: Unsent, source: Source, data: st.DataObject
) -> None:
    """Every body that the documentation allows creates an export."""
    body = source.draw(data, creation_bodies(), document_of)
    assume(unsent(body))
    judge(endpoint.create(body, expectation=creation("drawn", body)))


@pytest.mark.verifies(
    "create-at-exports", "create-needs-only-resource-type", "create-default-format", "create-default-dry-data"
)
def test_documented_request_is_created(endpoint: Endpoint, judge: Judge) -> None:
    """The page's own request creates an export, with the defaults for the arguments it leaves out."""
    judge(endpoint.create(DOCUMENTED, expectation=creation("documented", DOCUMENTED)))


def _with(accepted: Body, **attributes: Json) -> Body:
    kind = accepted["data"]["attributes"]["resource_type"]
    return enveloped({"resource_type": kind, "reference": PLACEHOLDER, **attributes})


@pytest.mark.examples(quick=0, thorough=30)
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


@pytest.mark.examples(quick=0, thorough=30)
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
