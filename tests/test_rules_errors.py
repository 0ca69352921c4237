"""The judge of errors: a document of error objects that agree with their status and point at what is at fault."""

import json

import pytest

from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.strict_json import Json
from tests.exchanges import (
    ABSENT,
    created,
    edited,
    error_object,
    held,
    put,
    refused,
    violated,
    with_answer,
    with_header,
)

ABOUT_ERRORS = {"error-media-type", "error-document", "error-unique-keys", "error-status", "error-title"} | {
    "error-detail",
    "error-code",
    "error-code-agrees",
    "error-code-published",
}
AT = "/data/attributes/format"
PROMISED = (400, 401, 406, 409, 415, 422, 423)
STATUS_OF_CODE = {"INVALID_TOKEN": 401, "UNAUTHORIZED": 401, "RECORD_NOT_FOUND": 404, "NOT_ACCEPTABLE": 406} | {
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "VALIDATION_ERROR": 422,
    "LOCKED": 423,
}


def _refusal(status: int, *errors: dict[str, Json], at: str = AT, breaks: str = "argument-format-known") -> Exchange:
    """Return a creation with a flaw, refused with a status that the flaw allows."""
    expectation = Expectation("refusal/x", "create", "refusal", breaks=breaks, at=at, answers=frozenset({status}))
    return refused(status, *errors or [error_object(status, at)], expectation=expectation)


@pytest.mark.parametrize("status", PROMISED)
def test_well_formed_error_satisfies_all_error_rules(status: int) -> None:
    exchange = _refusal(status)
    assert violated(exchange) == set()
    assert ABOUT_ERRORS | ({"error-pointer"} if status == 422 else set()) <= held(exchange)


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ("a" * 5_000 + " exports-conformance-0123abcd-00007 " + "b" * 5_000, {"errors-without-data"}),
        ("a" * 10_000, set()),
    ],
    ids=["tag", "no tag"],
)
def test_tag_of_an_export_is_found_anywhere_in_a_401(detail: str, expected: set[str]) -> None:
    assert violated(put(_refusal(401), "/errors/0/detail", detail)) & {"errors-without-data"} == expected


@pytest.mark.parametrize("status", PROMISED)
@pytest.mark.parametrize(
    ("pointer", "value", "broken"),
    [
        ("/errors", ABSENT, "error-document"),
        ("/errors", [], "error-document"),
        ("/errors", ["refused"], "error-document"),
        ("/errors", {"title": "refused"}, "error-document"),
        ("/errors/0/status", ABSENT, "error-status"),
        ("/errors/0/status", "418", "error-status"),
        ("/errors/0/status", 422, "error-status"),
        ("/errors/0/title", ABSENT, "error-title"),
        ("/errors/0/title", "", "error-title"),
        ("/errors/0/detail", None, "error-detail"),
        ("/errors/0/detail", ["it is"], "error-detail"),
        ("/errors/0/code", ABSENT, "error-code"),
        ("/errors/0/code", 422, "error-code"),
        ("/errors/0/code", "BRAND_NEW", "error-code-published"),
    ],
)
def test_one_edit_of_an_error_breaks_one_requirement(status: int, pointer: str, value: object, broken: str) -> None:
    exchange = put(_refusal(status), pointer, value)
    assert violated(exchange) == {broken}


@pytest.mark.parametrize("status", PROMISED)
@pytest.mark.parametrize("code", sorted(STATUS_OF_CODE))
def test_code_goes_with_its_status(status: int, code: str) -> None:
    exchange = _refusal(status, error_object(status, AT, code=code))
    assert violated(exchange) == (set() if STATUS_OF_CODE[code] == status else {"error-code-agrees"})


def test_published_codes_of_any_status_and_payment_codes_are_known() -> None:
    for code in ("SAVE_FAILED", "INVALID_FIELD", "PAYMENT_GATEWAY_ERROR"):
        assert violated(_refusal(422, error_object(422, AT, code=code))) == set()


def test_every_error_of_several_is_judged() -> None:
    exchange = _refusal(422, error_object(422, AT), error_object(422, "/data/type", title=None))
    assert violated(exchange) == {"error-title"}


def test_member_that_is_new_and_a_title_in_other_words_are_free() -> None:
    assert violated(_refusal(422, error_object(422, AT, title="größer", id="e-1", links={}, meta={"any": 1}))) == set()


