"""The ledger: which exports are ours, written before they are asked for."""

from collections.abc import Sequence

from exports_conformance.evidence.journal import Journal


class JournalLedger:
    """A ledger whose entries are lines of the journal, so that they survive a crash."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._pending: dict[str, str] = {}  # mark -> case, asked for and not known to exist
        self._ours: dict[str, str] = {}  # id -> mark, everything this run created
        self._gone: set[str] = set()

    def intend(self, mark: str, case: str) -> None:
        """Note that a creation with this mark is about to be sent."""
        self._journal.write("intended", mark=mark, case=case)
        self._pending[mark] = case

    def created(self, export_id: str, mark: str) -> None:
        """Note that an export exists and is ours."""
        self._journal.write("created", id=export_id, mark=mark)
        self._pending.pop(mark, None)
        self._ours[export_id] = mark

    def gone(self, export_id: str) -> None:
        """Note that an export of ours no longer exists."""
        self._journal.write("gone", id=export_id)
        self._gone.add(export_id)

    def owns(self, export_id: str) -> bool:
        """Say whether this run created an export, whether or not it is still there."""
        return export_id in self._ours

    def outstanding(self) -> Sequence[tuple[str, str]]:
        """Give (id, mark) of what may still be there; the id is empty where only the mark is known."""
        known = [(export_id, mark) for export_id, mark in self._ours.items() if export_id not in self._gone]
        return known + [("", mark) for mark in self._pending]
