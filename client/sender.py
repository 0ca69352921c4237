"""The sender: requests with their tags, their entries in the ledger, and retries after environment errors."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, Protocol
from urllib.parse import quote, unquote

from exports_conformance.client.client import Client, RawResponse
from exports_conformance.client.guards import ExportLimitError, NotOursError, RequestBlockedError, is_segment
from exports_conformance.client.limits import Retries, RunLimits, wait_asked_for
from exports_conformance.client.ownership import Ownership
from exports_conformance.client.tagging import PAGE, encode_body, has_placeholder, search_query, with_tag
from exports_conformance.client.transport import NOT_SENT
from exports_conformance.exchange.exports import RUNNING
from exports_conformance.exchange.model import (
    JSON_API,
    Exchange,
    Expectation,
    Headers,
    Operation,
    Request,
    Response,
    header_of,
)
from exports_conformance.exchange.reasons import environment_error
from exports_conformance.exchange.strict_json import Json, as_object, as_text, member, read_once
from exports_conformance.exchange.tags import Tags

RETRIED: Final = frozenset({"no-answer", "throttled", "unavailable"})

Sent = tuple[Exchange, RawResponse]


class NobodyAnswersError(Exception):
    """A request that was not sent because the ones before it got no response."""


@dataclass(frozen=True, slots=True)
class RequestTemplate:
    """A request to be sent, once or again; the placeholder in its body becomes a new tag each time.

    `recorded` is the exchange of a recording whose response it is served.
    """

    method: str
    path: str
    expectation: Expectation
    query: str = ""
    headers: Headers = ()
    body: bytes | None = None
    authorised: bool = True
    recorded: Exchange | None = None

    @property
    def creates(self) -> bool:
        """Whether it may create an export."""
        return self.method.upper() in {"POST", "PUT"} and self.path.strip("/") == "exports"

    @property
    def export_id(self) -> str:
        """The id of the export that it is about; empty if it is about none."""
        segments = self.path.split("/")
        return unquote(segments[2]) if len(segments) > 2 and segments[1] == "exports" else ""  # noqa: PLR2004  /exports/{id}

    @property
    def changes(self) -> bool:
        """Whether it may change or remove an export."""
        return self.method.upper() in {"PATCH", "DELETE", "PUT"} and self.export_id != ""


class RequestSource(Protocol):
    """Finds the recorded request that a template stands for."""

    def find(self, template: RequestTemplate) -> RequestTemplate:
        """Return the recorded request, to be sent in place of the template."""


class Sender:
    """Sends requests through the client, knows what became of each creation, and retries after environment errors.

    What it returns has not been observed yet. What it sends besides (attempts that ended in an environment error,
    searches for a lost creation, looks at an export whose ownership is doubtful) has.
    """

    def __init__(
        self,
        client: Client,
        *,
        ownership: Ownership,
        tags: Tags,
        retries: Retries,
        observe: Callable[[Exchange], object],
        limits: RunLimits,
        recording: RequestSource | None = None,
    ) -> None:
        self.client = client
        self.ownership = ownership
        self.ledger = ownership.ledger
        self.tags = tags
        self.retries = retries
        self.observe = observe
        self.limits = limits
        self.statuses: dict[str, str] = {}  # the last status seen of each export of ours
        self.unknown: dict[str, float] = {}  # when each creation whose outcome is unknown was sent, by tag
        self.untraceable: list[tuple[str, float]] = []  # creations without a tag that may have succeeded, and when
        self.untagged: dict[str, tuple[str, float]] = {}  # those that were answered, by the id
        self.created_at: dict[str, float] = {}  # when each export was first named, in seconds of a monotonic clock
        self.spared: set[str] = set()  # exports that must run to their end
        self.flaws: dict[str, str] = {}  # the JSON pointer of the flaw in the body of each export's creation
        self.refused: set[str] = set()  # the tags of creations that were refused
        self._recording = recording
        self._unanswered = 0  # requests in a row that got no response
        self._unanswered_at_most: int | None = None
        client.learn = self._learn

    @contextmanager
    def giving_up(self, after: int) -> Iterator[None]:
        """Within it, raise `NobodyAnswersError` instead of sending after so many requests without a response.

        It is raised too after as many environment errors in a row as end a run.
        """
        self._unanswered, self._unanswered_at_most = 0, after
        self.limits.expect_responses()
        try:
            yield
        finally:
            self._unanswered_at_most = None

    @property
    def gives_up(self) -> bool:
        """Whether so many requests in a row got no response of the API that no more are sent."""
        if self._unanswered_at_most is None:
            return False
        return self.limits.is_hopeless or self._unanswered >= self._unanswered_at_most

    def once(self, template: RequestTemplate) -> Sent:
        """Send a request once, with a new tag if its body has a place for one.

        Raises:
            RequestBlockedError: it must not be sent, or would change an export that is not shown to be ours.
        """
        if self.gives_up:
            raise NobodyAnswersError
        if self._recording:
            template = self._recording.find(template)
            return self._sent(template, template.body, template.expectation)
        created = len(self.created_at) + len(self.unknown)
        self.limits.check(template.expectation, creates=template.creates, created=created)
        if template.changes:
            self._check_ownership(template)
        body, expectation = template.body, template.expectation
        if body is not None and has_placeholder(body):
            expectation = replace(expectation, tag=self.tags.next())
            body = with_tag(body, expectation.tag)
        if template.creates:
            self._note_creation(expectation, body)
        sent_at = time.monotonic()
        try:
            exchange, raw = self._sent(template, body, expectation)
        except RequestBlockedError:
            self._nothing_created(expectation.tag)
            self.ownership.not_sent(expectation.tag)
            raise
        known = len(self.created_at)
        exchange = self._noted(template, exchange, raw)
        may_have_created = _may_have_arrived(exchange) and not _says_it_failed(exchange)
        may_have_created = may_have_created and len(self.created_at) == known
        if template.creates and not expectation.tag and may_have_created:
            self.untraceable.append((expectation.case, sent_at))
        return exchange, raw

    def _sent(self, template: RequestTemplate, body: bytes | None, expectation: Expectation) -> Sent:
        exchange, raw = self.client.send(
            template.method,
            template.path,
            expectation=expectation,
            query=template.query,
            headers=template.headers,
            body=body,
            authorised=template.authorised,
            recorded=template.recorded,
        )
        self._unanswered = 0 if exchange.response else self._unanswered + 1
        self.limits.sent(exchange, raw.document(exchange))
        if template.recorded and exchange.refused:
            self._nothing_created(expectation.tag)
        return exchange, raw

    def exchange(self, template: RequestTemplate) -> Sent:
        """Send a request, again after an environment error that is worth waiting for.

        Before a creation whose response was lost is sent again, its export is looked for; where that cannot be
        found out, it is not sent again.
        """
        attempts = _Attempts(self, template)
        return self.retries.repeat(
            attempts.make,
            while_=attempts.are_worth_another,
            first_wait=lambda sent: wait_asked_for(sent[0]),
            reason="a response to replace an environment error",
        )

    def find(self, tag: str) -> bool:
        """Look for the export of a creation whose response was lost; return False if that could not be found out."""
        query = f"{search_query(tag, self.ownership.sent_attributes(tag))}&page[size]={PAGE}"
        return self.look(query, case="lost creation/search") is not None

    def look(self, query: str, *, case: str) -> tuple[dict[str, Json], ...] | None:
        """List exports; return the resources as they came, or None if there is no list."""
        document = self.read(query, case=case)
        return None if document is None else tuple(resources_in(document))

    def read(self, query: str, *, case: str) -> dict[str, Json] | None:
        """List exports; return the document as it came, or None if there is none."""
        expectation = Expectation(case=case, operation="list", outcome="either", certain=False)
        exchange, raw = self.exchange(RequestTemplate("GET", "/exports", expectation, query, (("Accept", JSON_API),)))
        self.observe(exchange)
        document = raw.document(exchange)
        return document if exchange.status == HTTPStatus.OK and isinstance(document, dict) else None

    def retrieve(self, export_id: str, *, case: str) -> Exchange:
        """Retrieve one export, whatever comes of it."""
        expectation = self._expecting_anything(export_id, case, "retrieve")
        path = f"/exports/{path_part(export_id)}"
        exchange, _ = self.exchange(RequestTemplate("GET", path, expectation, "", (("Accept", JSON_API),)))
        self.observe(exchange)
        return exchange

    def change(
        self, method: str, export_id: str, operation: Operation, body: bytes | None = None, *, case: str
    ) -> Exchange | None:
        """Change or delete an export of ours, whatever comes of it; return None if the request was blocked."""
        headers = (("Accept", JSON_API), *((("Content-Type", JSON_API),) if body else ()))
        expectation = self._expecting_anything(export_id, case, operation)
        path = f"/exports/{path_part(export_id)}"
        try:
            exchange, _ = self.exchange(RequestTemplate(method, path, expectation, "", headers, body))
        except ExportLimitError:
            raise
        except RequestBlockedError:
            return None
        self.observe(exchange)
        return exchange

    def _expecting_anything(self, export_id: str, case: str, operation: Operation) -> Expectation:
        """Return the expectation of a request about an export: any outcome, and whatever became of its flaw."""
        return Expectation(case, operation, outcome="either", certain=False, at=self.flaws.get(export_id, ""))

    def interrupt(self, export_id: str, *, case: str) -> None:
        """Interrupt an export of ours, if it is still running."""
        data = {"type": "exports", "id": export_id, "attributes": {"_interrupt": True}}
        self.change("PATCH", export_id, "update", encode_body({"data": data}), case=case)

    def confirm(self, export_id: str) -> bool:
        """Return True if an export is ours; one that a creation named is looked at first, as long as reads may lag."""
        if not self.ownership.owns(export_id) and export_id in self.ownership.claims:
            self.retries.catch_up(
                lambda: self.retrieve(export_id, case="ownership/look"),
                while_=lambda exchange: exchange.status == HTTPStatus.NOT_FOUND,
                reason=f"a retrieval of the created export {export_id}",
            )
        return self.ownership.owns(export_id)

    @property
    def running(self) -> tuple[str, ...]:
        """The ids of our exports that were last seen running, still exist, and may be interrupted."""
        there = {export_id for export_id, _ in self.ledger.outstanding()} - self.spared
        return tuple(each for each, status in self.statuses.items() if status in RUNNING and each in there)

    def _check_ownership(self, template: RequestTemplate) -> None:
        export_id = template.export_id
        if export_id in self.ownership.refuted:
            raise NotOursError(
                f"{template.method} {template.path}: is not an export of this run, since "
                f"{self.ownership.refuted[export_id]}"
            )
        if export_id in self.ownership.claims and not self.confirm(export_id):
            raise NotOursError(
                f"{template.method} {template.path}: the export does not show what its creation sent, so it may be "
                "somebody else's"
            )

    def _note_creation(self, expectation: Expectation, body: bytes | None) -> None:
        """Write down a creation before it is sent; before one without a tag, list the newest exports."""
        if not expectation.tag and self.ownership.needs_list():
            self.ownership.listed_newest()
            self.look(f"sort=-created_at&page[size]={PAGE}", case="ownership/before")
        self.ledger.intend(expectation.tag, expectation.case)
        self.ownership.sending(expectation.tag, body, planted=expectation.at)
        if expectation.tag:
            self.unknown[expectation.tag] = time.monotonic()

    def _nothing_created(self, tag: str) -> None:
        self.unknown.pop(tag, None)
        self.refused.add(tag)

    def _learn(self, request: Request, response: Response) -> None:
        """Look at what a read shows of exports before it is redacted, so that ours are not taken for others'."""
        if request.method != "GET" or self._recording or b'"id"' not in response.body:
            return
        target = unquote(f"{request.path}?{request.query}")
        self.ownership.look(resources_in(read_once(response.body).value), target=target)
        for tag in [tag for tag in self.unknown if self.ownership.is_found(tag)]:
            del self.unknown[tag]

    def _noted(self, template: RequestTemplate, exchange: Exchange, raw: RawResponse) -> Exchange:
        """Note what a response says of our exports; return the exchange with what earlier ones say of it."""
        tag = exchange.expectation.tag
        document = raw.document(exchange) if exchange.succeeded else None
        if template.creates and exchange.succeeded:
            exchange = self._created(exchange, raw, document)
        if exchange.refused:
            self._nothing_created(tag)
        if template.method == "DELETE" and (exchange.succeeded or exchange.status == HTTPStatus.NOT_FOUND):
            self.ledger.gone(template.export_id)
        for resource in resources_in(document):
            status = member(resource, "attributes", "status")
            if isinstance(status, str) and self.ledger.owns(as_text(resource["id"])):
                self.statuses[as_text(resource["id"])] = status
        if template.changes:
            self.limits.changed(exchange)
        return exchange

    def _created(self, exchange: Exchange, raw: RawResponse, document: Json) -> Exchange:
        """Note which export a creation was answered with, if that can be one."""
        tag, case = exchange.expectation.tag, exchange.expectation.case
        named = next(iter(resources_in(document)), {}) if exchange.data else {}
        export_id = as_text(named.get("id"))
        if not export_id or self.client.redactor.text(export_id) != export_id:  # a secret must not get into the journal
            return exchange
        if self.ownership.created(export_id, tag, raw.response):
            exchange = replace(exchange, lookups=replace(exchange.lookups, known_id=True))
        if not tag and export_id not in self.created_at:
            self.untagged[export_id] = case, time.monotonic() - exchange.elapsed
        self.created_at.setdefault(export_id, time.monotonic())
        if exchange.expectation.at:
            self.flaws[export_id] = exchange.expectation.at
        self.limits.created(len(self.created_at))
        self.unknown.pop(tag, None)
        return exchange


