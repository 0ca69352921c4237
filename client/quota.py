"""Quota: at most ten exports run at a time in a whole organisation; they are counted, and room is kept and made."""

import time
from collections.abc import Callable
from typing import Final

from exports_conformance.client.sending import LAG, LAG_ATTEMPTS, Asking
from exports_conformance.exchange.refusal_reasons import RUNNING_AT_MOST
from exports_conformance.exchange.states import RUNNING

QUERY: Final = "filter[q][status_in]=pending,in_progress&page[size]=25"
AT_ONCE: Final = 4  # exports that are stopped together, so that not every creation needs a look


class Quota:
    """Knows how many exports run, as far as lists tell, and stops those of our own that nobody needs.

    `margin` is how many of the ten places are left to others; None keeps none, and only makes room where a
    creation was refused for want of it. Exports that are spared are not stopped.
    """

    def __init__(self, asking: Asking, *, margin: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.may_lag = margin is not None  # where others create exports that a list does not show yet
        self._asking = asking
        self._margin = margin
        self._clock = clock
        self.others = 0  # how many exports of others run, as far as is known
        self._listed: set[str] = set()
        self._lag = LAG  # how far behind lists are at most, as far as they have shown

    def keep_margin(self) -> None:
        """Stop as many of our own as it takes to leave others their places, as far as is known."""
        if self._margin is None:
            return
        bound = RUNNING_AT_MOST - self._margin
        if len(self._ours()) + self.others < bound or self._look() is None:
            return
        # What is known to run is stopped first.
        ours = sorted(self._asking.running, key=lambda each: each not in self._listed)
        too_many = len(self._ours()) + self.others - bound + AT_ONCE
        if too_many >= AT_ONCE:
            self._stop(ours[:too_many])

    def running(self) -> int | None:
        """Count the exports that are pending or in progress, whosever they are; None where no list says so.

        A list may be behind: where our own young ones would fill the places, it is asked for some seconds.
        """
        count = self._look()
        if count is None or not self._may_be_full(count):
            return count
        return self._asking.patience.settle(
            self._look,
            worth=lambda count: count is not None and self._may_be_full(count),
            shortest=lambda _: LAG / 2**LAG_ATTEMPTS,
            attempts=LAG_ATTEMPTS + 1,
        )

    def make_room(self) -> bool:
        """Stop those of our own that run, and wait until fewer run than may; nobody else's is stopped."""
        ours = list(self._asking.running)
        self._stop(ours)
        first = iter([] if ours else [RUNNING_AT_MOST])  # they were counted just now
        running = self._asking.patience.settle(
            lambda: next(first, None) or self._look(),
            worth=lambda count: count is not None and count >= RUNNING_AT_MOST,
            shortest=lambda _: 0.1,  # small exports end at once, large ones take what patience there is
            attempts=100,
        )
        return running is not None and running < RUNNING_AT_MOST

    def _look(self) -> int | None:
        """List what runs: give how many there are, and note which of ours no longer do."""
        document = self._asking.read(QUERY, case="quota/running")
        meta = document.get("meta") if document else None
        count = meta.get("record_count") if isinstance(meta, dict) else None
        if document is None or not isinstance(count, int) or isinstance(count, bool):
            return None
        listed = document.get("data")
        self._listed = {
            each["id"]
            for each in (listed if isinstance(listed, list) else ())
            if isinstance(each, dict) and isinstance(each.get("id"), str)
        }
        ours = self._ours()
        self._lag = min([self._lag, *(self._age(each) for each in ours if each in self._listed)])
        for export_id in ours:
            if export_id not in self._listed and self._age(export_id) >= self._lag:
                self._asking.statuses[export_id] = "ended"
        self.others = max(0, count - len(self._listed & set(ours)))
        return count

    def _may_be_full(self, count: int) -> bool:
        unlisted = [each for each in self._ours() if each not in self._listed]
        return count < RUNNING_AT_MOST <= count + len(unlisted)

    def _ours(self) -> list[str]:
        """Give our own exports that run, as far as is known, those that are spared last."""
        spared = (each for each in self._asking.spared if self._asking.statuses.get(each) in RUNNING)
        return [*self._asking.running, *spared]

    def _age(self, export_id: str) -> float:
        return self._clock() - self._asking.created_at.get(export_id, 0.0)

    def _stop(self, exports: list[str]) -> None:
        for export_id in exports:
            self._asking.interrupt(export_id, case="quota/interrupt")
            if self._asking.statuses[export_id] in RUNNING:  # it had ended before, or somebody removed it
                self._asking.statuses[export_id] = "ended"
