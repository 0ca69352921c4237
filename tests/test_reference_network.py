"""Each variant of the environment does what its summary says, when it says so, and nothing else."""

import time

import httpx
import pytest

from exports_conformance.reference import VARIANTS
from exports_conformance.reference.app import Reference
from exports_conformance.reference.organisation import FIRST, Clock
from exports_conformance.reference.variants import forms
from tests.reference_client import client_of, creation

RESOURCE = {"resource_type": "skus"}


def _in(*variants: str) -> tuple[Reference, httpx.Client]:
    app = Reference(clock=Clock(at=FIRST), variants=variants)
    return app, client_of(app)


def _statuses(client: httpx.Client, number: int) -> list[int]:
    """Return the statuses of `number` lists."""
    return [client.get("/api/exports").status_code for _ in range(number)]


def test_latency(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    _, client = _in("latency")
    assert _statuses(client, 20) == [200] * 20
    assert all(0.05 <= each <= 0.15 for each in waited)
    fast = client_of(Reference(variants=["latency"], time_scale=20))
    fast.get("/api/exports")
    assert len(waited) == 21
    assert waited[-1] <= 0.15 / 20


def test_firewall_page() -> None:
    _, client = _in("firewall-page")
    assert _statuses(client, 29) == [200] * 29
    page = client.get("/api/exports")
    assert (page.status_code, page.headers["content-type"]) == (403, "text/html")
    assert _statuses(client, 40) == [200] * 40


def test_unavailable_now_and_then() -> None:
    app, client = _in("unavailable-now-and-then")
    assert _statuses(client, 18) == [200] * 18
    refused = client.post("/api/exports", json=creation(**RESOURCE))
    assert (refused.status_code, refused.headers["content-type"]) == (503, "text/html")
    assert not app.organisation.exports  # it never reached the API
    assert _statuses(client, 19) == [200] * 18 + [503]


def test_one_500() -> None:
    app, client = _in("one-500")
    answers = []
    for _ in range(24):
        answers.append(client.post("/api/exports", json=creation(**RESOURCE)))
        app.clock.advance(1)
    assert [response.status_code for response in answers] == [201] * 11 + [500] + [201] * 12
    assert len(app.organisation.exports) == 23
    assert answers[11].json()["errors"][0]["status"] == "500"
    assert "x-ratelimit-limit" in answers[11].headers
    assert _statuses(client, 12) == [200] * 12


def test_lost_response() -> None:
    app, client = _in("lost-answer")

    def create(**attributes: str) -> int:
        app.clock.advance(1)
        return client.post("/api/exports", json=creation(**RESOURCE, **attributes)).status_code

    assert [create(reference=f"mark-{number}") for number in range(6)] == [201] * 6
    assert [create() for _ in range(3)] == [201] * 3  # without a reference it would never be found again
    with pytest.raises(ConnectionResetError):
        create(reference="lost")
    assert [each.arguments.reference for each in app.organisation.exports.values()].count("lost") == 1
    assert [create(reference=f"later-{number}") for number in range(8)] == [201] * 8


def test_foreign_exports_come_and_go() -> None:
    app, client = _in("strangers-come-and-go")
    there: list[set[str]] = []
    for _ in range(60):
        assert client.get("/api/exports").status_code == 200
        app.clock.advance(0.3)
        there.append(set(app.organisation.exports))
    assert all((each.arguments.reference or "").startswith("nightly-") for each in app.organisation.exports.values())
    assert max(map(len, there)) == forms.OTHERS_AT_MOST
    assert set.union(*there) - there[-1]  # of those that came, some went
    mine = client.post("/api/exports", json=creation(**RESOURCE)).json()["data"]["id"]
    _statuses(client, 60)
    assert mine in app.organisation.exports


def test_foreign_exports_leave_room_for_ours() -> None:
    app, client = _in("strangers-come-and-go")
    _statuses(client, 60)  # while no time passes, nothing that runs ends
    assert app.organisation.running(app.clock.now()) <= app.organisation.max_running - 2


def test_realistic_environment_consists_of_variants() -> None:
    assert set(forms.REALISTIC) <= set(VARIANTS)
