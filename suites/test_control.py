"""Control: an export is interrupted, started, changed and deleted."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.contract.edition import has
from exports_conformance.contract.requirements import is_before
from exports_conformance.exchange.exports import RUNNING, as_updated, edition_shown, may_be_stale
from exports_conformance.exchange.model import Action, Exchange, Expectation, Operation
from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.requests import MISTYPED_UPDATE, ODD_UPDATES, UPDATE_OF_OTHER_TYPE, OddUpdate
from exports_conformance.suites import Judge
from exports_conformance.suites.expectations import changed_body, following, without_credentials

UPDATES: Mapping[str, Mapping[str, Json]] = {
    "updated": {
        "reference_origin": "changed Größe 🧦",
        "metadata": {"changed": [1, {"deep": "Größe"}], "gone": None},
    },
    "updated-again": {"reference_origin": None},
}
"""Updates by their cases: the second clears an attribute, and leaves out the `metadata` that a retrieval then shows."""


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


@pytest.fixture(scope="session")
def lost() -> list[str]:
    """Why nothing is known of the export any more: an update had no response, or it was deleted without a token."""
    return []


@pytest.fixture(scope="session")
def updates(stopped: Exchange) -> list[Exchange]:
    """What was sent to the interrupted export since it was retrieved, that retrieval first."""
    return [stopped]


@pytest.mark.verifies("update-status-200", "update-takes", "update-keeps-others", "update-moves-time")
@pytest.mark.parametrize("name", UPDATES)
def test_update_is_shown(
    endpoint: Endpoint, judge: Judge, large: Exchange, updates: list[Exchange], lost: list[str], name: str
) -> None:
    """An update shows what it changed, null included, and leaves everything else as it was."""
    _need(lost)
    expectation = Expectation(f"life/{name}", "update", expected=as_updated(large, updates))
    lost.append("an update had no response")
    updates.append(endpoint.update(large.data["id"], UPDATES[name], expectation=expectation))
    lost.clear()
    judge(updates[-1])


@pytest.mark.parametrize(
    "odd",
    [
        *(pytest.param(odd, id=odd.name, marks=pytest.mark.verifies(odd.breaks)) for odd in ODD_UPDATES),
        pytest.param(
            UPDATE_OF_OTHER_TYPE,
            id=UPDATE_OF_OTHER_TYPE.name,
            marks=[pytest.mark.verifies(UPDATE_OF_OTHER_TYPE.breaks), pytest.mark.examples(quick=0, thorough=1)],
        ),
    ],
)
def test_odd_update_is_refused(
    endpoint: Endpoint, judge: Judge, large: Exchange, updates: list[Exchange], lost: list[str], odd: OddUpdate
) -> None:
    """An update with another id than its URL or as plain JSON is refused, and none changes a read-only attribute."""
    _need(lost)
    updates.append(_sent(endpoint, large, odd, expected=as_updated(large, updates)))
    judge(updates[-1])


def _need(lost: list[str]) -> None:
    if lost:
        pytest.skip(lost[0])


def _sent(endpoint: Endpoint, export: Exchange, odd: OddUpdate, *, expected: Json) -> Exchange:
    export_id = export.data["id"]
    data = {"type": "exports", "id": export_id, "attributes": dict(odd.attributes), **odd.members}
    expectation = replace(odd.expectation, expected=expected)
    body = {"data": data}
    return endpoint.send("PATCH", f"/exports/{export_id}", headers=odd.headers, body=body, expectation=expectation)


@pytest.mark.verifies("auth-token-required")
@pytest.mark.parametrize("operation", ["update", "delete"])
def test_change_without_a_token_is_refused(
    endpoint: Endpoint,
    judge: Judge,
    large: Exchange,
    updates: list[Exchange],
    lost: list[str],
    operation: Operation,
) -> None:
    """An update or deletion without a token is refused with 401; that it had no effect, the next retrieval shows."""
    changes = operation == "update"
    response = endpoint.send(
        "PATCH" if changes else "DELETE",
        f"/exports/{large.data['id']}",
        body=changed_body(large.data["id"]) if changes else None,
        headers={"Authorization": None},
        authorised=False,
        expectation=without_credentials(operation, "without-token", "auth-token-required"),
    )
    if changes:
        updates.append(response)
    elif response.succeeded:
        lost.append("the export was deleted without a token")
    judge(response)


@pytest.mark.verifies("retrieve-as-created", "status-moves-on")
def test_update_lasts(
    endpoint: Endpoint, judge: Judge, large: Exchange, updates: list[Exchange], lost: list[str]
) -> None:
    """A retrieval after the updates shows their values, and an interrupted export with everything else as it was."""
    _need(lost)
    expected = as_updated(large, updates)
    updated_at = expected["attributes"].get("updated_at")
    retrieved = endpoint.retrieve(
        large.data["id"],
        expectation=Expectation("life/update-kept", "retrieve", expected=expected),
        until=lambda shown: not may_be_stale(shown) and not is_before(shown.attributes.get("updated_at"), updated_at),
    )
    if retrieved.status == HTTPStatus.NOT_FOUND:
        lost.append("the export was deleted by a request that was refused")
    judge(retrieved)


@pytest.mark.examples(quick=0, thorough=1)
@pytest.mark.verifies(MISTYPED_UPDATE.breaks)
def test_update_with_a_wrong_type_is_refused_or_right(
    endpoint: Endpoint, judge: Judge, large: Exchange, updates: list[Exchange]
) -> None:
    """An update with a number as a text is refused, or everything else is as it was; nothing looks at it later."""
    judge(_sent(endpoint, large, MISTYPED_UPDATE, expected=as_updated(large, updates)))


@pytest.mark.verifies("delete-status-204", "delete-removes", "delete-again-404")
def test_deleted_export_is_gone(
    endpoint: Endpoint,
    judge: Judge,
    large: Exchange,
    stopped: Exchange,
    deleted: dict[str, str],
    lost: list[str],
    gone: list[str],
) -> None:
    """An export that does not run is deleted with 204, and answers 404 from then on, to a second deletion too."""
    if stopped.attributes.get("status") in RUNNING:
        pytest.skip("the export could not be interrupted; the documentation does not say how to delete a running one")
    _need(lost)
    export_id = large.data["id"]
    deletion = endpoint.delete(export_id, expectation=Expectation("life/deleted", "delete"))
    judge(deletion)
    if not deletion.succeeded:
        return
    retrieved = endpoint.retrieve(
        export_id,
        expectation=_not_found("life/gone", "retrieve", breaks="delete-removes"),
        until=lambda exchange: exchange.status == HTTPStatus.NOT_FOUND,
    )
    judge(retrieved)
    if retrieved.status == HTTPStatus.NOT_FOUND:
        gone.append(export_id)
        if large.expectation.tag:
            deleted[large.expectation.tag] = export_id
        again = _not_found("life/deleted-again", "delete", breaks="delete-again-404")
        judge(endpoint.delete(export_id, expectation=again))


@pytest.fixture(scope="session")
def gone() -> list[str]:
    """The ids of exports that were deleted and are no longer shown."""
    return []


@pytest.mark.examples(quick=0, thorough=1)
@pytest.mark.verifies("delete-again-404")
def test_deleted_export_is_not_updated(endpoint: Endpoint, judge: Judge, gone: list[str]) -> None:
    """An update of an export that was deleted is answered with 404."""
    if not gone:
        pytest.skip("no export was deleted")
    expectation = _not_found("life/updated-when-deleted", "update", breaks="delete-again-404")
    judge(endpoint.update(gone[0], {"reference_origin": "never"}, expectation=expectation))


def _not_found(case: str, operation: Operation, *, breaks: str) -> Expectation:
    """Return the expectation that an export no longer exists."""
    return Expectation(
        case,
        operation,
        outcome="refusal",
        breaks=breaks,
        flaw=case.partition("/")[2],
        answers=frozenset({HTTPStatus.NOT_FOUND}),
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
