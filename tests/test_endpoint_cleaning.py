"""Cleaning: what a run created is gone at the end, whatever happened, and nothing else is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from exports_conformance.client.cleaning import CleanUp
from exports_conformance.client.client import Door
from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.ledger import MemoryLedger
from exports_conformance.client.opening import open_endpoint
from exports_conformance.client.retries import Patience
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.reference.app import Reference
from exports_conformance.reference.clock import Clock
from exports_conformance.reference.messages import ServerRequest, ServerResponse

CREATION = Expectation("creation/1", "create")
Respond = Callable[[ServerRequest], ServerResponse]
Middleware = Callable[[ServerRequest, Respond], ServerResponse]


class World:
    """A reference whose time stands still, with a stranger's export, and what was observed of it."""

    def __init__(self, *middlewares: Middleware) -> None:
        self.clock = Clock(at=datetime(2026, 1, 1, tzinfo=UTC))
        self.app = Reference(clock=self.clock, middlewares=middlewares)
        self.ledger = MemoryLedger()
        self.observed: list[Exchange] = []
        with self.endpoint(MemoryLedger()) as foreign_export:
            foreign_export.create(_body(reference="a stranger's"), expectation=CREATION)
        (self.foreign_export,) = self.left
        self.observed.clear()

    @contextmanager
    def endpoint(self, ledger: MemoryLedger | None = None) -> Iterator[Endpoint]:
        """Open it, as one run after another would."""
        observe: Callable[[Exchange], Any] = self.observed.append
        patience = Patience(sleep=lambda _: self.clock.advance(0.01))
        with open_endpoint(app=self.app, ledger=ledger or self.ledger, patience=patience, observe=observe) as endpoint:
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


def test_running_exports_are_stopped_and_all_are_deleted() -> None:
    """One list says what runs; the stranger's export stays."""
    world = World()
    with world.endpoint() as endpoint:
        for _ in range(3):
            endpoint.create(_body(), expectation=CREATION)
        world.observed.clear()
        assert endpoint.clean() == CleanUp(deleted=3)
    assert world.left == {world.foreign_export}
    assert world.cases == ["clean-up/list"] + ["clean-up/update"] * 3 + ["clean-up/delete"] * 3
    assert not world.ledger.outstanding()
    assert all(exchange.expectation.outcome == "either" for exchange in world.observed[1:])


def test_what_was_seen_to_end_is_not_looked_at_again() -> None:
    world = World()
    with world.endpoint() as endpoint:
        export_id = endpoint.create(_body(), expectation=CREATION).data["id"]
        world.clock.advance(60)
        endpoint.retrieve(export_id, expectation=Expectation("c", "retrieve"))
        world.observed.clear()
        assert endpoint.clean() == CleanUp(deleted=1)
    assert world.cases == ["clean-up/delete"]


def test_more_than_a_page_is_listed_page_by_page() -> None:
    world = World()
    with world.endpoint() as endpoint:
        for _ in range(27):
            endpoint.create(_body(), expectation=CREATION)
            world.clock.advance(60)
        world.observed.clear()
        assert endpoint.clean() == CleanUp(deleted=27)
    assert world.cases == ["clean-up/list"] * 2 + ["clean-up/delete"] * 27


def test_with_keep_nothing_is_sent() -> None:
    """What there is, is said."""
    world = World()
    with world.endpoint() as endpoint:
        export_id = endpoint.create(_body(), expectation=CREATION).data["id"]
        world.observed.clear()
        assert endpoint.clean(keep=True) == CleanUp(left=(export_id,))
    assert not world.observed


def test_a_locked_export_is_stopped_and_deleted_again() -> None:
    """It ran on although a list did not show it."""
    world = World()
    with world.endpoint() as endpoint:
        export_id = endpoint.create(_body(), expectation=CREATION).data["id"]
        endpoint.interrupt(export_id, expectation=Expectation("c", "update"))
        export = world.app.organisation.exports[export_id]
        world.app.organisation.keep(replace(export, interrupted_at=None))
        world.observed.clear()
        assert endpoint.clean() == CleanUp(deleted=1)
    assert [exchange.status for exchange in world.observed] == [423, 200, 204]


def test_what_is_gone_already_is_gone() -> None:
    """Others may have been faster."""
    world = World()
    with world.endpoint() as endpoint:
        export_id = endpoint.create(_body(), expectation=CREATION).data["id"]
        world.app.organisation.drop(export_id)
        assert endpoint.clean() == CleanUp(deleted=1)