@pytest.mark.parametrize(
    ("body", "broken"),
    [(b"", "error-document"), (b"Unprocessable", "error-document"), (b'{"errors": [{"code": NaN}]}', "error-document")],
)
def test_error_that_cannot_be_read_is_reported_once(body: bytes, broken: str) -> None:
    assert violated(with_answer(_refusal(400), body=body)) == {broken}


def test_error_repeats_no_key_and_is_json_api() -> None:
    exchange = _refusal(400)
    assert exchange.response
    twice = exchange.response.body.replace(b'"title":', b'"title": "once", "title":')
    assert violated(with_answer(exchange, body=twice)) == {"error-unique-keys"}
    assert violated(with_header(exchange, "Content-Type", "application/json")) == {"error-media-type"}
    assert violated(with_header(exchange, "Content-Type", "application/vnd.api+json; charset=utf-8")) == set()


@pytest.mark.parametrize("breaks", ["request-json", "request-json-lenient", "request-encoding"])
def test_error_of_an_unreadable_body_needs_no_code(breaks: str) -> None:
    error = error_object(400)
    del error["code"]
    assert violated(_refusal(400, error, at="", breaks=breaks)) == set()
    assert violated(_refusal(400, error, at="")) == {"error-code"}


@pytest.mark.parametrize("status", [404, 405, 500, 501])
@pytest.mark.parametrize("body", [b"", b"gone", b'{"message": "no"}', b'{"errors": []}'])
def test_edge_should_respond_with_an_error_document(status: int, body: bytes) -> None:
    """Statuses that an edge may answer are judged for a document of errors, and for no more of it."""
    expectation = Expectation("request/x", "other", "refusal", breaks="collection-methods", answers=frozenset({status}))
    poor = with_answer(refused(status, {"poor": True}, expectation=expectation), headers=(("X-Ratelimit-Limit", "1"),))
    of_errors = {name for name, each in requirements().items() if each.topic == "errors"}
    assert violated(poor) & of_errors == set()
    assert "edge-error-document" in held(poor)
    assert violated(with_answer(poor, body=body)) & of_errors == {"edge-error-document"}


@pytest.mark.parametrize("status", [403, 413, 418])
def test_undocumented_status_is_judged_by_no_error_rule(status: int) -> None:
    expectation = Expectation("refusal/x", "create", "either", breaks="text-long", answers=frozenset({status}))
    exchange = refused(status, {"poor": True}, expectation=expectation)
    assert violated(exchange) == set()
    assert not held(exchange) & (ABOUT_ERRORS | {"edge-error-document"})


@pytest.mark.parametrize(
    ("pointer", "points"),
    [
        ("/data/attributes/metadata", True),
        ("/data/attributes/metadata/", True),
        ("/data/attributes/metadata/deep/er/0", True),
        ("/data/attributes", True),
        ("/data", True),
        ("", True),
        ("/data/attributes/meta", False),
        ("/data/attributes/metadata_more", False),
        ("/data/attributes/format", False),
        ("/data/type", False),
        ("metadata", False),
    ],
)
def test_pointer_names_the_planted_place_an_ancestor_or_a_descendant(pointer: str, *, points: bool) -> None:
    at = "/data/attributes/metadata"
    elsewhere = error_object(422, "/data/relationships/x")
    for errors in ([error_object(422, pointer)], [elsewhere, error_object(422, pointer)]):
        exchange = _refusal(422, *errors, at=at)
        assert violated(exchange) == (set() if points else {"error-pointer"})
        assert ("error-pointer" in held(exchange)) is points


@pytest.mark.parametrize("source", [ABSENT, None, {}, {"parameter": "filter"}, {"pointer": None}, AT, [AT]])
def test_source_without_a_pointer_points_at_nothing(source: object) -> None:
    assert violated(put(_refusal(422), "/errors/0/source", source)) == {"error-pointer"}


def test_pointer_is_required_of_a_422_with_a_known_place_only() -> None:
    for exchange in (_refusal(400, error_object(400)), _refusal(422, error_object(422), at="")):
        assert violated(exchange) == set()
        assert "error-pointer" not in held(exchange)


def test_success_is_judged_by_no_rule_of_errors() -> None:
    assert not held(created()) & (ABOUT_ERRORS | {"error-pointer", "edge-error-document"})


def test_errors_beside_data_are_free_in_a_success() -> None:
    def add(document: Json) -> None:
        document["errors"] = json.loads("[]")

    assert violated(edited(created(), add)) == set()
