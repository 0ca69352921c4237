"""What the vendor's framework answers by itself breaks no promise; its crashes are shown as advice."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from exports_conformance.contract.requirements import requirements, shape, shape_of
from exports_conformance.exchange.model import Exchange, Expectation, Request, Response
from exports_conformance.exchange.reasons import environment_error
from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.flaws import FLAWS
from exports_conformance.strategies.requests import CREDENTIALS, NEGOTIATIONS, ODD_METHODS
from tests.exchanges import EVERY_ARGUMENT, HEADERS, created, error_object, held, put, refused, violated, with_answer

ANSWERS: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_name("stack_answers.toml").read_text(encoding="utf-8")
)["answers"]
ODD = {each.name: each for each in (*CREDENTIALS, *NEGOTIATIONS, *ODD_METHODS)}
ELSEWHERE = {
    "other-id": Expectation("life/other-id", "update", "refusal", breaks="update-other-id", answers=frozenset({400})),
    "gone": Expectation("life/gone", "retrieve", "refusal", breaks="delete-removes", answers=frozenset({404})),
    "unknown": Expectation(
        "life/unknown", "retrieve", "refusal", breaks="retrieve-unknown-404", answers=frozenset({404})
    ),
    "page-of-26": Expectation("life/page-of-26", "list", "either", certain=False),
}
"""The expectations of flawed requests that their suites state themselves."""
PAGE = (("Content-Type", "text/html; charset=utf-8"), *(pair for pair in HEADERS if pair[0] != "Content-Type"))
DUMMY = {"data": {"type": "exports", "attributes": dict(EVERY_ARGUMENT)}}


def _expectation(name: str) -> Expectation:
    if name in FLAWS:
        return FLAWS[name].expectation
    return ODD[name].expectation if name in ODD else ELSEWHERE[name]


def _plainest(name: str) -> Json:
    """The flawed body with the plainest value; bytes if it is not a document, the dummy if the flaw is elsewhere."""
    if name not in FLAWS:
        return DUMMY
    drawn: list[Json] = []

    @settings(max_examples=1, database=None, derandomize=True, phases=[Phase.generate])
    @given(FLAWS[name].values)
    def draw(value: Json) -> None:
        drawn.append(value)

    draw()
    return FLAWS[name].plant(json.loads(json.dumps(DUMMY)), drawn[0])


def _sent(name: str) -> Exchange:
    exchange = created(expectation=_expectation(name))
    body = _plainest(name)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return replace(exchange, request=replace(exchange.request, body=raw))


def _answered(name: str, answer: str) -> Exchange:
    """The exchange of a flawed request with this answer of the framework's."""
    status, _, code = answer.partition(" ")
    exchange, at = _sent(name), _expectation(name).at
    if code == "html":
        return with_answer(exchange, status=int(status), headers=PAGE, body=b"")
    pointer = "/data/attributes/resource_type" if at == "/data/attributes" else at or None
    error = error_object(int(status), pointer, code=code)
    if code == "-":
        del error["code"]
    return with_answer(exchange, status=int(status), body=json.dumps({"errors": [error]}).encode())


REFUSALS = [(name, answer) for name, answers in ANSWERS.items() for answer in answers if answer != "201"]


@pytest.mark.parametrize(("name", "answer"), REFUSALS)
def test_refusal_of_the_framework_breaks_no_promise(name: str, answer: str) -> None:
    exchange = _answered(name, answer)
    crashes = answer.startswith("500")
    page = {"edge-error-document"} if answer.endswith("html") else set()
    assert environment_error(exchange) == ""
    assert violated(exchange) == (page | {_expectation(name).breaks} if crashes else page)
    assert {requirements()[each].weight for each in violated(exchange)} <= {"advice"}
    if not crashes and (breaks := _expectation(name).breaks):
        assert breaks in held(exchange)


