"""What earlier responses showed is compared with a later one, and the rules decide which differences are wrong."""

import json
from dataclasses import replace

import pytest

from exports_conformance.client.earlier import EarlierResponses, Links
from exports_conformance.exchange.model import Exchange, Expectation, Lookups, Response
from exports_conformance.exchange.strict_json import Json
from tests.exchanges import NOON, created, document, put, violated, with_answer

LATE = "2026-03-01T12:00:05.000Z"
ENDED: dict[str, Json] = {"status": "completed", "started_at": NOON, "completed_at": LATE, "records_count": 3}


def _shown(operation: str, sent: dict[str, Json] | None = None, **shown: Json) -> Exchange:
    exchange = created(expectation=Expectation(f"life/{operation}", operation), **shown)  # type: ignore[arg-type]  # its own test
    body = {"data": {"type": "exports", "id": "XAyRWNUzyN", "attributes": sent or {}}}
    return replace(with_answer(exchange, status=200), request=replace(exchange.request, body=json.dumps(body).encode()))


def _listed(**shown: Json) -> Exchange:
    exchange = _shown("list", **shown)
    answer = {
        "data": [document({**exchange.attributes, **shown})["data"]],
        "meta": {"record_count": 1, "page_count": 1},
    }
    body = json.dumps(answer).encode()
    assert exchange.response
    return replace(exchange, response=replace(exchange.response, body=body))


def _after(*before: Exchange, now: Exchange) -> Exchange:
    """Return an exchange as the client completes it after the others."""
    known = EarlierResponses()
    for each in before:
        known.contradicted(each)
    return replace(now, lookups=Lookups(earlier=known.contradicted(now)))


def test_list_is_compared_with_the_creation() -> None:
    assert _after(created(), now=_listed()).lookups.earlier == {}
    other = _after(created(), now=_listed(metadata={"foo": "BAR"}, reference=None))
    assert other.lookups.earlier == {
        "/data/0/attributes/metadata": {"foo": "bar"},
        "/data/0/attributes/reference": "ANY-EXTERNAL-REFEFERNCE",
    }
    assert "list-as-created" in violated(other)


def test_list_may_write_a_time_otherwise() -> None:
    listed = _after(created(), now=_listed(created_at="2026-03-01T13:00:00+01:00"))
    assert listed.lookups.earlier
    assert "list-as-created" not in violated(listed)


def test_list_is_not_compared_with_what_an_update_may_have_changed() -> None:
    update = _shown("update", {"metadata": {}})
    assert _after(created(), update, now=_listed(metadata={"old": True})).lookups.earlier == {}


def test_place_of_a_flaw_may_be_shown_in_any_way() -> None:
    flawed = Expectation(
        "refusal/x", "create", outcome="either", breaks="metadata-deep", at="/data/attributes/metadata"
    )
    assert _after(created(expectation=flawed), now=_listed(metadata={})).lookups.earlier == {}


def test_export_that_no_creation_named_is_not_compared() -> None:
    assert _after(now=_listed(metadata={})).lookups.earlier is None


def test_id_of_two_creations_is_not_compared() -> None:
    assert _after(created(), created(), now=_listed(metadata={})).lookups.earlier is None


@pytest.mark.parametrize("changed", [{"records_count": 4}, {"completed_at": NOON}])
def test_ended_export_stays(changed: dict[str, Json]) -> None:
    first = _shown("retrieve", **ENDED)
    assert "ended-stays" not in violated(_after(created(), first, now=first))
    assert violated(_after(created(), first, now=_shown("retrieve", **{**ENDED, **changed}))) >= {"ended-stays"}


def test_ended_export_does_not_go_back_unless_it_was_started() -> None:
    ended, pending = _shown("retrieve", **ENDED), _shown("retrieve", status="pending")
    assert violated(_after(created(), ended, now=pending)) >= {"status-moves-on"}
    assert "status-moves-on" not in violated(_after(created(), ended, _shown("update", {"_start": True}), now=pending))


@pytest.mark.parametrize(("at", "value"), [("/data/meta/mode", "live"), ("/data/meta/organization_id", "another")])
def test_organisation_stays(at: str, value: str) -> None:
    other = put(created(), at, value)
    assert violated(_after(other, now=created())) == {"meta-constant"}
    assert violated(_after(put(created(), at, None), now=created())) == set()


def test_response_that_shows_live_mode_ends_the_run_without_a_violation() -> None:
    assert violated(_after(created(), now=put(created(), "/data/meta/mode", "live"))) == set()


DATES = {second: f"Tue, 24 Nov 2026 12:00:{second:02} GMT" for second in (0, 1, 7)}


@pytest.mark.parametrize("dated", [True, False])
def test_age_of_an_address_is_the_time_since_it_was_first_shown(*, dated: bool) -> None:
    links = Links()

    def age(url: str, second: int, path: str = "/exports/a") -> float | None:
        headers = (("Date", DATES[second]),) if dated else ()
        exchange = replace(created(), response=Response(200, headers), started=1e9 + second)
        return links.age(path, url, exchange)

    assert age("one", 0) is None
    assert age("one", 0) == pytest.approx(0.001)
    assert age("other", 0, "/exports/b") is None
    assert age("one", 7) == 7
    assert age("two", 7) == 0
    assert age("two", 0) == pytest.approx(0.001)
    assert age("one", 7) == 0


def test_date_that_is_none_is_not_believed() -> None:
    exchange = replace(created(), response=Response(200, (("Date", "soon"),)), started=5.0)
    links = Links()
    links.age("/exports/a", "one", exchange)
    assert links.age("/exports/a", "one", replace(exchange, started=9.0)) == 4
