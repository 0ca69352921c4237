"""Rules of a status: it moves on, an interrupt and a start change it, and its attributes have a value."""

from dataclasses import replace

import pytest

from exports_conformance.contract.edition import Edition
from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.exports import has_ended, last_status, may_be_stale
from exports_conformance.exchange.model import Action, Exchange, Expectation, Lookups, Operation
from exports_conformance.exchange.strict_json import Json
from tests.exchanges import ABSENT, NOON, created, held, put, refused, violated, with_answer

BELONGING = {
    name: (each.where.response[-1].rpartition("/")[2], each.filled_when)
    for name, each in requirements().items()
    if each.filled_when
}
"""The attribute that each requirement wants filled, and the statuses."""
MOVES: dict[Action, str] = {"": "status-moves-on", "interrupt": "interrupt-stops", "start": "start-restarts"}
LATE = "2026-03-01T12:00:05.000Z"
COMPLETED: dict[str, Json] = {
    "status": "completed",
    "started_at": NOON,
    "completed_at": LATE,
    "attachment_url": "https://files.example/f.gz",
}
OF: dict[str, dict[str, Json]] = {
    "pending": {"status": "pending"},
    "in_progress": {"status": "in_progress", "started_at": NOON},
    "completed": COMPLETED,
    "interrupted": {"status": "interrupted", "interrupted_at": LATE},
    "failed": {"status": "failed", "errors_log": {"code": ["is wrong"]}},
}
"""What an export of each status shows."""


def _retrieved(
    status: str, *, before: str = "", action: Action = "", operation: Operation = "retrieve", **shown: Json
) -> Exchange:
    """Return a retrieval that shows this status and its other attributes, after it was `before`."""
    known: Json = {"id": "XAyRWNUzyN", "attributes": {"status": before}} if before else None
    expectation = Expectation("life/followed", operation, expected=known, action=action)
    exchange = with_answer(
        created(expectation=expectation, **{**OF.get(status, {"status": status}), **shown}), status=200
    )
    return replace(exchange, edition="7.10")


@pytest.mark.parametrize("status", OF)
def test_what_belongs_to_a_status_is_there(status: str) -> None:
    """Members that belong to another status are not judged."""
    exchange = _retrieved(status)
    promised = {name for name, (_, statuses) in BELONGING.items() if status in statuses}
    assert violated(exchange) == set()
    assert held(exchange) & set(BELONGING) == promised
    assert ("completed-after-start" in held(exchange)) is (status == "completed")


MISSING = [(name, attribute, status) for name, (attribute, statuses) in BELONGING.items() for status in statuses]


@pytest.mark.parametrize(("requirement", "attribute", "status"), MISSING)
def test_what_belongs_to_a_status_is_missed(requirement: str, attribute: str, status: str) -> None:
    nothing: dict[str, Json] = {attribute: {} if attribute == "errors_log" else None}
    exchange = _retrieved(status, **nothing)
    assert violated(exchange) == {requirement}


@pytest.mark.parametrize(("requirement", "attribute", "status"), MISSING)
def test_what_has_no_shape_of_its_own_is_missed_once(requirement: str, attribute: str, status: str) -> None:
    exchange = put(_retrieved(status), f"/data/attributes/{attribute}", ABSENT)
    assert violated(exchange) == {f"answer-{attribute.replace('_', '-')}"}
    assert requirement not in held(exchange)


@pytest.mark.parametrize(("requirement", "attribute", "status"), MISSING)
def test_only_retrievals_are_judged_by_what_belongs_to_a_status(requirement: str, attribute: str, status: str) -> None:
    """What a creation answers is an export's beginning, and the page's own picture is none at all."""
    nothing: dict[str, Json] = {attribute: None}
    missing = _retrieved(status, **nothing)
    for exchange in (
        replace(missing, provenance="documentation"),
        replace(missing, expectation=Expectation("life/updated", "update")),
        replace(missing, request=replace(missing.request, query="fields[events]=name")),
        with_answer(replace(missing, expectation=Expectation("creation/certain", "create")), status=201),
    ):
        assert violated(exchange) == set()
        assert requirement not in held(exchange)


