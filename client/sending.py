"""Asking: requests with their marks, their entries in the ledger, and patience with the weather."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from exports_conformance.client.client import Door, Raw
from exports_conformance.client.guards import AllowanceSpent, DoorRefused
from exports_conformance.client.ledger import Ledger
from exports_conformance.client.retries import Patience, shortest_wait
from exports_conformance.client.tagging import PAGE, has_place, search_for, tagged, written
from exports_conformance.client.transport import NOT_SENT
from exports_conformance.exchange.environment import environment_error
from exports_conformance.exchange.model import JSON_API, Exchange, Expectation, Headers, Operation, header_of
from exports_conformance.exchange.states import RUNNING
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import Tags

WAITED_FOR = {"no-answer", "throttled", "unavailable"}
NOT_FOUND = 404
LAG, LAG_ATTEMPTS = 10.0, 5  # seconds that a read may be behind, and how often it is asked again within them

Answered = tuple[Exchange, Raw]


class NobodyAnswers(Exception):  # noqa: N818  it names what happened, not an error of ours
    """A request that was not sent, since those before it were not answered."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to be sent, once or again; the placeholder in its body becomes a new mark each time."""

    method: str
    path: str
    expectation: Expectation
    query: str = ""
    headers: Headers = ()
    body: bytes | None = None
    authorised: bool = True

    @property
    def creates(self) -> bool:
        """Whether an export may come of it."""
        return self.method.upper() in {"POST", "PUT"} and self.path.strip("/") == "exports"


