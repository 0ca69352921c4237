"""Running exports: polled until they end, and counted, because an organisation may have ten at a time."""

import time
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Final, Protocol

from exports_conformance.client.limits import LAG
from exports_conformance.client.sender import Sender, superseded
from exports_conformance.client.tagging import PAGE, search_by_ids
from exports_conformance.exchange.exports import RUNNING, may_be_stale
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.reasons import RUNNING_AT_MOST, environment_error
from exports_conformance.exchange.strict_json import as_text, member, objects_in

POLLED_FOR: Final = 60.0
"""Seconds that an export is given to end."""

FIRST_POLL, POLLS = 0.25, 8


class Retrieve(Protocol):
    """Retrieves one export."""

    def __call__(
        self, export_id: str, *, expectation: Expectation, until: Callable[[Exchange], bool] | None = None
    ) -> Exchange:
        """Return the exchange that counts."""


class Follower:
    """Follows exports to their end, and fetches their files; `retrieve` is the endpoint's."""

    def __init__(self, sender: Sender, *, retrieve: Retrieve, doubts: Callable[[Exchange], bool]) -> None:
        self._sender = sender
        self._retrieve = retrieve
        self._doubts = doubts

    def follow(
        self,
        first: Exchange,
        *,
        expectation: Callable[[Exchange], Expectation],
        ended: Callable[[Exchange], bool],
        seconds: float,
    ) -> Exchange:
        """Retrieve an export until it has ended, for so many seconds; each expectation follows the exchange before."""

        def retrieve(last: Exchange) -> Exchange:
            return self._retrieve(
                first.data["id"], expectation=expectation(last), until=lambda exchange: not may_be_stale(exchange)
            )

        return self._sender.retries.within(seconds).repeat(
            lambda: retrieve(first),
            again=retrieve,
            while_=lambda exchange: not ended(exchange),
            first_wait=lambda _: FIRST_POLL,
            attempts=POLLS,
            reason=f"the end of export {first.data['id']}",
        )

    def download(self, shown: Exchange, *, expectation: Expectation) -> Exchange | None:
        """Fetch the file that a retrieval showed, again while it is missing or forbidden, and once more if doubted.

        A storage may serve a file later than the API shows it, and an address expires: a forbidden one is renewed.
        """

        def once_more(last: Exchange | None) -> Exchange | None:
            nonlocal shown
            if last:
                self._sender.observe(replace(last, expectation=superseded(expectation)))
            if last and last.status == HTTPStatus.FORBIDDEN:
                shown = self._retrieve(shown.data["id"], expectation=superseded(shown.expectation))
            return self._fetched(shown, expectation)

        exchange = self._sender.retries.catch_up(
            lambda: self._fetched(shown, expectation),
            again=once_more,
            while_=lambda file: file is not None and file.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND},
            reason="the storage to serve the file",
        )
        if exchange is None:
            return None
        self._sender.observe(exchange)
        if not environment_error(exchange) and self._doubts(exchange):
            repeated = self._sender.client.fetch(shown, expectation=replace(expectation, confirms=exchange.id))
            if repeated:
                self._sender.observe(repeated)
        return exchange

    def _fetched(self, shown: Exchange, expectation: Expectation) -> Exchange | None:
        """Fetch a file, again after an environment error that is worth waiting for."""

        def once_more(last: Exchange | None) -> Exchange | None:
            if last:
                self._sender.observe(last)
            return self._sender.client.fetch(shown, expectation=expectation)

        return self._sender.retries.repeat(
            lambda: self._sender.client.fetch(shown, expectation=expectation),
            again=once_more,
            while_=lambda file: file is not None and environment_error(file) in {"throttled", "unavailable"},
            attempts=3,
            reason="the storage of files",
        )


QUERY: Final = "filter[q][status_in]=pending,in_progress&page[size]=25"
AT_ONCE: Final = 4
"""Exports that are interrupted together, so that not every creation needs to list what is running."""


