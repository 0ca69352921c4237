"""Clean-up: what a run created is gone at the end, nothing else is, and what is left is named."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from exports_conformance.client.cleanup import CleanUp
from exports_conformance.client.client import Client
from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.limits import Retries
from exports_conformance.client.opening import open_reference
from exports_conformance.client.ownership import MemoryLedger
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.reference.app import Reference
from exports_conformance.reference.messages import ServerRequest, ServerResponse
from exports_conformance.reference.organisation import Clock

CREATION = Expectation("creation/1", "create")
Respond = Callable[[ServerRequest], ServerResponse]
Middleware = Callable[[ServerRequest, Respond], ServerResponse]


class World:
    """A reference whose time stands still, with a foreign export, and what was observed of it."""

    def __init__(self, *middlewares: Middleware) -> None:
        self.clock = Clock(at=datetime(2026, 1, 1, tzinfo=UTC))
        self.app = Reference(clock=self.clock, middlewares=middlewares)
        self.ledger = MemoryLedger()
        self.observed: list[Exchange] = []
        with self.endpoint(MemoryLedger()) as another:
            another.create(_body(reference="somebody else's"), expectation=CREATION)
        (self.foreign_export,) = self.left
        self.observed.clear()

    @contextmanager
    def endpoint(self, ledger: MemoryLedger | None = None) -> Iterator[Endpoint]:
        """Open it, as one run after another would."""
        retries = Retries(sleep=lambda _: self.clock.advance(0.01))
        with open_reference(
            app=self.app, ledger=ledger or self.ledger, retries=retries, observe=self.observed.append
        ) as endpoint:
            yield endpoint

    @property
    def left(self) -> set[str]:
        """The ids of every export that there is."""
        return set(self.app.organisation.exports)

    @property
    def cases(self) -> list[str]:
        """The cases of what was observed, in order."""
        return [exchange.expectation.case for exchange in self.observed]


def _body(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "exports", "attributes": {"resource_type": "skus", **attributes}}}


TAGGED = _body(reference=PLACEHOLDER)


def _create(endpoint: Endpoint, body: dict[str, Any] = TAGGED) -> str:
    return str(endpoint.create(body, expectation=CREATION).data["id"])


def test_running_exports_are_interrupted_and_all_are_deleted() -> None:
    """One list shows which of them are running and that all are ours, another one that none is left."""
    world = World()
    with world.endpoint() as endpoint:
        for _ in range(3):
            _create(endpoint)
        world.observed.clear()
        assert endpoint.clean() == CleanUp(deleted=3)
    assert world.left == {world.foreign_export}
    assert world.cases == [
        "clean-up/search",
        *["clean-up/update"] * 3,
        *["clean-up/delete"] * 3,
        "clean-up/search",
    ]
    assert not world.ledger.outstanding()
    assert all(exchange.expectation.outcome == "either" for exchange in world.observed[1:])


def test_an_export_that_was_seen_to_end_is_not_listed_before_it_is_deleted() -> None:
    world = World()
    with world.endpoint() as endpoint:
        export_id = _create(endpoint)
        world.clock.advance(60)
        endpoint.retrieve(export_id, expectation=Expectation("c", "retrieve"))
        world.observed.clear()
        assert endpoint.clean() == CleanUp(deleted=1)
    assert world.cases == ["clean-up/delete", "clean-up/search"]


def test_more_than_a_page_is_listed_page_by_page() -> None:
    world = World()
    with world.endpoint() as endpoint:
        for _ in range(27):
            _create(endpoint)
            world.clock.advance(60)
        world.observed.clear()
        assert endpoint.clean() == CleanUp(deleted=27)
    assert world.cases == ["clean-up/search"] * 2 + ["clean-up/delete"] * 27 + ["clean-up/search"]


def test_with_keep_nothing_is_sent() -> None:
    world = World()
    with world.endpoint() as endpoint:
        export_id = _create(endpoint)
        world.observed.clear()
        assert endpoint.clean(keep=True) == CleanUp(left=(export_id,))
    assert not world.observed


def test_a_locked_export_is_interrupted_and_deleted_within_the_read_lag() -> None:
    """A deletion that comes while the export still stops is refused, and repeated."""
    locked = iter([True, True, True, False])

    def stops_late(request: ServerRequest, respond: Respond) -> ServerResponse:
        if request.method == "DELETE" and next(locked):
            return ServerResponse(423, document={"errors": []})
        return respond(request)

    world = World(stops_late)
    with world.endpoint() as endpoint:
        _create(endpoint)
        world.observed.clear()
        assert endpoint.clean() == CleanUp(deleted=1)
    statuses = [each.status for each in world.observed if each.request.method == "DELETE"]
    assert statuses == [423, 423, 423, 204]


def test_an_export_that_somebody_else_deleted_counts_as_deleted() -> None:
    world = World()
    with world.endpoint() as endpoint:
        export_id = _create(endpoint)
        endpoint.retrieve(export_id, expectation=Expectation("c", "retrieve"))
        world.app.organisation.drop(export_id)
        assert endpoint.clean() == CleanUp(deleted=1)


def _behind(status: int) -> Middleware:
    """Create, and answer with another status, as an edge does that lost the response."""

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        tagged = request.method == "POST" and b"exports-conformance" in request.body
        return ServerResponse(status) if tagged else response

    return middleware


@pytest.mark.parametrize(
    "attributes",
    [
        {"reference": PLACEHOLDER},
        {"reference": f"{PLACEHOLDER} Größe, 🧦"},
        {"reference_origin": f"{PLACEHOLDER}x"},
        {"metadata": {"mark": PLACEHOLDER, "other": 1}},
    ],
    ids=["reference", "reference with a text", "reference_origin", "metadata"],
)
@pytest.mark.parametrize("same_run", [True, False])
def test_a_lost_creation_is_found_by_its_tag(attributes: dict[str, Any], *, same_run: bool) -> None:
    """This run finds a lost creation by its tag, and so does a later run that knows only the tags."""
    world = World(_behind(504))
    with world.endpoint() as endpoint:
        assert endpoint.create(_body(**attributes), expectation=CREATION).status == 504
        cleaned = endpoint.clean(keep=not same_run)
    if not same_run:
        later = MemoryLedger()
        for export_id, tag in world.ledger.outstanding():
            if export_id:
                later.created(export_id, tag)
            else:
                later.intend(tag, "")
        with world.endpoint(later) as endpoint:
            cleaned = endpoint.clean()
    assert world.left == {world.foreign_export}
    assert cleaned.deleted == 6
    assert cleaned.left == ()


@pytest.mark.parametrize("status", [401, 403, 408, 422])
def test_a_refused_creation_that_created_is_found_and_removed(status: int) -> None:
    """An export of a refused creation is removed, whatever the refusal says."""
    world = World(_behind(status))
    with world.endpoint() as endpoint:
        for place in ("reference", "reference_origin"):
            body, refusal = _body(**{place: PLACEHOLDER}), Expectation("c", "create", outcome="refusal")
            assert endpoint.create(body, expectation=refusal).status == status
        assert len(world.left) >= 3
        cleaned = endpoint.clean()
    assert world.left == {world.foreign_export}
    assert cleaned.deleted >= 2
    assert cleaned.left == ()


def test_two_exports_for_one_request_are_both_removed() -> None:
    def twice(request: ServerRequest, respond: Respond) -> ServerResponse:
        if request.method == "POST" and b"exports-conformance" in request.body:
            respond(request)
        return respond(request)

    world = World(twice)
    with world.endpoint() as endpoint:
        _create(endpoint)
        assert endpoint.clean() == CleanUp(deleted=2)
    assert world.left == {world.foreign_export}


@pytest.mark.parametrize("status", [204, 404, 200])
def test_a_deletion_that_removes_nothing_is_named_as_left(status: int) -> None:
    world = World(lambda request, respond: ServerResponse(status) if request.method == "DELETE" else respond(request))
    with world.endpoint() as endpoint:
        export_id = _create(endpoint)
        cleaned = endpoint.clean()
    assert cleaned == CleanUp(deleted=0, left=(export_id,))
    assert export_id in world.left
    assert [each for each, _ in world.ledger.outstanding()] == [export_id]


def test_search_is_not_claimed_where_no_list_succeeded() -> None:
    """The deletions are counted, and the reader learns that nothing confirmed them."""

    def no_lists(request: ServerRequest, respond: Respond) -> ServerResponse:
        unavailable = request.method == "GET" and request.path.endswith("/exports")
        return ServerResponse(500) if unavailable else respond(request)

    world = World(no_lists)
    with world.endpoint() as endpoint:
        _create(endpoint)
        assert endpoint.clean() == CleanUp(deleted=1, looked=False)
    assert world.left == {world.foreign_export}


def test_creations_that_were_refused_and_created_nothing_leave_nothing() -> None:
    world = World()
    with world.endpoint() as endpoint:
        refusal = Expectation("c", "create", outcome="refusal")
        endpoint.create(_body(reference=PLACEHOLDER, format="x"), expectation=refusal)
        assert endpoint.clean() == CleanUp()
        world.observed.clear()
    with world.endpoint(MemoryLedger()) as endpoint:
        assert endpoint.clean() == CleanUp()
    assert not world.observed


@pytest.mark.parametrize(
    "response",
    [
        ServerResponse(500),
        ServerResponse(200, raw=b"<html>"),
        ServerResponse(200, document={"data": 7}),
        ServerResponse(200, document={"data": [{"id": 7}, None, {"id": "x", "attributes": []}], "meta": []}),
        ServerResponse(403),
        ServerResponse(422, document={"errors": "no"}),
        ServerResponse(423),
    ],
)
def test_what_a_misbehaving_endpoint_keeps_is_named(response: ServerResponse) -> None:
    broken: list[ServerResponse] = []
    world = World(lambda request, respond: broken[0] if broken else respond(request))
    with world.endpoint() as endpoint:
        export_id = _create(endpoint)
        endpoint.retrieve(export_id, expectation=Expectation("c", "retrieve"))
        broken.append(response)
        cleaned = endpoint.clean()
    assert cleaned.deleted + cleaned.left.count(export_id) == 1


@pytest.mark.parametrize(
    "attributes",
    [
        {"includes": "prices", "dry_data": "yes", "reference_origin": 7},
        {"metadata": {"a": [None], "b": {"c": []}}, "filters": [1]},
    ],
)
def test_an_export_of_a_body_with_any_flaw_is_removed_however_it_is_shown(attributes: dict[str, Any]) -> None:
    """A body of another tool has no tag; the server converts what it sent, and drops nulls out of arrays."""
    clock = Clock(at=datetime(2026, 1, 1, tzinfo=UTC))
    app = Reference(clock=clock, variants=["rails-unchecked"])
    foreign = Expectation("schemathesis/createExport", "create", "either", certain=False, at="/data/attributes")
    with open_reference(app=app, ledger=MemoryLedger(), retries=Retries(sleep=clock.advance)) as endpoint:
        assert endpoint.create(_body(**attributes), expectation=foreign).status == 201
        assert endpoint.clean().left == ()
    assert app.organisation.exports == {}


def test_an_export_without_a_tag_that_a_ledger_names_is_left() -> None:
    """Nothing shows that it is ours, so nothing is deleted."""
    ledger = MemoryLedger()
    ledger.created("FOREIGNid", "")
    sent: list[httpx.Request] = []

    def response(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"data": {"id": "FOREIGNid", "type": "exports", "attributes": {}}})

    client = Client("https://shop.example/api", token="t", transport=httpx.MockTransport(response))
    assert Endpoint(client, ledger=ledger).clean().left == ("FOREIGNid",)
    assert {request.method for request in sent} <= {"GET"}


class Failing:
    """Answers so many requests, then fails; its exports have their tags until they are deleted."""

    def __init__(self, answered: int, *, then: BaseException) -> None:
        self.answered = answered
        self.then = then
        self.sent: list[httpx.Request] = []
        self.exports = {each: f"exports-conformance-00000000-0000{number}" for number, each in enumerate("ABCD", 1)}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer, or fail."""
        self.sent.append(request)
        if len(self.sent) > self.answered:
            raise self.then
        if request.method == "DELETE":
            del self.exports[request.url.path.rpartition("/")[2]]
            return httpx.Response(204)
        resources = [
            {"id": each, "type": "exports", "attributes": {"status": "completed", "reference": tag}}
            for each, tag in self.exports.items()
            if "reference_start" in str(request.url)
        ]
        return httpx.Response(200, content=json.dumps({"data": resources}))

    def endpoint(self, *tags: str, answers: Callable[[httpx.Request], httpx.Response] | None = None) -> Endpoint:
        """Return an endpoint with a ledger of its exports, and of lost creations with these tags."""
        ledger = MemoryLedger()
        for export_id, tag in self.exports.items():
            ledger.created(export_id, tag)
        for tag in tags:
            ledger.intend(tag, "")
        client = Client("http://127.0.0.1/api", token="t", transport=httpx.MockTransport(answers or self))
        return Endpoint(client, ledger=ledger, retries=Retries(sleep=lambda _: None))


