"""Controls: what a refusal of a valid body claims is found out by sender."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.limits import Retries
from exports_conformance.client.opening import open_reference
from exports_conformance.client.ownership import MemoryLedger
from exports_conformance.exchange.model import Exchange, Expectation, Lookups, Outcome
from exports_conformance.exchange.tags import PLACEHOLDER
from exports_conformance.reference.app import Reference
from exports_conformance.reference.checks import invalid
from exports_conformance.reference.messages import ServerRequest, ServerResponse
from exports_conformance.reference.organisation import Clock, records_of
from exports_conformance.rules import judge

CREATION = Expectation("creation/1", "create")
EMPTY = invalid("records_count", "greater_than", "must be greater than 0", value=0, count=0)
NOTHING = {"code_eq": "no such code"}
Respond = Callable[[ServerRequest], ServerResponse]


@contextmanager
def _asked(
    observed: list[Exchange],
    *middlewares: Callable[[ServerRequest, Respond], ServerResponse],
    seconds: float = 120.0,
    each_wait: float = 1.0,
) -> Iterator[Endpoint]:
    """Ask a reference whose time moves only while somebody waits."""
    clock = Clock(at=datetime(2026, 1, 1, tzinfo=UTC))
    app = Reference(clock=clock, middlewares=middlewares)
    retries = Retries(seconds, sleep=lambda _: clock.advance(each_wait))

    def observe(exchange: Exchange) -> None:
        if exchange.expectation.case != "ownership/before":
            observed.append(exchange)

    with open_reference(app=app, retries=retries, observe=observe) as endpoint:
        yield endpoint


def _body(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "exports", "attributes": {"resource_type": "skus", **attributes}}}


def _cases(observed: list[Exchange]) -> list[tuple[str, int]]:
    return [(exchange.expectation.case, exchange.status) for exchange in observed]


def _refusing(error: dict[str, Any], times: int) -> Callable[[ServerRequest, Respond], ServerResponse]:
    """Refuse the first creations that have metadata."""
    left = [times]

    def refuse(request: ServerRequest, respond: Respond) -> ServerResponse:
        if request.method != "POST" or b"metadata" not in request.body or not left[0]:
            return respond(request)
        left[0] -= 1
        return ServerResponse(422, (("content-type", "application/vnd.api+json"),), {"errors": [error]})

    return refuse


def test_an_empty_selection_is_empty_for_its_control_too() -> None:
    """A refused control is not sent again; it has a tag of its own, and the exchange keeps its status."""
    observed: list[Exchange] = []
    with _asked(observed) as endpoint:
        first = endpoint.create(_body(filters=NOTHING, format="csv"), expectation=CREATION)
        again = endpoint.create(_body(filters=dict(NOTHING), metadata={"a": 1}), expectation=CREATION)
    assert _cases(observed) == [("excuse/twin", 422), ("creation/1", 422), ("creation/1", 422)]
    assert first.lookups == again.lookups == Lookups(control_status=422)
    assert observed[0].sent_attributes.keys() == {"resource_type", "filters", "reference"}
    assert observed[0].expectation.tag == observed[0].sent_attributes["reference"]
    assert observed[1:] == [first, again]


def test_a_lie_about_the_selection_is_found_out() -> None:
    """The control is accepted now, whatever was accepted before."""
    lie = invalid("records_count", "greater_than", "must be greater than 0", value=0, count=0)
    observed: list[Exchange] = []
    with _asked(observed, _refusing(lie, 9)) as endpoint:
        endpoint.create(_body(metadata={"a": 1}), expectation=CREATION)
        endpoint.create(_body(metadata={"a": 1}, filters={}), expectation=CREATION)
        endpoint.create(_body(filters={"code_not_null": True}), expectation=CREATION)
        endpoint.create(_body(metadata={}, filters={"code_not_null": True}), expectation=CREATION)
    assert [exchange.lookups.control_status for exchange in observed] == [None, 201, None, 201, None, None, 201]
    assert [case for case, _ in _cases(observed)].count("excuse/twin") == 3


def test_a_selection_that_became_empty_is_a_true_reason() -> None:
    """A selection may have become empty; once its control is accepted, a refusal is not excused."""
    none = invalid("records_count", "greater_than", "must be greater than 0", value=0, count=0)
    gone: list[bool] = [False]

    def emptied(request: ServerRequest, respond: Respond) -> ServerResponse:
        if request.method != "POST" or not gone[0]:
            return respond(request)
        return ServerResponse(422, (("content-type", "application/vnd.api+json"),), {"errors": [none]})

    lie = {"metadata": {"a": 1}}
    observed: list[Exchange] = []
    with _asked(observed, emptied, _refusing(none, 9)) as endpoint:
        assert endpoint.create(_body(format="csv"), expectation=CREATION).status == 201
        assert endpoint.create(_body(**lie), expectation=CREATION).lookups.control_status == 201
        gone[0] = True
        assert endpoint.create(_body(format="csv"), expectation=CREATION).lookups.control_status == 422
        gone[0] = False
        assert endpoint.create(_body(format="csv"), expectation=CREATION).status == 201
        assert endpoint.create(_body(**lie), expectation=CREATION).lookups.control_status == 201


def test_a_plain_selection_is_its_own_control() -> None:
    """The body is minimal already, so no control is sent; later bodies need none."""
    observed: list[Exchange] = []
    with _asked(observed) as endpoint:
        first = endpoint.create(_body(filters=NOTHING, reference=PLACEHOLDER), expectation=CREATION)
        second = endpoint.create(_body(filters=NOTHING, format="csv"), expectation=CREATION)
    assert first.lookups == Lookups()
    assert second.lookups == Lookups(control_status=422)
    assert len(observed) == 2


@pytest.mark.parametrize("outcome", ["success", "either"])
def test_a_selection_of_known_records_is_not_empty(outcome: Outcome) -> None:
    """Where each creation with several ids is refused, one with the id of a known record shows that it is there.

    So does it where the filters need not be accepted: an API that accepts them must not say that they select nothing.
    """
    observed: list[Exchange] = []

    def refusing(request: ServerRequest, respond: Respond) -> ServerResponse:
        if request.method != "POST" or b"id_in" not in request.body:
            return respond(request)
        return ServerResponse(422, (("content-type", "application/vnd.api+json"),), {"errors": [EMPTY]})

    known = records_of("skus")[0].id
    with _asked(observed, refusing) as endpoint:
        body = _body(filters={"id_in": [known, "NoSuchItem"]}, format="csv")
        sure = Expectation(
            "creation/1", "create", outcome=outcome, certain=outcome == "success", expected={"selects": [known]}
        )
        assert endpoint.create(body, expectation=sure).lookups.control_status == 201
        assert endpoint.create(body, expectation=CREATION).lookups.control_status == 422
    assert observed[1].sent_attributes["filters"] == {"id_eq": known}
    (lie,) = [each for each in judge(observed[2]).violations if each.requirement == "refusal-true"]
    assert "one of the records" in lie.expected


def test_a_flaw_needs_no_excuse() -> None:
    """Only what must succeed has something to explain."""
    observed: list[Exchange] = []
    with _asked(observed) as endpoint:
        for outcome in ("refusal", "either"):
            endpoint.create(_body(filters=NOTHING), expectation=Expectation("flaw", "create", outcome=outcome))
    assert _cases(observed) == [("flaw", 422), ("flaw", 422)]


def test_a_control_with_an_environment_error_decides_nothing() -> None:
    """The excuse is neither confirmed nor refuted."""

    def foggy(request: ServerRequest, respond: Respond) -> ServerResponse:
        return ServerResponse(429) if request.method == "POST" and b"csv" not in request.body else respond(request)

    observed: list[Exchange] = []
    with _asked(observed, foggy) as endpoint:
        exchange = endpoint.create(_body(filters=NOTHING, format="csv"), expectation=CREATION)
    assert exchange.lookups == Lookups()


def _disown(endpoint: Endpoint) -> None:
    """Make the endpoint take the running exports for other people's."""
    endpoint._sender.statuses.clear()
    endpoint._sender.ledger = MemoryLedger()


