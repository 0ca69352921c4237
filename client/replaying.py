"""Replaying: the recorded requests of one run are sent to another endpoint, with the ids and tags of this run."""

from collections.abc import Callable, Sequence
from http import HTTPStatus

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.guards import RequestBlockedError
from exports_conformance.client.replay_terms import CannotAskError, Terms
from exports_conformance.contract.editions import has
from exports_conformance.exchange.edition import edition_shown
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.states import RUNNING, has_ended, may_be_stale


class Replaying:
    """Sends the recorded requests `before` to an endpoint, in order.

    How things go in time is the endpoint's own affair: an export whose end was seen before is followed to its end,
    its file is fetched from where it is now, and an export is stopped before it is deleted.
    """

    def __init__(self, endpoint: Endpoint, before: Sequence[Exchange]) -> None:
        self._endpoint = endpoint
        self._terms = Terms(before)
        self._spared = {_named(each) for each in before if _follows(each) or each.expectation.operation == "download"}
        # By recorded id, of the exports in the recorded ones' place:
        self._last: dict[str, Exchange] = {}  # the last exchange about it
        self._seen: dict[str, Exchange] = {}  # the last that showed its status
        self._retrieved: dict[str, Exchange] = {}  # the last retrieval of it, which knows where its file is
        self._endless: set[str] = set()  # those that did not end while they were followed
        self._stopped: set[str] = set()  # those that were told to stop
        self._unstarted: set[str] = set()  # those that were not told to start again
        self._undeleted: set[str] = set()  # those that were not deleted, since they run

    def ask(self, before: Exchange) -> Exchange:
        """Send a recorded request again; return the exchange that counts.

        Raises:
            CannotAskError: the question is about an export that was not created, has lost its meaning, or must not
                be sent here.
        """
        subject = self._terms.subject(before)
        self._check_meaning(before, subject)
        try:
            now = self._asked(before, subject)
        except RequestBlockedError as refused:
            raise CannotAskError(str(refused)) from None
        self._learn(before, now)
        return now

    def _asked(self, before: Exchange, subject: str) -> Exchange:
        if before.expectation.operation == "download":
            return self._fetched(before, subject)
        if _follows(before) and subject:
            return self._endpoint.follow(
                self._last[subject],
                expectation=lambda last: self._terms.expectation(before.expectation, subject, last=last),
                ended=has_ended if has_ended(before) else lambda _: True,
            )
        request = before.request
        if request.method == "DELETE" and subject and self._runs(subject):
            self._endpoint.stop(self._terms.identity(subject))
        return self._endpoint.send(
            request.method,
            self._terms.path(request.path, subject),
            expectation=self._terms.expectation(before.expectation, subject, last=self._last.get(subject)),
            query=self._terms.query(before, refused=self._endpoint.refused),
            headers=self._terms.headers(request.headers),
            body=self._terms.body(before),
            authorised=self._terms.is_authorised(before),
            until=_until(before),
        )

    def _fetched(self, before: Exchange, subject: str) -> Exchange:
        shown = self._retrieved.get(subject)
        expectation = self._terms.expectation(before.expectation, subject, last=shown)
        file = self._endpoint.download(shown, expectation=expectation) if shown else None
        if file is None:
            raise CannotAskError("the export showed no file")
        return file

    def _check_meaning(self, before: Exchange, subject: str) -> None:
        """Check that the suites would send this request about the export as it is now.

        Raises:
            CannotAskError: they would not.
        """
        if not subject:
            return
        if before.expectation.action == "start" and subject in self._unstarted:
            raise CannotAskError("the export was not told to start again")
        if _tells(before, "_start") and not self._can_start(subject):
            self._unstarted.add(subject)
            raise CannotAskError("the export was not stopped, or is of an edition that starts none again")
        if _follows(before) and has_ended(before) and subject in self._endless:
            raise CannotAskError("the export had not ended when it was followed")
        if before.request.method == "DELETE" and subject in self._stopped and self._runs(subject):
            self._undeleted.add(subject)
            raise CannotAskError("the export did not stop, and may not be deleted while it runs")
        if before.expectation.outcome == "refusal" and before.request.method == "GET" and subject in self._undeleted:
            raise CannotAskError("the export was not deleted")

    def _can_start(self, subject: str) -> bool:
        seen = self._seen[subject]
        return (
            has(edition_shown(seen)[0], "/data/attributes/_start", of="request")
            and seen.attributes.get("status") == "interrupted"
        )

    def _runs(self, subject: str) -> bool:
        return subject in self._seen and self._seen[subject].attributes.get("status") in RUNNING

    def _learn(self, before: Exchange, now: Exchange) -> None:
        """Note what a response shows of the export that the request is about."""
        self._terms.learn(before, now)
        subject = self._terms.subject_of_answer(before)
        if not subject:
            return
        if before.expectation.operation == "create" and subject in self._spared:
            self._endpoint.spare(self._terms.identity(subject))
        if now.expectation.operation != "download":
            self._last[subject] = now
        if isinstance(now.attributes.get("status"), str):
            self._seen[subject] = now
            if now.expectation.operation == "retrieve":
                self._retrieved[subject] = now
        if _follows(before) and not has_ended(now):
            self._endless.add(subject)
        if _tells(before, "_interrupt"):
            self._stopped.add(subject)
        if _tells(before, "_start"):
            self._stopped.discard(subject)


def _named(before: Exchange) -> str:
    shown = before.expectation.expected
    return str(shown.get("id")) if isinstance(shown, dict) else ""


def _follows(before: Exchange) -> bool:
    """Return True if the recorded run followed the export, so that it is followed again."""
    expectation, shown = before.expectation, before.expectation.expected
    status = shown["attributes"].get("status") if isinstance(shown, dict) and "attributes" in shown else None
    return (
        expectation.operation == "retrieve"
        and not expectation.action
        and status is not None
        and not before.request.query
    )


def _tells(before: Exchange, trigger: str) -> bool:
    return before.expectation.operation == "update" and trigger in before.sent_attributes


def _until(before: Exchange) -> Callable[[Exchange], bool] | None:
    """Return what ends the repetition of a read; None to send it once, since a refusal is not waited for."""
    if before.request.method == "DELETE":
        return lambda exchange: exchange.status != HTTPStatus.LOCKED or before.status == HTTPStatus.LOCKED
    return _settles(before) if before.request.method == "GET" and before.expectation.outcome != "either" else None


def _settles(before: Exchange) -> Callable[[Exchange], bool]:
    """Return a condition: the recorded status, the recorded number of exports, and no stale read."""

    def settled(exchange: Exchange) -> bool:
        if exchange.status != before.status or (before.expectation.action and may_be_stale(exchange)):
            return False
        document = exchange.reading.value
        data = document.get("data") if isinstance(document, dict) else None
        return before.expectation.matches is None or (
            isinstance(data, list) and len(data) == before.expectation.matches
        )

    return settled