@pytest.mark.parametrize(
    ("started_at", "completed_at", "broken"),
    [
        (NOON, LATE, set()),
        (NOON, NOON, set()),
        (LATE, NOON, {"completed-after-start"}),
        ("2026-03-01T12:00:00.900Z", "2026-03-01T12:00:00Z", set()),
        (NOON, "2026-03-01T13:00:01+01:00", set()),
        (NOON, "2026-03-01T12:59:59+01:00", {"completed-after-start"}),
        (None, NOON, {"started-when-running"}),
        (NOON, None, {"completed-when-completed"}),
    ],
)
def test_completion_follows_start(started_at: Json, completed_at: Json, broken: set[str]) -> None:
    exchange = _retrieved("completed", started_at=started_at, completed_at=completed_at)
    assert violated(exchange) == broken
    assert ("completed-after-start" in held(exchange)) == (not broken)


def test_an_interrupted_export_may_show_any_times() -> None:
    assert violated(_retrieved("interrupted", started_at=LATE, completed_at=NOON)) == set()


ONWARDS = [
    ("pending", "pending", True),
    ("pending", "in_progress", True),
    ("pending", "completed", True),
    ("pending", "failed", True),
    ("pending", "interrupted", True),
    ("in_progress", "in_progress", True),
    ("in_progress", "completed", True),
    ("in_progress", "failed", True),
    ("in_progress", "interrupted", True),
    ("in_progress", "pending", False),
    *[
        (ended, now, now == ended)
        for ended in ("completed", "interrupted", "failed")
        for now in ("pending", "in_progress", "completed", "interrupted", "failed")
    ],
]
STOPPED = [
    (before, now, now == "interrupted")
    for before in ("pending", "in_progress", "interrupted")
    for now in ("pending", "in_progress", "completed", "interrupted", "failed")
    if before == "interrupted" or now not in ("completed", "failed")
]
STARTED = [
    (before, now, now != "interrupted")
    for before in ("", "interrupted", "completed")
    for now in ("pending", "in_progress", "completed", "interrupted", "failed")
]


@pytest.mark.parametrize(
    ("action", "before", "now", "right"),
    [
        (action, *each)
        for action, cases in (("", ONWARDS), ("interrupt", STOPPED), ("start", STARTED))
        for each in cases
    ],
)
def test_status_goes_where_it_may(action: Action, before: str, now: str, *, right: bool) -> None:
    """Onwards, to a stop when interrupted, and on again; a wrong status may come from a stale replica."""
    exchange = _retrieved(now, before=before, action=action)
    assert violated(exchange) == (set() if right else {MOVES[action]})
    assert held(exchange) & set(MOVES.values()) == ({MOVES[action]} if right else set())
    assert may_be_stale(exchange) is not right


@pytest.mark.parametrize("before", ["completed", "failed", "", "resting"])
@pytest.mark.parametrize("now", OF)
def test_export_that_ended_before_its_interruption_is_not_judged(before: str, now: str) -> None:
    """The same holds for an export that is not known to have run."""
    exchange = _retrieved(now, before=before, action="interrupt")
    assert violated(exchange) == set()
    assert not held(exchange) & set(MOVES.values())
    assert not may_be_stale(exchange)


@pytest.mark.parametrize("before", ["pending", "in_progress"])
@pytest.mark.parametrize("now", ["completed", "failed"])
def test_what_ends_before_its_stop_takes_hold_shows_nothing_of_that(before: str, now: str) -> None:
    """An answer that still shows it running leaves that open."""
    exchange = _retrieved(now, before=before, action="interrupt")
    assert violated(exchange) == set()
    assert not held(exchange) & set(MOVES.values())
    assert not may_be_stale(exchange)


@pytest.mark.parametrize("before", ["", "resting"])
@pytest.mark.parametrize("now", OF)
def test_what_follows_nothing_known_may_be_anything(before: str, now: str) -> None:
    exchange = _retrieved(now, before=before)
    assert violated(exchange) == set()
    assert not held(exchange) & set(MOVES.values())
    assert not may_be_stale(exchange)


