"""The judge reads the answer to a creation: one thing wrong in it is one broken requirement, whatever hangs on it."""

from codecs import BOM_UTF8
from dataclasses import replace
from typing import Any

import pytest

from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.model import Expectation, Request
from exports_conformance.exchange.strict_json import Json
from exports_conformance.rules import all_rules, judge
from tests.exchanges import (
    ABSENT,
    HEADERS,
    SELF,
    created,
    error_object,
    held,
    put,
    refused,
    violated,
    with_answer,
    with_header,
)

ATTRIBUTES = "/data/attributes"
TIMES = ("started_at", "completed_at", "interrupted_at", "created_at", "updated_at")
ELSEWHERE = SELF.replace("XAyRWNUzyN", "anotherone")
OTHER_HOST = SELF.replace("yourdomain.commercelayer.io", "proxy.example:8443")


def test_conforming_response_violates_nothing() -> None:
    assert violated(created()) == set()
    assert violated(created({"resource_type": "skus"})) == set()


def test_conforming_response_verifies_all_that_it_can_show() -> None:
    promised = {name for name, each in requirements().items() if each.topic == "answer" and each.in_edition("page")}
    unsent = {"create-default-format", "create-default-dry-data"}
    assert promised - held(created()) == unsent | {"create-location"}
    assert unsent <= held(created({"resource_type": "skus"}))


@pytest.mark.parametrize(
    ("location", "broken"),
    [(SELF, False), (OTHER_HOST, False), ("/api/exports/XAyRWNUzyN", False), (ELSEWHERE, True), ("XAyRWNUzyN", True)],
)
def test_location_is_where_the_export_is(location: str, *, broken: bool) -> None:
    """A relative address is read from the collection's; a gateway may have another host."""
    exchange = created()
    response = exchange.response
    assert response
    headers = (*response.headers, ("Location", location))
    judged = replace(exchange, response=replace(response, headers=headers))
    assert violated(judged) == ({"create-location"} if broken else set())


def _edits() -> list[Any]:
    wrong_types: dict[str, tuple[Json, ...]] = {
        "resource_type": (7, "", " ", None, ["skus"]),
        "format": (7, ["csv"], {}),
        "status": (None, 1, ["pending"]),
        "includes": ("prices", [7], {}, [None]),
        "fields": ("code", [["code"]], {}),
        "filters": ([], "code_eq", 7),
        "dry_data": ("true", 1, 0, "false", []),
        "records_count": (-1, 300.0, "300", True),
        "attachment_url": ("/files/1", "ftp://files/1", 7, "https://", "http://[", ""),
        "errors_log": ([], "none", 7),
        "reference": (7, True, ["a"]),
        "reference_origin": (7, False, {}),
        "metadata": ([], "foo", 7, True),
    }
    for name in TIMES:
        wrong_types[name] = ("2018-01-01", "2018-01-01T12:00:00", "2018-13-01T12:00:00Z", 1514808000, "", "now")
    wrong_types["created_at"] += (None,)
    edits = [
        pytest.param(f"{ATTRIBUTES}/{name}", value, f"answer-{name.replace('_', '-')}", id=f"{name}-{value!r:.24}")
        for name, values in wrong_types.items()
        for value in (*values, ABSENT)
    ]
    members: list[tuple[str, object, str]] = [
        ("/data", None, "answer-data"),
        ("/data", [], "answer-data"),
        ("/data", ABSENT, "answer-data"),
        ("/data/type", "export", "answer-type"),
        ("/data/type", ABSENT, "answer-type"),
        ("/data/id", "", "answer-id"),
        ("/data/id", 17, "answer-id"),
        ("/data/id", ABSENT, "answer-id"),
        ("/data/attributes", ABSENT, "answer-attributes"),
        ("/data/attributes", [], "answer-attributes"),
        ("/data/relationships", ABSENT, "answer-relationships"),
        ("/data/relationships", [], "answer-relationships"),
        ("/data/meta", ABSENT, "answer-meta"),
        ("/data/meta", "test", "answer-meta"),
        ("/data/meta/mode", "staging", "meta-mode"),
        ("/data/meta/mode", ["test"], "meta-mode"),
        ("/data/meta/organization_id", None, "meta-organization-id"),
        ("/data/meta/trace_id", "  ", "meta-trace-id"),
        ("/data/links", ABSENT, "answer-self-link"),
        ("/data/links/self", "/api/exports/XAyRWNUzyN", "answer-self-link"),
        ("/data/links/self", ELSEWHERE, "answer-self-link"),
        (f"{ATTRIBUTES}/status", "done", "answer-status-known"),
        (f"{ATTRIBUTES}/format", "xml", "answer-format-known"),
    ]
    for name in ("events", "versions", "event_stores"):
        at, broken = f"/data/relationships/{name}", f"relationship-{name.replace('_', '-')}"
        members += [(at, ABSENT, broken), (at, [], broken), (f"{at}/links", ABSENT, broken)]
        members += [(f"{at}/links/self", f"{SELF}/{name}", broken), (f"{at}/links/related", ELSEWHERE, broken)]
    return edits + [pytest.param(at, value, broken, id=f"{at}-{value!r:.24}") for at, value, broken in members]


