"""Cleaning: what this run created is found, stopped and removed, and nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote

from exports_conformance.contract.exchange import JSON_API, Exchange, Intent, Operation
from exports_conformance.contract.strict_json import Json
from exports_conformance.endpoints.asking import Ask, Asking
from exports_conformance.endpoints.guards import DoorRefused
from exports_conformance.endpoints.marking import search_for, written

ENDED = {"completed", "interrupted", "failed"}
RUNNING = {"pending", "in_progress"}
PAGE = 25  # the largest page that a list gives
NOT_FOUND, LOCKED = 404, 423


@dataclass(frozen=True, slots=True)
class CleanUp:
    """How many exports were deleted, and what is left: ids, or marks of which nobody could say what became."""

    deleted: int = 0
    left: tuple[str, ...] = ()


class Cleaning:
    """Removes what the ledger has outstanding, by id, or else by mark."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def clean(self, *, keep: bool = False) -> CleanUp:
        """Interrupt what runs and delete everything; with `keep`, only say what there is.

        An endpoint that misbehaves does not stop it: what could not be removed is left, and named.
        """
        lost = [] if keep else self._recover()
        ids = list(dict.fromkeys(each for each, _ in self._asking.ledger.outstanding() if each))
        if keep:
            return CleanUp(left=tuple(ids))
        self._interrupt_running(ids)
        left = [each for each in ids if not self._delete(each)]
        return CleanUp(deleted=len(ids) - len(left), left=(*left, *lost))

    def _recover(self) -> list[str]:
        """Find the ids of creations whose end is unknown; give the marks that could not be looked for."""
        asking = self._asking
        marks = [mark for export_id, mark in asking.ledger.outstanding() if mark and not export_id]
        sought = [mark for mark in dict.fromkeys(marks) if mark not in asking.refused]
        forgotten = [mark for mark in sought if mark not in asking.unknown]
        lost = [mark for mark in sought if mark in asking.unknown and not asking.find(mark)]
        for several in _batches(forgotten):
            lost += self._search(several)
        return lost

    def _search(self, marks: list[str]) -> list[str]:
        """Find what a run created that has ended: of it only the marks are known, and not where they were."""
        for place in ("reference", "reference_origin"):
            query = f"filter[q][{place}_start_any]={','.join(marks)}&page[size]={PAGE}"
            found = self._asking.adopt(query, marks, case="clean-up/search")
            if found is None:
                return marks
            marks = [mark for mark in marks if mark not in found]
            if not marks:
                break
        by_metadata = {mark: search_for(mark, written(_with_metadata(mark))) for mark in marks}
        return [
            mark
            for mark, query in by_metadata.items()
            if self._asking.adopt(query, [mark], case="clean-up/search") is None
        ]

    def _interrupt_running(self, ids: Sequence[str]) -> None:
        statuses = self._asking.statuses
        for several in _batches([each for each in ids if statuses.get(each) not in ENDED]):
            # The door notes the statuses of what a list shows; what it does not show is deleted blindly.
            self._asking.look(
                f"filter[q][id_in]={','.join(map(_part, several))}&page[size]={PAGE}", case="clean-up/list"
            )
        for each in ids:
            if statuses.get(each) in RUNNING:
                self._interrupt(each)

    def _interrupt(self, export_id: str) -> None:
        data = {"type": "exports", "id": export_id, "attributes": {"_interrupt": True}}
        self._send("PATCH", export_id, "update", written({"data": data}))

    def _delete(self, export_id: str) -> bool:
        """Delete an export; where it is locked, stop it and try again while that is worth waiting for."""

        def attempt() -> Exchange | None:
            exchange = self._send("DELETE", export_id, "delete")
            if exchange and exchange.status == LOCKED:
                self._interrupt(export_id)
            return exchange

        exchange = self._asking.patience.settle(
            attempt, worth=lambda answer: answer is not None and answer.status == LOCKED, attempts=3
        )
        gone = exchange is not None and (200 <= exchange.status < 300 or exchange.status == NOT_FOUND)  # noqa: PLR2004
        if gone:
            self._asking.ledger.gone(export_id)
        return gone

    def _send(self, method: str, export_id: str, operation: Operation, body: bytes | None = None) -> Exchange | None:
        """Send a request whose answer is not judged for success, since others may have been faster."""
        headers = (("Accept", JSON_API), *((("Content-Type", JSON_API),) if body else ()))
        intent = Intent(case=f"clean-up/{operation}", operation=operation, expects="either", certain=False)
        try:
            exchange, _ = self._asking.ask(Ask(method, f"/exports/{_part(export_id)}", intent, "", headers, body))
        except DoorRefused:
            return None
        self._asking.observe(exchange)
        return exchange


def _with_metadata(mark: str) -> Json:
    return {"data": {"attributes": {"metadata": {"mark": mark}}}}


def _part(export_id: str) -> str:
    return quote(export_id, safe="")


def _batches(things: Sequence[str]) -> Iterator[list[str]]:
    remaining = iter(things)
    while several := list(islice(remaining, PAGE)):
        yield several
