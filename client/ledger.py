"""The ledger: what this run created, written before it is asked for, so that it can always be removed."""

from collections.abc import Sequence
from typing import Protocol


class Ledger(Protocol):
    """Who keeps it decides where; the order of calls is that of the run."""

    def intend(self, tag: str, case: str) -> None:
        """Write down, before a creation is sent, the mark by which it can be found, empty where it bears none."""

    def created(self, export_id: str, tag: str) -> None:
        """Write down the id of an export that was created, and its mark, empty where it has none."""

    def gone(self, export_id: str) -> None:
        """Write down that an export no longer exists."""

    def owns(self, export_id: str) -> bool:
        """Say whether an export is of this run's making, gone or not."""

    def outstanding(self) -> Sequence[tuple[str, str]]:
        """Give id and mark of everything that may still exist; the id is empty where none was learnt."""


class MemoryLedger:
    """A ledger that lasts as long as the process."""

    def __init__(self) -> None:
        self._marks: dict[str, str] = {}  # the mark of every intention, and the id that came of it
        self._exports: dict[str, str] = {}
        self._gone: set[str] = set()

    def intend(self, tag: str, case: str) -> None:  # noqa: ARG002  a ledger of one process needs no case
        """Write down the mark of a creation."""
        if tag:
            self._marks[tag] = ""

    def created(self, export_id: str, tag: str) -> None:
        """Write down an export."""
        self._exports[export_id] = tag
        if tag:
            self._marks[tag] = export_id

    def gone(self, export_id: str) -> None:
        """Write down that an export no longer exists."""
        self._gone.add(export_id)

    def owns(self, export_id: str) -> bool:
        """Say whether an export was created in this process."""
        return export_id in self._exports

    def outstanding(self) -> Sequence[tuple[str, str]]:
        """Give what may still exist, ids first."""
        ids = [(export_id, tag) for export_id, tag in self._exports.items() if export_id not in self._gone]
        return ids + [("", tag) for tag, export_id in self._marks.items() if not export_id]
