"""The reference refuses undocumented requests, says why, and creates nothing."""

import json
from collections.abc import Iterator

import httpx
import pytest

from exports_conformance.contract.error_codes import PUBLISHED_CODES
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference import Organisation, Reference
from tests.reference_client import client_of, creation

DEEP = b"[" * 300 + b"]" * 300
SKUS = creation(resource_type="skus")


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with client_of(Reference()) as client:
        yield client


def refused(client: httpx.Client, body: bytes) -> tuple[int, dict[str, Json]]:
    """Send a body that is refused, and return the status and the first error."""
    response = client.post("/api/exports", content=body)
    assert response.headers["content-type"] == "application/vnd.api+json"
    error = response.json()["errors"][0]
    assert error["status"] == str(response.status_code)
    assert error["title"]
    assert error["detail"]
    assert error["code"] in PUBLISHED_CODES
    assert client.get("/api/exports").json()["meta"]["record_count"] == 0
    return response.status_code, error


NO_DOCUMENT: dict[str, bytes] = {
    "empty": b"",
    "truncated": b"{",
    "an array": b"[]",
    "with a byte order mark": b"\xef\xbb\xbf" + json.dumps(SKUS).encode(),
    "UTF-16": json.dumps(SKUS).encode("utf-16"),
    "not a number": b'{"data":NaN}',
    "infinity in metadata": json.dumps(creation(resource_type="skus", metadata={"a": float("-inf")})).encode(),
    "too deep": json.dumps(creation(resource_type="skus", metadata={"a": "?"})).encode().replace(b'"?"', DEEP),
    "much too deep": b"[" * 1_000_000,
    "data null": b'{"data":null}',
    "data an array": b'{"data":[]}',
    "data a string": b'{"data":"exports"}',
    "attributes null": b'{"data":{"type":"exports","attributes":null}}',
    "attributes an array": b'{"data":{"type":"exports","attributes":[]}}',
    "relationships an array": b'{"data":{"type":"exports","attributes":{"resource_type":"skus"},"relationships":[]}}',
}
LACKING: dict[str, bytes] = {
    "data": b"{}",
    "type": b'{"data":{"attributes":{"resource_type":"skus"}}}',
    "attributes": b'{"data":{"type":"exports"}}',
}


@pytest.mark.parametrize("body", NO_DOCUMENT.values(), ids=NO_DOCUMENT)
def test_invalid_document_is_a_bad_request(client: httpx.Client, body: bytes) -> None:
    status, error = refused(client, body)
    assert (status, error["code"]) == (400, "INVALID_DATA_FORMAT")


@pytest.mark.parametrize(("member", "body"), LACKING.items(), ids=LACKING)
def test_missing_members_are_named(client: httpx.Client, member: str, body: bytes) -> None:
    status, error = refused(client, body)
    assert (status, error["code"]) == (400, "PARAM_MISSING")
    assert f", {member}," in error["detail"]


@pytest.mark.parametrize("other", [None, "Exports", "export", ["exports"], {}, 1], ids=ascii)
def test_other_type_is_an_invalid_resource(client: httpx.Client, other: Json) -> None:
    status, error = refused(client, json.dumps({"data": {**SKUS["data"], "type": other}}).encode())
    assert (status, error["code"]) == (400, "INVALID_RESOURCE")


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({**SKUS, "included": []}, "/included"),
        ({"data": {**SKUS["data"], "id": "XAyRWNUzyN"}}, "/data/id"),
        ({"data": {**SKUS["data"], "lid": "1"}}, "/data/lid"),
        ({"data": {**SKUS["data"], "relationships": {"events": {"data": []}}}}, "/data/relationships/events"),
        (creation(resource_type="skus", status="completed"), "/data/attributes/status"),
        (creation(resource_type="skus", _interrupt=True), "/data/attributes/_interrupt"),
        (creation(resource_type="skus", jwt_filters=True), "/data/attributes/jwt_filters"),
        (creation(resource_type="skus", Format="csv"), "/data/attributes/Format"),
    ],
)
def test_unknown_member_is_not_allowed(client: httpx.Client, document: Json, pointer: str) -> None:
    status, error = refused(client, json.dumps(document).encode())
    assert (status, error["code"], error["source"]["pointer"]) == (400, "PARAM_NOT_ALLOWED", pointer)