def test_exports_of_ours_are_stopped_to_make_room() -> None:
    """Nobody waits for what the suite itself left running."""
    observed: list[Exchange] = []
    with _asked(observed, seconds=0.0) as endpoint:
        for _ in range(10):
            endpoint.create(_body(), expectation=CREATION)
        observed.clear()
        assert endpoint.create(_body(), expectation=CREATION).status == 201
    stopped = [exchange for exchange in observed if exchange.request.method == "PATCH"]
    assert [exchange.expectation.case for exchange in stopped] == ["quota/interrupt"] * 10
    assert all(exchange.attributes["status"] == "interrupted" for exchange in stopped)


def test_ten_running_exports_are_waited_for() -> None:
    """The eleventh creation is sent again when fewer run; the refusal on the way breaks no promise."""
    observed: list[Exchange] = []
    with _asked(observed) as endpoint:
        for _ in range(10):
            endpoint.create(_body(), expectation=CREATION)
        _disown(endpoint)
        observed.clear()
        last = endpoint.create(_body(reference=PLACEHOLDER), expectation=CREATION)
    assert last.status == 201
    assert _cases(observed) == [
        ("quota/running", 200),
        ("quota/running", 200),
        ("creation/1", 422),
        ("creation/1", 201),
    ]
    assert observed[2].lookups.running == 10
    assert observed[2].expectation.outcome == "either"
    assert observed[2].expectation.tag != observed[3].expectation.tag
    assert not any(exchange.request.method == "PATCH" for exchange in observed)


def test_a_flaw_is_not_judged_by_a_full_queue() -> None:
    """A refusal that the flaw cannot have is not taken for its answer while ten exports run."""
    observed: list[Exchange] = []
    flaw = Expectation("flaw", "create", outcome="either", breaks="x", flaw="y", answers=frozenset({400}))
    with _asked(observed) as endpoint:
        for _ in range(10):
            endpoint.create(_body(), expectation=CREATION)
        observed.clear()
        last = endpoint.create(_body(), expectation=flaw)
    assert last.status == 201
    assert last.expectation == flaw
    assert _cases(observed)[-2:] == [("flaw", 422), ("flaw", 201)]
    assert observed[-2].expectation == Expectation("flaw", "create", outcome="either", certain=False)


