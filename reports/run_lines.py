"""The runs of a report folder, a line each in `history.jsonl`: what a page's history and a dashboard read."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from exports_conformance.exchange.untrusted import write_file
from exports_conformance.reports.history import endpoint_name
from exports_conformance.reports.phrases import Result

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


def run_line(result: Result) -> RunLine:
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