MISTYPED: dict[str, list[Json]] = {
    "resource_type": [1, True, ["skus"], {"skus": 1}],
    "format": [1, True, ["json"], {}],
    "includes": ["prices", {}, 1, [1], [["prices"]], [None]],
    "fields": ["code", {}, 1, [1], [["code"]], [None]],
    "filters": [[], "code_eq", 1, True],
    "dry_data": ["true", 1, 0, [], {}],
    "reference": [1, True, [], {}],
    "reference_origin": [1, True, [], {}],
    "metadata": [[], "a", 1, True],
}
MEANINGLESS: dict[str, list[Json]] = {
    "resource_type": [None, "", "  ", "sku", "Skus", " skus", "exports", "versions", "nonsense"],
    "format": ["", "JSON", "xml", "csv "],
    "includes": [[""], ["price"], ["prices.nonsense"], ["prices.sku.prices.sku"], ["event_stores"], ["jwt_customer"]],
    "fields": [
        [""], ["nonsense"], ["prices"], ["prices."], ["prices.nonsense"], ["jwt_custom_claim"], ["a.*"], ["CODE"],
    ],
    "filters": [
        {"code": "AAA"}, {"code_is": "AAA"}, {"nonsense_eq": 1}, {"": 1}, {"_eq": 1}, {"prices_nonsense_eq": 1},
        {"code_or_nonsense_eq": "AAA"}, {"code_eq": None}, {"code_eq": ["AAA"]}, {"created_at_gt": "yesterday"},
        {"code_null": "maybe"}, {"metadata_jcont": "[]"}, {"metadata_eq": "{}"}, {"code_in": []}, {"code_in": [None]},
        {"do_not_ship_eq": "\ud800"}, {"inventory_eq": {}},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("attribute", "value"),
    [(name, value) for family in (MISTYPED, MEANINGLESS) for name, values in family.items() for value in values],
    ids=ascii,
)
def test_error_points_at_the_invalid_value(client: httpx.Client, attribute: str, value: Json) -> None:
    body = json.dumps(creation(**{"resource_type": "skus", attribute: value}))
    status, error = refused(client, body.encode())
    assert (status, error["code"]) == (422, "VALIDATION_ERROR")
    assert error["source"]["pointer"] == f"/data/attributes/{attribute}"
    assert error["meta"]["error"]


def test_missing_resource_type_is_blank(client: httpx.Client) -> None:
    status, error = refused(client, json.dumps(creation(format="json")).encode())
    assert (status, error["meta"]["error"]) == (422, "blank")
    assert error["source"]["pointer"] == "/data/attributes/resource_type"


def test_every_invalid_value_has_an_error(client: httpx.Client) -> None:
    response = client.post("/api/exports", json=creation(resource_type="skus", dry_data="no", format=7, reference=[]))
    pointers = {error["source"]["pointer"].rpartition("/")[2] for error in response.json()["errors"]}
    assert pointers == {"dry_data", "format", "reference"}


@pytest.mark.parametrize(
    "attributes", [{"resource_type": "gift_cards"}, {"resource_type": "skus", "filters": {"code_eq": "-"}}]
)
def test_empty_selection_is_refused_with_the_meta_that_the_vendors_client_reads(
    client: httpx.Client, attributes: Json
) -> None:
    status, error = refused(client, json.dumps(creation(**attributes)).encode())
    assert (status, error["code"], error["meta"]) == (
        422,
        "VALIDATION_ERROR",
        {"error": "greater_than", "value": 0, "count": 0},
    )
    assert error["source"]["pointer"] == "/data/attributes/records_count"


def test_too_large_a_selection_is_refused() -> None:
    with client_of(Reference(organisation=Organisation(max_records=2))) as client:
        status, error = refused(client, json.dumps(SKUS).encode())
    assert (status, error["meta"]) == (422, {"error": "less_than_or_equal_to", "value": 12, "count": 2})


def test_too_large_a_body_is_refused(client: httpx.Client) -> None:
    status, _ = refused(client, b" " * (4 * 1024 * 1024 + 1))
    assert status == 413
    assert client.post("/api/exports", content=json.dumps(SKUS).encode() + b" " * 4_000_000).status_code == 201
