"""An export is followed to its end within a budget, its file is fetched, and what is known of it is noted."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import httpx
import pytest

from exports_conformance.client.client import ATTACHMENTS_KEPT, Client
from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.limits import ANNOUNCED, Retries
from exports_conformance.client.ownership import MemoryLedger, Ownership
from exports_conformance.client.redaction import Redactor
from exports_conformance.client.running import POLLED_FOR, POLLS
from exports_conformance.exchange.exports import has_ended
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.tags import PLACEHOLDER, Tags
from exports_conformance.rules import judge

EXPORT = "EXPORTid00"
FILE = "http://127.0.0.1/files/f.gz"
SHOWN = Expectation("life/ended", "retrieve")
FETCHED = Expectation("life/file", "download", expected={"id": EXPORT, "attributes": {"format": "json"}})
Step = int | str | httpx.Response


def _followed_from(last: Exchange) -> Expectation:
    """Expect a status that may follow the status of the response before."""
    return Expectation("life/followed", "retrieve", expected={"attributes": {"status": last.attributes.get("status")}})


class Shop:
    """Shows one export by a script of statuses, of HTTP or the export's own; the last one stays.

    Its files are by a script, too.
    """

    def __init__(self, *statuses: Step, files: tuple[int, ...] = (200,), attached: bool = True) -> None:
        self.statuses = list(statuses)
        self.files = list(files)
        self.attached = attached
        self.asked: list[httpx.Request] = []
        self.fetched: list[str] = []
        self.observed: list[Exchange] = []
        self.slept: list[float] = []
        self.said: list[str] = []
        self.now = 0.0
        self.doubt: Callable[[Exchange], bool] = lambda _: False
        self.ledger = MemoryLedger()
        self.ledger = MemoryLedger()
        self._numbers = count(1)
        client = Client("http://127.0.0.1/api", token="tok", redactor=Redactor(), transport=httpx.MockTransport(self))
        retries = Retries(
            sleep=self._sleep, jitter=lambda _, most: most, clock=lambda: self.now, announce=self.said.append
        )
        self.endpoint = Endpoint(
            client,
            ledger=self.ledger,
            tags=Tags("0123abcd"),
            retries=retries,
            observe=self.observed.append,
            doubts=self._doubts,
        )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer as the scripts say."""
        if request.url.path == "/files/f.gz":
            self.fetched.append(request.url.query.decode())
            status = self.files.pop(0) if len(self.files) > 1 else self.files[0]
            return httpx.Response(status, stream=httpx.ByteStream(b"no gzip"))
        self.asked.append(request)
        step = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if isinstance(step, httpx.Response):
            return step
        if isinstance(step, int):
            return httpx.Response(step, json={"errors": [{"status": str(step), "code": "RECORD_NOT_FOUND"}]})
        attributes: dict[str, Any] = {"status": step, "attachment_url": None}
        if self.attached and step == "completed":
            attributes["attachment_url"] = f"{FILE}?Signature=s{next(self._numbers)}"
        return httpx.Response(200, json={"data": {"id": EXPORT, "type": "exports", "attributes": attributes}})

    def _sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)

    def _doubts(self, exchange: Exchange) -> bool:
        return self.doubt(exchange)

    def first(self) -> Exchange:
        """Retrieve the export, and forget the requests and observations so far."""
        shown = self.endpoint.retrieve(EXPORT, expectation=SHOWN)
        self.asked.clear()
        self.observed.clear()
        return shown

    def follow(self, **limits: float) -> Exchange:
        """Follow the export from its first answer."""
        return self.endpoint.follow(self.first(), expectation=_followed_from, ended=has_ended, **limits)


def test_export_is_followed_until_it_has_ended() -> None:
    """Each answer is meant to follow the one before, and all are observed."""
    shop = Shop("pending", "pending", "in_progress", "in_progress", "completed", "failed")
    last = shop.follow()
    assert last.attributes["status"] == "completed"
    assert [each.attributes["status"] for each in shop.observed] == [
        *["pending", "in_progress", "in_progress", "completed"]
    ]
    assert [each.expectation.expected["attributes"]["status"] for each in shop.observed] == [
        *["pending", "pending", "in_progress", "in_progress"]
    ]
    assert shop.slept == [0.25, 0.5, 1.0]
    assert shop.observed[-1] is last


