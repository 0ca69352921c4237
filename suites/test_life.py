"""Life: a created export is found as it was created, changes as it is told, and is gone when it was deleted."""

from urllib.parse import quote

import pytest

from exports_conformance.contract.exchange import Exchange
from exports_conformance.endpoints.endpoint import Endpoint
from exports_conformance.strategies.bodies import Body
from exports_conformance.strategies.intents import creation
from exports_conformance.strategies.questions import (
    NOBODYS_ID,
    absence,
    deletion,
    listing,
    other_id,
    retrieval,
    update,
)
from exports_conformance.suites import Judge

ENDED = ("completed", "interrupted", "failed")


@pytest.fixture(scope="session")
def export(complete: Exchange) -> Exchange:
    """The creation of an export that lives as long as the run."""
    if not isinstance(complete.data.get("id"), str):
        pytest.skip("no export was created whose life could be followed")
    return complete


def _is_shown(exchange: Exchange) -> bool:
    return exchange.status == 200  # noqa: PLR2004  OK


@pytest.mark.examples(smoke=1)
@pytest.mark.verifies("retrieve-status-200", "retrieve-as-created")
def test_created_export_is_retrieved(endpoint: Endpoint, judge: Judge, export: Exchange) -> None:
    """An export is shown as it was created."""
    judge(endpoint.retrieve(export.data["id"], intent=retrieval(export), until=_is_shown))


@pytest.mark.verifies("retrieve-sparse")
def test_named_attributes_are_shown(endpoint: Endpoint, judge: Judge, export: Exchange) -> None:
    """A sparse fieldset shows the attributes it names, and no other."""
    judge(
        endpoint.retrieve(
            export.data["id"],
            intent=retrieval(export, "sparse"),
            query="fields[exports]=format,status",
            until=_is_shown,
        )
    )


@pytest.mark.verifies("retrieve-unknown-404")
def test_unknown_export_is_not_found(endpoint: Endpoint, judge: Judge) -> None:
    """An id that no export has is not found."""
    judge(endpoint.retrieve(NOBODYS_ID, intent=absence("retrieve-unknown-404", "unknown")))


@pytest.mark.examples(smoke=1)
@pytest.mark.verifies("list-status-200", "list-data", "list-counts", "list-links", "list-shows-created")
def test_created_export_is_listed_once(endpoint: Endpoint, judge: Judge, export: Exchange) -> None:
    """The list of what has the export's reference shows it, once."""
    reference = quote(export.sent_attributes["reference"], safe="")
    judge(
        endpoint.list(
            f"filter[q][reference_eq]={reference}",
            intent=listing("listed", finds=1, shown={"id": export.data["id"]}),
            until=lambda exchange: export.data["id"].encode() in (exchange.answer.body if exchange.answer else b""),
        )
    )


@pytest.mark.verifies("list-page-size")
def test_page_has_the_size_that_was_asked(endpoint: Endpoint, judge: Judge, export: Exchange) -> None:
    """A page of one has one export, however many there are."""
    assert export.data["id"]
    judge(endpoint.list("page[size]=1", intent=listing("page-of-one")))


@pytest.mark.verifies("update-status-200", "update-takes")
def test_update_is_shown(endpoint: Endpoint, judge: Judge, export: Exchange) -> None:
    """What an export may change, it shows when it was changed."""
    changed = {"reference_origin": "changed Größe 🧦", "metadata": {"changed": [1, None, {"deep": "Größe"}]}}
    judge(endpoint.update(export.data["id"], changed, intent=update()))


@pytest.mark.verifies("update-other-id")
def test_update_of_another_export_is_refused(endpoint: Endpoint, judge: Judge, export: Exchange) -> None:
    """A document with another id than its address is the caller's mistake."""
    body = {"data": {"type": "exports", "id": NOBODYS_ID, "attributes": {"reference_origin": "never"}}}
    judge(endpoint.send("PATCH", f"/exports/{export.data['id']}", body=body, intent=other_id()))


@pytest.mark.verifies("delete-status-204", "delete-removes")
def test_deleted_export_is_gone(endpoint: Endpoint, judge: Judge, accepted: Body) -> None:
    """An export that does not run is deleted with 204, and not found from then on."""
    created = endpoint.create(accepted, intent=creation("mortal", accepted))
    judge(created)
    identity = created.data.get("id")
    if not isinstance(identity, str):
        pytest.skip("no export was created that could be deleted")
    if created.attributes.get("status") not in ENDED:
        endpoint.stop(identity)
    judge(endpoint.delete(identity, intent=deletion()))
    judge(
        endpoint.retrieve(
            identity,
            intent=absence("delete-removes", "gone"),
            until=lambda exchange: exchange.status == 404,  # noqa: PLR2004  Not Found
        )
    )
