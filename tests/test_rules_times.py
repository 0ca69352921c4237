"""The judge of times: server against server where a Date header tells, else within a day of our own clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from exports_conformance.contract.requirements import instant
from exports_conformance.exchange.model import Exchange, Expectation
from tests.exchanges import NOON_SECONDS, created, held, put, violated, with_answer, with_header


def _created_after(seconds: float, *, date: str | None = "Sun, 01 Mar 2026 12:00:00 GMT") -> Exchange:
    """Return a creation whose `created_at` is this many seconds after noon."""
    moment = datetime.fromtimestamp(NOON_SECONDS, UTC) + timedelta(seconds=seconds)
    shown = moment.isoformat(timespec="milliseconds")
    return with_header(created(created_at=shown, updated_at=shown), "Date", date)


@pytest.mark.parametrize(
    ("seconds", "broken"),
    [(0, set()), (2.9, set()), (-2.9, set()), (3.1, {"created-now"}), (-3.3, {"created-now"}), (3600, {"created-now"})],
)
def test_creation_is_now_by_the_server_s_own_clock(seconds: float, broken: set[str]) -> None:
    exchange = _created_after(seconds)
    assert violated(exchange) == broken
    assert ("created-now" in held(exchange)) == (not broken)


def test_slow_creation_may_date_from_its_start() -> None:
    """Our clock does not matter where the server's tells the time; how long the answer took does."""
    assert violated(replace(_created_after(-9), elapsed=10.0, started=0.0)) == set()
    assert violated(replace(_created_after(-9), elapsed=1.0, started=0.0)) == {"created-now"}
    assert violated(replace(_created_after(9), elapsed=10.0, started=0.0)) == {"created-now"}


UNUSABLE_DATES = (
    None,
    "",
    "yesterday",
    "Sun, 99 Mar 2026 12:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    f"Sun, 01 Mar 2026 12:00:00 +{'9' * 99}",
)


@pytest.mark.parametrize("date", UNUSABLE_DATES)
@pytest.mark.parametrize(
    ("hours", "broken"), [(0, set()), (23.9, set()), (-23.9, set()), (24.1, {"created-now"}), (-24.1, {"created-now"})]
)
def test_creation_without_a_usable_date_header_may_be_a_day_off(
    hours: float, broken: set[str], date: str | None
) -> None:
    assert violated(_created_after(hours * 3600, date=date)) == broken


@pytest.mark.parametrize(
    "date",
    [
        "Sun, 01 Mar 2026 12:00:00",
        "Sun, 01 Mar 2026 12:00:00 -0000",
        "Sun, 01 Mar 2026 13:00:00 +0100",
        "Sunday, 01-Mar-26 12:00:00 GMT",
    ],
)
def test_date_without_a_zone_or_with_another_is_read(date: str) -> None:
    assert violated(_created_after(0, date=date)) == set()
    assert violated(_created_after(60, date=date)) == {"created-now"}


def test_retrieved_export_may_be_old() -> None:
    old = with_answer(_created_after(-86_400 * 365), status=200)
    exchange = replace(old, expectation=Expectation("life/retrieve", "retrieve"))
    assert violated(exchange) == set()
    assert "created-now" not in held(exchange)


@pytest.mark.parametrize(
    ("shown", "now", "broken"),
    [
        ("12:00:00.123Z", "12:00:00.123Z", set()),
        ("12:00:00.123Z", "13:00:00.123000+01:00", set()),
        ("12:00:00.123456789Z", "12:00:00.123457Z", {"retrieve-as-created"}),
        ("12:00:00.123456789Z", "12:00:00.123456Z", set()),
        ("12:00:00.123456Z", "12:00:00.123Z", set()),
        ("12:00:00.857Z", "12:00:00Z", set()),
        ("12:00:00Z", "12:00:00.857Z", set()),
        ("12:00:00.857Z", "12:00:01Z", set()),
        ("12:00:00.857Z", "12:00:02Z", {"retrieve-as-created"}),
        ("12:00:00.123Z", "12:00:00.124Z", {"retrieve-as-created"}),
        ("12:00:00.123456Z", "12:00:00.124457Z", {"retrieve-as-created"}),
        ("12:00:00Z", "12:00:01Z", {"retrieve-as-created"}),
    ],
)
def test_creation_stays_when_it_was_to_the_precision_that_is_shown(shown: str, now: str, broken: set[str]) -> None:
    before, later = f"2026-03-01T{shown}", f"2026-03-01T{now}"
    at_noon = created(created_at=later, updated_at="2026-03-01T12:30:00Z")
    expectation = Expectation(
        "life/retrieved", "retrieve", expected={"id": at_noon.data["id"], "attributes": {"created_at": before}}
    )
    assert violated(replace(with_answer(at_noon, status=200), expectation=expectation)) == broken


@pytest.mark.parametrize(
    ("created_at", "updated_at", "broken"),
    [
        ("2026-03-01T12:00:00.001Z", "2026-03-01T12:00:00.000Z", {"created-not-updated-before"}),
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00.000Z", set()),
        ("2026-03-01T12:00:00.900Z", "2026-03-01T12:00:00Z", set()),
        ("2026-03-01T12:00:01.000Z", "2026-03-01T12:00:00Z", {"created-not-updated-before"}),
        ("2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00", set()),
        ("2026-03-01T12:00:00Z", "2026-03-01T12:59:00+01:00", {"created-not-updated-before"}),
    ],
)
def test_update_follows_creation(created_at: str, updated_at: str, broken: set[str]) -> None:
    assert violated(created(created_at=created_at, updated_at=updated_at)) == broken


@pytest.mark.parametrize("name", ["created_at", "updated_at"])
def test_time_that_cannot_be_read_silences_its_comparisons(name: str) -> None:
    exchange = put(created(), f"/data/attributes/{name}", "noon")
    assert violated(exchange) == {f"answer-{name.replace('_', '-')}"}
    assert not held(exchange) & {"created-now", "created-not-updated-before"}


@pytest.mark.parametrize(
    ("text", "is_time"),
    [
        ("2026-03-01T12:00:00Z", True),
        ("2026-03-01t12:00:00.1z", True),
        ("2026-03-01T12:00:00.123456789+05:30", True),
        ("2016-12-31T23:59:60Z", True),
        ("2024-02-29T00:00:00-00:00", True),
        ("2023-02-29T00:00:00Z", False),
        ("2026-03-01 12:00:00Z", False),
        ("2026-03-01T12:00Z", False),
        ("2026-03-01T12:00:00+0100", False),
        ("2026-03-01T12:00:00", False),
        ("2026-W09-7T12:00:00Z", False),
        ("2026-03-01T24:00:01Z", False),
        ("2026-03-01T12:00:00+24:00", False),
        ("٢٠٢٦-03-01T12:00:00Z", False),
        ("2026-03-01T12:00:00Z\n", False),
        (1772366400, False),
        (None, False),
    ],
)
def test_times_are_rfc_3339(text: object, *, is_time: bool) -> None:
    assert (instant(text) is not None) is is_time
