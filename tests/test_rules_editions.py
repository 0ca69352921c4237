"""Rules know the documentation's example, editions, and environment errors."""

import json
from dataclasses import replace

import pytest

from exports_conformance.contract.edition import Edition, added_attributes, statuses
from exports_conformance.exchange.exports import edition_shown
from exports_conformance.exchange.model import JSON_API, Exchange, Expectation, Headers, Provenance, Response
from exports_conformance.exchange.reasons import environment_error
from exports_conformance.exchange.strict_json import Json
from exports_conformance.rules import Judgement, judge
from exports_conformance.strategies.requests import CREDENTIALS
from tests.exchanges import (
    ABSENT,
    EVERY_ARGUMENT,
    created,
    document,
    error_object,
    held,
    put,
    refused,
    violated,
    with_answer,
)

LATER_ATTRIBUTES = added_attributes("7.10")
LATER: dict[str, Json] = {"jwt_filters": True, "progress": 30.5, "processed_count": 3, "estimated_completion_at": None}
LONG_AGO = "2018-01-01T12:00:00.000Z"
TIMES = dict.fromkeys(("started_at", "completed_at", "interrupted_at", "created_at", "updated_at"), LONG_AGO)


def _picture(provenance: Provenance) -> Exchange:
    """The pair on the page: one attribute sent, eleven answered, completed while in progress."""
    shown = {**EVERY_ARGUMENT, **TIMES, "format": "json", "dry_data": False, "status": "in_progress"}
    shown |= {"records_count": 300, "attachment_url": "http://cl_exports.s3.amazonaws.com/"}
    shown |= {"errors_log": {"RuntimeError": "query timeout"}}
    body = json.dumps(document(shown)).encode()
    exchange = created({"resource_type": "skus"}, expectation=Expectation("documentation/create", "create"))
    return replace(exchange, response=Response(201, (("Content-Type", JSON_API),), body), provenance=provenance)


def test_page_s_own_pair_passes_as_a_picture() -> None:
    exchange = _picture("documentation")
    assert violated(exchange) == set()
    assert {"create-status-201", "answer-metadata", "relationship-versions", "meta-mode"} <= held(exchange)


def test_picture_shows_nothing_of_what_was_performed() -> None:
    performed = {"create-accepts-documented", "create-echoes-resource-type", "created-now", "rate-limit-headers"}
    assert not held(_picture("documentation")) & performed
    assert {"created-now", "rate-limit-headers"} <= violated(_picture("recorded"))


def test_picture_is_judged_for_its_shape() -> None:
    assert violated(put(_picture("documentation"), "/data/attributes/filters", [])) == {"answer-filters"}


@pytest.mark.parametrize(("edition", "broken"), [("page", {"relationship-versions"}), ("7.10", set())])
def test_versions_may_be_gone_from_the_later_edition_on(edition: Edition, broken: set[str]) -> None:
    exchange = replace(put(created(), "/data/relationships/versions", ABSENT), edition=edition)
    assert violated(exchange) == broken


@pytest.mark.parametrize(("edition", "broken"), [("page", {"answer-status-known"}), ("7.10", set())])
def test_failed_is_a_status_of_the_later_edition_only(edition: Edition, broken: set[str]) -> None:
    assert "failed" not in statuses("page")
    assert violated(replace(created(status="failed"), edition=edition)) == broken


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("jwt_filters", "yes"),
        ("progress", "30%"),
        ("progress", 110.0),
        ("processed_count", 1.5),
        ("estimated_completion_at", "soon"),
    ],
)
def test_later_attribute_is_judged_where_its_edition_is(attribute: str, value: Json) -> None:
    exchange = created(**{**LATER, attribute: value})
    assert violated(exchange) == set()
    assert violated(replace(exchange, edition="7.10")) == {f"answer-{attribute.replace('_', '-')}"}


def test_later_attributes_are_free_to_be_absent_in_every_edition() -> None:
    later = replace(created(), edition="7.10")
    assert violated(later) == set()
    assert not held(later) & {f"answer-{name.replace('_', '-')}" for name in LATER_ATTRIBUTES}
    assert {f"answer-{name.replace('_', '-')}" for name in LATER_ATTRIBUTES} <= held(
        replace(created(**LATER), edition="7.10")
    )


@pytest.mark.parametrize("attribute", LATER_ATTRIBUTES)
def test_any_later_attribute_shows_the_later_edition(attribute: str) -> None:
    edition, why = edition_shown(put(created(), f"/data/attributes/{attribute}", None))
    assert edition == "7.10"
    assert attribute in why
    assert edition_shown(created())[0] == "page"


HTML: Headers = (("Content-Type", "text/html; charset=utf-8"),)
UNAUTHORIZED = error_object(401, code="UNAUTHORIZED")


@pytest.mark.parametrize(
    ("exchange", "name"),
    [
        pytest.param(replace(created(), response=None, trouble="timed out"), "no-answer", id="no-answer"),
        pytest.param(with_answer(created(), status=429, body=b"<"), "throttled", id="429"),
        *(pytest.param(with_answer(created(), status=at), "unavailable", id=str(at)) for at in (502, 503, 504)),
        *(
            pytest.param(with_answer(created(), status=at, headers=HTML, body=b"<html/>"), "firewall", id=f"html-{at}")
            for at in (200, 302, 404)
        ),
        pytest.param(with_answer(created(), status=522, body=b"error code: 522"), "unavailable", id="522"),
        pytest.param(with_answer(created(), status=403, body=b"Forbidden"), "firewall", id="403"),
        pytest.param(refused(401), "token-refused", id="401"),
        pytest.param(with_answer(created(), status=401, body=b""), "token-refused", id="401-bare"),
        pytest.param(refused(401, UNAUTHORIZED), "not-permitted", id="401-unauthorized"),
        pytest.param(refused(401, error_object(401, code=["UNAUTHORIZED"])), "token-refused", id="401-odd-code"),
    ],
)
def test_environment_error_is_judged_by_no_rule(exchange: Exchange, name: str) -> None:
    assert environment_error(exchange) == name
    assert judge(exchange) == Judgement()


def test_crash_is_the_endpoint_s_even_as_a_page() -> None:
    assert environment_error(with_answer(created(), status=500, headers=HTML, body=b"<html/>")) == ""


def test_document_that_is_sent_as_a_page_is_the_endpoint_s() -> None:
    exchange = with_answer(created(), headers=HTML)
    assert environment_error(exchange) == ""
    assert "answer-media-type" in [each.requirement for each in judge(exchange).violations]


@pytest.mark.parametrize(
    "exchange",
    [
        pytest.param(created(), id="201"),
        pytest.param(refused(403), id="403-with-errors"),
        pytest.param(refused(500), id="500"),
        *(pytest.param(refused(401, UNAUTHORIZED, expectation=each.expectation), id=each.name) for each in CREDENTIALS),
    ],
)
def test_response_of_the_endpoint_is_not_an_environment_error(exchange: Exchange) -> None:
    assert environment_error(exchange) == ""
    assert judge(exchange) != Judgement()