def test_ended_export_is_retrieved_once_more() -> None:
    """That is what shows whether it stays so."""
    shop = Shop("completed")
    shop.follow()
    assert len(shop.asked) == 1
    assert shop.slept == []


def test_export_that_does_not_end_is_followed_for_as_long_as_it_may_take() -> None:
    """Polls are as rare as possible, and each long wait is announced in a line."""
    shop = Shop("in_progress")
    assert shop.follow().attributes["status"] == "in_progress"
    assert shop.slept == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0]
    assert len(shop.asked) == len(shop.slept) + 1 <= POLLS
    assert POLLED_FOR - 32.0 < sum(shop.slept) <= POLLED_FOR
    assert shop.said == [
        f"waiting {wait:.0f} s for the end of export {EXPORT}: {spent:.0f} of 60 s are spent"
        for wait, spent in ((1, 0.75), (2, 1.75), (4, 3.75), (8, 7.75), (16, 15.75))
    ]
    assert shop.slept[2] == ANNOUNCED


@pytest.mark.parametrize(("seconds", "asked"), [(0.0, 1), (0.2, 1), (0.3, 2), (1.0, 3), (1e9, POLLS)])
def test_budget_bounds_the_requests(seconds: float, asked: int) -> None:
    shop = Shop("pending")
    shop.follow(seconds=seconds)
    assert len(shop.asked) == asked


def test_budget_is_separate_from_that_of_environment_errors() -> None:
    """An export that takes its time leaves no less of the run's retries."""
    shop = Shop("in_progress")
    shop.follow()
    assert shop.endpoint.retries.spent == 0.0


def test_read_that_goes_back_for_a_moment_lags() -> None:
    """It is retrieved again and not judged, like a 404 of a replica that does not know the export yet."""
    shop = Shop("in_progress", "in_progress", "pending", 404, "completed")
    last = shop.follow()
    assert [each.expectation.outcome for each in shop.observed] == ["success", "either", "either", "success"]
    assert [each.status for each in shop.observed] == [200, 200, 404, 200]
    assert last.attributes["status"] == "completed"
    assert "status-moves-on" not in {each.requirement for one in shop.observed for each in judge(one).violations}


def test_read_that_stays_stale_is_final() -> None:
    shop = Shop("in_progress", "in_progress", "pending")
    shop.follow(seconds=0.3)
    assert shop.observed[-1].attributes["status"] == "pending"
    assert shop.observed[-1].expectation.outcome == "success"


def test_export_that_is_gone_is_not_followed_for_ever() -> None:
    shop = Shop("pending", 404)
    assert shop.follow(seconds=1.0).status == 404
    assert sum(shop.slept) < 40


def test_file_is_fetched_from_where_it_was_shown() -> None:
    shop = Shop("completed")
    file = shop.endpoint.download(shop.first(), expectation=FETCHED)
    assert file
    assert (file.status, file.expectation) == (200, FETCHED)
    assert shop.observed == [file]
    assert (shop.asked, shop.fetched) == ([], ["Signature=s1"])


@pytest.mark.parametrize("status", ["pending", "completed", 404])
def test_export_without_an_attachment_has_no_file(status: Step) -> None:
    shop = Shop(status, attached=False)
    assert shop.endpoint.download(shop.first(), expectation=FETCHED) is None
    assert (shop.observed, shop.fetched) == ([], [])


def test_attachment_is_a_retrieval_s() -> None:
    """An export in an update or a list is not a poll of its present status."""
    shop = Shop("completed")
    shown = shop.endpoint.update(EXPORT, {"reference": "x"}, expectation=Expectation("c", "update"))
    assert shown.attributes["attachment_url"].endswith("?Signature=redacted")
    assert shop.endpoint.download(shown, expectation=FETCHED) is None


