"""The reference filters, sorts and pages its lists as documented."""

from collections.abc import Iterator

import httpx
import pytest

from exports_conformance.reference import Clock, Organisation, Reference
from exports_conformance.reference.organisation import FIRST
from tests.reference_client import BASE_URL, client_of, creation


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """Yield a client of thirty exports, a second apart, with the references r0 to r29; every third is csv."""
    reference = Reference(clock=Clock(at=FIRST), organisation=Organisation())
    with client_of(reference) as client:
        for number in range(30):
            reference.clock.advance(1)
            resource, form = ("orders", "csv") if number % 3 == 0 else ("skus", "json")
            tagged = creation(resource_type=resource, format=form, reference=f"r{number}", metadata={"n": number})
            assert client.post("/api/exports", json=tagged).status_code == 201
        yield client


def tags(client: httpx.Client, query: str) -> list[str]:
    response = client.get(f"/api/exports?{query}")
    assert response.status_code == 200, response.text
    return [one["attributes"]["reference"] for one in response.json()["data"]]


def test_first_page_has_ten(client: httpx.Client) -> None:
    document = client.get("/api/exports").json()
    assert len(document["data"]) == 10
    assert document["meta"] == {"record_count": 30, "page_count": 3}
    assert set(document["links"]) == {"first", "next", "last"}


def test_links_lead_through_all_pages(client: httpx.Client) -> None:
    address, seen = f"{BASE_URL}/api/exports?page[size]=7&sort=created_at&filter[q][format_in]=csv,json", []
    document = client.get(address).json()
    while True:
        seen += [one["attributes"]["reference"] for one in document["data"]]
        if "next" not in document["links"]:
            break
        document = client.get(document["links"]["next"]).json()
    assert seen == [f"r{number}" for number in range(30)]
    assert set(document["links"]) == {"first", "prev", "last"}
    assert client.get(document["links"]["prev"]).json()["data"][0]["attributes"]["reference"] == "r21"


def test_page_beyond_the_last_is_empty(client: httpx.Client) -> None:
    assert client.get("/api/exports?page[number]=9").json()["data"] == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("filter[q][reference_eq]=r7", ["r7"]),
        ("filter%5Bq%5D%5Breference_eq%5D=r7", ["r7"]),
        ("filter[q][reference_in]=r7,r8", ["r7", "r8"]),
        ("filter[q][reference_start]=r2&filter[q][resource_type_eq]=orders", ["r21", "r24", "r27"]),
        ("filter[q][reference_or_reference_origin_eq]=r5", ["r5"]),
        ('filter[q][metadata_jcont]={"n":4}', ["r4"]),
        ("filter[q][status_eq]=pending", ["r29"]),
        ("filter[q][completed_at_null]=true", ["r29"]),
        ("filter[q][created_at_gteq]=2024-01-01T12:00:30Z", ["r29"]),
        ("filter[created_at_from]=2024-01-01T12:00:29Z&filter[created_at_to]=2024-01-01T12:00:29Z", ["r28"]),
        ("filter[reference]=r1,r2", ["r1", "r2"]),
        ("filter[q][reference_eq]=nobody", []),
    ],
)
def test_filters_select(client: httpx.Client, query: str, found: list[str]) -> None:
    assert tags(client, query) == found


def test_ids_select(client: httpx.Client) -> None:
    first, second, *_ = (one["id"] for one in client.get("/api/exports").json()["data"])
    assert tags(client, f"filter[ids]={first},{second}") == ["r0", "r1"]
    assert tags(client, f"filter[q][id_eq]={second}") == ["r1"]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("sort=created_at", "r0"),
        ("sort=-created_at", "r29"),
        ("sort=-completed_at", "r29"),
        ("sort=completed_at", "r0"),
        ("sort=resource_type,-reference", "r9"),
        ("sort=-resource_type,reference", "r1"),
    ],
)
def test_sorts_order_with_null_last(client: httpx.Client, query: str, first: str) -> None:
    assert tags(client, query)[0] == first


def test_empty_text_sorts_before_text_and_null(client: httpx.Client) -> None:
    for origin in ("", "a", None):
        tagged = creation(resource_type="skus", reference="sorted", reference_origin=origin)
        assert client.post("/api/exports", json=tagged).status_code == 201
    response = client.get("/api/exports?sort=reference_origin&filter[q][reference_eq]=sorted")
    assert [one["attributes"]["reference_origin"] for one in response.json()["data"]] == ["", "a", None]


def test_sparse_fieldset_applies_to_each(client: httpx.Client) -> None:
    document = client.get("/api/exports?fields[exports]=status,reference&page[size]=2").json()
    for one in document["data"]:
        assert set(one) == {"id", "type", "links", "attributes", "meta"}
        assert list(one["attributes"]) == ["status", "reference"]


def test_included_events_belong_to_the_page(client: httpx.Client) -> None:
    document = client.get("/api/exports?page[size]=2&include=events").json()
    assert len(document["included"]) == 6


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("page[size]=26", "INVALID_PAGE_VALUE"),
        ("page[size]=0", "INVALID_PAGE_VALUE"),
        ("page[number]=-1", "INVALID_PAGE_VALUE"),
        ("page[number]=x", "INVALID_PAGE_VALUE"),
        ("page[limit]=5", "PARAM_NOT_ALLOWED"),
        ("sort=metadata", "INVALID_SORT_CRITERIA"),
        ("sort=nonsense", "INVALID_SORT_CRITERIA"),
        ("filter[nonsense]=1", "FILTER_NOT_ALLOWED"),
        ("filter[q][nonsense_eq]=1", "FILTER_NOT_ALLOWED"),
        ("filter[q][created_at_gt]=soon", "FILTER_NOT_ALLOWED"),
        ("filter[q]=1", "FILTER_NOT_ALLOWED"),
    ],
)
def test_invalid_list_parameters_are_refused(client: httpx.Client, query: str, code: str) -> None:
    response = client.get(f"/api/exports?{query}")
    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, code)


def test_empty_list_has_no_pages() -> None:
    with client_of(Reference()) as client:
        document = client.get("/api/exports").json()
    assert (document["data"], document["meta"]) == ([], {"record_count": 0, "page_count": 0})
    assert set(document["links"]) == {"first", "last"}
