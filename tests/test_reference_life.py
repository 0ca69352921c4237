"""An export of the reference follows the documented life within the documented limits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference import Clock, Organisation, Reference
from exports_conformance.reference.organisation import FIRST, timestamp
from exports_conformance.reference.policy import Pace, Policy
from tests.reference_client import client_of, creation, update

PACE = Pace(pending=0.02, running=0.05)


@dataclass
class Scene:
    """A reference with a stopped clock, and one export in it."""

    reference: Reference
    client: httpx.Client
    id: str = ""

    def create(self) -> httpx.Response:
        """Create an export and remember it."""
        response = self.client.post("/api/exports", json=creation(resource_type="skus"))
        self.id = response.json()["data"]["id"] if response.is_success else self.id
        return response

    def patch(self, **attributes: Json) -> httpx.Response:
        """Update the export."""
        return self.client.patch(f"/api/exports/{self.id}", json=update(self.id, **attributes))

    def attributes(self) -> dict[str, Json]:
        """Return the export's attributes as they are now."""
        shown_now: dict[str, Json] = self.client.get(f"/api/exports/{self.id}").json()["data"]["attributes"]
        return shown_now

    def status(self) -> str:
        """Return the export's status as it is now."""
        return str(self.attributes()["status"])

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.reference.clock.advance(seconds)


@pytest.fixture
def scene() -> Iterator[Scene]:
    reference = Reference(clock=Clock(at=FIRST), pace=PACE)
    with client_of(reference) as client:
        scene = Scene(reference, client)
        scene.create()
        yield scene


def at(seconds: float) -> str | None:
    return timestamp(FIRST + timedelta(seconds=seconds))


def test_export_is_pending_then_in_progress_then_completed(scene: Scene) -> None:
    assert scene.status() == "pending"
    scene.wait(0.02)
    running = scene.attributes()
    assert (running["status"], running["started_at"], running["completed_at"]) == ("in_progress", at(0.02), None)
    assert running["attachment_url"] is None
    scene.wait(0.05)
    done = scene.attributes()
    assert (done["status"], done["started_at"], done["completed_at"]) == ("completed", at(0.02), at(0.07))
    assert (done["created_at"], done["updated_at"], done["interrupted_at"]) == (at(0), at(0.07), None)
    assert done["attachment_url"].startswith("http://")


def test_real_time_completes_an_export() -> None:
    with client_of(Reference()) as client:
        created = client.post("/api/exports", json=creation(resource_type="skus")).json()["data"]
        seen = set()
        while "completed" not in seen:
            seen.add(client.get(f"/api/exports/{created['id']}").json()["data"]["attributes"]["status"])
    assert seen <= {"pending", "in_progress", "completed"}


def test_later_edition_shows_progress() -> None:
    reference = Reference(clock=Clock(at=FIRST), pace=PACE, edition="7.10")
    with client_of(reference) as client:
        scene = Scene(reference, client)
        scene.create()
        scene.wait(0.045)
        half = scene.attributes()
        scene.wait(1)
        done = scene.attributes()
    assert (half["progress"], half["processed_count"], half["estimated_completion_at"]) == (50.0, 6, at(0.07))
    assert (done["progress"], done["processed_count"]) == (100.0, done["records_count"])


def test_interruption_stops_an_export_at_once(scene: Scene) -> None:
    scene.wait(0.03)
    interrupted = scene.patch(_interrupt=True)
    assert interrupted.status_code == 200
    shown_now = interrupted.json()["data"]["attributes"]
    assert (shown_now["status"], shown_now["interrupted_at"], shown_now["started_at"]) == (
        "interrupted",
        at(0.03),
        at(0.02),
    )
    scene.wait(60)
    assert scene.attributes() == shown_now


def test_interruption_of_a_pending_export_means_it_never_started(scene: Scene) -> None:
    scene.patch(_interrupt=True)
    scene.wait(60)
    assert (scene.status(), scene.attributes()["started_at"]) == ("interrupted", None)


def test_interrupted_export_starts_again_and_completes(scene: Scene) -> None:
    scene.patch(_interrupt=True)
    scene.wait(1)
    started = scene.patch(_start=True).json()["data"]["attributes"]
    assert (started["status"], started["interrupted_at"]) == ("pending", None)
    scene.wait(0.07)
    assert (scene.status(), scene.attributes()["started_at"]) == ("completed", at(1.02))


