"""The journal: a line for every event of a run, written to the disk before the next event."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from errno import ELOOP
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, Final, Literal

from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.untrusted import parse_json
from exports_conformance.results.har import from_json, to_json
from exports_conformance.rules import Judgement, Violation

LineKind = Literal[
    "run",
    "edition",
    "exchange",
    "item",
    "skipped",
    "failed",
    "error",
    "intended",
    "created",
    "gone",
    "back",
    "absent",
    "left",
]
JournalLine = dict[str, Json]


class JournalError(Exception):
    """A creation could not be recorded, so it must not be sent; the message gives the reason."""


class Journal:
    """One process's journal: ASCII lines of JSON, flushed as they are written.

    A full disk must not stop the clean-up, so only a creation that cannot be recorded raises an error; for other
    lines, `problem` is why one could not be written.
    """

    def __init__(self, folder: Path, process: str) -> None:
        """Open `folder/{process}.jsonl` for appending; make the folder if it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{process}.jsonl"
        if file.is_symlink():
            raise OSError(ELOOP, "is a symbolic link, which is not followed", str(file))
        self._file = file.open("a", encoding="ascii")
        self.problem = ""

    def write(self, kind: LineKind, /, **facts: Json) -> None:
        """Append a line.

        Raises:
            JournalError: the line is about a creation that is going to be sent, and cannot be written.
        """
        try:
            self._file.write(json.dumps({"line": kind, **facts}, ensure_ascii=True, separators=(",", ":")) + "\n")
            self._file.flush()
        except OSError as error:
            self.problem = f"the journal cannot be written: {error.strerror}"
            if kind == "intended":
                raise JournalError(self.problem) from error

    def exchanged(self, exchange: Exchange, judgement: Judgement) -> None:
        """Append an exchange and what it shows of the requirements."""
        self.write("exchange", **judged_exchange(exchange, judgement))

    def close(self) -> None:
        """Close the file, even if the disk has no room for the rest of it."""
        with suppress(OSError):
            self._file.close()


def judged_exchange(exchange: Exchange, judgement: Judgement) -> JournalLine:
    """Return the members of a journal's line about an exchange and what it shows of the requirements."""
    return {
        "exchange": to_json(exchange),
        "held": list(judgement.held),
        "violations": [
            {"requirement": each.requirement, "expected": each.expected, "actual": each.actual, "at": each.at}
            for each in judgement.violations
        ],
    }


def read_judged(line: JournalLine) -> tuple[Exchange, Judgement]:
    """Return what `judged_exchange` wrote."""
    violations = tuple(Violation(**each) for each in line["violations"])
    return from_json(line["exchange"]), Judgement(tuple(line["held"]), violations)


def read_journal(folder: Path, *, damaged: Callable[[str], None] = lambda _: None) -> Iterator[JournalLine]:
    """Yield the lines of all journals in a folder, one process after the other; skip what cannot be read.

    `damaged` gets the name of each line that is skipped, except for a last one that a crash tore.
    """
    # What `clean` wrote came after the run's own lines.
    for file in sorted(folder.glob("*.jsonl"), key=lambda each: (each.stem == "clean", each.name)):
        yield from read_journal_file(file, damaged=damaged)


def read_journal_file(file: Path, *, damaged: Callable[[str], None] = lambda _: None) -> Iterator[JournalLine]:
    """Yield the lines of one journal; skip what cannot be read."""
    if file.is_symlink():
        damaged(f"{file}: is a symbolic link, which is not followed")
        return
    if not file.is_file():  # a fifo would be waited for
        damaged(f"{file}: is not a regular file")
        return
    with file.open("rb") as opened:
        for number, text in enumerate(_lines(opened), 1):
            try:
                line = parse_json(text)
            except ValueError:
                line = None
            if isinstance(line, dict) and isinstance(line.get("line"), str):
                yield line
            elif text.endswith(b"\n"):
                damaged(f"{file}: line {number} cannot be read")


