"""WireMock mappings are read as requests and responses, and judged as far as they concern exports."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from exports_conformance.exchange.model import Exchange
from exports_conformance.results.recording import RecordingError, read_recording
from exports_conformance.rules.judging import Judgement, judge
from tests.exchanges import document, violated
from tests.suite_runs import replayed
from tests.suite_runs import violated as broken

SELF = "https://yourdomain.commercelayer.io/api/price_lists/aBcDeFgHiJ"
RESOURCE = {
    "id": "aBcDeFgHiJ",
    "type": "price_lists",
    "links": {"self": SELF},
    "attributes": {"name": "a list", "created_at": "2026-03-01T11:00:00.000Z"},
    "relationships": {},
    "meta": {"mode": "test", "organization_id": "xRRkjDFafe", "trace_id": "69abaa35"},
}
HEADERS = {
    "Content-Type": "application/vnd.api+json",
    "Date": "Sun, 01 Mar 2026 11:00:00 GMT",
    "X-Ratelimit-Limit": "100",
    "X-Ratelimit-Interval": "60",
    "X-Ratelimit-Remaining": ["99"],
}


def mapping(
    path: str = "price_lists", *, method: str = "POST", status: int = 201, asked: Any = None, **answered: Any
) -> dict[str, Any]:
    """Return a mapping as WireMock records it."""
    given = answered or {"body": json.dumps({"data": RESOURCE})}
    return {
        "request": {"url": f"/api/{path}", "method": method, **(asked or {})},
        "response": {"status": status, "headers": HEADERS, **given},
    }


def exchanges(folder: Path, *mappings: Any) -> tuple[Exchange, ...]:
    """Return the exchanges of a file of mappings."""
    (folder / "x.json").write_text(json.dumps({"mappings": mappings}))
    return read_recording(folder / "x.json").exchanges


def test_mapping_becomes_a_request_and_its_response(tmp_path: Path) -> None:
    asked = {
        "urlPath": "/api/exports",
        "headers": {"Accept": {"equalTo": "application/vnd.api+json"}, "Authorization": {"matches": "Bearer .*"}},
        "queryParameters": {"page[size]": {"equalTo": "1"}},
        "bodyPatterns": [{"equalToJson": {"data": {"type": "exports"}}}],
    }
    one = mapping(asked=asked)
    del one["request"]["url"]
    (exchange,) = exchanges(tmp_path, one)
    assert (exchange.request.path, exchange.request.query) == ("/exports", "page[size]=1")
    assert exchange.request.headers == (("Accept", "application/vnd.api+json"),)
    assert exchange.sent == {"data": {"type": "exports"}}
    assert (exchange.status, exchange.data["id"], exchange.started) == (201, "aBcDeFgHiJ", 1_772_362_800.0)
    assert exchange.response is not None
    assert exchange.response.header("x-ratelimit-remaining") == "99"
    assert (exchange.expectation.operation, exchange.expectation.certain) == ("create", False)


@pytest.mark.parametrize(
    ("pattern", "body"),
    [
        ({"equalTo": "{ }"}, b"{ }"),
        ({"equalToJson": '{"a": 1}'}, b'{"a": 1}'),
        ({"equalToJson": '{"a": 1}', "ignoreExtraElements": True}, None),
        ({"matchesJsonPath": "$.a"}, None),
    ],
)
def test_body_is_known_where_the_whole_of_it_is(pattern: dict[str, Any], body: bytes | None, tmp_path: Path) -> None:
    (exchange,) = exchanges(tmp_path, mapping(asked={"bodyPatterns": [pattern]}))
    assert exchange.request.body == body


def test_body_is_read_from_either_member(tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    folder.mkdir()
    (tmp_path / "__files").mkdir()
    (tmp_path / "__files" / "a.json").write_bytes(b"\xff")
    places: list[dict[str, Any]] = [
        {"jsonBody": {"a": "ö"}},
        {"base64Body": base64.b64encode(b"\0").decode()},
        {"bodyFileName": "a.json"},
        {"fault": ""},
    ]
    for number, answered in enumerate(places):
        (folder / f"{number}.json").write_text(json.dumps(mapping(**answered)))
    bodies = [exchange.response.body for exchange in read_recording(folder).exchanges if exchange.response]
    assert bodies == [b'{"a": "\\u00f6"}', b"\0", b"\xff", b""]


def test_mapping_without_a_recorded_exchange_is_left_out(tmp_path: Path) -> None:
    left_out = [
        mapping(fault="EMPTY_RESPONSE"),
        mapping(transformers=["response-template"], body="{{now}}"),
        mapping(method="ANY"),
        {**mapping(), "request": {"urlPattern": "/api/.*", "method": "GET"}},
        {**mapping(), "request": {"url": "/oauth/token", "method": "POST"}},
    ]
    (tmp_path / "x.json").write_text(json.dumps({"mappings": [*left_out, mapping()]}))
    found = read_recording(tmp_path / "x.json")
    assert len(found.exchanges) == 1
    assert found.left_out == (
        "5 of 6 mappings are not recorded requests to this API",
        "1 of 1 requests to this API are not about exports",
    )


def test_mapping_that_cannot_be_read_has_a_line_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"mappings": [mapping(bodyFileName="none.json"), mapping("exports")]}))
    found = read_recording(tmp_path / "x.json")
    assert [each.request.path for each in found.exchanges] == ["/exports"]
    (line,) = found.left_out
    assert line.startswith("mappings[0]: ")
    assert line.endswith("none.json: No such file or directory; add that file")


BAD = {
    "none": ({"mappings": []}, "none of its 0 mappings is of this API"),
    "text": ({"mappings": ["x"]}, "mappings[0] is not a WireMock mapping"),
    "no-request": ({"response": {"status": 200}}, "mappings[0] is not a WireMock mapping ('request')"),
    "base64": (mapping(base64Body="é"), "mappings[0] is not a WireMock mapping"),
    "no-file": (mapping(bodyFileName="none.json"), "none.json: No such file or directory; add that file"),
    "out": (mapping(bodyFileName="../../secret"), "lies outside __files"),
}


@pytest.mark.parametrize(("document", "hint"), BAD.values(), ids=BAD.keys())
def test_bad_mapping_is_one_line(document: Any, hint: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(document))
    with pytest.raises(RecordingError) as caught:
        read_recording(tmp_path / "x.json")
    assert hint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unreadable_time_is_none(tmp_path: Path) -> None:
    one = mapping()
    one["response"]["headers"] = {"Date": "noon"}
    (exchange,) = exchanges(tmp_path, one)
    assert exchange.started == 0.0


EXPORT = document({"resource_type": "skus"})["data"]
NAMELESS = mapping("exports/a", method="GET", status=200, body=json.dumps({"data": {**EXPORT, "id": ""}}))
GEOCODER = {"data": {"id": "a", "type": "google_geocoders", "attributes": {"name": "a"}, "meta": {}}}
OTHERS: dict[str, dict[str, Any]] = {
    "without-links": mapping("geocoders/a", method="GET", status=200, body=json.dumps(GEOCODER)),
    "without-a-document": mapping("price_lists/a", method="DELETE", status=200, body=""),
    "a-file": mapping("orders/a/pdf", method="GET", status=200, body="%PDF-1.7"),
    "crash": mapping(status=500, body="<html>"),
    "error-of-text": mapping(status=422, body='{"errors": ["x"]}'),
}


@pytest.mark.parametrize("one", OTHERS.values(), ids=OTHERS.keys())
def test_other_resource_is_not_judged(one: dict[str, Any], tmp_path: Path) -> None:
    (exchange,) = exchanges(tmp_path, one)
    assert judge(exchange) == Judgement()


def test_creation_without_a_time_is_not_judged_by_it(tmp_path: Path) -> None:
    export = {**RESOURCE, "type": "exports", "attributes": {"created_at": "2001-01-01T00:00:00Z", "updated_at": None}}
    untimed = mapping("exports", body=json.dumps({"data": export}))
    del (headers := dict(HEADERS))["Date"]
    untimed["response"]["headers"] = headers
    (exchange,) = exchanges(tmp_path, untimed)
    assert "created-now" not in violated(exchange)
    assert "answer-updated-at" in violated(exchange)


def test_traffic_is_judged_without_a_suite(tmp_path: Path) -> None:
    secret = {"headers": {"Authorization": {"equalTo": "Bearer secret-of-the-shop"}}}
    (tmp_path / "x.json").write_text(json.dumps({"mappings": [mapping(asked=secret), NAMELESS, OTHERS["crash"]]}))
    result = replayed(tmp_path / "x.json", tmp_path / "run", "--record", str(tmp_path / "copy.har"))
    assert broken(result) == {"answer-id": "promise"}
    assert result["endpoint"] == {**result["endpoint"], "kind": "recorded", "mode": "test"}
    assert (result["recording"]["kind"], result["counts"]["exchanges"], result["errors"]) == ("imported", 3, [])
    kept = [tmp_path / "copy.har", *(file for file in (tmp_path / "run").rglob("*") if file.is_file())]
    assert not [file for file in kept if b"secret-of-the-shop" in file.read_bytes()]
    assert read_recording(tmp_path / "copy.har").provenance.kind == "imported"
