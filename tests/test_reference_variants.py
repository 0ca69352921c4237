"""Each variant of the reference conforms, and does what its summary says."""

import csv
import gzip
import json
from collections.abc import Callable
from itertools import combinations

import httpx
import pytest

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference import VARIANTS, Clock, Reference, Respond, ServerRequest, ServerResponse
from exports_conformance.reference.organisation import FIRST, count_of
from exports_conformance.reference.variants import UnknownVariantError
from tests.reference_client import BASE_URL, client_of, creation

Create = Callable[..., httpx.Response]
FULL = {"resource_type": "skus", "reference": "mark", "metadata": {"links": {"self": "mine"}, "at": "2024-01-01"}}
ADDRESSES = ("self", "related")


class StoppedClock:
    """A reference with a stopped clock, and its client."""

    def __init__(self, *variants: str) -> None:
        self.reference = Reference(clock=Clock(at=FIRST), variants=variants)
        self.client = client_of(self.reference)

    def create(self, **attributes: Json) -> httpx.Response:
        """Send a creation."""
        return self.client.post("/api/exports", json=creation(**attributes))

    def created(self, **attributes: Json) -> dict[str, Json]:
        """Create an export, and return its resource object."""
        response = self.create(**attributes)
        assert response.status_code == 201, response.text
        data: dict[str, Json] = response.json()["data"]
        return data

    def later(self, seconds: float, export: dict[str, Json]) -> dict[str, Json]:
        """Advance the clock, and return the attributes of an export."""
        self.reference.clock.advance(seconds)
        attributes: dict[str, Json] = self.client.get(f"/api/exports/{export['id']}").json()["data"]["attributes"]
        return attributes


def agree(variants: tuple[str, ...]) -> None:
    """Assert what every conforming server does, whatever its variants."""
    standing = StoppedClock(*variants)
    data = standing.created(**FULL)
    assert {name: data["attributes"][name] for name in FULL} == FULL
    assert data["links"]["self"].endswith(f"/api/exports/{data['id']}")
    assert 400 <= standing.create().status_code < 500
    listed = standing.client.get("/api/exports", params={"filter[q][reference_eq]": "mark"})
    assert [one["id"] for one in listed.json()["data"]] == [data["id"]]
    assert standing.client.get("/api/exports/nobody").status_code == 404
    done = standing.later(700, data)
    assert done["status"] == "completed"
    with httpx.Client(transport=httpx.WSGITransport(app=standing.reference)) as plain:
        assert plain.get(done["attachment_url"]).status_code == 200
    assert standing.client.delete(f"/api/exports/{data['id']}").status_code == 204


LAGGING = {"lagging-reads", "lagging-lists"}
CALM = sorted(name for name, each in VARIANTS.items() if not each.make_middleware and name not in LAGGING)
"""Variants without state or lag."""


@pytest.mark.parametrize("name", CALM)
def test_variant_keeps_the_promises(name: str) -> None:
    agree((name,))


@pytest.mark.parametrize("name", VARIANTS)
def test_variant_is_documented(name: str) -> None:
    assert VARIANTS[name].summary.endswith(".")


def test_variants_compose() -> None:
    for pair in combinations(CALM, 2):
        agree(pair)
    agree(tuple(CALM))


def test_unknown_variant_is_named() -> None:
    with pytest.raises(UnknownVariantError, match="other-idz"):
        Reference(variants=["other-idz"])


def test_edition_7_10() -> None:
    data = StoppedClock("edition-7-10").created(resource_type="skus", jwt_filters=True)
    assert data["attributes"]["jwt_filters"] is True
    assert "versions" not in data["relationships"]


def test_nulls_for_empty() -> None:
    attributes = StoppedClock("nulls-for-empty").created(resource_type="skus", filters={})["attributes"]
    assert {attributes[name] for name in ("includes", "fields", "filters", "metadata")} == {None}


@pytest.mark.parametrize(
    ("attribute", "sent", "shown"),
    [
        ("dry_data", "true", True),
        ("reference", 1.5, "1.5"),
        ("reference", True, "true"),
        ("includes", "prices,tags", ["prices", "tags"]),
    ],
)
def test_coercing(attribute: str, sent: Json, shown: Json) -> None:
    assert StoppedClock("coercing").created(resource_type="skus", **{attribute: sent})["attributes"][attribute] == shown


@pytest.mark.parametrize(
    ("attribute", "sent"), [("dry_data", "perhaps"), ("reference", []), ("includes", {}), ("metadata", "a")]
)
def test_coercing_refuses_what_it_cannot_read(attribute: str, sent: Json) -> None:
    assert StoppedClock("coercing").create(resource_type="skus", **{attribute: sent}).status_code == 422


@pytest.mark.parametrize(
    ("faulty", "code"),
    [({"resource_type": "skus", "format": 7}, "INVALID_FIELD_VALUE"), ({"format": "csv"}, "PARAM_MISSING")],
)
def test_bad_requests_only(faulty: dict[str, Json], code: str) -> None:
    response = StoppedClock("bad-requests-only").create(**faulty)
    error = response.json()["errors"][0]
    assert (response.status_code, error["status"], error["code"]) == (400, "400", code)


