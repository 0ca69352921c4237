"""What a long measure has found so far: a line a task, so that one which was stopped goes on where it was."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "reports" / "latest" / "proof"
MEASURED = (
    "contract",
    "exchange",
    "rules",
    "strategies",
    "suites",
    "client",
    "reference",
    "results",
    "run",
    "tests/mutants",
    "tests/proof",
)
"""The folders on which a finding depends."""


def fingerprint() -> str:
    """Return a word for all that is measured and measures, its dependencies included."""
    digest = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
    for folder in MEASURED:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in {".py", ".toml", ".yaml", ".json"}:
                digest.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:12]


class Kept:
    """The findings of one kind, by their tasks, in a file of this state of the project."""

    def __init__(self, kind: type[Any], folder: Path = FOLDER) -> None:
        """Read what an earlier measure of the same state has left; the folder is made where it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        self._kind = kind
        self._file = folder / f"{kind.__name__.lower()}-{fingerprint()}.jsonl"
        self._found = {json.dumps(task): found for task, found in self._lines()}

    def _lines(self) -> Iterator[Any]:
        for line in self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else ():
            with suppress(ValueError):  # cut off when the measurement was stopped
                yield json.loads(line)

    def add(self, task: Iterable[Any], found: Any) -> None:
        """Keep what was found, at once."""
        line = json.dumps([list(task), asdict(found)])
        with self._file.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def of(self, task: Iterable[Any]) -> Any:
        """Return what was found of a task, None where nothing was."""
        found = self._found.get(json.dumps(list(task)))
        if found is None:
            return None
        return self._kind(**{name: tuple(each) if isinstance(each, list) else each for name, each in found.items()})