LONGEST_LINE: Final = 32 * 1024 * 1024
"""Bytes of a line that is read; those of this suite have a tenth of that at most."""


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file, and nothing but a line end in the place of one that is too long."""
    while text := file.readline(LONGEST_LINE):
        if len(text) < LONGEST_LINE or text.endswith(b"\n"):
            yield text
            continue
        while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
            pass
        yield b"\n"


_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")  # others would not survive in a path; no server of the API has them
_TAG: Final = re.compile(r"[A-Za-z0-9_.-]{0,200}")


@dataclass(frozen=True, slots=True)
class Remains:
    """What an earlier run may have left at `base_url` (empty if unknown); false if nothing.

    If it is `anonymised`, `base_url` has a pseudonym for the organisation. `exports` are ids with their tags, `tags`
    those of creations whose outcome is unknown. `untraceable` are the cases of creations without a tag, which
    cannot be searched for.
    """

    base_url: str = ""
    exports: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    anonymised: bool = False
    untraceable: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.exports or self.tags)


def remains(folder: Path, *, damaged: Callable[[str], None] = lambda _: None) -> Remains:
    """Return what the run of a folder of journals may have left; `damaged` gets the name of each unreadable line."""
    base_url, anonymised = "", False
    exports: dict[str, str] = {}
    tags: dict[str, None] = {}
    gone: Counter[str] = Counter()
    kept = list(read_journal(folder, damaged=damaged))
    for line in kept:
        if not _is_sound(line):
            damaged(f"{folder}: a line of kind {line['line'][:20]!r} has an id or a tag that no export can have")
            continue
        match line:
            case {"line": "run", "base_url": str(url)}:
                base_url, anonymised = url, line.get("anonymised") is True
            case {"line": "intended", "mark": str(tag)} if tag:
                tags[tag] = None
            case {"line": "created", "id": str(export_id), "mark": str(tag)}:
                exports[export_id] = tag
                tags.pop(tag, None)
            case {"line": "gone", "id": str(export_id)}:
                gone[export_id] += 1
            case {"line": "back", "id": str(export_id)}:  # in any order: another process may have written `gone`
                gone[export_id] -= 1
            case {"line": "absent", "mark": str(tag)}:
                tags.pop(tag, None)
            case _:
                tags.pop(_refused_tag(line), None)
    left = {export_id: tag for export_id, tag in exports.items() if gone[export_id] <= 0}
    return Remains(base_url, left, tuple(tags), anonymised, tuple(_untraceable(kept)))


def _refused_tag(line: JournalLine) -> str:
    """Return the tag of a creation that was refused with a 4xx; empty for other lines."""
    match line:
        case {"line": "exchange", "exchange": {"intent": {"mark": str(tag)}, "answer": {"status": int(status)}}}:
            return tag if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR else ""
    return ""


def _is_sound(line: JournalLine) -> bool:
    """Return whether the id and the tag of a ledger's line can be those of an export."""
    if line["line"] not in {"intended", "created", "gone", "back", "absent"}:
        return True
    export_id, tag = line.get("id", "A"), line.get("mark", "")
    return (
        isinstance(export_id, str) and isinstance(tag, str) and bool(_ID.fullmatch(export_id) and _TAG.fullmatch(tag))
    )


def _untraceable(kept: Iterable[JournalLine]) -> list[str]:
    """Return the cases of creations without a tag whose outcome is unknown; they are sent one at a time."""
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
    """Return whether a creation was refused or never sent, so that nothing came of it."""
    response, trouble = exchange.get("answer"), exchange.get("trouble")
    if isinstance(response, dict):
        status = response.get("status", 0)
        return isinstance(status, int) and status >= HTTPStatus.MULTIPLE_CHOICES
    return isinstance(trouble, str) and trouble.startswith("not sent: ")


class JournalLedger:
    """A ledger whose entries are lines of the journal, so that they survive a crash.

    `left` is what an earlier run left, if this one continues it.
    """

    def __init__(self, journal: Journal, left: Remains = Remains()) -> None:
        self._journal = journal
        self._pending: dict[str, str] = dict.fromkeys(left.tags, "")  # tag -> case, not known to exist
        self._ours: dict[str, str] = dict(left.exports)  # id -> tag, everything this run created
        self._gone: set[str] = set()

    def intend(self, tag: str, case: str) -> None:
        """Write down, before a creation is sent, its tag, empty if it has none.

        Raises:
            JournalError: that cannot be written.
        """
        self._journal.write("intended", mark=tag, case=case)
        if tag:
            self._pending[tag] = case

    def created(self, export_id: str, tag: str) -> None:
        """Write down an export that this run created; one that was gone is there again."""
        if export_id in self._gone:
            self._journal.write("back", id=export_id)
        else:
            self._journal.write("created", id=export_id, mark=tag)
        self._pending.pop(tag, None)
        self._ours[export_id] = tag
        self._gone.discard(export_id)

    def gone(self, export_id: str) -> None:
        """Write down that an export no longer exists, once."""
        if export_id in self._gone:
            return
        self._journal.write("gone", id=export_id)
        self._gone.add(export_id)

    def absent(self, tag: str) -> None:
        """Write down that a creation led to nothing: no list showed it when it should have."""
        self._journal.write("absent", mark=tag)
        self._pending.pop(tag, None)

    def owns(self, export_id: str) -> bool:
        """Return whether this run created an export, whether or not it still exists."""
        return export_id in self._ours

    def outstanding(self) -> Sequence[tuple[str, str]]:
        """Return the id and the tag of everything that may still exist; the id is empty if it is unknown."""
        known = [(export_id, tag) for export_id, tag in self._ours.items() if export_id not in self._gone]
        return known + [("", tag) for tag in self._pending]
