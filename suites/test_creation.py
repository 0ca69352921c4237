"""Creation: what the documentation allows is created, and the answer is the created resource."""

import pytest
from hypothesis import assume, given

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.refusal_reasons import selection_refusal
from exports_conformance.strategies.bodies import Body, creation_bodies
from exports_conformance.strategies.covering import Case
from exports_conformance.strategies.intents import creation
from exports_conformance.strategies.population import document_of, drawn, recorded_document
from exports_conformance.suites import Judge, Unasked, about

ACCEPTANCE = tuple(name for name in about("arguments") if name.endswith("-accepted"))
SHOWN = tuple(name for name in about("answer") if not name.startswith("create-default-"))


@pytest.mark.examples(smoke=1)
@pytest.mark.verifies("create-accepts-documented", *ACCEPTANCE, *SHOWN)
def test_complete_body_is_created(complete: Exchange, judge: Judge) -> None:
    """A body with every argument creates an export that shows them all."""
    judge(complete)


@pytest.mark.verifies("create-accepts-documented", "refusal-true", *ACCEPTANCE, *about("answer"))
def test_combined_arguments_are_created(
    endpoint: Endpoint, judge: Judge, complete: Exchange, unasked: Unasked, case: Case
) -> None:
    """Every pair of kinds of arguments creates an export, and every resource type in both formats."""
    exchange = endpoint.create(case.body, expectation=creation(case.name, case.body))
    judge(exchange)
    if selection_refusal(exchange):  # which says nothing of the pairs: a type that has records is asked for them
        again = case.of_type(complete.sent_attributes["resource_type"])
        body = recorded_document(f"creation/{again.name}") or again.body
        if unasked(body):
            judge(endpoint.create(body, expectation=creation(again.name, body)))


@pytest.mark.verifies("create-accepts-documented", "create-new-id", "create-default-format")
def test_narrow_body_is_created(narrow: Exchange, judge: Judge) -> None:
    """A few fields of one resource type are exported as json."""
    judge(narrow)


@pytest.mark.examples(quick=1, thorough=60)
@pytest.mark.verifies("create-accepts-documented", "never-server-error", *about("answer"))
@pytest.mark.drawn("creation/drawn")
@given(body=drawn(creation_bodies(), again=document_of))
def test_documented_body_is_created(endpoint: Endpoint, judge: Judge, unasked: Unasked, body: Body) -> None:
    """Every body that the documentation allows creates an export."""
    assume(unasked(body))
    judge(endpoint.create(body, expectation=creation("drawn", body)))
