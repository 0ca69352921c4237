"""The journal: what happened in a run, a line each, on the disk before the next thing happens."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.untrusted import parse_json
from exports_conformance.results.transcript import to_json
from exports_conformance.rules import Judgement

Kind = Literal["run", "edition", "exchange", "item", "error", "intended", "created", "gone", "absent", "left"]
Line = dict[str, Json]


class Journal:
    """One process's journal: ASCII lines of JSON, flushed as they are written."""

    def __init__(self, folder: Path, process: str) -> None:
        """Open `folder/{process}.jsonl` for appending; the folder is made where it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / f"{process}.jsonl").open("a", encoding="ascii")

    def write(self, kind: Kind, /, **facts: Json) -> None:
        """Append a line."""
        self._file.write(json.dumps({"line": kind, **facts}, ensure_ascii=True, separators=(",", ":")) + "\n")
        self._file.flush()

    def exchanged(self, exchange: Exchange, judgement: Judgement) -> None:
        """Append an exchange and what it says of the requirements."""
        self.write("exchange", **judged(exchange, judgement))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def judged(exchange: Exchange, judgement: Judgement) -> Line:
    """Give an exchange and what it says of the requirements, as a line has them."""
    return {
        "exchange": to_json(exchange),
        "held": list(judgement.held),
        "violations": [
            {"requirement": each.requirement, "expected": each.expected, "actual": each.actual, "at": each.at}
            for each in judgement.violations
        ],
    }


def lines(folder: Path) -> Iterator[Line]:
    """Give the lines of all journals in a folder, a process at a time; a line torn by a crash is left out."""
    for file in sorted(folder.glob("*.jsonl")):
        yield from lines_of(file)


def lines_of(file: Path) -> Iterator[Line]:
    """Give the lines of one journal."""
    for text in file.read_text(encoding="ascii").splitlines():
        try:
            line = parse_json(text)
        except ValueError:
            continue
        if isinstance(line, dict) and "line" in line:
            yield line
