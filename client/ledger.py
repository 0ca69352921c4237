"""The ledger: what a run created, written before it is sent, so that it can always be removed."""

from collections.abc import Sequence
from typing import Protocol


class Ledger(Protocol):
    """Write-ahead log of created exports; its implementation decides where it is kept."""

    def intend(self, tag: str, case: str) -> None:
        """Write down, before a creation is sent, its tag; empty if it has none."""

    def created(self, export_id: str, tag: str) -> None:
        """Write down the id of an export that a creation named, and its tag; empty if it has none."""

    def gone(self, export_id: str) -> None:
        """Write down that an export no longer exists."""

    def owns(self, export_id: str) -> bool:
        """Return True if a creation of this run named this export, whether or not it still exists."""

    def outstanding(self) -> Sequence[tuple[str, str]]:
        """Return the id and the tag of everything that may still exist; the id is empty if it is unknown."""


class MemoryLedger:
    """A ledger that lasts as long as the process."""

    def __init__(self) -> None:
        self._tags: dict[str, str] = {}  # the tag of every creation, and the id that it led to
        self._exports: dict[str, str] = {}
        self._gone: set[str] = set()

    def intend(self, tag: str, case: str) -> None:  # noqa: ARG002  a ledger of one process needs no case
        """Note the tag of a creation."""
        if tag:
            self._tags[tag] = ""

    def created(self, export_id: str, tag: str) -> None:
        """Note an export; one that was gone is there again."""
        self._exports[export_id] = tag
        self._gone.discard(export_id)
        if tag:
            self._tags[tag] = export_id

    def gone(self, export_id: str) -> None:
        """Note that an export no longer exists."""
        self._gone.add(export_id)

    def owns(self, export_id: str) -> bool:
        """Return True if a creation of this process named the export."""
        return export_id in self._exports

    def outstanding(self) -> Sequence[tuple[str, str]]:
        """Return what may still exist, ids first."""
        ids = [(export_id, tag) for export_id, tag in self._exports.items() if export_id not in self._gone]
        return ids + [("", tag) for tag, export_id in self._tags.items() if not export_id]