class Asking:
    """Sends requests through the door, knows what became of each creation, and waits for better weather.

    What it gives back has not been observed yet; what it sends besides (attempts in bad weather, searches
    for a lost creation) has.
    """

    def __init__(
        self, door: Door, *, ledger: Ledger, tags: Tags, patience: Patience, observe: Callable[[Exchange], bool]
    ) -> None:
        self.door = door
        self.ledger = ledger
        self.patience = patience
        self.observe = observe
        self.statuses: dict[str, str] = {}  # the last status seen of each export of ours
        self.unknown: dict[str, bytes] = {}  # the bodies of creations of which it is not known what became, by mark
        self._ids: set[str] = set()  # of what was created
        self.untraceable: list[str] = []  # the cases of creations that may have succeeded, and bear no mark
        self.sent_at: dict[str, float] = {}  # when each creation was sent, by mark, in seconds of a monotonic clock
        self.created_at: dict[str, float] = {}  # when each export of ours was first known, likewise
        self.spared: set[str] = set()  # exports that must run to their end
        self.refused: set[str] = set()  # the marks of creations of which nothing came
        self.exports_at_most: int | None = None  # how many this run may create; None: any number
        self.spent: Callable[[str], BaseException] = AllowanceSpent  # what is raised then
        self.overdrawn = False  # more were created, by an endpoint that did not refuse what it should have
        self._marks = tags
        self._unanswered = 0  # requests in a row to which no answer came
        self._unanswered_at_most: int | None = None

    @contextmanager
    def giving_up(self, after: int) -> Iterator[None]:
        """Raise `NobodyAnswers` within, in place of every request after so many in a row that were not answered."""
        self._unanswered, self._unanswered_at_most = 0, after
        try:
            yield
        finally:
            self._unanswered_at_most = None

    @property
    def _nobody_answers(self) -> bool:
        return self._unanswered_at_most is not None and self._unanswered >= self._unanswered_at_most

    def once(self, ask: Ask) -> Answered:
        """Send a request, with a new mark where it has a place for one."""
        if self._nobody_answers:
            raise NobodyAnswers
        body, expectation = ask.body, ask.expectation
        if ask.creates:
            self._check_allowance(expectation)
        if body is not None and has_place(body):
            expectation = replace(expectation, tag=self._marks.next())
            body = tagged(body, expectation.tag)
            if ask.creates:
                self.ledger.intend(expectation.tag, expectation.case)
                self.unknown[expectation.tag] = body
                self.sent_at[expectation.tag] = time.monotonic()
        elif ask.creates:
            self.ledger.intend("", expectation.case)
        try:
            exchange, raw = self.door.send(
                ask.method,
                ask.path,
                expectation=expectation,
                query=ask.query,
                headers=ask.headers,
                body=body,
                authorised=ask.authorised,
            )
        except DoorRefused:
            self._nothing_came_of(expectation.tag)
            raise
        self._unanswered = 0 if exchange.response else self._unanswered + 1
        if ask.creates and not expectation.tag and not exchange.response and _may_have_arrived(exchange):
            self.untraceable.append(expectation.case)
        return self._noted(ask, exchange, raw), raw

    def _check_allowance(self, expectation: Expectation) -> None:
        """Let a creation pass while exports may be created, and what is certain to be refused as long as it is."""
        at_most, there = self.exports_at_most, len(self.created_at) + len(self.unknown)
        if at_most is None or there < at_most or (expectation.outcome == "refusal" and not self.overdrawn):
            return
        raise self.spent(f"no more than {at_most} exports may be created in this run")

    def ask(self, ask: Ask) -> Answered:
        """Send a request, again where that is worth waiting for; a lost creation is looked for first."""
        last: Answered | None = None
        hopeless = renewed = blocked = may_be_done = False

        def attempt() -> Answered:
            nonlocal last, hopeless, may_be_done
            if last:
                if ask.creates and _may_have_arrived(last[0]) and not self.find(last[0].expectation.tag):
                    hopeless = True
                    return last
                self.observe(last[0])
                may_be_done = may_be_done or _may_have_arrived(last[0])
            last = self.once(ask)
            if may_be_done and _says_it_is_done(ask, last[0]):
                last = replace(last[0], expectation=released(last[0].expectation)), last[1]
            return last

        def worth(answered: Answered) -> bool:
            nonlocal renewed, blocked
            if not renewed and _blames_our_token(ask, answered[0]):
                renewed = True
                return self.door.access.renew()
            if (
                not blocked and environment_error(answered[0]) == "firewall"
            ):  # which may have had nothing to do with this request
                blocked = True
                return True
            return not hopeless and not self._nobody_answers and _worth_waiting(ask, answered[0])

        return self.patience.settle(
            attempt,
            worth=worth,
            shortest=lambda answered: shortest_wait(answered[0]),
        )

    def find(self, tag: str) -> bool:
        """Look for what a creation of unknown end created; False where that could not be found out."""
        return self.adopt(f"{self.search(tag)}&page[size]={PAGE}", [tag], case="lost creation/search") is not None

    def search(self, tag: str) -> str:
        """Give the query of the list that shows what a creation of unknown end created."""
        return search_for(tag, self.unknown.get(tag))

    def adopt(self, query: str, tags: Sequence[str], *, case: str) -> set[str] | None:
        """Write down the exports of a list that have one of these marks; give the marks, None without a list."""
        listed = self.look(query, case=case)
        if listed is None:
            return None
        # A list that ignores its filter shows other people's exports: what has none of the marks is not ours, and
        # an empty text, which everything has, is no mark.
        shown = [(json.dumps(each.get("attributes")), each["id"]) for each in listed]
        found = [(tag, export_id) for tag in tags for text, export_id in shown if tag and tag in text]
        for tag, export_id in found:
            self.ledger.created(export_id, tag)
            self.created_at.setdefault(export_id, time.monotonic())
            self.unknown.pop(tag, None)
        return {tag for tag, _ in found}

    def look(self, query: str, *, case: str) -> tuple[dict[str, Json], ...] | None:
        """List exports and give the resources as they came; None where the list was not shown."""
        document = self.read(query, case=case)
        return None if document is None else tuple(_resources(document))

    def read(self, query: str, *, case: str) -> dict[str, Json] | None:
        """List exports and give the document as it came; None where there was none."""
        expectation = Expectation(case=case, operation="list", outcome="either", certain=False)
        accept = (("Accept", JSON_API),)
        exchange, raw = self.ask(Ask("GET", "/exports", expectation, query, accept))
        self.observe(exchange)
        document = raw.document(exchange)
        return document if exchange.status == 200 and isinstance(document, dict) else None  # noqa: PLR2004  OK

    def _nothing_came_of(self, tag: str) -> None:
        self.unknown.pop(tag, None)
        self.refused.add(tag)

    def tell(
        self, method: str, export_id: str, operation: Operation, body: bytes | None = None, *, case: str
    ) -> Exchange | None:
        """Send a request about an export of ours whose success nobody judges, since others may have been faster."""
        headers = (("Accept", JSON_API), *((("Content-Type", JSON_API),) if body else ()))
        expectation = Expectation(case=case, operation=operation, outcome="either", certain=False)
        try:
            exchange, _ = self.ask(Ask(method, f"/exports/{path_part(export_id)}", expectation, "", headers, body))
        except DoorRefused:
            return None
        self.observe(exchange)
        return exchange

    def interrupt(self, export_id: str, *, case: str) -> None:
        """Stop an export of ours, if it still runs."""
        data = {"type": "exports", "id": export_id, "attributes": {"_interrupt": True}}
        self.tell("PATCH", export_id, "update", written({"data": data}), case=case)

    @property
    def running(self) -> tuple[str, ...]:
        """The ids of our exports that were last seen pending or in progress, are still there, and may be stopped."""
        there = {export_id for export_id, _ in self.ledger.outstanding()} - self.spared
        return tuple(each for each, status in self.statuses.items() if status in RUNNING and each in there)

    def _noted(self, ask: Ask, exchange: Exchange, raw: Raw) -> Exchange:
        """Write down what an answer says of our exports; give the exchange with what our own notes say of it."""
        tag = exchange.expectation.tag
        document = raw.document(exchange) if exchange.succeeded else None
        resources = list(_resources(document))
        if ask.creates and resources and document and not isinstance(document["data"], list):
            if resources[0]["id"] in self._ids:
                exchange = replace(exchange, lookups=replace(exchange.lookups, known_id=True))
            self._ids.add(resources[0]["id"])
            self.ledger.created(resources[0]["id"], tag)
            self.created_at[resources[0]["id"]] = time.monotonic()
            self.overdrawn = self.exports_at_most is not None and len(self.created_at) > self.exports_at_most
            self.unknown.pop(tag, None)
        if exchange.refused:
            self._nothing_came_of(tag)
        if ask.method == "DELETE" and (exchange.succeeded or exchange.status == NOT_FOUND):
            self.ledger.gone(unquote(ask.path.rpartition("/")[2]))
        for resource in resources:
            attributes = resource.get("attributes")
            status = attributes.get("status") if isinstance(attributes, dict) else None
            if isinstance(status, str) and self.ledger.owns(resource["id"]):
                self.statuses[resource["id"]] = status
        return exchange


