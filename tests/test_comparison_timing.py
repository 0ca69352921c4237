"""Comparison of how long exports take: by class, of most exports, and never for one alone."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from exports_conformance.exchange.model import Exchange, Expectation, Request
from exports_conformance.upgrade.comparing import TIMING_AT, compare_exchanges
from tests.exchanges import EVERY_ARGUMENT, created, put, with_answer
from tests.replays import said

BEGUN = datetime.fromisoformat("2026-03-01T12:00:00+00:00")


def run(*seconds: float | None) -> list[Exchange]:
    """Return creations with the last poll of each: completed after so many seconds, or still running."""
    found = []
    for number, each in enumerate(seconds):
        creation = created(EVERY_ARGUMENT, expectation=Expectation(f"creation/{number}", "create"))
        body = (creation.response.body if creation.response else b"").replace(b"XAyRWNUzyN", b"XAyRWNUzy%d" % number)
        creation = replace(with_answer(creation, body=body), id=f"c-{number}")
        creation = put(creation, "/data/attributes/created_at", BEGUN.isoformat())
        ended = each is not None
        shown = put(with_answer(creation, status=200), "/data/attributes/status", "completed" if ended else "pending")
        if ended:
            shown = put(shown, TIMING_AT, (BEGUN + timedelta(seconds=each or 0)).isoformat())
            shown = put(shown, "/data/attributes/attachment_url", "https://s3.example/1.json.gz")
        meant = Expectation(
            f"life/{number}",
            "retrieve",
            expected={"id": creation.data["id"], "attributes": {"status": "pending"}},
        )
        request = Request("GET", f"/exports/{creation.data['id']}", "", (("Accept", "application/vnd.api+json"),))
        found += [creation, replace(shown, id=f"r-{number}", request=request, expectation=meant)]
    return found


@pytest.mark.parametrize(
    ("before", "after", "now"),
    [
        ((2, 3, 4), (30, 40, 50), "most exports complete within a minute"),
        ((30, 40, 50), (2, 3, 4), "most exports complete within 10 seconds"),
        ((2, 3, 4), (None, None, None), "most exports had not completed when the run stopped waiting"),
        ((2, 3, 4), (30, 2, 90_000), "most exports complete within a minute"),
    ],
)
def test_most_exports_in_another_class_of_time_are_a_difference(
    before: tuple[float, ...], after: tuple[float | None, ...], now: str
) -> None:
    (difference,) = [
        each for each in compare_exchanges(run(*before), run(*after)).differences if each.finding.what == "timing"
    ]
    assert said(difference)[::4] == ("compatible", now)
    assert difference.finding.at == TIMING_AT
    assert difference.operations == {"create"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((2, 3, 4), (4, 5, 9)),  # the same class
        ((8, 9, 9), (11, 12, 13)),  # close to the bound of a class
        ((2, 3, 4), (2, 3, 900)),  # one export
        ((2, 3), (50, 60)),  # too few
        ((None, None, None), (None, None, None)),
    ],
)
def test_chance_is_no_difference(before: tuple[float | None, ...], after: tuple[float | None, ...]) -> None:
    assert compare_exchanges(run(*before), run(*after)).differences == ()


def test_only_exports_of_the_other_class_count() -> None:
    (difference,) = compare_exchanges(run(2, 3, 4, 5), run(30, 40, 50, 5)).differences
    assert (difference.count, difference.cases) == (3, ["creation/0", "creation/1", "creation/2"])
