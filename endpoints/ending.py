"""The end of an export: it is waited for, and the file that is there then is fetched."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from exports_conformance.contract.exchange import Exchange, Intent
from exports_conformance.contract.judge.statuses import is_behind
from exports_conformance.contract.weather import weather
from exports_conformance.endpoints.asking import Asking, released

FORBIDDEN = 403
POLLED_FOR, SHORTEST_POLL, POLLS = 60.0, 0.25, 8  # how long an export is given to end, and how often it is asked


class Retrieve(Protocol):
    """Whoever asks for one export."""

    def __call__(self, export_id: str, *, intent: Intent, until: Callable[[Exchange], bool] | None = None) -> Exchange:
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
        intent: Callable[[Exchange], Intent],
        ended: Callable[[Exchange], bool],
        seconds: float,
    ) -> Exchange:
        """Retrieve an export until it has ended, for so many seconds at most; each answer follows the one before."""
        last = first

        def attempt() -> Exchange:
            nonlocal last
            last = self._retrieve(first.data["id"], intent=intent(last), until=lambda exchange: not is_behind(exchange))
            return last

        polling = self._asking.patience.of(seconds, waiting_for=f"export {first.data['id']}")
        return polling.settle(
            attempt, worth=lambda exchange: not ended(exchange), shortest=lambda _: SHORTEST_POLL, attempts=POLLS
        )

    def download(self, shown: Exchange, *, intent: Intent) -> Exchange | None:
        """Fetch the file that a retrieval showed, once more after another where it is forbidden or breaks a promise."""
        exchange = self._fetched(shown, intent)
        if exchange and exchange.status == FORBIDDEN:
            self._asking.observe(replace(exchange, intent=released(intent)))
            shown = self._retrieve(shown.data["id"], intent=released(shown.intent))
            exchange = self._fetched(shown, intent)
        if exchange and self._asking.observe(exchange) and not weather(exchange):
            repeated = self._asking.door.fetch(shown, intent=replace(intent, confirms=exchange.id))
            if repeated:
                self._asking.observe(repeated)
        return exchange

    def _fetched(self, shown: Exchange, intent: Intent) -> Exchange | None:
        """Fetch a file, again where the weather is worth waiting for."""
        early: list[Exchange] = []

        def attempt() -> Exchange | None:
            while early:
                self._asking.observe(early.pop())
            exchange = self._asking.door.fetch(shown, intent=intent)
            early.extend([exchange] if exchange else [])
            return exchange

        def worth(exchange: Exchange | None) -> bool:
            return exchange is not None and weather(exchange) in {"throttled", "unavailable"}

        return self._asking.patience.settle(attempt, worth=worth, attempts=3)
