"""Control: an export is interrupted, started, changed and deleted."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.contract.editions import has
from exports_conformance.exchange.exports import RUNNING, edition_shown, may_be_stale
from exports_conformance.exchange.model import Action, Exchange, Expectation
from exports_conformance.suites import Judge
from exports_conformance.suites.expectations import following


@pytest.fixture(scope="session")
def stopped(endpoint: Endpoint, large: Exchange) -> Exchange:
    """The export as it is after it was interrupted at once."""
    response = endpoint.interrupt(large.data["id"], expectation=_action("interrupt"))
    return _obeyed(endpoint, large, response, "interrupted", action="interrupt")


@pytest.mark.verifies("interrupt-stops", "interrupted-when-interrupted")
def test_running_export_is_interrupted(judge: Judge, stopped: Exchange) -> None:
    """A running export is stopped by `_interrupt`."""
    judge(stopped)


@pytest.mark.verifies("start-restarts")
def test_interrupted_export_starts_again(endpoint: Endpoint, judge: Judge, large: Exchange, stopped: Exchange) -> None:
    """An interrupted export runs again after `_start`, in editions that have it."""
    judge(stopped)
    can_start = has(edition_shown(stopped)[0], "/data/attributes/_start", of="request")
    if not can_start or stopped.attributes.get("status") != "interrupted":
        return
    response = endpoint.start(large.data["id"], expectation=_action("start"))
    judge(_obeyed(endpoint, large, response, "started", action="start"))
    endpoint.stop(large.data["id"])


@pytest.mark.verifies("update-status-200", "update-takes")
def test_update_is_shown(endpoint: Endpoint, judge: Judge, large: Exchange) -> None:
    """An update of `reference_origin` and `metadata` is shown in its response."""
    changed = {"reference_origin": "changed Größe 🧦", "metadata": {"changed": [1, {"deep": "Größe"}], "gone": None}}
    judge(endpoint.update(large.data["id"], changed, expectation=Expectation("life/updated", "update")))


@pytest.mark.verifies("update-other-id")
def test_update_of_another_export_is_refused(endpoint: Endpoint, judge: Judge, large: Exchange) -> None:
    """An update whose document has another id than its URL is refused with 400."""
    judge(
        endpoint.send(
            "PATCH",
            f"/exports/{large.data['id']}",
            body={"data": {"type": "exports", "id": "NoSuchExprt", "attributes": {"reference_origin": "never"}}},
            expectation=Expectation(
                "life/other-id",
                "update",
                outcome="refusal",
                breaks="update-other-id",
                flaw="other-id",
                answers=frozenset({400}),
            ),
        )
    )


@pytest.mark.verifies("delete-status-204", "delete-removes")
def test_deleted_export_is_gone(endpoint: Endpoint, judge: Judge, large: Exchange, stopped: Exchange) -> None:
    """An export that does not run is deleted with 204, and answers 404 from then on."""
    if stopped.attributes.get("status") in RUNNING:
        pytest.skip("the export could not be interrupted; the documentation does not say how to delete a running one")
    deleted = endpoint.delete(large.data["id"], expectation=Expectation("life/deleted", "delete"))
    judge(deleted)
    if not deleted.succeeded:
        return
    judge(
        endpoint.retrieve(
            large.data["id"],
            expectation=Expectation(
                "life/gone",
                "retrieve",
                outcome="refusal",
                breaks="delete-removes",
                flaw="gone",
                answers=frozenset({404}),
            ),
            until=lambda exchange: exchange.status == 404,  # noqa: PLR2004  Not Found
        )
    )


def _action(name: Action) -> Expectation:
    """Return the expectation of an action that another client, or the export's own end, may forestall."""
    return Expectation(f"life/told-to-{name}", "update", outcome="either", certain=False)


def _obeyed(endpoint: Endpoint, large: Exchange, response: Exchange, case: str, *, action: Action) -> Exchange:
    """Retrieve the export until it is no longer behind the action that was just sent."""
    expectation = following(large, case, action=action)(response)
    return endpoint.retrieve(
        large.data["id"], expectation=expectation, until=lambda exchange: not may_be_stale(exchange)
    )
