"""An endpoint: documented requests, tags, confirmation, and retries with environment errors."""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from exports_conformance.client.cleanup import CleanUp
from exports_conformance.client.client import Client
from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.guards import RequestBlockedError
from exports_conformance.client.limits import LONGEST_WAIT, Retries
from exports_conformance.client.ownership import MemoryLedger, Ownership
from exports_conformance.client.tagging import carries, encode_body, search_query, with_tag
from exports_conformance.exchange.model import JSON_API, Exchange, Expectation
from exports_conformance.exchange.tags import PLACEHOLDER, Tags

CREATION = Expectation("creation/1", "create")
Answers = Callable[[httpx.Request], httpx.Response]
LOST = httpx.ReadTimeout("too late")
NEVER_SENT = httpx.ConnectError("[Errno 111] Connection refused")


def _body(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "exports", "attributes": {"resource_type": "skus", **attributes}}}


def _created(number: int, request: httpx.Request) -> httpx.Response:
    attributes = json.loads(request.content)["data"]["attributes"]
    data = {"id": f"EXPORTid{number:02d}", "type": "exports", "attributes": {"status": "pending", **attributes}}
    return httpx.Response(201, json={"data": data})


def _throttled(**headers: str) -> httpx.Response:
    return httpx.Response(429, headers=headers, json={"errors": {"title": "Too Many Requests", "status": 429}})


