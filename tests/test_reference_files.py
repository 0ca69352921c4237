"""The file of a completed export holds the selected records, behind a URL that expires."""

import csv
import gzip
import io
import json
from collections.abc import Iterator

import httpx
import pytest

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference import Clock, Reference
from exports_conformance.reference.organisation import FIRST, records_of
from tests.reference_client import client_of, creation


@pytest.fixture
def reference() -> Reference:
    return Reference(clock=Clock(at=FIRST))


@pytest.fixture
def client(reference: Reference) -> Iterator[httpx.Client]:
    with client_of(reference) as client:
        yield client


@pytest.fixture
def plain(reference: Reference) -> Iterator[httpx.Client]:
    """Yield a client without a token, for downloads."""
    with httpx.Client(transport=httpx.WSGITransport(app=reference)) as plain:
        yield plain


def completed(client: httpx.Client, reference: Reference, **attributes: Json) -> dict[str, Json]:
    created = client.post("/api/exports", json=creation(**attributes)).json()["data"]
    reference.clock.advance(1)
    done: dict[str, Json] = client.get(f"/api/exports/{created['id']}").json()["data"]
    assert done["attributes"]["status"] == "completed"
    return done


def rows(client: httpx.Client, plain: httpx.Client, reference: Reference, **attributes: Json) -> list[dict[str, Json]]:
    export = completed(client, reference, **attributes)["attributes"]
    response = plain.get(export["attachment_url"])
    assert (response.status_code, response.headers["content-type"]) == (200, "application/gzip")
    text = gzip.decompress(response.content).decode()
    read: list[dict[str, Json]] = (
        list(csv.DictReader(io.StringIO(text))) if export["format"] == "csv" else json.loads(text)
    )
    assert len(read) == export["records_count"]
    return read


def test_every_field_and_related_id_is_exported(
    client: httpx.Client, plain: httpx.Client, reference: Reference
) -> None:
    first = rows(client, plain, reference, resource_type="skus")[0]
    sku = records_of("skus")[0]
    assert {name: first[name] for name in sku.attributes} == sku.attributes
    assert first["shipping_category_id"] == records_of("shipping_categories")[0].id
    assert "prices" not in first
    assert "jwt_custom_claim" not in first


def test_only_the_named_fields_are_exported(client: httpx.Client, plain: httpx.Client, reference: Reference) -> None:
    fields = ["code", "prices.amount_cents", "prices.price_tiers.*", "shipping_category.name"]
    for row in rows(client, plain, reference, resource_type="skus", fields=fields, includes=["tags"]):
        assert set(row) == {"code", "prices", "shipping_category"}
        assert set(row["shipping_category"]) == {"name"}
        for price in row["prices"]:
            assert set(price) == {"amount_cents", "price_tiers"}
            assert all("up_to" in tier for tier in price["price_tiers"])


def test_star_stands_for_every_field(client: httpx.Client, plain: httpx.Client, reference: Reference) -> None:
    named = rows(client, plain, reference, resource_type="skus", fields=["*"])
    assert named == rows(client, plain, reference, resource_type="skus")


def test_includes_are_nested(client: httpx.Client, plain: httpx.Client, reference: Reference) -> None:
    first = rows(client, plain, reference, resource_type="skus", includes=["prices.price_tiers", "shipping_category"])[
        0
    ]
    assert first["code"] == "AAA"
    assert first["shipping_category"]["code"] == "AAA"
    assert first["prices"][0]["amount_cents"] == 100
    assert isinstance(first["prices"][0]["price_tiers"], list)


def test_dry_data_omits_what_cannot_be_imported(
    client: httpx.Client, plain: httpx.Client, reference: Reference
) -> None:
    for row in rows(client, plain, reference, resource_type="prices", dry_data=True, includes=["sku"]):
        for one in (row, row["sku"]):
            assert not {"id", "created_at", "updated_at", "sku_id", "formatted_amount"} & set(one)
            assert not [name for name, value in one.items() if value in (None, "", [], {})]


def test_filters_narrow_the_file(client: httpx.Client, plain: httpx.Client, reference: Reference) -> None:
    narrowed = rows(client, plain, reference, resource_type="skus", filters={"code_in": "AAA,CCC"}, fields=["code"])
    assert narrowed == [{"code": "AAA"}, {"code": "CCC"}]


def test_csv_quotes_what_needs_quoting(client: httpx.Client, plain: httpx.Client, reference: Reference) -> None:
    fields = ["name", "reference", "metadata", "shipping_category.name"]
    read = rows(client, plain, reference, resource_type="skus", format="csv", fields=fields)
    assert list(read[0]) == ["metadata", "name", "reference", "shipping_category"]
    assert [row["name"] for row in read] == [sku.attributes["name"] for sku in records_of("skus")]
    assert read[2]["reference"] == ""
    assert json.loads(read[0]["metadata"]) == records_of("skus")[0].attributes["metadata"]


def test_csv_has_a_line_for_each_record(client: httpx.Client, plain: httpx.Client, reference: Reference) -> None:
    export = completed(client, reference, resource_type="skus", format="csv", includes=["prices"])["attributes"]
    text = gzip.decompress(plain.get(export["attachment_url"]).content).decode()
    assert text.endswith("\n")
    assert text.count("\n") == export["records_count"] + 1


def test_url_expires_and_is_refreshed(client: httpx.Client, plain: httpx.Client, reference: Reference) -> None:
    export = completed(client, reference, resource_type="skus")
    reference.clock.advance(299)
    assert plain.get(export["attributes"]["attachment_url"]).status_code == 200
    reference.clock.advance(1)
    assert plain.get(export["attributes"]["attachment_url"]).status_code == 403
    fresh = client.get(f"/api/exports/{export['id']}").json()["data"]["attributes"]["attachment_url"]
    assert plain.get(fresh).status_code == 200


def test_file_needs_its_signed_url(client: httpx.Client, plain: httpx.Client, reference: Reference) -> None:
    address = completed(client, reference, resource_type="skus")["attributes"]["attachment_url"]
    for wrong in (address.partition("?")[0], f"{address}0", address.replace("X-Amz-Date=2024", "X-Amz-Date=2034")):
        assert plain.get(wrong).status_code == 403
    assert plain.put(address).status_code == 405
    assert plain.head(address).status_code == 200


def test_file_is_deleted_with_its_export(client: httpx.Client, plain: httpx.Client, reference: Reference) -> None:
    export = completed(client, reference, resource_type="skus")
    client.delete(f"/api/exports/{export['id']}")
    assert plain.get(export["attributes"]["attachment_url"]).status_code == 404