class _Attempts:
    """The attempts to get one request answered."""

    def __init__(self, sender: Sender, template: RequestTemplate) -> None:
        self._sender = sender
        self._template = template
        self._last: Sent | None = None
        self._hopeless = False  # a creation whose end cannot be found out
        self._may_be_done = False  # an earlier attempt may have succeeded
        self._renewed = False
        self._blocked = False

    def make(self) -> Sent:
        """Send the request, once more after the first time."""
        if self._last:
            last, arrived = self._last[0], _may_have_arrived(self._last[0])
            if self._template.creates and arrived and not self._sender.find(last.expectation.tag):
                self._hopeless = True
                return self._last
            self._sender.observe(last)
            self._may_be_done = self._may_be_done or arrived
        exchange, raw = self._sender.once(self._template)
        if self._may_be_done and self._may_say_it_was_done(exchange):
            exchange = replace(exchange, expectation=superseded(exchange.expectation))
        self._last = exchange, raw
        return self._last

    def are_worth_another(self, sent: Sent) -> bool:
        """Return True if the request should be sent once more."""
        exchange = sent[0]
        if not self._renewed and self._own_token_refused(exchange):
            self._renewed = True
            return self._sender.client.access_token.renew()
        if not self._blocked and environment_error(exchange) == "firewall":
            self._blocked = True  # which may have had nothing to do with this request
            return True
        return not self._hopeless and not self._sender.gives_up and self._is_worth_waiting(exchange)

    def _own_token_refused(self, exchange: Exchange) -> bool:
        ours = self._template.authorised and header_of(self._template.headers, "authorization") is None
        return ours and environment_error(exchange) == "token-refused"

    def _is_worth_waiting(self, exchange: Exchange) -> bool:
        """Return True if a request may be sent again: it did not arrive, is harmless to repeat, or has a tag."""
        if environment_error(exchange) not in RETRIED:
            return False
        return not _may_have_arrived(exchange) or not self._template.creates or bool(exchange.expectation.tag)

    def _may_say_it_was_done(self, exchange: Exchange) -> bool:
        """Return True if this 4xx may just mean that an earlier, unanswered attempt succeeded."""
        changes = self._template.method.upper() in {"PATCH", "DELETE"}
        return changes and self._template.expectation.outcome == "success" and exchange.refused


def superseded(expectation: Expectation) -> Expectation:
    """Return the expectation of an attempt that was repeated: its response only has to be well-formed."""
    return Expectation(expectation.case, expectation.operation, outcome="either", certain=False, tag=expectation.tag)


def path_part(export_id: str) -> str:
    """Return an id as a segment of a path, whatever characters it has."""
    return quote(export_id, safe="")


def resources_in(document: Json) -> Iterator[dict[str, Json]]:
    """Yield the primary resources of a document that have an id which can be a part of a path."""
    data = as_object(document).get("data")
    for each in data if isinstance(data, list) else [data]:
        if isinstance(each, dict) and is_segment(as_text(each.get("id"))):
            yield each


def _says_it_failed(exchange: Exchange) -> bool:
    """Return True for a 503, which means that a request was not handled, and for an error of the API itself."""
    return exchange.status == HTTPStatus.SERVICE_UNAVAILABLE or bool(exchange.status and exchange.errors)


def _may_have_arrived(exchange: Exchange) -> bool:
    return not exchange.refused and not exchange.trouble.startswith(NOT_SENT)
