"""Following: an export is polled until it ends, and its file is fetched."""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Final, Protocol

from exports_conformance.client.sender import LAG, LAG_ATTEMPTS, Sender, superseded
from exports_conformance.exchange.environment import environment_error
from exports_conformance.exchange.exports import may_be_stale
from exports_conformance.exchange.model import Exchange, Expectation

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
        last = first

        def attempt() -> Exchange:
            nonlocal last
            last = self._retrieve(
                first.data["id"], expectation=expectation(last), until=lambda exchange: not may_be_stale(exchange)
            )
            return last

        return self._sender.retries.within(seconds).repeat(
            attempt,
            while_=lambda exchange: not ended(exchange),
            first_wait=lambda _: FIRST_POLL,
            attempts=POLLS,
            reason=f"the end of export {first.data['id']}",
        )

    def download(self, shown: Exchange, *, expectation: Expectation) -> Exchange | None:
        """Fetch the file that a retrieval showed, again while it is missing or forbidden, and once more if doubted.

        A storage may serve a file later than the API shows it, and an address expires: a forbidden one is renewed.
        """
        last: Exchange | None = None

        def attempt() -> Exchange | None:
            nonlocal last, shown
            if last:
                self._sender.observe(replace(last, expectation=superseded(expectation)))
            if last and last.status == HTTPStatus.FORBIDDEN:
                shown = self._retrieve(shown.data["id"], expectation=superseded(shown.expectation))
            last = self._fetched(shown, expectation)
            return last

        exchange = self._sender.retries.repeat(
            attempt,
            while_=lambda file: file is not None and file.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND},
            first_wait=lambda _: LAG / 2**LAG_ATTEMPTS,
            attempts=LAG_ATTEMPTS + 1,
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
        last: Exchange | None = None

        def attempt() -> Exchange | None:
            nonlocal last
            if last:
                self._sender.observe(last)
            last = self._sender.client.fetch(shown, expectation=expectation)
            return last

        return self._sender.retries.repeat(
            attempt,
            while_=lambda file: file is not None and environment_error(file) in {"throttled", "unavailable"},
            attempts=3,
            reason="the storage of files",
        )