@pytest.mark.parametrize(("pointer", "value", "broken"), _edits())
def test_one_edit_breaks_one_requirement(pointer: str, value: object, broken: str) -> None:
    assert violated(put(created(), pointer, value)) == {broken}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        *((f"{ATTRIBUTES}/{name}", None) for name in (*TIMES[:3], "records_count", "attachment_url", "errors_log")),
        *((f"{ATTRIBUTES}/{name}", "2026-03-01T13:00:00+01:00") for name in TIMES if name != "completed_at"),
        (f"{ATTRIBUTES}/started_at", "2016-12-31T23:59:60.5Z"),
        *((f"{ATTRIBUTES}/status", status) for status in ("in_progress", "completed", "interrupted")),
        (f"{ATTRIBUTES}/records_count", 0),
        (f"{ATTRIBUTES}/brand_new", {"any": "thing"}),
        ("/data/relationships/brand_new", {}),
        ("/data/meta/mode", "live"),
        ("/data/meta/brand_new", 1),
        ("/included", []),
        ("/data/links/self", OTHER_HOST),
        ("/data/relationships/events/links/related", f"{OTHER_HOST}/events"),
    ],
)
def test_responses_left_free_break_nothing(pointer: str, value: object) -> None:
    assert violated(put(created(), pointer, value)) == set()


@pytest.mark.parametrize(
    ("name", "value", "broken"),
    [
        ("Content-Type", "application/json", {"answer-media-type"}),
        ("Content-Type", None, {"answer-media-type"}),
        ("Content-Type", "Application/VND.API+json; charset=utf-8", set()),
        ("X-Ratelimit-Limit", None, {"rate-limit-headers"}),
        ("X-Ratelimit-Remaining", "many", {"rate-limit-headers"}),
        ("X-Ratelimit-Interval", "-1", {"rate-limit-headers"}),
    ],
)
def test_one_header_breaks_one_requirement(name: str, value: str | None, broken: set[str]) -> None:
    assert violated(with_header(created(), name, value)) == broken


@pytest.mark.parametrize(
    ("body", "broken"),
    [
        (b"", "answer-json"),
        (b'{"data": {', "answer-json"),
        (b'\xff\xfe{"data": {}}', "answer-json"),
        ('{"data": "ö"}'.encode("latin-1"), "answer-json"),
        (b'{"data": NaN}', "answer-json"),
        (b"[]", "answer-data"),
        (b'{"data": [{}]}', "answer-data"),
    ],
)
def test_document_that_cannot_be_read_is_reported_once(body: bytes, broken: str) -> None:
    """All that needs the document is silent: one broken promise is one violation."""
    assert violated(with_answer(created(), body=body)) == {broken}


def test_byte_order_mark_breaks_only_that() -> None:
    response = created().response
    assert response
    assert violated(with_answer(created(), body=BOM_UTF8 + response.body)) == {"answer-no-byte-order-mark"}
    refusal = refused(422, error_object(422), expectation=Expectation("x", "create", "either", certain=False))
    assert refusal.response
    assert violated(with_answer(refusal, body=BOM_UTF8 + refusal.response.body)) == {"answer-no-byte-order-mark"}


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, br"])
def test_coding_that_was_not_requested_is_named(coding: str) -> None:
    exchange = with_answer(created(), body=b"\x8b\x02", headers=(*HEADERS, ("Content-Encoding", coding)))
    (found,) = judge(exchange).violations
    assert (found.requirement, found.actual) == (
        "answer-json",
        f"compressed ({coding}), which the request did not ask for",
    )


def test_repeated_key_breaks_only_that() -> None:
    response = created().response
    assert response
    twice = response.body.replace(b'"mode":', b'"mode": "test", "mode":')
    assert violated(with_answer(created(), body=twice)) == {"answer-unique-keys"}


@pytest.mark.parametrize("status", [200, 202])
def test_success_of_another_status_is_no_201(status: int) -> None:
    assert violated(with_answer(created(), status=status)) == {"create-status-201"}


def test_response_without_content_is_judged_for_its_status_only() -> None:
    assert violated(with_answer(created(), status=204, body=b"", headers=HEADERS[1:])) == {"create-status-201"}


def test_prerequisite_that_failed_silences_what_needs_it() -> None:
    exchange = put(created(), ATTRIBUTES, ABSENT)
    silent = {name for name, rule in all_rules().items() if "answer-attributes" in rule.needs}
    assert len(silent) > 18
    assert not silent & held(exchange)
    assert violated(exchange) == {"answer-attributes"}


@pytest.mark.parametrize(
    ("query", "broken"),
    [("fields[exports]=status", False), ("fields%5Bexports%5D=status", False), ("include=events", True), ("", True)],
)
def test_export_shown_in_part_is_not_judged_for_what_was_left_out(query: str, *, broken: bool) -> None:
    """A sparse fieldset is the caller's own wish."""
    request = Request("GET", "/exports/XAyRWNUzyN", query)
    exchange = replace(
        with_answer(created(), status=200), expectation=Expectation("life/retrieve", "retrieve"), request=request
    )
    assert violated(exchange) <= {"retrieve-sparse", "include-linked"}
    assert ("answer-status" in violated(put(exchange, ATTRIBUTES, {}))) is broken
