"""The end of an export: it is waited for, and the file that is there then is fetched."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from exports_conformance.client.sending import Asking, released
from exports_conformance.exchange.environment import environment_error
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.states import may_be_stale

FORBIDDEN = 403
POLLED_FOR, SHORTEST_POLL, POLLS = 60.0, 0.25, 8  # how long an export is given to end, and how often it is asked


class Retrieve(Protocol):
    """Whoever asks for one export."""

    def __call__(
        self, export_id: str, *, expectation: Expectation, until: Callable[[Exchange], bool] | None = None
    ) -> Exchange:
        """Give the exchange that is to be judged."""


class Ending:
    """Follows exports to their end, and fetches their files; `retrieve` asks for one of them."""

    def __init__(self, asking: Asking, *, retrieve: Retrieve) -> None:
        self._asking = asking
        self._retrieve = retrieve

    def follow(
        self,
        first: Exchange,
        *,
        expectation: Callable[[Exchange], Expectation],
        ended: Callable[[Exchange], bool],
        seconds: float,
    ) -> Exchange:
        """Retrieve an export until it has ended, for so many seconds at most; each answer follows the one before."""
        last = first

        def attempt() -> Exchange:
            nonlocal last
            last = self._retrieve(
                first.data["id"], expectation=expectation(last), until=lambda exchange: not may_be_stale(exchange)
            )
            return last

        polling = self._asking.patience.of(seconds, waiting_for=f"export {first.data['id']}")
        return polling.settle(
            attempt, worth=lambda exchange: not ended(exchange), shortest=lambda _: SHORTEST_POLL, attempts=POLLS
        )

    def download(self, shown: Exchange, *, expectation: Expectation) -> Exchange | None:
        """Fetch the file that a retrieval showed, once more after another where it is forbidden or breaks a promise."""
        exchange = self._fetched(shown, expectation)
        if exchange and exchange.status == FORBIDDEN:
            self._asking.observe(replace(exchange, expectation=released(expectation)))
            shown = self._retrieve(shown.data["id"], expectation=released(shown.expectation))
            exchange = self._fetched(shown, expectation)
        if exchange and self._asking.observe(exchange) and not environment_error(exchange):
            repeated = self._asking.door.fetch(shown, expectation=replace(expectation, confirms=exchange.id))
            if repeated:
                self._asking.observe(repeated)
        return exchange

    def _fetched(self, shown: Exchange, expectation: Expectation) -> Exchange | None:
        """Fetch a file, again where the weather is worth waiting for."""
        early: list[Exchange] = []

        def attempt() -> Exchange | None:
            while early:
                self._asking.observe(early.pop())
            exchange = self._asking.door.fetch(shown, expectation=expectation)
            early.extend([exchange] if exchange else [])
            return exchange

        def worth(exchange: Exchange | None) -> bool:
            return exchange is not None and environment_error(exchange) in {"throttled", "unavailable"}

        return self._asking.patience.settle(attempt, worth=worth, attempts=3)
