"""A recording: exchanges in a file, and whom they were recorded of."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal, get_args

from exports_conformance.contract.errors import ContractError
from exports_conformance.exchange.model import Exchange, Provenance
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.untrusted import parse_json
from exports_conformance.results import har, imported, wiremock
from exports_conformance.results.har import Unreadable
from exports_conformance.results.journal import Line
from exports_conformance.results.transcript import from_json

Kind = Literal["reference", "live", "documentation", "imported"]

LARGEST = 512 * 1024 * 1024
DAY = 24 * 60 * 60


class RecordingError(ContractError):
    """A file that cannot be used as a recording, or not be written; one line names it, the thing and the remedy."""


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """Whom a recording is of, and what asked for it.

    `started` is in seconds since the epoch, 0 where nothing tells; `contract` the digest of the contract that the
    run judged by, empty where there was none, as `profile`, `seed` and `versions` are.
    """

    kind: Kind
    base_url: str
    mode: str = "unknown"
    edition: str = "auto"
    started: float = 0.0
    contract: str = ""
    profile: str = ""
    seed: str = ""
    versions: dict[str, str] = field(default_factory=dict)

    def age_days(self, *, now: float | None = None) -> int | None:
        """Give the days that have passed since it was recorded, None where nothing tells."""
        return int(max(0.0, (now or time.time()) - self.started) / DAY) if self.started else None


@dataclass(frozen=True, slots=True)
class Recording:
    """Exchanges, in the order in which they were recorded, and their provenance.

    Where it is `imported`, no suite asked for them: their cases say only what was asked, and `left_out` how many
    entries of the file hold no whole exchange of this API.
    """

    provenance: RecordedRun
    exchanges: tuple[Exchange, ...]
    left_out: int = 0


def read(path: Path) -> Recording:
    """Read a recording: a HAR of ours or of anybody's, or WireMock mappings (a file, or a folder of them).

    Raises:
        RecordingError: there is no such file, or nothing of this API in it.
    """
    try:
        return _read(path)
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror}; give a HAR, or WireMock mappings") from None
    except Unreadable as error:
        raise RecordingError(f"{path}: {_printable(str(error))}") from None


def _printable(text: str) -> str:
    """Give a text with nothing in it that a terminal obeys: a file may say anything of itself."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _read(path: Path) -> Recording:
    if path.is_dir():
        files = sorted(path.glob("*.json"))
        if not files:
            raise Unreadable("there is no .json in this folder; give a HAR, or a folder of WireMock mappings")
        return _imported(wiremock.exchanges([(file.name, document(file)) for file in files], path))
    found = document(path)
    if isinstance(found, dict) and isinstance(found.get("log"), dict):
        return _of_har(found["log"])
    if wiremock.looks_like_mappings(found):
        return _imported(wiremock.exchanges([("", found)], path.parent))
    raise Unreadable(
        "is JSON, but neither a HAR (an object `log` with entries) nor WireMock mappings; give one of these"
    )


def document(path: Path) -> Json:
    """Read a file as JSON.

    Raises:
        Unreadable: it is none.
        OSError: it cannot be read.
    """
    if path.stat().st_size > LARGEST:
        raise Unreadable(f"has more than {LARGEST // 2**20} MB; split it")
    try:
        return parse_json(path.read_bytes())
    except UnicodeDecodeError as error:
        raise Unreadable(f"is no text in UTF-8 (byte {error.start}); give a HAR, unpacked") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}: {error.msg}"
        remedy = "it may be cut off: record it again, or make it of its journal with `exports-conformance recover`"
        raise Unreadable(f"is no JSON ({where}); {remedy}") from None
    except ValueError as error:
        raise Unreadable(f"is no JSON of a recording ({error}); give a HAR") from None


def _of_har(log: dict[str, Json]) -> Recording:
    entries = log.get("entries")
    if not isinstance(entries, list):
        raise Unreadable("is a HAR without log.entries; record it again")
    if har.PROVENANCE not in log:
        return _imported(imported.exchanges(entries))
    run = _run(log[har.PROVENANCE])
    provenance: Provenance = "recorded" if run.kind == "imported" else run.kind
    return Recording(run, tuple(har.exchanges(entries, run.base_url, provenance)))


def _run(given: Json) -> RecordedRun:
    known = {"kind": str, "base_url": str, "mode": str, "edition": str, "contract": str, "profile": str, "seed": str}
    try:
        facts = {name: given[name] for name in (*known, "started", "versions")}
    except (KeyError, TypeError):
        raise Unreadable(f"log.{har.PROVENANCE} does not say whose recording it is; record it again") from None
    wrong = [name for name, kind in known.items() if not isinstance(facts[name], kind)]
    wrong += [] if facts["kind"] in get_args(Kind) else ["kind"]
    wrong += [] if isinstance(facts["versions"], dict) else ["versions"]
    try:
        facts["started"] = har.seconds(facts["started"])
    except (TypeError, ValueError):
        wrong.append("started")
    if wrong:
        raise Unreadable(f"log.{har.PROVENANCE}.{wrong[0]} is {given[wrong[0]]!r}, which it cannot be; record it again")
    return RecordedRun(**facts)


def _imported(found: tuple[list[Exchange], int]) -> Recording:
    exchanges, left_out = found
    started = min((exchange.started for exchange in exchanges if exchange.started), default=0.0)
    run = RecordedRun("imported", exchanges[0].base_url, started=started)
    return Recording(run, tuple(exchanges), left_out)


def write(path: Path, recording: Recording) -> None:
    """Write a recording as HAR 1.2, a line for each entry.

    Raises:
        RecordingError: the file cannot be written.
    """
    run = recording.provenance
    provenance = {
        "kind": run.kind,
        "base_url": run.base_url,
        "mode": run.mode,
        "edition": run.edition,
        "started": har.moment(run.started),
        "contract": run.contract,
        "profile": run.profile,
        "seed": run.seed,
        "versions": dict(sorted(run.versions.items())),
    }
    try:
        with path.open("w", encoding="ascii", newline="\n") as file:
            file.writelines(har.lines(provenance, recording.exchanges))
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror}; give another file") from None


def of_journal(lines: Iterable[Line]) -> Recording:
    """Give what a run's journal kept as a recording.

    Raises:
        RecordingError: it has no exchange, or does not say who was asked.
    """
    kept = list(lines)
    told = next((line for line in kept if line["line"] == "run" and "kind" in line), None)
    exchanges = {line["exchange"]["id"]: from_json(line["exchange"]) for line in kept if line["line"] == "exchange"}
    if told is None or not exchanges:
        raise RecordingError(
            "the journal has no exchange that could be recorded; give that of a run that asked something"
        )
    run = RecordedRun(**{each.name: told[each.name] for each in fields(RecordedRun)})
    return Recording(run, tuple(sorted(exchanges.values(), key=lambda exchange: exchange.started)))
