"""The recorded endpoint gives what was recorded to those who ask the same, and nothing to others."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.opening import open_recorded
from exports_conformance.client.recorded import (
    CaseNotRecordedError,
    RequestNotRecordedError,
    difference,
    settled,
)
from exports_conformance.exchange.model import Exchange, Expectation, Lookups, Request, Response
from exports_conformance.exchange.tags import authorization_class
from exports_conformance.strategies.bodies import enveloped
from exports_conformance.suites.sources import RecordedRequests, Source, document_of

BASE = "https://yourdomain.commercelayer.io/api"
MARK = "exports-conformance-0a0a0a0a-00001"
PLACE = "exports-conformance-00000000-00000"
DOCUMENTED = (("Accept", "application/vnd.api+json"), ("Content-Type", "application/vnd.api+json"))
OURS = ("Authorization", "Bearer $COMMERCELAYER_ACCESS_TOKEN")
BODY = enveloped({"resource_type": "skus", "reference": f"{PLACE} a"})
CREATION = Expectation("creation/a", "create")


def recorded(
    identity: str = "aBc", *, tag: str = MARK, number: int = 1, case: str = "creation/a", **changes: Any
) -> Exchange:
    """Return a recorded creation."""
    body = f'{{"data":{{"type":"exports","attributes":{{"resource_type":"skus","reference":"{tag} a"}}}}}}'
    exchange = Exchange(
        f"main-{number:05d}",
        Expectation(case, "create", tag=tag),
        Request("POST", "/exports", "", (*DOCUMENTED, ("User-Agent", "old"), OURS), body.encode()),
        Response(201, (("Content-Encoding", "gzip"), ("X", "y")), f'{{"data":{{"id":"{identity}"}}}}'.encode()),
        BASE,
        "live",
        started=float(number),
        elapsed=0.5,
        lookups=Lookups(running=3),
    )
    return replace(exchange, **changes)


def read_of(identity: str, *, number: int = 9, expectation: Expectation | None = None, status: int = 200) -> Exchange:
    """Return a recorded retrieval."""
    asked = Request("GET", f"/exports/{identity}", "", (DOCUMENTED[0], OURS))
    return recorded(
        identity,
        number=number,
        expectation=expectation or Expectation("life/a", "retrieve"),
        request=asked,
        response=Response(status, (), b"{}"),
    )


@pytest.fixture
def replay() -> Any:
    opened: list[Any] = []

    def opening(exchanges: Sequence[Exchange], **options: Any) -> Endpoint:
        context = open_recorded(exchanges, **options)
        opened.append(context)
        return context.__enter__()

    yield opening
    for context in opened:
        context.__exit__(None, None, None)


def test_recorded_exchange_comes_back_as_it_was(replay: Any) -> None:
    was = recorded()
    seen: list[Exchange] = []
    endpoint = replay([was], observe=seen.append)
    today = replace(CREATION, outcome="either", certain=False)
    exchange = endpoint.create(BODY, expectation=today)
    assert (exchange.id, exchange.started, exchange.elapsed, exchange.lookups) == (was.id, 1.0, 0.5, was.lookups)
    assert (exchange.provenance, exchange.expectation) == ("recorded", replace(today, tag=MARK))
    assert (exchange.request.body, exchange.request.path, exchange.request.query) == (was.request.body, "/exports", "")
    assert exchange.response
    assert was.response
    assert (exchange.status, exchange.response.body) == (201, was.response.body)
    assert exchange.response.header("x") == "y"
    assert seen == [exchange]
    assert (endpoint.kind, endpoint.base_url) == ("recorded", BASE)


def test_nothing_is_cleaned_or_waited_for(replay: Any) -> None:
    refused = recorded(response=None, trouble="timeout")
    seen: list[Exchange] = []
    endpoint = replay([refused], observe=seen.append)
    assert endpoint.create(BODY, expectation=CREATION).trouble == "timeout"
    assert endpoint.clean().left == ()
    assert len(seen) == 1


def test_marks_of_refusals_are_those_that_were_recorded(replay: Any) -> None:
    endpoint = replay([recorded(response=Response(422))])
    endpoint.create(BODY, expectation=CREATION)
    assert endpoint.refused == {MARK}


def test_case_that_was_not_recorded_is_named(replay: Any) -> None:
    with pytest.raises(CaseNotRecordedError, match="the recording has no creation/b; record again"):
        replay([recorded()]).create(BODY, expectation=replace(CREATION, case="creation/b"))


DIFFERENT: dict[str, tuple[dict[str, Any], str]] = {
    "body": (
        {"body": enveloped({"resource_type": "orders", "reference": f"{PLACE} a"})},
        '"skus" and is "orders"',
    ),
    "escapes": ({"body": enveloped({"resource_type": "a\x1b[1m\n", "reference": f"{PLACE} a"})}, r"a\u001b[1m"),
    "absent": ({"body": {"data": {"type": "exports"}}}, 'the body["data"]["attributes"] was {"'),
    "added": ({"body": {**BODY, "meta": [1]}}, 'the body["meta"] was absent and is [1]'),
    "bytes": ({"body": b"{"}, "the body was"),
    "query": ({"query": "a=b"}, 'query was "" and is "a=b"'),
    "accept": ({"headers": {"Accept": None}}, 'Accept was "application/vnd.api+json" and is null'),
    "content-type": ({"headers": {"Content-Type": "a/b"}}, 'Content-Type was "application/vnd.api+json" and is "a/b"'),
    "credentials": ({"authorised": False}, 'Authorization was "the token" and is "none"'),
}


@pytest.mark.parametrize(("changes", "hint"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_request_that_was_not_recorded_is_explained(replay: Any, changes: dict[str, Any], hint: str) -> None:
    far = recorded(number=7, request=Request("POST", "/exports", "x=y", (), b"far away"))
    with pytest.raises(RequestNotRecordedError) as caught:
        replay([far, recorded()]).create(**{"body": BODY, "expectation": CREATION, **changes})
    said = str(caught.value)
    assert said.startswith("creation/a: POST /exports is not in the recording; the nearest there is main-00001: ")
    assert hint in said
    assert said.isprintable()


@pytest.mark.parametrize("depth", [2, 300, 990])
def test_bodies_that_differ_deep_inside_are_compared(depth: int) -> None:
    one, other = (
        Request("POST", "/exports", "", (), b"[" * depth + leaf + b"]" * depth) for leaf in (b"[1, 2]", b"[1, 3]")
    )
    assert difference(one, other).startswith("the body")
    assert difference(one, one) == "an id"


def test_method_and_path_are_named(replay: Any) -> None:
    hint = 'method was "POST" and is "GET"; path was "/exports" and is "/skus"'
    kept = recorded(request=Request("POST", "/exports", "", (*DOCUMENTED[:1], OURS)))
    with pytest.raises(RequestNotRecordedError, match=hint):
        replay([kept]).send("GET", "/skus", expectation=CREATION)


def test_recorded_responses_come_in_order_and_end(replay: Any) -> None:
    endpoint = replay([recorded("a", number=1), recorded("b", number=2)])
    assert [endpoint.create(BODY, expectation=CREATION).data["id"] for _ in range(2)] == ["a", "b"]
    with pytest.raises(RequestNotRecordedError, match="is in the recording 2 times, and was requested once more"):
        endpoint.create(BODY, expectation=CREATION)


def test_attempt_that_was_repeated_is_not_served() -> None:
    again = Expectation("life/a", "retrieve", outcome="either", certain=False)
    early = read_of("a", number=1, expectation=again, status=404)
    busy = replace(read_of("a", number=2), response=Response(503))
    last = read_of("a", number=3)
    confirmation = read_of("a", number=4, expectation=Expectation("life/a", "retrieve", confirms="main-00003"))
    assert settled([early, busy, last, confirmation]) == (last,)
    undecided = read_of("a", number=5, expectation=again)
    assert settled([undecided, replace(undecided, id="main-00006")]) == (undecided, replace(undecided, id="main-00006"))


def test_replayed_poll_ends_at_once(replay: Any) -> None:
    early = read_of(
        "a", number=1, expectation=Expectation("life/a", "retrieve", outcome="either", certain=False), status=404
    )
    endpoint = replay([early, read_of("a", number=2)])
    exchange = endpoint.retrieve(
        "a", expectation=Expectation("life/a", "retrieve"), until=lambda each: each.status == 200
    )
    assert exchange.id == "main-00002"


def test_export_of_another_process_is_the_same_by_its_creation(replay: Any) -> None:
    """Under xdist each process creates what it needs; what one has recorded, the other's id stands for."""
    shown = {"id": "b"}
    theirs = read_of("b", expectation=Expectation("life/a", "retrieve", expected=shown))
    endpoint = replay([recorded("a", number=1), recorded("b", number=2), theirs])
    exchange = endpoint.retrieve("a", expectation=Expectation("life/a", "retrieve", expected={"id": "a"}))
    assert (exchange.request.path, exchange.expectation.expected) == ("/exports/b", shown)


