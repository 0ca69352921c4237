"""Cleaning: what this run created is found, stopped and removed, and nothing else."""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from exports_conformance.client.sending import (
    LAG,
    LAG_ATTEMPTS,
    NOT_FOUND,
    Asking,
    NobodyAnswers,
    path_part,
)
from exports_conformance.client.tagging import PAGE, search_for, search_for_any, written
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.states import ENDED, RUNNING
from exports_conformance.exchange.strict_json import Json

LOCKED = 423
UNTRACEABLE = "perhaps, without a mark:"
IN_REFERENCE = ("filter[q][reference_eq]", "filter[q][reference_start]")  # what one query finds together
UNANSWERED_AT_MOST = 2  # in a row; each may have taken its whole deadline


@dataclass(frozen=True, slots=True)
class CleanUp:
    """How many exports were deleted, and what is left: ids, or marks of which nobody could say what became.

    A creation without a mark to which no answer came cannot be looked for: it is named by its case.
    """

    deleted: int = 0
    left: tuple[str, ...] = ()


class Cleaning:
    """Removes what the ledger has outstanding, by id, or else by mark."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._lost: list[str] = []  # marks of which it is not known yet what became

    def clean(self, *, keep: bool = False) -> CleanUp:
        """Interrupt what runs and delete everything; with `keep`, only say what there is.

        An endpoint that misbehaves does not stop it, one that no longer answers does: what could not be removed
        is left, and named.
        """
        if keep:
            return CleanUp(left=tuple(self._ids()))
        deleted: set[str] = set()
        with suppress(NobodyAnswers), self._asking.giving_up(UNANSWERED_AT_MOST):
            self._recover()
            ids = self._ids()
            self._interrupt_running(ids)
            for each in ids:
                if self._delete(each):
                    deleted.add(each)
        left = [each for each in self._ids() if each not in deleted]
        unknown = set(self._marks())
        lost = [tag for tag in self._lost if tag in unknown]
        untraceable = [f"{UNTRACEABLE} {case}" for case in self._asking.untraceable]
        return CleanUp(deleted=len(deleted), left=(*left, *lost, *untraceable))

    def _ids(self) -> list[str]:
        return list(dict.fromkeys(each for each, _ in self._asking.ledger.outstanding() if each))

    def _marks(self) -> list[str]:
        tags = [tag for export_id, tag in self._asking.ledger.outstanding() if tag and not export_id]
        return [tag for tag in dict.fromkeys(tags) if tag not in self._asking.refused]

    def _recover(self) -> None:
        """Find the ids of creations whose end is unknown; those that could not be looked for stay lost."""
        asking = self._asking
        sought = self._marks()
        self._lost = list(sought)
        forgotten = [tag for tag in sought if tag not in asking.unknown]
        asking.patience.settle(
            lambda: self._look_for([tag for tag in sought if tag in asking.unknown]),
            worth=lambda missing: any(map(self._may_lag, missing)),
            shortest=lambda _: LAG / 2**LAG_ATTEMPTS,
            attempts=LAG_ATTEMPTS + 1,
        )
        for several in _batches(forgotten):
            known = set(several) - set(self._search(several))
            self._lost = [tag for tag in self._lost if tag not in known]

    def _look_for(self, tags: Sequence[str]) -> list[str]:
        """Look for creations of this run by what was sent; give those that are not listed, or not yet.

        One that was looked for in vain when it was no longer young is not looked for again.
        """
        asking = self._asking
        due = [tag for tag in tags if tag in self._lost or self._may_lag(tag)]
        shown = {tag: asking.search(tag) for tag in due}
        together = [tag for tag, query in shown.items() if query.startswith(IN_REFERENCE)]
        for several in _batches(together):
            if asking.adopt(search_for_any(several), several, case="clean-up/search") is not None:
                self._lost = [tag for tag in self._lost if tag not in several]
        for tag in due:
            if tag not in together and asking.find(tag) and tag in self._lost:
                self._lost.remove(tag)
        return [tag for tag in tags if tag in asking.unknown]

    def _may_lag(self, tag: str) -> bool:
        return time.monotonic() - self._asking.sent_at.get(tag, 0.0) < LAG

    def _search(self, tags: list[str]) -> list[str]:
        """Find what a run created that has ended: of it only the marks are known, and not where they were."""
        for place in ("reference", "reference_origin"):
            found = self._asking.adopt(search_for_any(tags, place), tags, case="clean-up/search")
            if found is None:
                return tags
            tags = [tag for tag in tags if tag not in found]
            if not tags:
                break
        by_metadata = {tag: search_for(tag, written(_with_metadata(tag))) for tag in tags}
        return [
            tag
            for tag, query in by_metadata.items()
            if self._asking.adopt(query, [tag], case="clean-up/search") is None
        ]

    def _interrupt_running(self, ids: Sequence[str]) -> None:
        statuses = self._asking.statuses
        for several in _batches([each for each in ids if statuses.get(each) not in ENDED]):
            # The door notes the statuses of what a list shows; what it does not show is deleted blindly.
            self._asking.look(
                f"filter[q][id_in]={','.join(map(path_part, several))}&page[size]={PAGE}", case="clean-up/list"
            )
        for each in ids:
            if statuses.get(each) in RUNNING:
                self._asking.interrupt(each, case="clean-up/update")

    def _delete(self, export_id: str) -> bool:
        """Delete an export; where it is locked, stop it and try again while that is worth waiting for."""

        def attempt() -> Exchange | None:
            exchange = self._asking.tell("DELETE", export_id, "delete", case="clean-up/delete")
            if exchange and exchange.status == LOCKED:
                self._asking.interrupt(export_id, case="clean-up/update")
            return exchange

        exchange = self._asking.patience.settle(
            attempt, worth=lambda response: response is not None and response.status == LOCKED, attempts=3
        )
        return exchange is not None and (exchange.succeeded or exchange.status == NOT_FOUND)


def _with_metadata(tag: str) -> Json:
    return {"data": {"attributes": {"metadata": {"mark": tag}}}}


def _batches(things: Sequence[str]) -> Iterator[list[str]]:
    remaining = iter(things)
    while several := list(islice(remaining, PAGE)):
        yield several
