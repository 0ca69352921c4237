"""The history of an endpoint: when each requirement was last seen to hold, kept from run to run in a small file."""

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from exports_conformance.contract.open_questions import open_questions

Result = Mapping[str, Any]
History = dict[str, dict[str, Any]]

FILE = "history.json"
VERSION = 1
ENDPOINTS_KEPT = 8
NAME_KEPT = 200
VALUES_KEPT = 20


def endpoint_name(result: Result) -> str:
    """Give the name under which an endpoint is remembered: a reference is one wherever it listens."""
    endpoint = result["endpoint"]
    return "reference" if endpoint["kind"] == "reference" else f"{endpoint['kind']} {endpoint['base_url'][:NAME_KEPT]}"


def extended(history: Mapping[str, Any], results: Iterable[Result]) -> History:
    """Give a history that knows of these runs as well, the endpoints that were asked last first."""
    # Loaded late: a fault in its file is told when a run begins, and not by whoever imports this.
    from exports_conformance.contract.resources import resource_types  # noqa: PLC0415

    found: History = deepcopy(dict(history))
    for result in sorted(results, key=lambda each: str(each["finished"])):
        when = result["finished"]
        entry = found.setdefault(endpoint_name(result), {"last": "", "verified": {}, "accepted": {}, "observed": {}})
        entry["last"] = max(entry["last"], when)
        verified = [each["id"] for each in result["requirements"] if each["verdict"] == "verified"]
        accepted = [name for name in result.get("accepted", {}) if name in resource_types()]
        for kind, names in (("verified", verified), ("accepted", accepted)):
            entry[kind] |= {name: max(when, entry[kind].get(name, "")) for name in names}
        for open_question, values in result.get("observed", {}).items():
            if open_question in open_questions() and when >= entry["observed"].get(open_question, {"when": ""})["when"]:
                entry["observed"][open_question] = {"when": when, "values": _kept(values)}
    newest = sorted(found, key=lambda name: str(found[name]["last"]), reverse=True)
    return {name: found[name] for name in newest[:ENDPOINTS_KEPT]}


def _kept(values: Mapping[str, int]) -> dict[str, int]:
    """Give the first values with their numbers, and the sum of all others."""
    shown = {name[:NAME_KEPT]: number for name, number in list(values.items())[:VALUES_KEPT]}
    others = sum(list(values.values())[VALUES_KEPT:])
    return shown | ({"other": shown.get("other", 0) + others} if others else {})


def read(folder: Path) -> History:
    """Read the history that a report directory keeps; empty where there is none, or none that can be used."""
    try:
        kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(kept, dict) or kept.get("version") != VERSION or not isinstance(kept.get("endpoints"), dict):
        return {}
    return {name: entry for name, entry in kept["endpoints"].items() if _is_entry(entry)}


def write(history: History, folder: Path) -> Path:
    """Keep a history in a report directory; give the file's path."""
    file = folder / FILE
    file.write_text(json.dumps({"version": VERSION, "endpoints": history}, indent=1) + "\n", encoding="ascii")
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
