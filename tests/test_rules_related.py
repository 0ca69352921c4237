"""The judge of relationships: their links answer collections, of resources or of identifiers."""

import json
from dataclasses import replace

import pytest

from exports_conformance.exchange.model import JSON_API, Exchange, Expectation, Request, Response
from exports_conformance.exchange.strict_json import Json
from exports_conformance.rules.life import OK
from tests.exchanges import BASE_URL, HEADERS, error_object, held, violated, with_answer

PATHS = {"related-collection": "events", "relationship-collection": "relationships/events"}
EVENT: dict[str, Json] = {"type": "events", "id": "e", "attributes": {"name": "created"}}
IDENTIFIER: dict[str, Json] = {"type": "events", "id": "e"}


REFUSALS = frozenset({400, 401, 403, 404, 405, 422})


def _asked(requirement: str, data: Json, *, certain: bool = True, status: int = OK) -> Exchange:
    expectation = Expectation("life/events", "related")
    if not certain:
        expectation = replace(expectation, outcome="either", certain=False, breaks=requirement, answers=REFUSALS)
    return Exchange(
        id="x-1",
        expectation=expectation,
        request=Request("GET", f"/exports/XAyRWNUzyN/{PATHS[requirement]}"),
        response=Response(status, HEADERS, json.dumps({"data": data}).encode()),
        base_url=BASE_URL,
        provenance="live",
    )


@pytest.mark.parametrize("requirement", PATHS)
@pytest.mark.parametrize("certain", [True, False])
def test_collection_is_an_array_of_what_it_should_be(requirement: str, *, certain: bool) -> None:
    """An identifier has no attributes, and may have more than it needs; a resource has them."""
    linkage = requirement == "relationship-collection"
    for data, right in (
        ([], True),
        ([EVENT, EVENT], True),
        ([IDENTIFIER], linkage),
        ([EVENT, IDENTIFIER], linkage),
        ([{**EVENT, "attributes": {}}], True),
        ([{**EVENT, "attributes": []}], linkage),
        (None, False),
        (EVENT, False),
        ({}, False),
        ([7], False),
        ([None], False),
        ([{**EVENT, "id": 7}], False),
        ([{**EVENT, "type": None}], False),
    ):
        exchange = _asked(requirement, data, certain=certain)
        assert violated(exchange) == (set() if right else {requirement})
        assert (requirement in held(exchange)) is right
        assert not held(exchange) & (set(PATHS) - {requirement})


@pytest.mark.parametrize("requirement", PATHS)
def test_collection_is_in_an_object(requirement: str) -> None:
    assert violated(with_answer(_asked(requirement, []), body=b"[]")) == {requirement}
    assert violated(with_answer(_asked(requirement, []), body=b'"events"')) == {requirement}
    assert violated(with_answer(_asked(requirement, []), body=b"[7]")) == {requirement}


@pytest.mark.parametrize("requirement", PATHS)
@pytest.mark.parametrize("status", [404, 400, 422, 500])
def test_what_is_certain_is_not_refused(requirement: str, status: int) -> None:
    body = json.dumps({"errors": [error_object(status)]}).encode()
    assert requirement in violated(with_answer(_asked(requirement, []), status=status, body=body))


@pytest.mark.parametrize("requirement", PATHS)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 422])
def test_what_may_need_an_add_on_may_be_refused(requirement: str, status: int) -> None:
    code = {401: "UNAUTHORIZED", 403: "FORBIDDEN", 405: "METHOD_NOT_ALLOWED"}.get(status)
    error = error_object(status, **({"code": code} if code else {}))
    body = json.dumps({"errors": [error]}).encode()
    assert violated(with_answer(_asked(requirement, [], certain=False), status=status, body=body)) == set()


@pytest.mark.parametrize("requirement", PATHS)
def test_a_crash_is_no_refusal(requirement: str) -> None:
    body = json.dumps({"errors": [error_object(500)]}).encode()
    exchange = with_answer(_asked(requirement, [], certain=False), status=500, body=body)
    assert requirement in violated(exchange)


@pytest.mark.parametrize("requirement", PATHS)
def test_success_of_another_kind_is_none(requirement: str) -> None:
    for status in (201, 204, 206):
        assert requirement in violated(_asked(requirement, [], status=status))


@pytest.mark.parametrize("requirement", PATHS)
def test_response_that_is_not_of_a_link_is_not_judged(requirement: str) -> None:
    wrong = _asked(requirement, 7)
    for exchange in (
        replace(wrong, provenance="documentation"),
        replace(wrong, expectation=Expectation("c", "other")),
        with_answer(wrong, status=503, headers=(("Content-Type", JSON_API),)),
    ):
        assert requirement not in violated(exchange)
        assert requirement not in held(exchange)
