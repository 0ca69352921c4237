"""The events of an export follow its life; they are filtered, sorted and paged like every list."""

from collections.abc import Iterator

import httpx
import pytest

from exports_conformance.reference import Clock, Reference
from exports_conformance.reference.organisation import FIRST
from exports_conformance.reference.policy import Pace
from tests.reference_client import client_of, creation, update


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """Yield a client of a reference on which each request takes a second."""
    reference = Reference(clock=Clock(at=FIRST))
    with client_of(reference) as client:
        client.event_hooks["response"] = [lambda _: reference.clock.advance(1)]
        yield client


@pytest.fixture
def path(client: httpx.Client) -> str:
    """Return the path of a completed export."""
    return f"/api/exports/{client.post('/api/exports', json=creation(resource_type='skus')).json()['data']['id']}"


def test_events_follow_the_life_of_the_export(client: httpx.Client, path: str) -> None:
    events = client.get(f"{path}/events").json()
    assert [one["attributes"]["name"] for one in events["data"]] == [
        "exports.create",
        "exports.start",
        "exports.complete",
    ]
    assert events["meta"] == {"record_count": 3, "page_count": 1}
    linked = client.get(f"{path}/relationships/events").json()["data"]
    assert linked == [{"type": "events", "id": one["id"]} for one in events["data"]]
    address = events["data"][0]["links"]["self"]
    assert client.get(address).json()["data"]["id"] == events["data"][0]["id"]


def test_events_survive_a_restart() -> None:
    reference = Reference(clock=Clock(at=FIRST), pace=Pace(pending=1, running=2), edition="7.10")
    with client_of(reference) as client:
        export_id = client.post("/api/exports", json=creation(resource_type="skus")).json()["data"]["id"]
        path, seen = f"/api/exports/{export_id}", []
        for attributes in ({"_interrupt": True}, {"_start": True}, {"_interrupt": True}, {"_start": True}, {}):
            reference.clock.advance(1)
            assert client.patch(path, json=update(export_id, **attributes)).status_code == 200
            seen.append([one["id"] for one in client.get(f"{path}/events").json()["data"]])
        reference.clock.advance(3)
        events = client.get(f"{path}/events").json()["data"]
    names = ["create", "start", "interrupt", "start", "interrupt", "start", "complete"]
    assert [one["attributes"]["name"] for one in events] == [f"exports.{name}" for name in names]
    assert len({one["id"] for one in events}) == len(names)
    assert all(each == [one["id"] for one in events][: len(each)] for each in seen)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("sort=-created_at&page[size]=1", ["complete"]),
        ("sort=name", ["complete", "create", "start"]),
        ("filter[q][name_in]=exports.start,exports.create&sort=-created_at", ["start", "create"]),
        ("filter[q][created_at_gteq]=2024-01-01T12:00:00.001Z", ["start", "complete"]),
        ("filter[name]=exports.interrupt", []),
    ],
)
def test_events_are_filtered_and_sorted(client: httpx.Client, path: str, query: str, names: list[str]) -> None:
    document = client.get(f"{path}/events?{query}").json()
    assert [one["attributes"]["name"] for one in document["data"]] == [f"exports.{name}" for name in names]
    sparse = client.get(f"{path}/events?{query}&fields[events]=reference").json()
    assert [one["id"] for one in sparse["data"]] == [one["id"] for one in document["data"]]
    assert [one["attributes"] for one in sparse["data"]] == [{"reference": None} for _ in sparse["data"]]


@pytest.mark.parametrize(
    "query", ["sort=metadata", "sort=nonsense", "filter[q][status_eq]=completed", "filter[status]=a"]
)
def test_unknown_event_parameters_are_refused(client: httpx.Client, path: str, query: str) -> None:
    assert client.get(f"{path}/events?{query}").status_code == 400


@pytest.mark.parametrize("name", ["versions", "event_stores"])
def test_other_relationships_are_empty_collections(client: httpx.Client, path: str, name: str) -> None:
    for linked in (name, f"relationships/{name}"):
        response = client.get(f"{path}/{linked}")
        assert (response.status_code, response.json()["data"]) == (200, [])