LOST = "exports-conformance-00000000-00009"


@pytest.mark.parametrize("trouble", [httpx.ReadTimeout("late"), httpx.ConnectError("[Errno 111] Connection refused")])
def test_run_stops_after_two_requests_without_a_response(trouble: httpx.TransportError) -> None:
    failing = Failing(0, then=trouble)
    assert failing.endpoint(LOST).clean() == CleanUp(left=("A", "B", "C", "D", LOST), looked=False)
    assert len(failing.sent) == 2


def test_export_deleted_before_the_server_stopped_responding_is_not_left() -> None:
    """Tags that no export had are not named, either."""
    failing = Failing(5, then=httpx.ReadTimeout("late"))
    assert failing.endpoint(LOST).clean() == CleanUp(deleted=2, left=("C", "D"), looked=False)
    assert [request.method for request in failing.sent] == ["GET"] * 3 + ["DELETE"] * 4


def test_a_request_that_gets_no_response_now_and_then_is_repeated() -> None:
    failing = Failing(99, then=httpx.ReadTimeout("late"))
    weak = iter([True, False] * 20)

    def response(request: httpx.Request) -> httpx.Response:
        if next(weak):
            raise failing.then
        return failing(request)

    assert failing.endpoint(answers=response).clean() == CleanUp(deleted=4)


@pytest.mark.parametrize("answered", [0, 1, 4])
def test_a_second_signal_ends_the_clean_up(answered: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        Failing(answered, then=KeyboardInterrupt()).endpoint().clean()