def _losing(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Create, and answer as an edge does that lost the answer."""
    response = respond(request)
    return ServerResponse(504) if request.method == "POST" and b"exports-conformance" in request.body else response


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
def test_what_was_lost_is_found_by_its_mark(attributes: dict[str, Any], same_run: bool) -> None:  # noqa: FBT001
    """In this run, or in a later one that knows no more than the marks."""
    world = World(_losing)
    with world.endpoint() as endpoint:
        assert endpoint.create(_body(**attributes), expectation=CREATION).status == 504
        cleaned = endpoint.clean(keep=not same_run)
    if not same_run:
        later = MemoryLedger()
        for _, tag in world.ledger.outstanding():
            later.intend(tag, "")
        with world.endpoint(later) as endpoint:
            cleaned = endpoint.clean()
    assert world.left == {world.foreign_export}
    assert cleaned.deleted == 6
    assert cleaned.left == ()


def test_refused_creations_are_not_looked_for() -> None:
    """Nothing came of them."""
    world = World()
    with world.endpoint() as endpoint:
        endpoint.create(
            _body(reference=PLACEHOLDER, format="x"), expectation=Expectation("c", "create", outcome="refusal")
        )
        world.observed.clear()
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
def test_an_endpoint_that_misbehaves_stops_nothing(response: ServerResponse) -> None:
    """What could not be removed is named."""
    broken: list[ServerResponse] = []
    world = World(lambda request, respond: broken[0] if broken else respond(request))
    with world.endpoint() as endpoint:
        export_id = endpoint.create(_body(reference=PLACEHOLDER), expectation=CREATION).data["id"]
        world.ledger.intend("exports-conformance-00000000-00001", "")
        broken.append(response)
        cleaned = endpoint.clean()
    assert cleaned.deleted + len([each for each in cleaned.left if each == export_id]) == 1


def test_what_the_door_refuses_is_left() -> None:
    """A ledger that lists what it does not own is not believed."""

    class Confused(MemoryLedger):
        def owns(self, export_id: str) -> bool:
            return not export_id

    ledger = Confused()
    ledger.created("STRANGERid", "")
    gone = httpx.MockTransport(lambda _: httpx.Response(404))
    endpoint = Endpoint(Door("https://shop.example/api", token="t", ledger=ledger, transport=gone), ledger=ledger)
    assert endpoint.clean() == CleanUp(left=("STRANGERid",))


class Failing:
    """Answers so many requests, then none; lists are empty, deletions done."""

    def __init__(self, answered: int, *, then: BaseException) -> None:
        self.answered = answered
        self.then = then
        self.sent: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer, or fail."""
        self.sent.append(request)
        if len(self.sent) > self.answered:
            raise self.then
        return httpx.Response(200, json={"data": []}) if request.method == "GET" else httpx.Response(204)

    def endpoint(self, *ids: str, tags: tuple[str, ...] = ()) -> Endpoint:
        """Give an endpoint with a ledger of exports and marks."""
        ledger = MemoryLedger()
        for export_id in ids:
            ledger.created(export_id, "")
        for tag in tags:
            ledger.intend(tag, "")
        door = Door("http://127.0.0.1/api", token="t", ledger=ledger, transport=httpx.MockTransport(self))
        return Endpoint(door, ledger=ledger, patience=Patience(sleep=lambda _: None))


@pytest.mark.parametrize("trouble", [httpx.ReadTimeout("late"), httpx.ConnectError("[Errno 111] Connection refused")])
def test_a_server_that_no_longer_answers_is_left_after_two_requests(trouble: httpx.TransportError) -> None:
    """Everything that may still be there is named."""
    tags = ("exports-conformance-00000000-00001", "exports-conformance-00000000-00002")
    failing = Failing(0, then=trouble)
    assert failing.endpoint("A", "B", "C", tags=tags).clean() == CleanUp(left=("A", "B", "C", *tags))
    assert len(failing.sent) == 2


def test_what_was_done_before_a_server_fell_silent_is_not_left() -> None:
    """Marks that nothing had are not named, nor is what was deleted."""
    failing = Failing(6, then=httpx.ReadTimeout("late"))
    tags = ("exports-conformance-00000000-00001",)
    assert failing.endpoint("A", "B", "C", "D", tags=tags).clean() == CleanUp(deleted=2, left=("C", "D"))
    assert [request.method for request in failing.sent] == ["GET"] * 4 + ["DELETE"] * 4


def test_two_unanswered_requests_with_an_answer_between_them_stop_nothing() -> None:
    """A moment of weakness is waited for, every time."""
    failing = Failing(99, then=httpx.ReadTimeout("late"))
    weak = iter([True, False] * 9)

    def response(request: httpx.Request) -> httpx.Response:
        if next(weak):
            raise failing.then
        return failing(request)

    ledger = MemoryLedger()
    for export_id in "ABC":
        ledger.created(export_id, "")
    door = Door("http://127.0.0.1/api", token="t", ledger=ledger, transport=httpx.MockTransport(response))
    endpoint = Endpoint(door, ledger=ledger, patience=Patience(sleep=lambda _: None))
    assert endpoint.clean() == CleanUp(deleted=3)


@pytest.mark.parametrize("answered", [0, 1, 3])
def test_an_interruption_is_not_swallowed(answered: int) -> None:
    """Whoever presses Ctrl-C means it."""
    with pytest.raises(KeyboardInterrupt):
        Failing(answered, then=KeyboardInterrupt()).endpoint("A", "B", "C", "D").clean()