def released(expectation: Expectation) -> Expectation:
    """Give the intent of an attempt that does not count: its answer only has to be well-formed."""
    return Expectation(expectation.case, expectation.operation, outcome="either", certain=False, tag=expectation.tag)


def path_part(export_id: str) -> str:
    """Give an id as a part of a path, whatever is in it."""
    return quote(export_id, safe="")


def _resources(document: Json) -> Iterator[dict[str, Json]]:
    data = document.get("data") if isinstance(document, dict) else None
    for each in data if isinstance(data, list) else [data]:
        if isinstance(each, dict) and isinstance(each.get("id"), str) and each["id"]:
            yield each


def _may_have_arrived(exchange: Exchange) -> bool:
    return not exchange.refused and not exchange.trouble.startswith(NOT_SENT)


def _blames_our_token(ask: Ask, exchange: Exchange) -> bool:
    """Say whether a token of ours was refused, and not one that was planted."""
    ours = ask.authorised and header_of(ask.headers, "authorization") is None
    return ours and environment_error(exchange) == "token-refused"


def _worth_waiting(ask: Ask, exchange: Exchange) -> bool:
    """Say whether a request may be sent again: it never arrived, can be done twice, or left a mark to be found by."""
    if environment_error(exchange) not in WAITED_FOR:
        return False
    return not _may_have_arrived(exchange) or not ask.creates or bool(exchange.expectation.tag)


def _says_it_is_done(ask: Ask, exchange: Exchange) -> bool:
    """Say whether an answer may mean no more than that an attempt before, unanswered, was not in vain."""
    changes = ask.method.upper() in {"PATCH", "DELETE"} and ask.expectation.outcome == "success"
    return changes and exchange.refused