@pytest.mark.parametrize("action", MOVES)
def test_status_of_no_retrieval_moves_nowhere(action: Action) -> None:
    """An unknown status is not judged as a move either, since another rule reports it."""
    unknown = _retrieved("resting", before="in_progress", action=action)
    assert violated(unknown) == {"answer-status-known"}
    assert not may_be_stale(unknown)
    wrong = _retrieved("interrupted" if action == "start" else "pending", before="in_progress", action=action)
    assert violated(wrong) == {MOVES[action]}
    for exchange in (
        replace(wrong, provenance="documentation"),
        replace(wrong, expectation=replace(wrong.expectation, operation="update")),
    ):
        assert violated(exchange) == set()
        assert not held(exchange) & set(MOVES.values())


@pytest.mark.parametrize(("edition", "broken"), [("page", {"answer-status-known"}), ("7.10", set())])
def test_failure_is_of_the_later_edition(edition: Edition, broken: set[str]) -> None:
    exchange = replace(_retrieved("failed", before="pending"), edition=edition)
    assert violated(exchange) == broken
    assert ("failed-says-why" in held(exchange)) == (not broken)


def test_start_restarts_in_the_later_edition_only() -> None:
    again = replace(_retrieved("interrupted", before="interrupted", action="start"), edition="page")
    assert violated(again) == set()


@pytest.mark.parametrize(("status", "ended"), [(name, name not in {"pending", "in_progress"}) for name in OF])
def test_an_end_is_known(status: str, *, ended: bool) -> None:
    assert has_ended(_retrieved(status)) is ended


def test_what_shows_no_export_is_behind_and_has_not_ended() -> None:
    exchange = refused(404, expectation=Expectation("life/followed", "retrieve"))
    assert may_be_stale(exchange)
    assert not has_ended(exchange)


@pytest.mark.parametrize("shown", [None, 7, {}, {"attributes": None}, {"attributes": {"status": 7}}])
def test_what_was_shown_before_may_be_nothing(shown: Json) -> None:
    exchange = _retrieved("pending")
    assert last_status(replace(exchange, expectation=replace(exchange.expectation, expected=shown))) == ""


@pytest.mark.parametrize(
    ("age", "broken", "holds"),
    [(None, False, False), (0.0, False, True), (1.0, False, False), (2.0, True, False), (60.0, True, False)],
)
def test_address_of_a_file_is_renewed_within_two_seconds(age: float | None, *, broken: bool, holds: bool) -> None:
    exchange = replace(_retrieved("completed"), lookups=Lookups(link_age=age))
    assert ("attachment-fresh" in violated(exchange), "attachment-fresh" in held(exchange)) == (broken, holds)


@pytest.mark.parametrize(
    ("before", "now", "broken"),
    [
        (NOON, "2026-03-01T12:00:00.250Z", False),
        ("2026-03-01T12:00:00.250Z", "2026-03-01T12:00:00.250Z", True),
        ("2026-03-01T12:00:00.250Z", "2026-03-01T11:59:59.000Z", True),
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z", False),
        (NOON, NOON, False),  # a database that keeps whole seconds
        ("2026-03-01T12:00:00.000+00:00", "2026-03-01T12:00:00.000+00:00", False),
    ],
)
def test_update_moves_its_time_as_far_as_that_can_be_seen(before: str, now: str, *, broken: bool) -> None:
    sent = {"reference": "changed"}
    known = {"id": "XAyRWNUzyN", "attributes": {**created().attributes, "updated_at": before}}
    expectation = Expectation("life/updated", "update", expected=known)
    answered = with_answer(created(sent, expectation=expectation, updated_at=now), status=200)
    answered = replace(answered, request=replace(answered.request, method="PATCH", path="/exports/XAyRWNUzyN"))
    assert ("update-moves-time" in violated(answered)) is broken
    assert broken or "update-moves-time" in held(answered)