@pytest.mark.parametrize("body", [b'{"data": [{"attachment_url": 1}]}', b'{"attachment_url": {', b'["attachment_url"]'])
def test_attachment_in_another_place_is_none(body: bytes) -> None:
    shop = Shop(httpx.Response(200, content=body))
    assert shop.endpoint.download(shop.first(), expectation=FETCHED) is None


def test_attachments_of_long_ago_are_forgotten() -> None:
    """They would be expired, and their number is bounded."""
    shop = Shop("completed")
    first = shop.first()
    second = shop.first()
    last = [shop.first() for _ in range(ATTACHMENTS_KEPT - 1)][-1]
    assert shop.endpoint.download(first, expectation=FETCHED) is None
    assert shop.endpoint.download(second, expectation=FETCHED)
    assert shop.endpoint.download(last, expectation=FETCHED)


def test_new_address_is_requested_where_one_is_refused() -> None:
    """Neither the refusal nor the renewing retrieval is judged."""
    shop = Shop("completed", files=(403, 200))
    file = shop.endpoint.download(shop.first(), expectation=FETCHED)
    assert file
    assert file.status == 200
    assert shop.fetched == ["Signature=s1", "Signature=s2"]
    assert [(each.status, each.expectation.outcome) for each in shop.observed] == [
        *[(403, "either"), (200, "either"), (200, "success")]
    ]


def test_address_that_is_refused_and_not_shown_again_is_none() -> None:
    shop = Shop("completed", files=(403,))
    shown = shop.first()
    shop.statuses[:] = ["in_progress"]
    assert shop.endpoint.download(shown, expectation=FETCHED) is None
    assert [each.status for each in shop.observed] == [403, 200]


def test_missing_file_is_fetched_again_from_the_same_address() -> None:
    shop = Shop("completed", files=(404, 404, 200))
    file = shop.endpoint.download(shop.first(), expectation=FETCHED)
    assert file
    assert file.status == 200
    assert shop.fetched == ["Signature=s1"] * 3
    assert [each.status for each in shop.observed[-3:]] == [404, 404, 200]
    assert {each.expectation.outcome for each in shop.observed[-3:-1]} == {"either"}


@pytest.mark.parametrize("status", [410, 500])
def test_other_response_of_a_storage_is_final(status: int) -> None:
    shop = Shop("completed", files=(status, 200))
    file = shop.endpoint.download(shop.first(), expectation=FETCHED)
    assert file
    assert file.status == status
    assert shop.fetched == ["Signature=s1"]


@pytest.mark.parametrize(("files", "fetched"), [((200,), ["s1", "s1"]), ((403, 200), ["s1", "s2", "s2"])])
def test_doubtful_file_is_fetched_once_more(files: tuple[int, ...], fetched: list[str]) -> None:
    """The second fetch uses the address that worked."""
    shop = Shop("completed", files=files)
    shown = shop.first()
    shop.doubt = lambda exchange: exchange.expectation.operation == "download" and exchange.status == 200
    file = shop.endpoint.download(shown, expectation=FETCHED)
    assert file
    assert shop.fetched == [f"Signature={each}" for each in fetched]
    assert shop.observed[-2] is file
    assert shop.observed[-1].expectation.confirms == file.id
    assert [each.expectation.confirms for each in shop.observed[:-1]] == [""] * (len(fetched) + len(files) - 2)


def test_file_that_gets_503_is_retried_and_not_confirmed() -> None:
    shop = Shop("completed", files=(503, 503, 503))
    shown = shop.first()
    shop.doubt = lambda _: True
    assert shop.endpoint.download(shown, expectation=FETCHED)
    assert len(shop.fetched) == 3


