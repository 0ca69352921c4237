"""Variants of the reference that differ in time: how long exports take, what lags, and what a limit lets through."""

from datetime import UTC, datetime

import pytest

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference import Reference
from tests.reference_client import client_of, creation
from tests.test_reference_variants import StoppedClock


def test_completed_at_once() -> None:
    attributes = StoppedClock("completed-at-once").created(resource_type="skus")["attributes"]
    assert attributes["status"] == "completed"
    assert attributes["attachment_url"]


def test_never_completes_soon() -> None:
    standing = StoppedClock("never-completes-soon")
    assert standing.later(599, standing.created(resource_type="skus"))["status"] == "pending"


def test_slow() -> None:
    standing = StoppedClock("slow")
    assert standing.later(2.4, standing.created(resource_type="skus"))["status"] == "in_progress"


@pytest.mark.parametrize(
    "faulty",
    [
        {"resource_type": "nonsense"},
        {"resource_type": "skus", "includes": ["nonsense"]},
        {"resource_type": "skus", "fields": ["nonsense"]},
        {"resource_type": "skus", "filters": {"nonsense_eq": 1}},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("variants", "end"), [((), "interrupted"), (("edition-7-10",), "failed")], ids=["page", "later"]
)
def test_late_validation(faulty: dict[str, Json], variants: tuple[str, ...], end: str) -> None:
    standing = StoppedClock("late-validation", *variants)
    data = standing.created(**faulty)
    assert (data["attributes"]["status"], data["attributes"]["errors_log"]) == ("pending", None)
    ended = standing.later(1, data)
    assert ended["status"] == end
    assert "ArgumentError" in ended["errors_log"]
    assert ended["attachment_url"] is None


def test_counts_later() -> None:
    standing = StoppedClock("counts-later")
    data = standing.created(resource_type="skus")
    assert data["attributes"]["records_count"] is None
    assert standing.later(1, data)["records_count"] == 12


def test_busy() -> None:
    standing = StoppedClock("busy")
    assert [standing.create(resource_type="skus").status_code for _ in range(8)] == [201] * 7 + [422]
    foreign_exports = standing.client.get("/api/exports?filter[q][status_eq]=in_progress").json()["data"]
    assert len(foreign_exports) == 3


def test_clock_ahead() -> None:
    response = StoppedClock("clock-ahead").create(resource_type="skus")
    assert response.headers["date"] == "Mon, 01 Jan 2024 12:10:00 GMT"
    assert response.json()["data"]["attributes"]["created_at"] == "2024-01-01T12:10:00.000Z"


def test_clock_ahead_of_the_real_time() -> None:
    with client_of(Reference(variants=["clock-ahead"])) as client:
        created = client.post("/api/exports", json=creation(resource_type="skus")).json()["data"]["attributes"]
    assert 599 < (datetime.fromisoformat(created["created_at"]) - datetime.now(UTC)).total_seconds() < 601


def test_documented_limits() -> None:
    standing = StoppedClock("documented-limits")
    answers = [standing.client.get("/api/exports") for _ in range(26)]
    assert [response.status_code for response in answers] == [200] * 25 + [429]
    assert [answers[index].headers["x-ratelimit-remaining"] for index in (0, 24)] == ["99", "75"]
    assert answers[25].json()["errors"]["code"] == "THROTTLED"
    assert standing.create(resource_type="skus").status_code == 201
    for _ in range(3):
        standing.reference.clock.advance(10)
        assert {standing.client.get("/api/exports").status_code for _ in range(25)} == {200}
    standing.reference.clock.advance(10)
    assert standing.client.get("/api/exports").status_code == 429
    standing.reference.clock.advance(20)
    assert standing.client.get("/api/exports").status_code == 200


def test_short_tokens() -> None:
    standing = StoppedClock("short-tokens")
    asked = {
        "grant_type": "client_credentials",
        "client_id": "reference",
        "client_secret": standing.reference.client_secret,
    }
    granted = standing.client.post("/oauth/token", json=asked).json()
    assert granted["expires_in"] == 3
    standing.reference.clock.advance(3)
    refused = standing.client.get("/api/exports", headers={"authorization": f"Bearer {granted['access_token']}"})
    assert refused.status_code == 401


def test_stops_late() -> None:
    standing = StoppedClock("stops-late", "slow")
    running, quick = (standing.created(resource_type="skus") for _ in range(2))
    standing.later(0.7, running)
    stopped = _stopped(standing, running)
    assert (stopped["status"], stopped["interrupted_at"]) == ("in_progress", None)
    assert _stopped(standing, running)["status"] == "in_progress"
    assert standing.later(0.9, running)["status"] == "in_progress"
    assert standing.later(0.1, running)["status"] == "interrupted"
    _stopped(standing, quick)  # which has 0.8 s to go
    assert standing.later(1, quick)["status"] == "completed"


def _stopped(standing: StoppedClock, export: dict[str, Json]) -> dict[str, Json]:
    body = {"data": {"type": "exports", "id": export["id"], "attributes": {"_interrupt": True}}}
    attributes: dict[str, Json] = standing.client.patch(f"/api/exports/{export['id']}", json=body).json()["data"][
        "attributes"
    ]
    return attributes


def test_lagging_reads() -> None:
    standing = StoppedClock("lagging-reads")
    address = f"/api/exports/{standing.created(resource_type='skus')['id']}"
    shown = [standing.client.get(address).status_code]
    standing.reference.clock.advance(1)
    shown += [standing.client.get(address).status_code, standing.client.delete(address).status_code]
    shown.append(standing.client.get(address).status_code)
    standing.reference.clock.advance(1)
    assert [*shown, standing.client.get(address).status_code] == [404, 200, 204, 200, 404]


def test_lagging_lists() -> None:
    standing = StoppedClock("lagging-lists")
    export = standing.created(resource_type="skus")["id"]

    def listed() -> int:
        return len(standing.client.get("/api/exports").json()["data"])

    shown = [listed()]
    standing.reference.clock.advance(2)
    shown += [listed(), standing.client.delete(f"/api/exports/{export}").status_code, listed()]
    standing.reference.clock.advance(2)
    assert [*shown, listed()] == [0, 1, 204, 1, 0]


def test_file_lags() -> None:
    standing = StoppedClock("file-lags")
    export = standing.created(resource_type="skus")
    done = standing.later(0.5, export)
    assert done["status"] == "completed"
    missing = standing.client.get(done["attachment_url"])
    assert (missing.status_code, b"NoSuchKey" in missing.content) == (404, True)
    standing.reference.clock.advance(1)
    assert standing.client.get(done["attachment_url"]).status_code == 200


def test_unlocks_late() -> None:
    standing = StoppedClock("unlocks-late")
    export = standing.created(resource_type="skus")
    address = f"/api/exports/{export['id']}"
    assert _stopped(standing, export)["status"] == "interrupted"
    locked = standing.client.delete(address)
    assert (locked.status_code, locked.json()["errors"][0]["code"]) == (423, "LOCKED")
    standing.reference.clock.advance(1)
    assert standing.client.delete(address).status_code == 204


@pytest.mark.parametrize("attributes", [{"resource_type": "nothings"}, {"resource_type": "gift_cards"}])
def test_late_failures_7_10(attributes: dict[str, Json]) -> None:
    standing = StoppedClock("late-failures-7-10")
    export = standing.created(**attributes)
    assert (export["attributes"]["status"], export["attributes"]["records_count"]) == ("pending", None)
    failed = standing.later(5, export)
    assert (failed["status"], failed["attachment_url"], bool(failed["errors_log"])) == ("failed", None, True)
    assert standing.later(5, standing.created(resource_type="skus"))["status"] == "completed"
