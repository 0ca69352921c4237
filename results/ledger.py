"""The ledger: which exports are ours, written before they are asked for."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from exports_conformance.exchange.strict_json import Json
from exports_conformance.results.journal import Journal, JournalLine, read_journal


@dataclass(frozen=True, slots=True)
class Remains:
    """What an earlier run may have left at `base_url`, empty where that is not known: nothing, if it is false.

    Where it is `anonymised`, a pseudonym stands for the organisation in `base_url`.
    `exports` are ids with their marks, `marks` those of creations of which it is not known what became. What cannot be
    looked for, since it bears no mark, is `untraceable`: the cases of such creations.
    """

    base_url: str = ""
    exports: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    anonymised: bool = False
    untraceable: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.exports or self.tags)


def remains(folder: Path) -> Remains:
    """Read from a folder of journals what their run may have left."""
    base_url, anonymised = "", False
    exports: dict[str, str] = {}
    tags: dict[str, None] = {}
    settled: set[str] = set()
    gone: Counter[str] = Counter()
    kept = list(read_journal(folder))
    for line in kept:
        match line:
            case {"line": "run", "base_url": str(told)}:
                base_url, anonymised = told, line.get("anonymised") is True
            case {"line": "intended", "mark": str(tag)} if tag:
                tags[tag] = None
            case {"line": "created", "id": str(export_id), "mark": str(tag)}:
                exports[export_id] = tag
                settled.add(tag)
            case {"line": "gone", "id": str(export_id)}:
                gone[export_id] += 1
            case {"line": "back", "id": str(export_id)}:  # in any order: another process may have written `gone`
                gone[export_id] -= 1
            case {"line": "absent", "mark": str(tag)}:
                settled.add(tag)
            case {"line": "exchange", "exchange": {"intent": {"mark": str(tag)}, "answer": {"status": int(status)}}}:
                if 400 <= status < 500:  # noqa: PLR2004  refused, so that nothing came of it
                    settled.add(tag)
            case _:
                pass
    return Remains(
        base_url,
        {export_id: tag for export_id, tag in exports.items() if gone[export_id] <= 0},
        tuple(tag for tag in tags if tag not in settled),
        anonymised,
        tuple(_untraceable(kept)),
    )


def _untraceable(kept: Iterable[JournalLine]) -> list[str]:
    """Give the cases of creations without a mark of which it is not known what became; they are sent one at a time."""
    cases: list[str] = []
    for line in kept:
        match line:
            case {"line": "intended", "mark": "", "case": str(name)}:
                cases.append(name)
            case {"line": "created", "mark": ""}:
                cases = cases[:-1]
            case {"line": "exchange", "exchange": {"intent": {"mark": "", "case": str(name)}} as exchange}:
                cases = cases[:-1] if [name] == cases[-1:] and _failed(exchange) else cases
            case _:
                pass
    return cases


def _failed(exchange: Mapping[str, Json]) -> bool:
    """Say whether nothing came of a creation, since it was refused or never sent."""
    response, trouble = exchange.get("answer"), exchange.get("trouble")
    if isinstance(response, dict):
        return bool(response.get("status", 0) >= 300)  # noqa: PLR2004  HTTP's own bound
    return isinstance(trouble, str) and trouble.startswith("not sent: ")


class JournalLedger:
    """A ledger whose entries are lines of the journal, so that they survive a crash.

    It may go on where an earlier run ended, with what that left.
    """

    def __init__(self, journal: Journal, left: Remains = Remains()) -> None:
        self._journal = journal
        self._pending: dict[str, str] = dict.fromkeys(left.tags, "")  # mark -> case, not known to exist
        self._ours: dict[str, str] = dict(left.exports)  # id -> mark, everything this run created
        self._gone: set[str] = set()

    def intend(self, tag: str, case: str) -> None:
        """Note that a creation with this mark, or with none, is about to be sent."""
        self._journal.write("intended", mark=tag, case=case)
        if tag:
            self._pending[tag] = case

    def created(self, export_id: str, tag: str) -> None:
        """Note that an export exists; one that was gone is there again."""
        if export_id in self._gone:
            self._journal.write("back", id=export_id)
            self._gone.discard(export_id)
        else:
            self._journal.write("created", id=export_id, mark=tag)
        self._pending.pop(tag, None)
        self._ours[export_id] = tag

    def gone(self, export_id: str) -> None:
        """Note that an export of ours no longer exists."""
        self._journal.write("gone", id=export_id)
        self._gone.add(export_id)

    def absent(self, tag: str) -> None:
        """Note that nothing came of a creation: it was looked for when it had to be there."""
        self._journal.write("absent", mark=tag)
        self._pending.pop(tag, None)

    def owns(self, export_id: str) -> bool:
        """Say whether this run created an export, whether or not it is still there."""
        return export_id in self._ours

    def outstanding(self) -> Sequence[tuple[str, str]]:
        """Give (id, mark) of what may still be there; the id is empty where only the mark is known."""
        known = [(export_id, tag) for export_id, tag in self._ours.items() if export_id not in self._gone]
        return known + [("", tag) for tag in self._pending]
