"""The history in a report folder: when a requirement was last verified, and a line for each run.

Why it lies beside the report: docs/decisions/0021-history-next-to-the-report.md.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any, TypedDict

from exports_conformance.contract.open_questions import open_questions
from exports_conformance.contract.resources import resource_types
from exports_conformance.exchange.untrusted import write_file
from exports_conformance.results.result import RunResult


class ObservedValues(TypedDict):
    """What was last observed of an open question: when, and how often each value."""

    when: str
    values: dict[str, int]


class EndpointHistory(TypedDict):
    """When an endpoint was last tested, each requirement verified, each resource type accepted."""

    last: str
    verified: dict[str, str]
    accepted: dict[str, str]
    observed: dict[str, ObservedValues]


History = dict[str, EndpointHistory]
"""What is remembered of each endpoint, by its name."""

HISTORY_FILE = "history.json"
ENDPOINTS_KEPT = 8
_VERSION = 1
_NAME_LENGTH = 200
_VALUES_KEPT = 20


def endpoint_name(result: RunResult) -> str:
    """Return the name an endpoint is remembered by; all reference servers share one, whatever their port."""
    endpoint = result["endpoint"]
    return (
        "reference" if endpoint["kind"] == "reference" else f"{endpoint['kind']} {endpoint['base_url'][:_NAME_LENGTH]}"
    )


def extended(history: History, results: Iterable[RunResult]) -> History:
    """Return `history` extended by these runs, the most recently tested endpoint first."""
    found = deepcopy(history)
    for result in sorted(results, key=lambda each: str(each["finished"])):
        when = result["finished"]
        entry = found.setdefault(endpoint_name(result), {"last": "", "verified": {}, "accepted": {}, "observed": {}})
        entry["last"] = max(entry["last"], when)
        verified = [each["id"] for each in result["requirements"] if each["verdict"] == "verified"]
        accepted = [name for name in result.get("accepted", {}) if name in resource_types()]
        for kept, names in ((entry["verified"], verified), (entry["accepted"], accepted)):
            kept |= {name: max(when, kept.get(name, "")) for name in names}
        for open_question, values in result.get("observed", {}).items():
            before = entry["observed"].get(open_question)
            if open_question in open_questions() and (before is None or when >= before["when"]):
                entry["observed"][open_question] = {"when": when, "values": _kept(values)}
    newest = sorted(found, key=lambda name: str(found[name]["last"]), reverse=True)
    return {name: found[name] for name in newest[:ENDPOINTS_KEPT]}


def _kept(values: Mapping[str, int]) -> dict[str, int]:
    """Return the first values with their counts, and the sum of the others."""
    shown = {name[:_NAME_LENGTH]: number for name, number in list(values.items())[:_VALUES_KEPT]}
    others = sum(list(values.values())[_VALUES_KEPT:])
    return shown | ({"other": shown.get("other", 0) + others} if others else {})


def read_history(folder: Path) -> History:
    """Return the history in a report directory; empty if there is none or it cannot be used."""
    try:
        kept = json.loads((folder / HISTORY_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(kept, dict) or kept.get("version") != _VERSION or not isinstance(kept.get("endpoints"), dict):
        return {}
    return {name: entry for name, entry in kept["endpoints"].items() if _is_entry(entry)}


def write_history(history: History, folder: Path) -> Path:
    """Write a history into a report directory; return the file's path.

    Raises:
        OSError: the file cannot be written.
    """
    file = folder / HISTORY_FILE
    write_file(file, json.dumps({"version": _VERSION, "endpoints": history}, indent=1) + "\n")
    return file


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("last"), str):
        return False
    dates = [entry.get(kind) for kind in ("verified", "accepted")]
    observed = entry.get("observed")
    return (
        all(isinstance(each, dict) and all(isinstance(when, str) for when in each.values()) for each in dates)
        and isinstance(observed, dict)
        and all(
            isinstance(each, dict) and isinstance(each.get("when"), str) and isinstance(each.get("values"), dict)
            for each in observed.values()
        )
    )


RUNS_FILE = "history.jsonl"
LINES_KEPT = 500
_FAILED_KEPT = 60
_LARGEST = 8 * 1024 * 1024


class RunLine(TypedDict):
    """A run: when it finished, what it judged, its verdict and cost, and the requirements that did not hold.

    `seconds` is the run's duration; `failed` has the verdicts violated, intermittent and waived by requirement.
    """

    run: str
    finished: str
    endpoint: str
    edition: str
    profile: str
    verdict: str
    requests: int
    seconds: float
    verified: int
    failed: dict[str, str]


def run_line(result: RunResult) -> RunLine:
    """Return the line of a result."""
    took = datetime.fromisoformat(result["finished"]) - datetime.fromisoformat(result["started"])
    failing = [each for each in result["requirements"] if each["verdict"] in {"violated", "intermittent", "waived"}]
    return {
        "run": result["run_id"][:200],
        "finished": result["finished"],
        "endpoint": endpoint_name(result),
        "edition": result["endpoint"]["edition"],
        "profile": result["profile"][:200],
        "verdict": result["verdict"],
        "requests": result["counts"]["exchanges"],
        "seconds": round(took.total_seconds(), 1),
        "verified": sum(each["verdict"] == "verified" for each in result["requirements"]),
        "failed": {each["id"]: each["verdict"] for each in failing[:_FAILED_KEPT]},
    }


def read_run_lines(folder: Path) -> list[RunLine]:
    """Return the runs that a report folder remembers, the earliest first; skip lines that are not one."""
    file = folder / RUNS_FILE
    try:
        if file.is_symlink() or file.stat().st_size > _LARGEST:
            return []
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
    return [line for line in map(_line, lines[-LINES_KEPT:]) if line is not None]


def _line(text: str) -> RunLine | None:
    try:
        line = json.loads(text)
        datetime.fromisoformat(line["finished"])
        known: RunLine = {
            "run": str(line["run"]),
            "finished": str(line["finished"]),
            "endpoint": str(line["endpoint"]),
            "edition": str(line["edition"]),
            "profile": str(line["profile"]),
            "verdict": str(line["verdict"]),
            "requests": int(line["requests"]),
            "seconds": float(line["seconds"]),
            "verified": int(line["verified"]),
            "failed": {str(name): str(verdict) for name, verdict in line["failed"].items()},
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return known


def with_run(lines: Iterable[RunLine], line: RunLine) -> list[RunLine]:
    """Return the lines with one more at the end; a run that is rendered again keeps one line."""
    return [*(each for each in lines if each["run"] != line["run"]), line][-LINES_KEPT:]


def write_run_lines(lines: Sequence[RunLine], folder: Path) -> Path:
    """Write the runs into a report folder, a line of JSON each; return the file's path.

    Raises:
        OSError: the file cannot be written.
    """
    file = folder / RUNS_FILE
    write_file(file, "".join(json.dumps(line, ensure_ascii=True) + "\n" for line in lines))
    return file
