"""Control: an export is stopped, started, changed and deleted as it is told."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.exchange.edition import edition_shown
from exports_conformance.exchange.model import Exchange, Told
from exports_conformance.exchange.states import RUNNING, may_be_stale
from exports_conformance.strategies.questions import NOBODYS_ID, absence, deletion, following, other_id, told, update
from exports_conformance.suites import Judge


@pytest.fixture(scope="session")
def stopped(endpoint: Endpoint, large: Exchange) -> Exchange:
    """The export that was told to stop at once, as it is then."""
    response = endpoint.interrupt(large.data["id"], expectation=told("interrupt"))
    return _retrieved(endpoint, large, response, "interrupted", told="interrupt")


@pytest.mark.verifies("interrupt-stops", "interrupted-when-interrupted")
def test_running_export_is_interrupted(judge: Judge, stopped: Exchange) -> None:
    """An export that runs is stopped by `_interrupt`."""
    judge(stopped)


@pytest.mark.verifies("start-restarts")
def test_interrupted_export_starts_again(endpoint: Endpoint, judge: Judge, large: Exchange, stopped: Exchange) -> None:
    """An export that was stopped runs again after `_start`, where the edition has that."""
    judge(stopped)
    if edition_shown(stopped)[0] == "page" or stopped.attributes.get("status") != "interrupted":
        return
    response = endpoint.start(large.data["id"], expectation=told("start"))
    judge(_retrieved(endpoint, large, response, "started", told="start"))
    endpoint.stop(large.data["id"])


@pytest.mark.verifies("update-status-200", "update-takes")
def test_update_is_shown(endpoint: Endpoint, judge: Judge, large: Exchange) -> None:
    """What an export may change, it shows when it was changed."""
    changed = {"reference_origin": "changed Größe 🧦", "metadata": {"changed": [1, None, {"deep": "Größe"}]}}
    judge(endpoint.update(large.data["id"], changed, expectation=update()))


@pytest.mark.verifies("update-other-id")
def test_update_of_another_export_is_refused(endpoint: Endpoint, judge: Judge, large: Exchange) -> None:
    """A document with another id than its address is the caller's mistake."""
    body = {"data": {"type": "exports", "id": NOBODYS_ID, "attributes": {"reference_origin": "never"}}}
    judge(endpoint.send("PATCH", f"/exports/{large.data['id']}", body=body, expectation=other_id()))


@pytest.mark.verifies("delete-status-204", "delete-removes")
def test_deleted_export_is_gone(endpoint: Endpoint, judge: Judge, large: Exchange, stopped: Exchange) -> None:
    """An export that does not run is deleted with 204, and not found from then on."""
    if stopped.attributes.get("status") in RUNNING:
        pytest.skip("the export could not be stopped, and what the deletion of a running one answers is not documented")
    judge(endpoint.delete(large.data["id"], expectation=deletion()))
    judge(
        endpoint.retrieve(
            large.data["id"],
            expectation=absence("delete-removes", "gone"),
            until=lambda exchange: exchange.status == 404,  # noqa: PLR2004  Not Found
        )
    )


def _retrieved(endpoint: Endpoint, large: Exchange, response: Exchange, case: str, *, told: Told) -> Exchange:
    meant = following(large, case, told=told)(response)
    return endpoint.retrieve(large.data["id"], expectation=meant, until=lambda exchange: not may_be_stale(exchange))