class Quota:
    """Knows how many exports are running, as far as lists show, and interrupts our own where there is no room.

    `margin` is how many of the ten places are left to others; with None, room is made only where a creation was
    refused for want of it. Exports that are spared are not interrupted.
    """

    def __init__(self, sender: Sender, *, margin: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.may_lag = margin is not None  # where others create exports that a list does not show yet
        self.others = 0  # how many exports of others are running, as far as is known
        self._sender = sender
        self._margin = margin
        self._clock = clock
        self._listed: set[str] = set()
        self._lag = LAG  # how far behind lists are at most, as far as they have shown

    def keep_margin(self) -> None:
        """Interrupt as many of our own exports as it takes to leave others their places, as far as is known."""
        if self._margin is None:
            return
        bound = RUNNING_AT_MOST - self._margin
        if len(self._ours()) + self.others < bound:
            return
        if len(self._ours()) >= AT_ONCE:
            self._look_at_newest()
        if len(self._ours()) + self.others < bound or self._look() is None:
            return
        # What is known to run is interrupted first.
        ours = sorted(self._sender.running, key=lambda each: each not in self._listed)
        too_many = len(self._ours()) + self.others - bound + AT_ONCE
        if too_many >= AT_ONCE:
            self._interrupt(ours[:too_many])

    def running(self) -> int | None:
        """Return how many exports of the organisation are running; None if no list shows it.

        A list may be behind: while our own young exports would fill the places, it is repeated for some seconds.
        """
        count = self._look()
        if count is None or not self._may_be_full(count):
            return count
        return self._sender.retries.catch_up(
            self._look,
            while_=lambda count: count is not None and self._may_be_full(count),
            reason="a list that shows every running export",
        )

    def make_room(self) -> bool:
        """Interrupt those of our own that are running, and wait until fewer than ten exports are; never others'."""
        ours = list(self._sender.running)
        self._interrupt(ours)
        counted = iter([] if ours else [RUNNING_AT_MOST])  # they were counted just now
        running = self._sender.retries.repeat(
            lambda: next(counted, None) or self._look(),
            while_=lambda count: count is not None and count >= RUNNING_AT_MOST,
            first_wait=lambda _: 0.1,  # small exports end at once, large ones take the whole budget
            attempts=100,
            reason="one of the ten running exports to end",
        )
        return running is not None and running < RUNNING_AT_MOST

    def _look(self) -> int | None:
        """List what is running: return how many there are, and note which of ours have ended."""
        document = self._sender.read(QUERY, case="quota/running")
        count = member(document, "meta", "record_count")
        if document is None or not isinstance(count, int) or isinstance(count, bool):
            return None
        self._listed = {as_text(each.get("id")) for each in objects_in(document.get("data"))} - {""}
        ours = self._ours()
        self._lag = min([self._lag, *(self._age(each) for each in ours if each in self._listed)])
        for export_id in ours:
            if export_id not in self._listed and self._age(export_id) >= self._lag:
                self._sender.statuses[export_id] = "ended"
        self.others = max(0, count - len(self._listed & set(ours)))
        return count

    def _look_at_newest(self) -> None:
        """List the newest exports, which shows those of ours that ended by themselves, as small ones do within seconds.

        A list of what is running shows none of them, and may be behind.
        """
        listed = self._sender.look(f"sort=-created_at&page[size]={PAGE}", case="quota/newest") or ()
        running = {as_text(each["id"]) for each in listed if member(each, "attributes", "status") in RUNNING}
        self.others = max(self.others, len([each for each in running if not self._sender.ledger.owns(each)]))

    def _may_be_full(self, count: int) -> bool:
        unlisted = [each for each in self._ours() if each not in self._listed]
        return count < RUNNING_AT_MOST <= count + len(unlisted)

    def _ours(self) -> list[str]:
        """Return our own exports that are running, as far as is known, those that are spared last."""
        spared = (each for each in self._sender.spared if self._sender.statuses.get(each) in RUNNING)
        return [*self._sender.running, *spared]

    def _age(self, export_id: str) -> float:
        return self._clock() - self._sender.created_at.get(export_id, 0.0)

    def _interrupt(self, exports: list[str]) -> None:
        """Interrupt exports; one list shows which of them are ours and still running."""
        if not all(map(self._sender.ownership.owns, exports)):
            self._sender.look(search_by_ids(exports[:PAGE]), case="ownership/look")
        for export_id in exports:
            if self._sender.statuses[export_id] not in RUNNING:
                continue
            self._sender.interrupt(export_id, case="quota/interrupt")
            if self._sender.statuses[export_id] in RUNNING:  # it had ended before, or somebody removed it
                self._sender.statuses[export_id] = "ended"