class Api:
    """Answers from a script, then creates exports and lists them."""

    def __init__(self, *script: httpx.Response | httpx.TransportError | Answers) -> None:
        self.script = list(script)
        self.sent: list[httpx.Request] = []
        self.exports: list[dict[str, Any]] = []
        self.observed: list[Exchange] = []
        self.slept: list[float] = []
        self.doubt: Callable[[Exchange], bool] = lambda _: False
        self.ledger = MemoryLedger()
        self.now = 0.0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer as an API would."""
        self.sent.append(request)
        step = self.script.pop(0) if self.script else self.plain
        if isinstance(step, httpx.TransportError):
            raise step
        return step if isinstance(step, httpx.Response) else step(request)

    def plain(self, request: httpx.Request) -> httpx.Response:
        """Create, or list what has the text that is filtered for."""
        if request.method == "POST":
            response = _created(len(self.exports), request)
            self.exports.append(response.json()["data"])
            return response
        found = re.search(r"exports-conformance-[0-9a-f-]+", str(request.url))
        sought = found[0] if found else ""
        return httpx.Response(200, json={"data": [each for each in self.exports if sought in json.dumps(each)]})

    def created_but_lost(self, request: httpx.Request) -> httpx.Response:
        """Create, and lose the answer."""
        self.plain(request)
        raise LOST

    def endpoint(self, **retries: float) -> Endpoint:
        """Return an endpoint that uses this transport and never sleeps."""
        client = Client("http://127.0.0.1/api", token="tok", owns=self.ledger.owns, transport=httpx.MockTransport(self))
        waiting = Retries(**retries, sleep=self.slept.append, jitter=lambda _, most: most, clock=lambda: self.now)  # type: ignore[arg-type]
        ownership = Ownership(self.ledger)
        ownership.listed_newest()  # so that a creation without a tag needs no list
        return Endpoint(
            client,
            ledger=self.ledger,
            tags=Tags("0123abcd"),
            retries=waiting,
            observe=self.observed.append,
            doubts=self._doubts,
            ownership=ownership,
        )

    def _doubts(self, exchange: Exchange) -> bool:
        return self.doubt(exchange)

    @property
    def methods(self) -> list[str]:
        """The methods of what was sent, in order."""
        return [request.method for request in self.sent]


def test_requests_are_as_documented() -> None:
    """Method, path and the two headers of each operation; what has no body has no media type."""
    api = Api()
    endpoint = api.endpoint()
    endpoint.create(_body(), expectation=CREATION, query="include=events")
    endpoint.retrieve("AbC", expectation=Expectation("c", "retrieve"))
    endpoint.list("page[size]=1", expectation=Expectation("c", "list"))
    endpoint.update("AbC", {"reference": "x"}, expectation=Expectation("c", "update"))
    endpoint.interrupt("AbC", expectation=Expectation("c", "update"))
    endpoint.delete("A C", expectation=Expectation("c", "delete"))
    seen = [
        (r.method, str(r.url).removeprefix("http://127.0.0.1/api"), r.headers.get("content-type")) for r in api.sent
    ]
    assert seen == [
        ("POST", "/exports?include=events", JSON_API),
        ("GET", "/exports/AbC", None),
        ("GET", "/exports?page[size]=1", None),
        ("PATCH", "/exports/AbC", JSON_API),
        ("PATCH", "/exports/AbC", JSON_API),
        ("DELETE", "/exports/A%20C", None),
    ]
    assert all(request.headers["accept"] == JSON_API for request in api.sent)
    assert api.sent[4].content == b'{"data":{"type":"exports","id":"AbC","attributes":{"_interrupt":true}}}'


def test_headers_are_overridden_by_name_or_replaced() -> None:
    """None leaves a documented header out; a sequence is sent as it is."""
    api = Api()
    endpoint = api.endpoint()
    endpoint.create(_body(), expectation=CREATION, headers={"accept": "text/html", "Content-Type": None, "X-A": "1"})
    endpoint.send(
        "GET", "/exports", expectation=Expectation("c", "list"), headers=[("X-A", "1"), ("X-A", "2")], authorised=False
    )
    endpoint.send("POST", "/exports", expectation=Expectation("c", "other"), body=_body())
    assert (api.sent[2].content, api.sent[2].headers["content-type"]) == (encode_body(_body()), JSON_API)
    sent = [[item for item in r.headers.multi_items() if item[0] not in {"host", "user-agent"}] for r in api.sent]
    assert sent[0][:3] == [("accept", "text/html"), ("x-a", "1"), ("authorization", "Bearer tok")]
    assert "content-type" not in api.sent[0].headers
    assert sent[1] == [("x-a", "1"), ("x-a", "2")]


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ({"a": "é"}, '{"a":"é"}'.encode()),
        ({"a": "é\ud800"}, b'{"a":"\\u00e9\\ud800"}'),
        (None, b"null"),
        (b"{no json", b"{no json"),
    ],
)
def test_bodies_are_written_compactly(body: Any, sent: bytes) -> None:
    """Bodies are sent as UTF-8, escaped only for half surrogates; bytes are sent unchanged."""
    api = Api(httpx.Response(400, json={"errors": []}))
    api.endpoint().create(body, expectation=Expectation("c", "create", outcome="refusal"))
    assert api.sent[0].content == sent


def test_a_tag_is_used_once_and_written_down_first() -> None:
    """It is in the ledger before the request leaves, and the id is there after the answer."""
    api = Api()
    written_down: list[list[tuple[str, str]]] = []

    def looking(request: httpx.Request) -> httpx.Response:
        written_down.append(list(api.ledger.outstanding()))
        return api.plain(request)

    api.script = [looking]
    first = api.endpoint().create(_body(reference=PLACEHOLDER), expectation=CREATION)
    tag = "exports-conformance-0123abcd-00001"
    assert written_down == [[("", tag)]]
    assert first.expectation.tag == tag
    assert first.sent_attributes["reference"] == tag
    assert api.ledger.outstanding() == [("EXPORTid00", tag)]
    assert api.observed == [first]


def test_a_blocked_creation_leaves_nothing_to_look_for() -> None:
    """Although its tag was written down."""
    api = Api()
    endpoint = api.endpoint()
    with pytest.raises(RequestBlockedError):
        endpoint.create(_body(reference=PLACEHOLDER), expectation=CREATION, query="\x01")
    assert endpoint.clean() == CleanUp()
    assert not api.sent


def test_endpoint_reports_its_name_and_address() -> None:
    endpoint = Api().endpoint()
    endpoint.edition = "7.10"
    exchange = endpoint.list(expectation=Expectation("c", "list"))
    assert (endpoint.kind, endpoint.base_url, endpoint.edition) == ("live", "http://127.0.0.1/api", "7.10")
    assert exchange.edition == "7.10"


def test_a_flawed_body_that_was_created_is_written_down() -> None:
    """So is one without a tag."""
    api = Api()
    api.endpoint().create(_body(), expectation=Expectation("c", "create", outcome="refusal", breaks="x"))
    assert api.ledger.owns("EXPORTid00")


def test_a_tag_is_put_into_any_encoding() -> None:
    """A body in UTF-16 is a flaw, and what comes of it has to be found all the same."""
    body = json.dumps(_body(reference=PLACEHOLDER)).encode("utf-16")
    assert "MARK" in with_tag(body, "MARK").decode("utf-16")
    assert PLACEHOLDER not in with_tag(body, "MARK").decode("utf-16")


@pytest.mark.parametrize(
    ("attributes", "query"),
    [
        ({"reference": "MARK"}, "filter[q][reference_eq]=MARK"),
        ({"reference": "MARK b"}, "filter[q][reference_start]=MARK"),
        ({"reference": "a MARK b"}, "filter[q][reference_cont]=MARK"),
        ({"reference": 7, "reference_origin": "MARK"}, "filter[q][reference_origin_eq]=MARK"),
        (
            {"metadata": {"a": 1, "b": {"c": [0, "MARK"]}}},
            "filter[q][metadata_jcont]=%7B%22b%22%3A%7B%22c%22%3A%5B%22MARK%22%5D%7D%7D",
        ),
        ({}, "filter[q][reference_eq]=MARK"),
    ],
)
def test_a_tag_is_searched_where_it_was_put(attributes: dict[str, Any], query: str) -> None:
    assert search_query("MARK", attributes) == query


def test_doubtful_response_is_requested_once_more() -> None:
    """A doubtful creation is repeated with a new tag; the judgement of the second response changes nothing."""
    api = Api()
    api.doubt = lambda _: True
    first = api.endpoint().create(_body(reference=PLACEHOLDER), expectation=CREATION)
    assert [exchange.expectation.confirms for exchange in api.observed] == ["", first.id]
    assert [exchange.expectation.tag[-5:] for exchange in api.observed] == ["00001", "00002"]
    assert len(api.ledger.outstanding()) == 2


def test_unrepeatable_request_is_not_sent_again() -> None:
    """A deletion, an interruption, and whatever environment errors answered."""
    api = Api(httpx.Response(500), httpx.Response(500), httpx.Response(401))
    api.doubt = lambda _: True
    endpoint = api.endpoint()
    endpoint.delete("A", expectation=Expectation("c", "delete"))
    endpoint.interrupt("A", expectation=Expectation("c", "update"))
    endpoint.list(expectation=Expectation("c", "list"))
    assert api.methods == ["DELETE", "PATCH", "GET"]


@pytest.mark.parametrize("bad", [_throttled(), httpx.Response(503), httpx.Response(504), LOST, NEVER_SENT])
def test_environment_errors_are_retried(bad: httpx.Response | httpx.TransportError) -> None:
    """Every attempt is observed; the last answer is the one that counts."""
    api = Api(bad, bad)
    exchange = api.endpoint().list(expectation=Expectation("c", "list"))
    assert exchange.status == 200
    assert len(api.observed) == 3
    assert api.observed[-1] is exchange
    assert api.slept == [0.5, 1.0]


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        ({"X-Ratelimit-Interval": "60", "Retry-After": "0"}, [3.75, 7.5, 15.0, 30.0, 60.0]),
        ({"Retry-After": "7"}, [7.0, 14.0, 28.0, 56.0]),
        ({"Retry-After": "99999999"}, [0.5, 1.0, 2.0, 4.0, 8.0]),
        ({"X-Ratelimit-Interval": "Wed"}, [0.5, 1.0, 2.0, 4.0, 8.0]),
    ],
)
def test_wait_is_as_long_as_the_limit_says(headers: dict[str, str], slept: list[float]) -> None:
    """Six attempts span a whole window; what a header says is believed within reason."""
    api = Api(*[_throttled(**headers)] * 6)
    api.endpoint().list(expectation=Expectation("c", "list"))
    assert api.slept == slept


def test_the_budget_of_retries_is_one_for_the_whole_run() -> None:
    """When it is spent, environment errors is the answer, and is observed once."""
    api = Api(*[httpx.Response(503)] * 9)
    endpoint = api.endpoint(seconds=4.0)
    exchanges = [endpoint.list(expectation=Expectation("c", "list")) for _ in range(3)]
    assert [exchange.status for exchange in exchanges] == [503, 503, 503]
    assert sum(api.slept) == endpoint.retries.spent == 4.0
    assert len(api.observed) == len({exchange.id for exchange in api.observed}) == len(api.sent) == 7


@pytest.mark.parametrize("nested", [False, True])
def test_requests_that_hang_spend_the_budget(nested: bool) -> None:  # noqa: FBT001  pytest's parameter
    """All but the first, and once only: a server that hangs ends with the budget."""
    api = Api()

    def hang(_: httpx.Request) -> httpx.Response:
        api.now += 30.0
        raise LOST

    api.script = [hang] * 20
    endpoint = api.endpoint(seconds=100.0)
    if nested:
        endpoint.retries.repeat(lambda: endpoint.list(expectation=Expectation("c", "list")), while_=lambda _: True)
    else:
        endpoint.list(expectation=Expectation("c", "list"))
    assert 100.0 - LONGEST_WAIT <= endpoint.retries.spent <= 100.0 + 30.0
    assert len(api.sent) == 5
    assert endpoint.retries.spent == sum(api.slept) + 4 * 30.0


def test_a_throttled_creation_is_sent_again_with_a_new_tag() -> None:
    """It never arrived."""
    api = Api(_throttled(), NEVER_SENT)
    exchange = api.endpoint().create(_body(reference=PLACEHOLDER), expectation=CREATION)
    assert api.methods == ["POST", "POST", "POST"]
    assert exchange.expectation.tag.endswith("00003")


@pytest.mark.parametrize("place", ["reference", "reference_origin", "metadata"])
def test_a_lost_creation_is_looked_for_before_it_is_sent_again(place: str) -> None:
    """What it created is in the ledger, and so is what the second one does."""
    api = Api()
    api.script = [api.created_but_lost]
    value = {"mark": PLACEHOLDER} if place == "metadata" else PLACEHOLDER
    exchange = api.endpoint().create(_body(**{place: value}), expectation=CREATION)
    assert api.methods == ["POST", "GET", "POST"]
    assert exchange.status == 201
    assert [each for each, _ in api.ledger.outstanding()] == ["EXPORTid00", "EXPORTid01"]
    assert [each.expectation.operation for each in api.observed] == ["list", "create", "create"]


def test_a_creation_that_cannot_be_looked_for_is_not_sent_again() -> None:
    """A lost creation without a tag, or with no list to search, is not repeated."""
    api = Api(LOST)
    assert api.endpoint().create(_body(), expectation=CREATION).response is None
    assert api.methods == ["POST"]
    api = Api(LOST, httpx.Response(404, json={"errors": []}))
    assert api.endpoint().create(_body(reference=PLACEHOLDER), expectation=CREATION).response is None
    assert api.methods == ["POST", "GET"]
    assert len(api.observed) == 2


def test_a_foreign_export_is_not_taken_for_a_lost_one() -> None:
    """A list that ignores its filter must not have us delete what others made."""
    other = httpx.Response(
        200, json={"data": [{"id": "FOREIGNid", "type": "exports", "attributes": {"reference": "x"}}]}
    )
    api = Api(LOST, other)
    api.endpoint().create(_body(reference=PLACEHOLDER), expectation=CREATION)
    assert not api.ledger.owns("FOREIGNid")


@pytest.mark.parametrize(("response", "outcome"), [(httpx.Response(204), "success"), (httpx.Response(404), "either")])
def test_a_lost_deletion_is_repeated(response: httpx.Response, outcome: str) -> None:
    """Where it was not in vain, its second answer is a 404, and no broken promise."""
    api = Api(LOST, response)
    exchange = api.endpoint().delete("A", expectation=Expectation("c", "delete"))
    assert (exchange.status, exchange.expectation.outcome) == (response.status_code, outcome)
    assert api.methods == ["DELETE", "DELETE"]


def test_deletion_is_judged_by_its_response() -> None:
    """A 404 to a first attempt is what it seems."""
    exchange = Api(httpx.Response(404)).endpoint().delete("A", expectation=Expectation("c", "delete"))
    assert exchange.expectation.outcome == "success"


@pytest.mark.parametrize("pages", [1, 2])
def test_request_that_got_a_page_of_a_firewall_is_sent_once_more(pages: int) -> None:
    """It may have had nothing to do with the request; if it had, it comes again."""
    page = httpx.Response(403, html="<html>blocked</html>")
    api = Api(*[page] * pages, httpx.Response(200, json={"data": []}))
    exchange = api.endpoint().list(expectation=Expectation("c", "list"))
    assert (exchange.status, len(api.methods)) == ({1: 200, 2: 403}[pages], 2)


@pytest.mark.parametrize(("shown", "ours"), [("007", True), ("0", True), ("", True), (" ü", True), ("1", False)])
def test_digits_behind_a_tag_are_those_that_were_sent(shown: str, *, ours: bool) -> None:
    """A longer number would be the tag of another creation."""
    tag = Tags("737ff38d").next()
    assert carries({"reference": tag + shown}, tag, {"reference": f"{tag}007"}) is ours
