"""The reference creates every documented export and responds as the page shows."""

import json
from collections.abc import Iterator

import httpx
import pytest

from exports_conformance.contract.resources import certain_types
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference import Clock, Organisation, Reference
from exports_conformance.reference.organisation import FIRST, WITHOUT_RECORDS
from tests.reference_client import BASE_URL, client_of, creation

ON_THE_PAGE = {
    "resource_type": "skus",
    "format": "json",
    "includes": ["prices.price_tiers"],
    "fields": ["code", "name", "prices.*", "prices.price_tiers.price_amount_cents"],
    "filters": {"code_eq": "AAA"},
    "dry_data": False,
    "reference": "ANY-EXTERNAL-REFEFERNCE",
    "reference_origin": "ANY-EXTERNAL-REFEFERNCE-ORIGIN",
    "metadata": {"foo": "bar"},
}


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    reference = Reference(clock=Clock(at=FIRST), organisation=Organisation(max_running=1000))
    with client_of(reference) as client:
        yield client


def create(client: httpx.Client, **attributes: Json) -> dict[str, Json]:
    response = client.post("/api/exports", json=creation(**attributes))
    assert response.status_code == 201, response.text
    created: dict[str, Json] = response.json()["data"]
    return created


def test_minimal_body_has_the_documented_defaults(client: httpx.Client) -> None:
    assert create(client, resource_type="skus")["attributes"] == {
        "resource_type": "skus",
        "format": "json",
        "status": "pending",
        "includes": [],
        "fields": [],
        "filters": {},
        "dry_data": False,
        "started_at": None,
        "completed_at": None,
        "interrupted_at": None,
        "records_count": 12,
        "attachment_url": None,
        "errors_log": None,
        "created_at": "2024-01-01T12:00:00.000Z",
        "updated_at": "2024-01-01T12:00:00.000Z",
        "reference": None,
        "reference_origin": None,
        "metadata": {},
    }


def test_attributes_of_the_page_come_back(client: httpx.Client) -> None:
    shown = create(client, **ON_THE_PAGE)["attributes"]
    assert {name: shown[name] for name in ON_THE_PAGE} == ON_THE_PAGE
    assert shown["records_count"] == 1


def test_resource_object_is_shaped_as_on_the_page(client: httpx.Client) -> None:
    response = client.post("/api/exports", json=creation(resource_type="skus"))
    assert list(response.json()) == ["data"]
    data = response.json()["data"]
    assert list(data) == ["id", "type", "links", "attributes", "relationships", "meta"]
    address = f"{BASE_URL}/api/exports/{data['id']}"
    assert data["type"] == "exports"
    assert data["id"].isalpha()
    assert len(data["id"]) == 10
    assert data["links"] == {"self": address}
    assert data["relationships"] == {
        name: {"links": {"self": f"{address}/relationships/{name}", "related": f"{address}/{name}"}}
        for name in ("events", "versions", "event_stores")
    }
    assert data["meta"]["mode"] == "test"
    assert len(data["meta"]["trace_id"]) == 64


def test_headers_are_those_of_the_api(client: httpx.Client) -> None:
    headers = client.post("/api/exports", json=creation(resource_type="skus")).headers
    assert headers["content-type"] == "application/vnd.api+json"
    assert headers["date"] == "Mon, 01 Jan 2024 12:00:00 GMT"
    assert (headers["x-ratelimit-limit"], headers["x-ratelimit-interval"]) == ("100", "60")
    assert headers["x-ratelimit-remaining"] == "99"


def test_null_is_accepted_for_every_optional_attribute(client: httpx.Client) -> None:
    optional = {name: None for name in ON_THE_PAGE if name != "resource_type"}
    with_null = create(client, resource_type="skus", **optional)["attributes"]
    assert with_null == create(client, resource_type="skus")["attributes"]


@pytest.mark.parametrize("text", ["", " ", "Größe 🧦", "a\x00b", "half \ud800 pair", "'; --", "x" * 100_000], ids=ascii)
def test_any_text_comes_back(client: httpx.Client, text: str) -> None:
    body = json.dumps(creation(resource_type="skus", reference=text, metadata={text: [text]}))
    response = client.post("/api/exports", content=body)
    assert response.status_code == 201
    shown = json.loads(response.content.decode("utf-8"))["data"]["attributes"]
    assert (shown["reference"], shown["metadata"]) == (text, {text: [text]})


def test_any_json_comes_back_in_metadata(client: httpx.Client) -> None:
    nested: Json = []
    for _ in range(200):
        nested = [nested]
    metadata = {"a": None, "b": True, "c": 1, "d": 1.5, "e": 10**40, "f": {"__proto__": {}}, "g": nested}
    assert create(client, resource_type="skus", metadata=metadata)["attributes"]["metadata"] == metadata


@pytest.mark.parametrize("resource", [name for name in certain_types() if name not in WITHOUT_RECORDS])
def test_certain_types_have_records(client: httpx.Client, resource: str) -> None:
    everything = create(client, resource_type=resource, filters={"id_not_null": True}, format="csv")
    assert 3 <= everything["attributes"]["records_count"] <= 12


def test_created_export_is_retrieved_as_created(client: httpx.Client) -> None:
    created = create(client, **ON_THE_PAGE)
    found = client.get(f"/api/exports/{created['id']}").json()["data"]
    assert found.pop("meta")["trace_id"] != created.pop("meta")["trace_id"]
    assert found == created


def test_fields_and_include_shape_the_response_to_a_creation(client: httpx.Client) -> None:
    query = {"fields[exports]": "status,events", "include": "events"}
    document = client.post("/api/exports", params=query, json=creation(resource_type="skus")).json()
    assert document["data"]["attributes"] == {"status": "pending"}
    assert list(document["data"]["relationships"]) == ["events"]
    assert [event["attributes"]["name"] for event in document["included"]] == ["exports.create"]
    assert document["data"]["relationships"]["events"]["data"] == [
        {"type": "events", "id": document["included"][0]["id"]}
    ]


def test_later_edition_has_its_attributes() -> None:
    with client_of(Reference(edition="7.10")) as client:
        data = create(client, resource_type="skus", jwt_filters=True)
    assert data["attributes"]["jwt_filters"] is True
    assert data["attributes"]["progress"] == 0.0
    assert data["attributes"]["processed_count"] == 0
    assert data["attributes"]["estimated_completion_at"] > data["attributes"]["created_at"]
    assert list(data["relationships"]) == ["events", "event_stores"]