def _shown(attribute: str, sent: Json) -> Iterator[Json]:
    """What the documentation lets an export show in the place of a flaw: as sent, converted, dropped or defaulted."""
    converted: dict[str, list[Json]] = {
        "resource_type": ["7"],
        "format": ["json", "7"],
        "includes": [["7"], []],
        "fields": [["7"]],
        "filters": [{}],
        "dry_data": [True, False],
        "reference": ["7"],
        "reference_origin": ["7"],
        "metadata": [{}, {"0": "nonsense"}],
    }
    yield from (sent, None, *converted[attribute])


CREATED = [name for name, answers in ANSWERS.items() if "201" in answers]


@pytest.mark.parametrize("name", CREATED)
def test_creation_by_the_framework_breaks_no_promise(name: str) -> None:
    """An export may show the planted value as it was sent, converted, dropped or defaulted."""
    exchange = _sent(name)
    attribute = _expectation(name).at.removeprefix("/data/attributes/")
    if attribute not in EVERY_ARGUMENT:
        assert violated(exchange) <= {"read-only-kept"}
        return
    for shown in _shown(attribute, exchange.sent_attributes.get(attribute)):
        right = put(exchange, f"/data/attributes/{attribute}", shown)
        assert violated(right) == set(), shown
        assert _expectation(name).breaks in held(right)


def _wrong(attribute: str) -> Json:
    candidates: list[Any] = [{"other": ["nonsense"]}, ["other", 7], "another text"]
    documented = {each.echoes: each.where.response[-1] for each in requirements().values() if each.echoes}
    assert attribute in documented
    shapes = [each.shape for each in requirements().values() if each.where.response == (documented[attribute],)]
    return next(value for value in candidates if not any(words and shape(words).fits(value) for words in shapes))


@pytest.mark.parametrize("name", [name for name in CREATED if _expectation(name).at.startswith("/data/attributes/")])
def test_another_value_in_the_place_of_a_flaw_breaks_one_requirement(name: str) -> None:
    """That of the flaw, if the value sent has not the documented shape; else that of the shape."""
    pointer = _expectation(name).at
    attribute = pointer.removeprefix("/data/attributes/")
    if attribute in EVERY_ARGUMENT:
        exchange = _sent(name)
        is_shaped = shape(shape_of(pointer)).fits(exchange.sent_attributes.get(attribute))
        broken = f"answer-{attribute.replace('_', '-')}" if is_shaped else _expectation(name).breaks
        assert violated(put(exchange, pointer, _wrong(attribute))) == {broken}


MISSHAPEN: dict[str, Json] = {"includes": "prices", "fields": False, "filters": 7, "metadata": [1], "format": ["csv"]}
FOREIGN = Expectation("schemathesis/createExport", "create", "either", certain=False, at="/data/attributes")


def test_body_of_another_tool_may_be_shown_as_it_was_sent() -> None:
    """It may have several flaws anywhere; attributes of the documented shape are judged as ever."""
    sent = {**EVERY_ARGUMENT, **MISSHAPEN}
    exchange = created(sent, expectation=FOREIGN)
    assert violated(exchange) == set()
    assert violated(put(exchange, "/data/attributes/dry_data", "yes")) == {"answer-dry-data"}
    assert violated(created(EVERY_ARGUMENT, expectation=FOREIGN, includes="prices")) == {"answer-includes"}


@pytest.mark.parametrize("at", ["/data/attributes", "/data/attributes/includes", "/data/attributes/includes/0"])
def test_export_with_a_flaw_may_be_shown_with_it_later(at: str) -> None:
    """The client interrupts such an export, or looks whether it is its own."""
    later = Expectation("clean-up/update", "update", "either", certain=False, at=at)
    exchange = replace(created(), expectation=later, request=Request("PATCH", "/exports/AAAAAAAAAA"))
    assert violated(put(exchange, "/data/attributes/includes", "prices")) == set()
    assert violated(put(exchange, "/data/attributes/status", 7)) == {"answer-status"}
    unflawed = replace(exchange, expectation=replace(later, at=""))
    assert violated(put(unflawed, "/data/attributes/includes", "prices")) == {"answer-includes"}