def test_updates_by_a_trigger_are_as_documented() -> None:
    """An interruption means something else when it is sent again; a start does not."""
    shop = Shop("pending")
    shop.doubt = lambda _: True
    shop.endpoint.interrupt(EXPORT, expectation=Expectation("c", "update"))
    shop.endpoint.start(EXPORT, expectation=Expectation("c", "update"))
    assert [(each.method, each.url.path) for each in shop.asked] == [("PATCH", f"/api/exports/{EXPORT}")] * 3
    triggers = [each.content.partition(b'"attributes":')[2] for each in shop.asked]
    assert triggers == [b'{"_interrupt":true}}}', b'{"_start":true}}}', b'{"_start":true}}}']


def test_related_resources_are_requested_below_their_export() -> None:
    shop = Shop("pending")
    shop.endpoint.related("A C", "relationships/events", expectation=Expectation("c", "related"))
    assert shop.asked[0].url.raw_path == b"/api/exports/A%20C/relationships/events"


def test_spared_export_is_not_stopped_for_room() -> None:
    """Others are: a creation that was refused for their number is sent again."""
    sent: list[tuple[str, str]] = []
    references: dict[str, str] = {}
    full = {"errors": [{"status": "422", "code": "VALIDATION_ERROR", "detail": "too many"}]}
    states = {f"id-{number}": "pending" for number in range(10)}
    created = iter(states)

    def response(request: httpx.Request) -> httpx.Response:
        export_id = request.url.path.rpartition("/")[2]
        sent.append((request.method, export_id))
        if request.url.path.endswith("/exports") and request.method == "GET":
            return httpx.Response(200, json={"data": [], "meta": {"record_count": running()}})
        if request.method == "PATCH":
            states[export_id] = "interrupted"
        elif request.method == "POST" and (export_id := next(created, "new")) == "new" and running() >= 10:
            return httpx.Response(422, json=full)
        if request.method == "POST":
            references[export_id] = json.loads(request.content)["data"]["attributes"]["reference"]
        attributes = {"status": states.get(export_id, "pending"), "reference": references[export_id]}
        data = {"id": export_id, "type": "exports", "attributes": attributes}
        return httpx.Response(201 if request.method == "POST" else 200, json={"data": data})

    def running() -> int:
        return sum(state == "pending" for state in states.values())

    ledger = MemoryLedger()
    client = Client("http://127.0.0.1/api", token="tok", owns=ledger.owns, transport=httpx.MockTransport(response))
    endpoint = Endpoint(client, ledger=ledger, retries=Retries(sleep=lambda _: None))
    body = {"data": {"type": "exports", "attributes": {"resource_type": "skus", "reference": PLACEHOLDER}}}
    for export_id in list(states):
        endpoint.create(body, expectation=Expectation("creation/x", "create"))
        if export_id != "id-7":
            endpoint.spare(export_id)
    exchange = endpoint.create(body, expectation=Expectation("creation/y", "create"))
    assert exchange.status == 201
    assert [each for method, each in sent if method == "PATCH"] == ["id-7"]


def test_id_of_an_earlier_response_is_noted() -> None:
    """A repeated id is recognised by our own notes, whatever the endpoint says."""
    given = iter(["a", "b", "a"])

    def response(_: httpx.Request) -> httpx.Response:
        return httpx.Response(201, json={"data": {"id": next(given), "type": "exports", "attributes": {}}})

    ledger = MemoryLedger()
    client = Client("http://127.0.0.1/api", token="tok", owns=ledger.owns, transport=httpx.MockTransport(response))
    ownership = Ownership(ledger)
    ownership.listed_newest()
    endpoint = Endpoint(client, ledger=ledger, ownership=ownership)
    exchanges = [endpoint.create({"data": {}}, expectation=Expectation("creation/x", "create")) for _ in range(3)]
    assert [each.lookups.known_id for each in exchanges] == [False, False, True]
    assert [
        "create-new-id" in {violation.requirement for violation in judge(each).violations} for each in exchanges
    ] == [False, False, True]
    assert "create-new-id" in judge(exchanges[0]).held


def test_id_in_another_response_is_classified() -> None:
    shop = Shop("pending")
    assert not shop.first().lookups.known_id
