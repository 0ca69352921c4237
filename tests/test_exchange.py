"""An exchange shows its request and its answer whatever they hold: what is not there is empty, never an error."""

import json
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports_conformance.exchange.model import Exchange, Expectation, Request, Response, header_of
from exports_conformance.exchange.tags import PLACEHOLDER, PREFIX, Tags, untagged
from exports_conformance.rules import judge
from exports_conformance.strategies.bodies import DOCUMENTED, enveloped
from exports_conformance.strategies.flaw import Flaw
from exports_conformance.strategies.flaws import FLAWS
from exports_conformance.suites.expectations import creation
from tests.exchanges import CERTAIN, EVERY_ARGUMENT, created, error_object, refused, with_answer

JSONS: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["data", "attributes", "errors", "meta", "source", "code", "id"]), inner)
    ),
    max_leaves=8,
)


def test_members_are_found() -> None:
    exchange = created()
    assert exchange.status == 201
    assert exchange.sent_attributes == EVERY_ARGUMENT
    assert exchange.data["id"] == "XAyRWNUzyN"
    assert exchange.attributes["status"] == "pending"
    assert exchange.errors == ()


def test_headers_are_found_in_any_case_and_the_first_counts() -> None:
    headers = (("content-TYPE", "Text/CSV; charset=x"), ("Content-Type", "second"))
    assert header_of(headers, "Content-Type") == "Text/CSV; charset=x"
    assert header_of(headers, "Accept") is None
    assert Response(200, headers).media_type == "text/csv"
    assert Response(200).media_type == ""


def test_errors_are_the_objects_of_the_array_or_one_in_its_place() -> None:
    one, two = error_object(422), error_object(422, "/data")
    assert refused(422, one, two).errors == (one, two)
    assert with_answer(created(), body=json.dumps({"errors": one}).encode()).errors == (one,)
    assert with_answer(created(), body=json.dumps({"errors": ["x", one, None]}).encode()).errors == (one,)


def test_exchange_without_a_response_is_empty() -> None:
    exchange = replace(created(), response=None, trouble="timed out")
    assert (exchange.status, exchange.data, exchange.attributes, exchange.errors) == (0, {}, {}, ())
    assert exchange.reading.problem == "no response"


@pytest.mark.parametrize("body", [None, b"", b"{", b"[]", b'"data"', b'{"data": []}', b'{"data": {"attributes": 7}}'])
def test_request_without_attributes_sent_none(body: bytes | None) -> None:
    assert replace(created(), request=Request("POST", "/exports", body=body)).sent_attributes == {}


def test_exchange_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        created().status = 500  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        CERTAIN.case = "other"  # type: ignore[misc]


INTENTS = [CERTAIN, Expectation("life/x", "retrieve"), *(flaw.expectation for flaw in FLAWS.values())]


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(
    expectation=st.sampled_from(INTENTS),
    status=st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 422, 500]),
    sent=st.binary(max_size=9) | JSONS.map(lambda value: json.dumps(value).encode()),
    answered=st.binary(max_size=9) | JSONS.map(lambda value: json.dumps(value).encode()),
    date=st.text(st.characters(codec="latin-1"), max_size=9),
)
def test_judge_has_an_opinion_on_anything(
    expectation: Expectation, status: int, sent: bytes, answered: bytes, date: str
) -> None:
    """The engine judges every exchange without an exception, which would be an error of ours."""
    response = Response(status, (("Content-Type", "application/vnd.api+json"), ("Date", date)), answered)
    exchange = Exchange("x", expectation, Request("POST", "/exports", body=sent), response, "http://localhost", "live")
    judgement = judge(exchange)
    assert not set(judgement.held) & {violation.requirement for violation in judgement.violations}


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(pointers=st.dictionaries(st.sampled_from(sorted(created().attributes)), JSONS, max_size=3), meta=JSONS)
def test_judge_has_an_opinion_on_any_attributes(pointers: dict[str, Any], meta: Any) -> None:
    exchange = created(**pointers)
    judge(exchange)
    judge(refused(422, error_object(422, meta=meta, source=meta, code=meta)))
    judge(refused(401, error_object(401, meta=meta, code=meta)))


def test_tags_are_unique_and_removed_again() -> None:
    tags = Tags("0a1b2c3d")
    first, second = tags.next(), tags.next()
    assert (first, second) == (f"{PREFIX}0a1b2c3d-00001", f"{PREFIX}0a1b2c3d-00002")
    assert untagged(f"a {first} b {second}".encode()) == f"a {PLACEHOLDER} b {PLACEHOLDER}".encode()
    assert untagged(PLACEHOLDER.encode()) == PLACEHOLDER.encode()
    assert untagged(Tags().next().encode()) == PLACEHOLDER.encode()
    assert Tags().run != Tags().run


def test_certain_body_is_expected_to_be_created() -> None:
    assert creation("documented", DOCUMENTED) == Expectation("creation/documented", "create")


def test_uncertain_body_may_be_created_or_refused_and_may_break_the_general_promise() -> None:
    assert creation("odd", enveloped({"resource_type": "skus", "includes": ["nonsense"]})) == Expectation(
        "creation/odd", "create", outcome="either", certain=False, may_break=("create-accepts-documented",)
    )


@pytest.mark.parametrize("flaw", [FLAWS["type-missing"], FLAWS["format-unknown"]], ids=lambda flaw: flaw.outcome)
def test_expectation_of_a_flawed_body_is_that_of_its_flaw(flaw: Flaw) -> None:
    assert flaw.expectation == Expectation(
        f"refusal/{flaw.name}",
        "create",
        outcome=flaw.outcome,
        certain=flaw.outcome == "refusal",
        breaks=flaw.breaks,
        flaw=flaw.name,
        at=flaw.at,
        answers=flaw.answers,
    )