@pytest.mark.parametrize(
    ("at_stake", "cause"), [("request-encoding", ""), ("text-surrogates", ""), ("request-members", "firewall")]
)
def test_page_for_a_body_that_cannot_be_decoded_is_the_servers_own(at_stake: str, cause: str) -> None:
    exchange = created(expectation=replace(FOREIGN, may_break=(at_stake,)))
    page = with_answer(exchange, status=400, headers=PAGE, body=b"")
    assert environment_error(page) == cause
    assert violated(page) == (set() if cause else {"edge-error-document"})


@pytest.mark.parametrize(("at_stake", "broken"), [("text-nul", set()), ("request-members", {"never-server-error"})])
def test_crash_over_what_no_client_sends_breaks_no_promise(at_stake: str, broken: set[str]) -> None:
    expectation = replace(FOREIGN, may_break=(at_stake,))
    assert violated(refused(500, error_object(500), expectation=expectation)) == broken


def test_every_flaw_sent_gets_a_response() -> None:
    # not sent to the application
    unknown = {"text-like-code", "text-of-2-kb", "text-of-100-kb-reference", "text-of-100-kb-metadata"}
    unknown |= {"metadata-odd-keys", "tampered-token", "unsigned-token", "envelope-missing"}
    unknown |= {f"document-{each}" for each in ("in-single-quotes", "with-huge-number", "with-text-behind")}
    assert {*FLAWS, *ODD} - set(ANSWERS) == unknown


def test_page_for_a_creation_that_must_succeed_is_an_environment_error() -> None:
    for status in (400, 404, 405):
        assert environment_error(with_answer(created(), status=status, headers=PAGE, body=b"<html>")) == "firewall"


LOSSES: dict[str, tuple[Json, Json]] = {
    "nulls of arrays": ({"a": [1, None, {"b": None}]}, {"a": [1, {"b": None}]}),
    "the same double": ({"a": 5.369827099987149e16}, {"a": 53698270999871490}),
    "a double of an integer": ({"a": 9007199254740993}, {"a": 9007199254740993.0}),
}
"""What the framework shows of metadata that was sent: it drops nulls out of arrays, and the database reads doubles."""


@pytest.mark.parametrize("name", LOSSES)
def test_metadata_that_the_framework_rewrites_comes_back(name: str) -> None:
    sent, shown = LOSSES[name]
    exchange = created({**EVERY_ARGUMENT, "metadata": sent}, metadata=shown)
    assert violated(exchange) == set()
    assert "create-echoes-metadata" in held(exchange)
    request = {"data": {"type": "exports", "id": "AAAAAAAAAA", "attributes": {"metadata": sent}}}
    changed = replace(
        with_answer(exchange, status=200),
        request=replace(
            exchange.request, method="PATCH", path="/exports/AAAAAAAAAA", body=json.dumps(request).encode()
        ),
        expectation=Expectation("life/updated", "update", expected={"id": exchange.data["id"], "attributes": sent}),
    )
    assert violated(changed) == set()
    assert violated(put(exchange, "/data/attributes/metadata", {"a": 2})) == {"create-echoes-metadata"}


def test_flag_that_was_not_sent_may_be_shown_in_any_way() -> None:
    sent = {name: value for name, value in EVERY_ARGUMENT.items() if name != "dry_data"}
    broken = violated(created(sent, dry_data=True))
    assert broken == {"create-default-dry-data"}
    assert requirements()["create-default-dry-data"].weight == "advice"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_router_without_a_document_breaks_no_promise(method: str) -> None:
    (odd,) = (each for each in ODD_METHODS if each.name == f"{method.lower()}-on-the-collection")
    exchange = replace(created(expectation=odd.expectation), request=Request(method, "/exports"))
    for status in (404, 405):
        page = with_answer(exchange, status=status, headers=PAGE, body=b"")
        assert violated(page) == {"edge-error-document"}
        assert "collection-methods" in held(page)


def test_refused_null_breaks_no_promise() -> None:
    sent = {**EVERY_ARGUMENT, "format": None}
    exchange = refused(422, error_object(422, "/data/attributes/format"), sent=sent)
    assert violated(exchange) == set()
    assert violated(replace(exchange, response=Response(422, HEADERS, b"{}"))) == {"error-document"}
