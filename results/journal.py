"""The journal: a line for every event of a run, written to the disk before the next event."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from errno import ELOOP
from pathlib import Path
from typing import Literal

from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.untrusted import parse_json
from exports_conformance.results.transcript import from_json, to_json
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
    with file.open("rb") as opened:
        for number, text in enumerate(opened, 1):
            try:
                line = parse_json(text)
            except ValueError:
                line = None
            if isinstance(line, dict) and isinstance(line.get("line"), str):
                yield line
            elif text.endswith(b"\n"):
                damaged(f"{file}: line {number} cannot be read")
