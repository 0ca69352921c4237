"""The reference serves what the vendor's clients read before they export: lists of resources, and token revocation."""

import gzip
import json
from collections.abc import Iterator

import httpx
import pytest

from exports_conformance.contract.resources import certain_types, resource_type
from exports_conformance.reference import Clock, Reference
from exports_conformance.reference.organisation import FIRST, WITHOUT_RECORDS, count_of
from tests.reference_client import client_of, creation

OFFERED = {
    "bundles": "sku_list_items",
    "payment_methods": "order",
    "shipping_methods": "shipments",
    "skus": "tax_categories",
}
"""Includes that the vendor's dashboard offers and its schema lacks."""


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with client_of(Reference(clock=Clock(at=FIRST))) as client:
        yield client


@pytest.mark.parametrize("name", certain_types())
def test_records_are_listed_in_pages(client: httpx.Client, name: str) -> None:
    page = client.get(f"/api/{name}?page[size]=2&page[number]=1&sort=-created_at,id").json()
    assert page["meta"]["record_count"] == count_of(name)
    assert len(page["data"]) == min(2, count_of(name))
    for one in page["data"]:
        assert (one["type"], "id" in one["attributes"]) == (name, False)
        assert client.get(one["links"]["self"]).json()["data"]["attributes"] == one["attributes"]
    times = [one["attributes"]["created_at"] for one in page["data"]]
    assert times == sorted(times, reverse=True)


def test_records_are_filtered_by_id_and_by_related_attributes(client: httpx.Client) -> None:
    ids = [one["id"] for one in client.get("/api/skus?page[size]=25&sort=id").json()["data"]]
    assert ids == sorted(ids)
    one, two, *others = ids
    listed = [("filter[id]", f"{one},{two}"), ("filter[q][id_in]", f"{one},{two}")]
    for parameter, value in listed:
        found = client.get("/api/skus", params={parameter: value}).json()["data"]
        assert {each["id"] for each in found} == {one, two}
    after = client.get("/api/skus", params={"filter[q][id_gt]": two, "page[size]": 25}).json()["data"]
    assert {each["id"] for each in after} == set(others)
    price = client.get("/api/prices?include=sku&page[size]=1").json()["data"][0]
    sku = price["relationships"]["sku"]["data"]["id"]
    of_sku = client.get("/api/prices", params={"filter[q][sku_id_eq]": sku, "page[size]": 25}).json()
    assert price["id"] in {one["id"] for one in of_sku["data"]}
    assert of_sku["meta"]["record_count"] < count_of("prices")


def test_export_selects_what_the_list_shows(client: httpx.Client) -> None:
    filters = {"code_start": "A"}
    listed = client.get("/api/skus", params={"filter[q][code_start]": "A"}).json()["meta"]["record_count"]
    body = creation(resource_type="skus", filters=filters)
    created = client.post("/api/exports", json=body).json()["data"]
    assert created["attributes"]["records_count"] == listed > 0


def test_related_records_are_included(client: httpx.Client) -> None:
    page = client.get("/api/prices?include=sku.shipping_category&page[size]=1").json()
    (price,) = page["data"]
    linked = price["relationships"]["sku"]["data"]
    assert {one["type"] for one in page["included"]} == {"skus", "shipping_categories"}
    assert linked in [{"type": one["type"], "id": one["id"]} for one in page["included"]]
    assert "data" not in price["relationships"]["price_list"]