def _unprocessable(pointer: str) -> dict[str, Any]:
    source = {"source": {"pointer": pointer}} if pointer else {}
    return {"title": "No", "detail": "No", "code": "VALIDATION_ERROR", "status": "422", **source}


PLANTED = Expectation(
    "flaw", "create", outcome="refusal", breaks="x", flaw="y", at="/data/attributes/format", answers=frozenset({422})
)


def test_a_flaw_is_not_taken_for_refused_by_a_full_queue() -> None:
    """Though it may be refused so: room is made, and the flaw gets its own answer."""
    observed: list[Exchange] = []
    with _asked(observed) as endpoint:
        for _ in range(10):
            endpoint.create(_body(), expectation=CREATION)
        observed.clear()
        last = endpoint.create(_body(), expectation=PLANTED)
    assert last.status == 201
    assert last.expectation == PLANTED
    refused = next(exchange for exchange in observed if exchange.expectation.case == "flaw")
    assert (refused.status, refused.lookups, refused.expectation.outcome) == (
        422,
        Lookups(running=10),
        "either",
    )


@pytest.mark.parametrize("pointer", ["", "/data", "/data/attributes/metadata", "/data/relationships"])
def test_a_flaw_refused_for_something_else_is_not_sent_again(pointer: str) -> None:
    """Unless the queue is full its answer stands, with what was counted."""
    observed: list[Exchange] = []
    with _asked(observed, _refusing(_unprocessable(pointer), 9)) as endpoint:
        last = endpoint.create(_body(metadata={"a": 1}), expectation=PLANTED)
    assert last.lookups == Lookups(running=0)
    assert _cases(observed) == [("quota/running", 200), ("flaw", 422)]


def test_a_flaw_refused_while_nobody_can_count_is_not_sent_again() -> None:
    """The refusal of a flaw is not excused either."""

    def countless(request: ServerRequest, respond: Respond) -> ServerResponse:
        return ServerResponse(404) if request.method == "GET" else respond(request)

    observed: list[Exchange] = []
    with _asked(observed, countless, _refusing(_unprocessable(""), 9)) as endpoint:
        last = endpoint.create(_body(metadata={"a": 1}), expectation=PLANTED)
    assert last.lookups == Lookups()
    assert [status for case, status in _cases(observed) if case == "flaw"] == [422]


@pytest.mark.parametrize("pointer", ["/data/attributes/format", "/data/attributes/format/0", "/data/attributes"])
def test_a_flaw_refused_as_it_should_be_costs_nothing(pointer: str) -> None:
    """What points at the flaw is its answer."""
    observed: list[Exchange] = []
    with _asked(observed, _refusing(_unprocessable(pointer), 9)) as endpoint:
        endpoint.create(_body(metadata={"a": 1}), expectation=PLANTED)
    assert _cases(observed) == [("flaw", 422)]


def test_a_full_queue_is_not_waited_for_forever() -> None:
    """When retries ends, the refusal is the answer, with what was counted."""
    observed: list[Exchange] = []
    with _asked(observed, seconds=2.0, each_wait=0.0) as endpoint:
        for _ in range(10):
            endpoint.create(_body(), expectation=CREATION)
        _disown(endpoint)
        last = endpoint.create(_body(), expectation=CREATION)
    assert last.status == 422
    assert last.lookups == Lookups(running=10)
    assert observed[-1] is last
    assert len({exchange.id for exchange in observed}) == len(observed)


def test_a_refusal_without_a_reason_is_repeated_once() -> None:
    """If there is room, the body is sent again at once, and is accepted or refused for good."""
    whim = {"title": "No", "detail": "No", "code": "VALIDATION_ERROR", "status": "422"}
    observed: list[Exchange] = []
    with _asked(observed, _refusing(whim, 1)) as endpoint:
        assert endpoint.create(_body(metadata={"a": 1}), expectation=CREATION).status == 201
    assert _cases(observed) == [("quota/running", 200), ("creation/1", 422), ("creation/1", 201)]
    observed.clear()
    with _asked(observed, _refusing(whim, 9)) as endpoint:
        last = endpoint.create(_body(metadata={"a": 1}), expectation=CREATION)
    assert last.status == 422
    assert last.lookups == Lookups(running=0)
    assert [status for case, status in _cases(observed) if case == "creation/1"] == [422, 422]


def test_a_refusal_that_names_an_argument_is_none_for_the_number() -> None:
    """The refusal is the response, and no control is sent."""
    named = invalid("metadata", "invalid", "is invalid")
    observed: list[Exchange] = []
    with _asked(observed, _refusing(named, 9)) as endpoint:
        endpoint.create(_body(metadata={"a": 1}), expectation=CREATION)
    assert _cases(observed) == [("creation/1", 422)]