def test_any_number_of_tags_is_a_list_of_tags(replay: Any) -> None:
    tags = ",".join(f"exports-conformance-0a0a0a0a-0000{number}" for number in range(5))
    asked = Request("GET", "/exports", f"filter[q][reference_in]={tags}", (DOCUMENTED[0], OURS))
    kept = recorded(expectation=Expectation("life/none", "list", matches=0), request=asked)
    exchange = replay([kept]).list(
        "filter[q][reference_in]=exports-conformance-0b0b0b0b-00001", expectation=kept.expectation
    )
    assert exchange.request.query == asked.query


def test_wide_characters_have_tags_too(replay: Any) -> None:
    for encoding in ("utf-16", "utf-16-be"):
        was = recorded()
        wide = replace(was, request=replace(was.request, body=f'{{"a":"{MARK}"}}'.encode(encoding)))
        assert (
            replay([wide]).create(f'{{"a":"{PLACE}"}}'.encode(encoding), expectation=CREATION).request.body
            == wide.request.body
        )


@pytest.mark.parametrize(
    ("value", "reduced"),
    [(None, "none"), (OURS[1], "the token"), ("Basic abc", "planted Basic"), ("Bearer", "planted Bearer")],
)
def test_credentials_are_reduced_to_a_class(value: str | None, reduced: str) -> None:
    assert authorization_class(value) == reduced


def test_recorded_requests_are_found_by_their_case() -> None:
    was = recorded()
    requests = RecordedRequests([(was.expectation.case, was.request)])
    assert [document_of(request) for request in requests.of("creation/a")] == [BODY]
    assert (requests.of("creation/b"), "creation/b" in requests, len(requests)) == ((), False, 1)


@settings(max_examples=1, database=None)
@given(data=st.data())
def test_source_draws_from_its_strategy_or_returns_the_recorded_body(data: st.DataObject) -> None:
    assert Source().draw(data, st.just(7), lambda _: 8) == 7
    assert Source(recorded().request).draw(data, st.nothing(), document_of) == BODY