def test_bad_requests_only_leaves_the_limits() -> None:
    assert StoppedClock("bad-requests-only").create(resource_type="returns").status_code == 422


def test_other_ids() -> None:
    assert len(StoppedClock("other-ids").created(resource_type="skus")["id"]) == 36


def test_other_wording() -> None:
    plain, other = (
        StoppedClock(*names).create(resource_type="nonsense").json()["errors"][0] for names in ([], ["other-wording"])
    )
    assert {name for name in plain if plain[name] != other[name]} == {"title", "detail"}


def test_links_elsewhere() -> None:
    data = StoppedClock("links-elsewhere").created(**FULL)
    links = [
        data["links"]["self"],
        *(one["links"][name] for one in data["relationships"].values() for name in ADDRESSES),
    ]
    assert all(link.startswith("https://yourdomain.commercelayer.example/api/exports/") for link in links)
    assert BASE_URL not in json.dumps(links)


def test_charset() -> None:
    assert StoppedClock("charset").create(resource_type="skus").headers["content-type"].endswith("; charset=utf-8")


def test_offsets() -> None:
    attributes = StoppedClock("offsets").created(**FULL)["attributes"]
    assert attributes["created_at"] == "2024-01-01T14:00:00.000+02:00"
    assert attributes["updated_at"] == "2024-01-01T12:00:00.000+00:00"


def test_more_members() -> None:
    standing = StoppedClock("more-members")
    response = standing.create(resource_type="skus")
    data = response.json()["data"]
    assert "x-request-id" in response.headers
    assert "priority" in data["attributes"]
    assert "tags" in data["relationships"]
    sparse = standing.client.get("/api/exports?fields[exports]=status").json()["data"][0]
    assert list(sparse["attributes"]) == ["status"]


def test_key_order() -> None:
    data = StoppedClock("key-order").created(resource_type="skus")
    assert list(data) == ["meta", "relationships", "attributes", "links", "type", "id"]


def test_recorded_404() -> None:
    response = StoppedClock("recorded-404").client.get("/api/exports/nobody")
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json()["errors"]["status"] == 404


def test_encoded_file() -> None:
    standing = StoppedClock("encoded-file")
    done = standing.later(1, standing.created(resource_type="skus"))
    with httpx.Client(transport=httpx.WSGITransport(app=standing.reference)) as plain:
        assert len(plain.get(done["attachment_url"]).json()) == done["records_count"]


def test_empty_allowed() -> None:
    standing = StoppedClock("empty-allowed")
    done = standing.later(1, standing.created(resource_type="gift_cards"))
    assert (done["status"], done["records_count"]) == ("completed", 0)


def test_no_upper_limit() -> None:
    standing = StoppedClock("no-upper-limit")
    standing.reference.organisation.max_records = 1
    assert standing.create(resource_type="skus").status_code == 201


def test_only_skus() -> None:
    standing = StoppedClock("only-skus")
    assert standing.create(resource_type="orders").json()["errors"][0]["meta"]["error"] == "greater_than"
    assert standing.create(resource_type="skus").status_code == 201


def test_middlewares_wrap_the_variants() -> None:
    order = []

    def outer(request: ServerRequest, respond: Respond) -> ServerResponse:
        order.append("outer")
        return respond(request).with_header("x-outer", str(len(respond(request).document["data"])))

    def inner(request: ServerRequest, respond: Respond) -> ServerResponse:
        order.append("inner")
        return respond(request.edited(lambda document: document["data"]["attributes"].update(reference="planted")))

    with client_of(Reference(middlewares=[outer, inner], variants=["key-order"])) as client:
        response = client.post("/api/exports", json=creation(resource_type="skus"))
    assert order == ["outer", "inner", "inner"]
    assert response.headers["x-outer"] == "6"
    assert response.json()["data"]["attributes"]["reference"] == "planted"
    assert next(iter(response.json()["data"])) == "meta"


def test_editing_a_response_leaves_the_original_unchanged() -> None:
    response = ServerResponse(200, document={"data": {"a": [1]}})
    assert response.edited(lambda document: document["data"]["a"].append(2)).document == {"data": {"a": [1, 2]}}
    assert response.edited(lambda _: []).body == b"[]"
    assert response.body == b'{"data":{"a":[1]}}'


def test_csv_row_per_included() -> None:
    standing = StoppedClock("csv-row-per-included")

    def rows(**attributes: Json) -> list[dict[str, str]]:
        export = standing.created(**{"format": "csv", **attributes})
        packed = standing.client.get(standing.later(5, export)["attachment_url"]).content
        return list(csv.DictReader(gzip.decompress(packed).decode().splitlines()))

    assert len(rows(resource_type="skus")) == count_of("skus")
    nested = rows(resource_type="skus", fields=["code", "prices.id", "prices.price_list.name"])
    assert {len(row) for row in nested} == {3}
    prices = [row["prices.id"] for row in nested if row["prices.id"]]
    assert len(prices) == len(set(prices)) == count_of("prices")
    assert {row["code"] for row in nested} == {row["code"] for row in rows(resource_type="skus")}
    of_categories = rows(resource_type="shipping_categories", includes=["skus"])
    assert len(of_categories) == count_of("skus") > count_of("shipping_categories")