def test_triggers_that_are_false_or_null_do_nothing(scene: Scene) -> None:
    before = scene.attributes()
    assert scene.patch(_interrupt=False, _start=None).status_code == 200
    assert scene.attributes() == before


@pytest.mark.parametrize(("waited", "trigger"), [(0, "_start"), (0.03, "_start"), (1, "_interrupt"), (1, "_start")])
def test_illegal_transitions_are_refused(scene: Scene, waited: float, trigger: str) -> None:
    scene.wait(waited)
    before = scene.attributes()["status"]
    response = scene.patch(**{trigger: True})
    error = response.json()["errors"][0]
    assert (response.status_code, error["code"], error["source"]["pointer"]) == (
        422,
        "VALIDATION_ERROR",
        "/data/attributes/status",
    )
    assert scene.status() == before


def test_reference_origin_and_metadata_can_be_changed(scene: Scene) -> None:
    scene.wait(5)
    tags = {"reference": "a", "reference_origin": "b", "metadata": {"c": 1}}
    assert scene.patch(**tags).status_code == 200
    found = scene.attributes()
    assert {name: found[name] for name in tags} == tags
    assert found["updated_at"] == at(5)
    assert scene.patch(reference=None).json()["data"]["attributes"]["reference"] is None


@pytest.mark.parametrize(
    ("document", "status", "code"),
    [
        (update("nonsense", reference="a"), 400, "KEY_NOT_INCLUDED_IN_URL"),
        (creation(reference="a"), 400, "KEY_ORDER_MISMATCH"),
        (update("{id}", resource_type="orders"), 400, "PARAM_NOT_ALLOWED"),
        (update("{id}", status="completed"), 400, "PARAM_NOT_ALLOWED"),
        (update("{id}", reference=1), 422, "VALIDATION_ERROR"),
        (update("{id}", _interrupt="yes"), 422, "VALIDATION_ERROR"),
    ],
)
def test_invalid_updates_are_refused(scene: Scene, document: Json, status: int, code: str) -> None:
    before = scene.attributes()
    if document["data"].get("id") == "{id}":
        document = {"data": {**document["data"], "id": scene.id}}
    response = scene.client.patch(f"/api/exports/{scene.id}", json=document)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (status, code)
    assert scene.attributes() == before


def test_deleted_export_is_gone(scene: Scene) -> None:
    scene.wait(1)
    response = scene.client.delete(f"/api/exports/{scene.id}")
    assert (response.status_code, response.content) == (204, b"")
    assert "content-type" not in response.headers
    for method in ("GET", "DELETE"):
        assert scene.client.request(method, f"/api/exports/{scene.id}").status_code == 404
    assert scene.patch(reference="a").status_code == 404
    assert scene.client.get("/api/exports").json()["data"] == []


def test_running_export_is_locked_until_it_is_interrupted(scene: Scene) -> None:
    locked = scene.client.delete(f"/api/exports/{scene.id}")
    assert (locked.status_code, locked.json()["errors"][0]["code"]) == (423, "LOCKED")
    scene.patch(_interrupt=True)
    assert scene.client.delete(f"/api/exports/{scene.id}").status_code == 204


def test_ten_exports_run_at_a_time(scene: Scene) -> None:
    assert [scene.create().status_code for _ in range(9)] == [201] * 9
    refused = scene.create()
    error = refused.json()["errors"][0]
    assert (refused.status_code, error["meta"]["count"]) == (422, 10)
    scene.patch(_interrupt=True)
    interrupted = scene.id
    assert scene.create().status_code == 201
    scene.id = interrupted
    assert scene.patch(_start=True).status_code == 422
    scene.wait(0.07)
    assert scene.create().status_code == 201


def test_invalid_body_is_refused_before_the_limit() -> None:
    reference = Reference(organisation=Organisation(max_running=0))
    with client_of(reference) as client:
        faulty = client.post("/api/exports", json=creation(resource_type="nonsense"))
    assert faulty.json()["errors"][0]["source"]["pointer"] == "/data/attributes/resource_type"


def test_time_scale_applies_to_every_part_of_the_pace() -> None:
    policy = Policy(pace=Pace(pending=1, running=2, large=30))
    assert policy.scaled(10).pace == Pace(pending=0.1, running=0.2, large=3)
    assert policy.scaled(1).pace == policy.pace
