"""A run believes what came again, and gives up when nothing comes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from exports_conformance.exchange.model import Exchange, Response
from exports_conformance.run.run import REPEATED_AT_MOST, Run
from tests.exchanges import created, put, with_answer


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path, "main", edition="page", confirms=True, fail_on="violates")
    yield run
    run.journal.close()


BROKEN = put(created(), "/data/attributes/format", "jsonl")


def again(exchange: Exchange, of: str) -> Exchange:
    return replace(exchange, id=f"{of}-again", expectation=replace(exchange.expectation, confirms=of))


def doubted(run: Run, exchange: Exchange) -> bool:
    run.observe(exchange)
    return run.doubts(exchange)


def test_violation_is_repeated_until_it_is_confirmed(run: Run) -> None:
    for number in range(2):
        one = replace(BROKEN, id=f"x-{number}")
        assert doubted(run, one)
        assert not doubted(run, again(created(), one.id))
    assert doubted(run, replace(BROKEN, id="x-2"))
    run.observe(again(BROKEN, "x-2"))
    assert not doubted(run, replace(BROKEN, id="x-3"))


def test_test_fails_for_what_came_again_only(run: Run) -> None:
    run.judge(replace(BROKEN, id="x-0"))
    run.observe(replace(BROKEN, id="x-0"))
    run.observe(again(created(), "x-0"))
    assert run.failures() == []
    run.observe(replace(BROKEN, id="x-1"))
    run.observe(again(BROKEN, "x-1"))
    assert [broken.violation.requirement for broken in run.failures()] == ["answer-format-known"]


def test_number_of_repeated_violations_is_limited(run: Run) -> None:
    asked = [doubted(run, replace(BROKEN, id=f"x-{number}")) for number in range(REPEATED_AT_MOST + 2)]
    assert asked == [True] * REPEATED_AT_MOST + [False, False]


@pytest.mark.parametrize(
    ("trouble", "times", "why"),
    [
        (replace(created(), response=None, trouble="timeout"), 8, "no longer answers"),
        (with_answer(created(), status=401, body=b"{}"), 2, "token is no longer accepted"),
    ],
    ids=["no-answer", "token-refused"],
)
def test_run_stops_after_repeated_environment_errors(run: Run, trouble: Exchange, times: int, why: str) -> None:
    for number in range(times - 1):
        run.observe(replace(trouble, id=f"x-{number}"))
    assert run.given_up == ""
    run.observe(replace(created(), id="between"))
    for number in range(times):
        run.observe(replace(trouble, id=f"y-{number}"))
    assert why in run.given_up


def test_throttling_is_never_a_reason_to_give_up(run: Run) -> None:
    for number in range(50):
        run.observe(replace(created(), id=f"x-{number}", response=Response(429)))
    assert run.given_up == ""


def test_test_with_environment_errors_only_is_reported(run: Run) -> None:
    run.judge(replace(created(), response=Response(503)))
    assert run.unanswered == "no response of the API itself: unavailable"
    run.judge(created())
    assert run.unanswered == ""
