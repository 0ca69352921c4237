"""Attacks on ownership: servers that name exports of others as ours, or hide ours; the fixture counts at the server."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from exports_conformance.client.cleanup import UNTRACEABLE
from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.guards import ExportLimitError, RequestBlockedError, check_request
from exports_conformance.client.limits import Retries
from exports_conformance.client.opening import open_live
from exports_conformance.client.ownership import MemoryLedger, Ownership
from exports_conformance.exchange.model import Exchange, Expectation, Response
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from tests.attacks.organisation import FOREIGN, FOREIGN_DONE, HOST, Open, SharedOrganisation, answering, bent

CREATION = Expectation("creation/1", "create")
JSON_API = (("content-type", "application/vnd.api+json"),)


def _body(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "exports", "attributes": {"resource_type": "skus", **attributes}}}


TAGGED, PLAIN = _body(reference=PLACEHOLDER), _body()


@contextmanager
def _endpoint(organisation: SharedOrganisation, observed: list[Exchange] | None = None) -> Iterator[Endpoint]:
    """Open the organisation as a run does, without its waits."""
    retries = Retries(sleep=lambda _: None)
    observe = (observed if observed is not None else []).append
    with (
        mock.patch.dict(os.environ, organisation.env),
        open_live(retries=retries, observe=observe, prefix="attack") as endpoint,
    ):
        yield endpoint


def _editing(change: Callable[[dict[str, Any], ServerRequest], object]) -> Callable[..., ServerResponse]:
    """Return a bend of successes that changes their document."""

    def bend(asked: ServerRequest, response: ServerResponse) -> ServerResponse:
        if response.status not in {200, 201}:
            return response
        return response.edited(lambda document: change(document, asked))

    return bend


def _names(export_id: str) -> Callable[..., ServerResponse]:
    return _editing(lambda document, _: document["data"].update(id=export_id))


def test_a_creation_that_names_a_foreign_export_makes_it_not_ours(shared: Open) -> None:
    """The export that was really created is found by its tag."""
    organisation = shared(bent("create", _names(FOREIGN)))
    with _endpoint(organisation) as endpoint:
        assert endpoint.create(TAGGED, expectation=CREATION).data["id"] == FOREIGN
        assert len(organisation.left) == 1
        with pytest.raises(ExportLimitError, match="does not show what its creation sent"):
            endpoint.interrupt(FOREIGN, expectation=Expectation("c", "update"))
        cleaned = endpoint.clean()
    assert organisation.left == []
    assert cleaned.deleted == 1
    assert FOREIGN in cleaned.left


@pytest.mark.parametrize("status", [200, 201])
def test_creation_answered_with_an_existing_export_does_not_make_it_ours(shared: Open, status: int) -> None:
    def existing(_: ServerRequest) -> ServerResponse:
        export = {"id": FOREIGN, "type": "exports", "attributes": {"status": "in_progress", "reference": "month-end"}}
        return ServerResponse(status, JSON_API, {"data": export})

    organisation = shared(answering("create", existing))
    with _endpoint(organisation) as endpoint:
        for body in (TAGGED, PLAIN):
            endpoint.create(body, expectation=CREATION)
        assert endpoint.clean().deleted == 0


def test_an_existing_export_with_our_attributes_is_not_ours(shared: Open) -> None:
    """The response to the creation shows the tag; the export itself never does."""

    def disguised(asked: ServerRequest) -> ServerResponse:
        attributes = {**json.loads(asked.body)["data"]["attributes"], "status": "pending"}
        return ServerResponse(201, JSON_API, {"data": {"id": FOREIGN, "type": "exports", "attributes": attributes}})

    organisation = shared(answering("create", disguised))
    with _endpoint(organisation) as endpoint:
        endpoint.create(TAGGED, expectation=CREATION)
        endpoint.stop(FOREIGN)
        cleaned = endpoint.clean()
    assert cleaned.deleted == 0
    assert cleaned.left == (FOREIGN,)


def test_an_export_that_a_list_showed_before_is_not_ours(shared: Open) -> None:
    organisation = shared(bent("create", _names(FOREIGN_DONE)))
    with _endpoint(organisation) as endpoint:
        endpoint.list("page[size]=25", expectation=Expectation("c", "list"))
        endpoint.create(TAGGED, expectation=CREATION)
        cleaned = endpoint.clean()
    assert organisation.left == []
    assert cleaned.left == ()


def test_a_list_that_writes_the_searched_tag_into_foreign_exports_makes_none_ours(shared: Open) -> None:
    """Its creations are lost; what the list shows for each of them is looked at by itself."""

    def flatter(document: dict[str, Any], asked: ServerRequest) -> None:
        sought = re.search(r"exports-conformance-[0-9a-f]{8}(?:-[0-9]{5})?", str(asked.query))
        for each in document["data"]:
            each["attributes"]["reference"] = sought[0] if sought else "x"

    def lost(asked: ServerRequest, respond: Respond) -> ServerResponse:
        return ServerResponse(504) if asked.method == "POST" else respond(asked)

    def unfiltered(asked: ServerRequest, respond: Respond) -> ServerResponse:
        return (
            respond(ServerRequest("GET", asked.path, headers=asked.headers))
            if asked.method == "GET"
            else respond(asked)
        )

    organisation = shared(bent("list", _editing(flatter)), lost, unfiltered)
    with _endpoint(organisation) as endpoint:
        endpoint.create(TAGGED, expectation=CREATION)
        assert endpoint.clean().deleted == 0


def test_an_export_without_a_tag_is_ours_if_it_was_created_during_the_request(shared: Open) -> None:
    organisation = shared()
    with _endpoint(organisation) as endpoint:
        endpoint.create(_body(format="csv"), expectation=CREATION)
        assert len(organisation.left) == 1
        assert endpoint.clean().deleted == 1
    assert organisation.left == []


@pytest.mark.parametrize(
    "change",
    [
        {"created_at": "2026-01-01T00:00:00.000Z"},
        {"created_at": None},
        {"format": "json"},
        {"resource_type": "orders"},
    ],
    ids=["older", "timeless", "another format", "another type"],
)
def test_an_export_without_a_tag_that_is_not_what_was_sent_is_left_and_named(
    shared: Open, change: dict[str, Any]
) -> None:
    organisation = shared(bent("any", _editing(lambda document, _: _change(document, change))))
    with _endpoint(organisation) as endpoint:
        export_id = endpoint.create(_body(format="csv"), expectation=CREATION).data["id"]
        cleaned = endpoint.clean()
    assert (cleaned.deleted, cleaned.left) == (0, (export_id,))
    assert organisation.left == [export_id]


def _change(document: dict[str, Any], change: dict[str, Any]) -> None:
    data = document["data"]
    for each in data if isinstance(data, list) else [data]:
        each["attributes"].update(change)


def test_two_creations_that_name_one_id_are_both_removed(shared: Open) -> None:
    """The second is found by its tag; the first is looked at before it is deleted."""
    named: list[str] = []

    def repeated(document: dict[str, Any], _: ServerRequest) -> None:
        named.append(document["data"]["id"])
        document["data"]["id"] = named[0]

    organisation = shared(bent("create", _editing(repeated)))
    with _endpoint(organisation) as endpoint:
        exchanges = [endpoint.create(TAGGED, expectation=CREATION) for _ in range(2)]
        assert [each.lookups.known_id for each in exchanges] == [False, True]
        cleaned = endpoint.clean()
    assert organisation.left == []
    assert (cleaned.deleted, cleaned.left) == (2, ())


ODD_IDS = (
    *(
        "..",
        ".",
        "a/../FOREIGNone",
        "../exports/FOREIGNone",
        "FOREIGNone/",
        "FOREIGNone%2F",
        "%252e%252e",
        "..\\FOREIGNone",
    ),
    *(
        "FOREIGNone?x=1",
        "FOREIGNone#",
        "FOREIGNone;",
        "FOREIGNone.json",
        " FOREIGNone",
        "FOREIGNone,FOREIGNtwo",
        "%",
        "*",
    ),
    *("a\0b", "\ud800", "x\r\nX-Http-Method-Override: DELETE", "x" * 100_000),
)


def test_an_id_that_leads_elsewhere_neither_ends_the_clean_up_nor_hides_what_was_created(shared: Open) -> None:
    """What was really created is found by its tag; a creation without one is named."""
    answered = iter([each for each in ODD_IDS for _ in range(2)])
    organisation = shared(bent("create", _editing(lambda document, _: document["data"].update(id=next(answered)))))
    for odd in ODD_IDS:
        with _endpoint(organisation) as endpoint:
            for body in (TAGGED, PLAIN):
                endpoint.create(body, expectation=CREATION)
            endpoint.stop(odd)
            with suppress(ExportLimitError):
                endpoint.retrieve(odd, expectation=Expectation("c", "retrieve"))
            cleaned = endpoint.clean()
        assert (cleaned.deleted, cleaned.left) == (1, (f"{UNTRACEABLE} creation/1",)), odd
    assert len(organisation.left) == len(ODD_IDS)
    assert {len(asked.path.split("/")) for asked in organisation.sent("delete")} == {4}


def test_a_foreign_export_cannot_be_changed_by_its_id(shared: Open) -> None:
    organisation = shared()
    with _endpoint(organisation) as endpoint:
        for send in (endpoint.interrupt, endpoint.start, endpoint.delete):
            with pytest.raises(Exception, match="not known to be an export of this run"):
                send(FOREIGN, expectation=Expectation("c", "update"))
    assert not organisation.sent("update")
    assert not organisation.sent("delete")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_nothing_more_is_created_once_a_removal_was_blocked(shared: Open, method: str) -> None:
    """Requests that must be refused are still sent."""
    blocked = ServerResponse(403, (("content-type", "text/html"),), raw=b"<html>blocked</html>")
    organisation = shared(answering("update" if method == "PATCH" else "delete", blocked))
    with _endpoint(organisation) as endpoint:
        export_id = endpoint.create(TAGGED, expectation=CREATION).data["id"]
        send = endpoint.interrupt if method == "PATCH" else endpoint.delete
        send(export_id, expectation=Expectation("c", "update" if method == "PATCH" else "delete"))
        with pytest.raises(ExportLimitError, match=f"{method} of an export was blocked .403."):
            endpoint.create(TAGGED, expectation=CREATION)
        endpoint.create(_body(format="x"), expectation=Expectation("c", "create", outcome="refusal"))
    assert len(organisation.left) == 1


def test_a_run_that_is_shown_live_mode_stops_and_removes_what_it_made(shared: Open, tmp_path: Path) -> None:
    """A run that is shown live mode sends one creation and its clean-up, whatever its token claims."""
    organisation = shared(bent("create", _editing(lambda document, _: document["data"]["meta"].update(mode="live"))))
    assert organisation.run(tmp_path, "--hypothesis-profile", "smoke") == 7
    assert organisation.left == []
    assert len(organisation.sent("create")) == 1
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert result["verdict"] == "inconclusive"
    assert "live mode" in str(result["reasons"])


FORGED = (
    *(("DELETE", f"/exports/{FOREIGN}"), ("PATCH", f"/exports/{FOREIGN}"), ("DELETE", f"/exports/{FOREIGN}%2f")),
    *(("DELETE", "/exports"), ("POST", "/customers"), ("POST", "/exports/../customers"), ("GET", "/../oauth/token")),
    *(("PURGE", f"/exports/{FOREIGN}"), ("delete", f"/exports/{FOREIGN}"), ("MOVE", f"/exports/{FOREIGN}")),
    *(("GET", "http://evil.example.com/x"), ("GET", "https://shared.commercelayer.io.evil.example/api/exports")),
    *(("GET", "@evil.example/"), ("", ""), ("GET\r\nX: y", "/exports"), ("DELETE", f"/exports/x/../{FOREIGN}")),
)


def test_a_result_of_others_makes_reproduce_change_nothing_and_reach_nobody_else(
    shared: Open, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """None of its steps is sent."""
    organisation = shared(bent("create", _editing(lambda document, _: _change(document, {"resource_type": "x"}))))
    organisation.run(tmp_path, "--hypothesis-profile", "smoke")
    file = tmp_path / "result.json"
    result = json.loads(file.read_text(encoding="utf-8"))
    fault, *_ = result["faults"]
    step, *_ = fault["steps"]
    fault["steps"] = [
        {**step, "request": {**step["request"], "method": method, "path": path}} for method, path in FORGED
    ]
    file.write_text(json.dumps(result), encoding="utf-8")
    organisation.requests.clear()
    capfd.readouterr()
    assert organisation.command("reproduce", fault["name"], "--result", str(file)) == 2
    (line,) = "".join(capfd.readouterr()).splitlines()
    assert ": not checked: " in line
    assert {(asked.method, asked.path) for asked in organisation.requests} == {("GET", "/api/exports")}
    assert organisation.left == []


@pytest.mark.parametrize(
    "name", ["X-HTTP-Method-Override", "X_HTTP_METHOD_OVERRIDE", "x-http_method", "X-Original-URL", "X_Rewrite_Url"]
)
def test_header_that_makes_another_request_of_it_is_refused(name: str) -> None:
    with pytest.raises(RequestBlockedError, match=r"would change the (method|path); remove it"):
        check_request("POST", "/exports", "", ((name, "x"),), owns=lambda _: True, host=HOST)


@pytest.mark.parametrize("offset", ["+" + "9" * 20, "-0000", "+9999", "x"])
def test_date_of_a_server_may_be_anything(offset: str) -> None:
    ownership = Ownership(MemoryLedger())
    ownership.sending("", b'{"data": {"attributes": {}}}')
    response = Response(201, (("Date", f"Mon, 01 Jan 0100 00:00:00 {offset}"),), b"")
    assert not ownership.created("A", "", response)
    assert not ownership.owns("A")


def test_a_smoke_run_beside_foreign_exports_leaves_nothing(shared: Open, tmp_path: Path) -> None:
    organisation = shared()
    organisation.run(tmp_path, "--hypothesis-profile", "smoke")
    assert organisation.left == []
    assert len(organisation.sent("any")) <= 13
