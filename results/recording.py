"""A recording: exchanges in a file, and the run that they were recorded in."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal, get_args

from exports_conformance.contract.tables import ContractError
from exports_conformance.exchange.model import Exchange, Provenance
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.untrusted import parse_json, read_regular, write_file
from exports_conformance.results import har, imported
from exports_conformance.results.har import UnreadableError, from_json
from exports_conformance.results.journal import JournalLine

RecordingKind = Literal["reference", "live", "documentation", "imported"]

LARGEST_RECORDING = 512 * 1024 * 1024
DAY = 24 * 60 * 60


class RecordingError(ContractError):
    """A recording cannot be read or written; the message is one line: the file, the problem and the remedy."""


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """The run that a recording was made in: its endpoint and how it was set up.

    `started` is in seconds since the epoch, 0 if unknown; `contract` is the digest of the contract that the run judged
    by. It, `profile`, `seed` and `versions` are empty for imported traffic.
    """

    kind: RecordingKind
    base_url: str
    mode: str = "unknown"
    edition: str = "auto"
    started: float = 0.0
    contract: str = ""
    profile: str = ""
    seed: str = ""
    versions: dict[str, str] = field(default_factory=dict)

    def age_days(self, *, now: float | None = None) -> int | None:
        """Return the number of days since it was recorded, None if that is unknown."""
        return int(max(0.0, (now or time.time()) - self.started) / DAY) if self.started else None


@dataclass(frozen=True, slots=True)
class Recording:
    """Exchanges, in the order in which they were recorded, and their provenance.

    Of imported traffic, the cases name only the method and the resource, and `left_out` has a line for each
    reason why entries of the file are not among them.
    """

    provenance: RecordedRun
    exchanges: tuple[Exchange, ...]
    left_out: tuple[str, ...] = ()


def read_recording(path: Path) -> Recording:
    """Read a recording: a HAR of this suite or any other, or WireMock mappings (a file, or a folder of them).

    Raises:
        RecordingError: the file cannot be read, or holds nothing of this API.
    """
    try:
        return _read(path)
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror}; give a HAR, or WireMock mappings") from None
    except UnreadableError as error:
        raise RecordingError(f"{path}: {_printable(str(error))}") from None


def _printable(text: str) -> str:
    """Return a text without control characters, which the file might send to a terminal."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _read(path: Path) -> Recording:
    if path.is_dir():
        files = sorted(path.glob("*.json"))
        if not files:
            raise UnreadableError("this folder has no .json file; give a HAR, or a folder of WireMock mappings")
        return _imported(imported.exchanges_of_mappings([(file.name, read_json_file(file)) for file in files], path))
    found = read_json_file(path)
    if isinstance(found, dict) and isinstance(found.get("log"), dict):
        return _of_har(found["log"])
    if imported.looks_like_mappings(found):
        return _imported(imported.exchanges_of_mappings([("", found)], path.parent))
    raise UnreadableError(
        "is JSON, but neither a HAR (an object `log` with entries) nor WireMock mappings; give one of these"
    )


def read_json_file(path: Path) -> Json:
    """Return the JSON document in a file.

    Raises:
        Unreadable: it is not JSON.
        OSError: it cannot be read.
    """
    content = read_regular(path, largest=LARGEST_RECORDING)
    try:
        return parse_json(content)
    except UnicodeDecodeError as error:
        raise UnreadableError(f"is not UTF-8 (byte {error.start}); give an uncompressed HAR") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}: {error.msg}"
        remedy = "it may be cut off: record it again, or make it from the journal with `exports-conformance recover`"
        raise UnreadableError(f"is not JSON ({where}); {remedy}") from None
    except ValueError as error:
        raise UnreadableError(f"is not JSON ({error}); record it again") from None


def _of_har(log: dict[str, Json]) -> Recording:
    entries = log.get("entries")
    if not isinstance(entries, list):
        raise UnreadableError("is a HAR without log.entries; record it again")
    if har.PROVENANCE not in log:
        return _imported(imported.exchanges_of_har(entries))
    run = _run(log[har.PROVENANCE])
    provenance: Provenance = "recorded" if run.kind == "imported" else run.kind
    return Recording(run, tuple(har.exchanges_of_entries(entries, run.base_url, provenance)))


def _run(given: Json) -> RecordedRun:
    known = {"kind": str, "base_url": str, "mode": str, "edition": str, "contract": str, "profile": str, "seed": str}
    try:
        facts = {name: given[name] for name in (*known, "started", "versions")}
    except (KeyError, TypeError):
        raise UnreadableError(f"log.{har.PROVENANCE} lacks the provenance of the recording; record it again") from None
    wrong = [name for name, kind in known.items() if not isinstance(facts[name], kind)]
    wrong += [] if facts["kind"] in get_args(RecordingKind) else ["kind"]
    wrong += [] if isinstance(facts["versions"], dict) else ["versions"]
    try:
        facts["started"] = har.seconds(facts["started"])
    except (TypeError, ValueError):
        wrong.append("started")
    if wrong:
        raise UnreadableError(
            f"log.{har.PROVENANCE}.{wrong[0]} is {given[wrong[0]]!r}, which is not a valid value; record it again"
        )
    return RecordedRun(**facts)


def _imported(found: tuple[list[Exchange], tuple[str, ...]]) -> Recording:
    exchanges, left_out = found
    started = min((exchange.started for exchange in exchanges if exchange.started), default=0.0)
    run = RecordedRun("imported", exchanges[0].base_url, started=started)
    return Recording(run, tuple(exchanges), left_out)


def write_recording(path: Path, recording: Recording) -> None:
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
        write_file(path, har.har_lines(provenance, recording.exchanges))
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror}; give another file") from None


def of_journal(lines: Iterable[JournalLine]) -> Recording:
    """Return the recording of what a run's journal kept.

    Raises:
        RecordingError: the journal has no exchange, or no line about the run.
    """
    kept = list(lines)
    run_line = next((line for line in kept if line["line"] == "run" and "kind" in line), None)
    exchanges = {line["exchange"]["id"]: from_json(line["exchange"]) for line in kept if line["line"] == "exchange"}
    if run_line is None or not exchanges:
        raise RecordingError("the journal has no exchange to record; give the journal of a run that sent requests")
    run = RecordedRun(**{each.name: run_line[each.name] for each in fields(RecordedRun)})
    return Recording(run, tuple(sorted(exchanges.values(), key=lambda exchange: exchange.started)))
