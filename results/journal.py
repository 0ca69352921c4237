"""The journal: what happened in a run, one line each, written to the disk before the next thing happens."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.untrusted import parse_json
from exports_conformance.results.transcript import from_json, to_json
from exports_conformance.rules import Judgement, Violation

LineKind = Literal[
    "run", "edition", "exchange", "item", "error", "intended", "created", "gone", "back", "absent", "left"
]
JournalLine = dict[str, Json]


class Journal:
    """One process's journal: ASCII lines of JSON, flushed as they are written."""

    def __init__(self, folder: Path, process: str) -> None:
        """Open `folder/{process}.jsonl` for appending; make the folder if it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / f"{process}.jsonl").open("a", encoding="ascii")

    def write(self, kind: LineKind, /, **facts: Json) -> None:
        """Append a line."""
        self._file.write(json.dumps({"line": kind, **facts}, ensure_ascii=True, separators=(",", ":")) + "\n")
        self._file.flush()

    def exchanged(self, exchange: Exchange, judgement: Judgement) -> None:
        """Append an exchange and what it shows of the requirements."""
        self.write("exchange", **judged_exchange(exchange, judgement))

    def close(self) -> None:
        """Close the file."""
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


def read_journal(folder: Path) -> Iterator[JournalLine]:
    """Yield the lines of all journals in a folder, one process after the other; skip lines torn by a crash."""
    for file in sorted(folder.glob("*.jsonl")):
        yield from read_journal_file(file)


def read_journal_file(file: Path) -> Iterator[JournalLine]:
    """Yield the lines of one journal."""
    for text in file.read_text(encoding="ascii").splitlines():
        try:
            line = parse_json(text)
        except ValueError:
            continue
        if isinstance(line, dict) and "line" in line:
            yield line