def test_records_have_sparse_fieldsets(client: httpx.Client) -> None:
    one = client.get("/api/skus?fields[skus]=code,prices&page[size]=1").json()["data"][0]
    assert (list(one["attributes"]), list(one["relationships"])) == (["code"], ["prices"])


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/skus/NoSuchCode", 404, "RECORD_NOT_FOUND"),
        ("/api/nothings", 404, "RECORD_NOT_FOUND"),
        ("/api/skus?include=nothing", 400, "INVALID_INCLUDE"),
        ("/api/skus?sort=nothing", 400, "INVALID_SORT_CRITERIA"),
        ("/api/skus?filter[q][nothing_eq]=1", 400, "FILTER_NOT_ALLOWED"),
        ("/api/skus?filter[nothing]=1", 400, "FILTER_NOT_ALLOWED"),
        ("/api/skus?filter=1", 400, "INVALID_FILTERS_SYNTAX"),
        ("/api/skus?fields[skus]=nothing", 400, "INVALID_FIELD"),
        ("/api/skus?fields[nothings]=code", 400, "INVALID_RESOURCE"),
        ("/api/skus?page[size]=26", 400, "INVALID_PAGE_VALUE"),
    ],
)
def test_invalid_requests_for_records_are_refused(client: httpx.Client, path: str, status: int, code: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (status, code)


@pytest.mark.parametrize("name", sorted(WITHOUT_RECORDS))
def test_type_without_records_has_an_empty_list(client: httpx.Client, name: str) -> None:
    assert client.get(f"/api/{name}").json()["data"] == []


def test_records_are_read_only(client: httpx.Client) -> None:
    response = client.post("/api/skus", json={})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(("name", "include"), OFFERED.items())
def test_include_that_only_the_dashboard_offers_is_ignored_or_fails_late(name: str, include: str) -> None:
    assert include not in resource_type(name).relationships
    for variants, end in (((), "completed"), (("late-validation",), "interrupted")):
        reference = Reference(clock=Clock(at=FIRST), variants=variants)
        with client_of(reference) as client:
            body = creation(resource_type=name, includes=[include])
            created = client.post("/api/exports", json=body).json()["data"]
            assert created["attributes"]["includes"] == [include]
            reference.clock.advance(5)
            shown = client.get(created["links"]["self"]).json()["data"]["attributes"]
            assert shown["status"] == end
            if end == "completed":
                assert client.get(shown["attachment_url"]).status_code == 200


def test_revoked_token_is_refused() -> None:
    reference = Reference(clock=Clock(at=FIRST))
    credentials = {"client_id": reference.client_id, "client_secret": reference.client_secret}
    token = reference.issue()
    with client_of(reference) as client:
        headers = {"authorization": f"Bearer {token}"}
        assert client.get("/api/exports", headers=headers).status_code == 200
        wrong = client.post("/oauth/revoke", json={**credentials, "client_secret": "wrong", "token": token})
        assert (wrong.status_code, client.get("/api/exports", headers=headers).status_code) == (401, 200)
        revoked = client.post("/oauth/revoke", json={**credentials, "token": token})
        assert (revoked.status_code, revoked.json()) == (200, {})
        assert client.get("/api/exports", headers=headers).json()["errors"][0]["code"] == "INVALID_TOKEN"
        assert client.post("/oauth/revoke", json={**credentials, "token": token}).status_code == 200
        assert client.get("/api/exports").status_code == 200
        assert client.get("/oauth/revoke").status_code == 405


PICKERS = {
    "markets": ("name", "id"),
    "price_lists": ("name", "id"),
    "promotions": ("name", "id"),
    "shipping_categories": ("name", "id"),
    "skus": ("code", "name"),
    "stock_locations": ("name", "id"),
    "tags": ("name", "id"),
}
"""The resources that the pickers of the dashboard's filters list, and the fields that they ask for."""


@pytest.mark.parametrize("variants", [(), ("rails",)], ids=["plain", "rails"])
@pytest.mark.parametrize("name", PICKERS)
def test_filter_picker_of_the_dashboard_finds_resources(name: str, variants: tuple[str, ...]) -> None:
    """It lists the first resources, and those whose name has a text; before it creates, it counts what it selects."""
    label = PICKERS[name][0]
    sparse = {f"fields[{name}]": ",".join(PICKERS[name])}
    with client_of(Reference(clock=Clock(at=FIRST), variants=variants)) as client:
        first = client.get(f"/api/{name}", params={**sparse, "page[size]": 25}).json()
        assert first["data"]
        assert {*first["data"][0]["attributes"]} == {*PICKERS[name]} - {"id"}
        text = first["data"][-1]["attributes"][label]
        asked = {**sparse, f"filter[q][{label}_cont]": text, "page[size]": 5}
        assert first["data"][-1]["id"] in {one["id"] for one in client.get(f"/api/{name}", params=asked).json()["data"]}
        by_id = client.get(f"/api/{name}", params={"filter[q][id_in]": first["data"][0]["id"]}).json()
        assert by_id["meta"]["record_count"] == 1


@pytest.mark.parametrize("variants", [(), ("rails",)], ids=["plain", "rails"])
def test_export_of_everything_is_split_by_ids(variants: tuple[str, ...]) -> None:
    """As version 3 of the vendor's CLI does: it looks up the last id of each part, and merges the files."""
    reference = Reference(clock=Clock(at=FIRST), variants=variants)
    with client_of(reference) as client:
        page: dict[str, str | int] = {"filter[q][code_not_null]": "true", "page[size]": 1}
        first = client.get(
            "/api/skus", params={**page, "page[number]": 1, "sort": "created_at,id", "include": "prices"}
        )
        total = first.json()["meta"]["record_count"]
        assert (first.status_code, total) == (200, count_of("skus"))
        merged: list[str] = []
        after = None
        for number, last in enumerate((total // 2, total), start=1):
            listed = client.get("/api/skus", params={**page, "page[number]": last, "sort": "id"}).json()["data"]
            bounds = {"id_lteq": listed[0]["id"], **({"id_gt": after} if after else {})}
            body = creation(
                resource_type="skus",
                format="json",
                dry_data=False,
                reference=f"abc123-{number}",
                reference_origin="cli-plugin-exports",
                includes=["prices"],
                filters={"code_not_null": True, **bounds},
            )
            created = client.post("/api/exports", json=body).json()["data"]
            reference.clock.advance(5)
            shown = client.get(created["links"]["self"]).json()["data"]["attributes"]
            assert shown["status"] == "completed"
            merged += [one["id"] for one in json.loads(gzip.decompress(client.get(shown["attachment_url"]).content))]
            after = listed[0]["id"]
        assert len(merged) == len(set(merged)) == total
