"""What a result says, in the words and the order in which every surface says it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from exports_conformance.exchange.safe_text import shortened

Result = Mapping[str, Any]
Entry = Mapping[str, Any]

REFERENCE_CAVEAT = "a pass on the reference proves this suite, not the vendor"
REFERENCE_BROKEN = "what the reference breaks says nothing of the vendor"

NAMED_AT_MOST = 8
LONGEST = 100_000
"""Characters of one text of a result that are looked at: more than the longest body that a run keeps."""

_GRAVITY = {"promise": 0, "advice": 1}


def endpoint_line(result: Result) -> str:
    """Say who was asked, and by which edition of the documentation the answers were judged."""
    endpoint = result["endpoint"]
    mode = "" if endpoint["mode"] == "unknown" else f" in {endpoint['mode']} mode"
    return (
        f"{endpoint['kind']} endpoint {endpoint['base_url']}{mode}, "
        f"edition {endpoint['edition']} ({endpoint['edition_because']})"
    )


def bounded(result: Result) -> Result:
    """Give a result whose every text, names of members included, is cut to what a reader could ever be shown."""
    cut: Result = _bounded(result)
    return cut


def _bounded(value: Any) -> Any:
    match value:
        case str():
            return shortened(value, LONGEST)
        case Mapping():
            return {shortened(name, LONGEST): _bounded(each) for name, each in value.items()}
        case list():
            return [_bounded(each) for each in value]
        case _:
            return value


_VERDICTS = {
    "conforms": "Conforms",
    "partial": "Conforms as far as it was asked",
    "violates": "Violates the documentation",
    "inconclusive": "Could not be judged",
    "error": "The suite itself failed to tell",
}


def headline(result: Result) -> str:
    """Say the verdict in words, and of whom."""
    kind = result["endpoint"]["kind"]
    whom = {"reference": "the built-in reference", "recorded": "a recording"}.get(kind, f"the {kind} endpoint")
    return f"{_VERDICTS[result['verdict']]}: {whom}"


def caveat(result: Result) -> str:
    """Say what the verdict does not prove; empty where it speaks for the vendor's own endpoint."""
    recording = result["recording"]
    kind = recording["kind"] if recording else result["endpoint"]["kind"]
    said = [recording_line(recording)] if recording else []
    if kind == "reference":
        said.append(REFERENCE_BROKEN if result["verdict"] == "violates" else REFERENCE_CAVEAT)
    return "; ".join(said)


_RECORDED = {
    "reference": "a recording of the reference",
    "live": "a recording of a live endpoint",
    "documentation": "the documentation's own example, judged for its shape",
    "imported": "traffic that no suite asked for",
}


def recording_line(recording: Mapping[str, Any]) -> str:
    """Say who was recorded, when, and what speaks against relying on it."""
    age = recording["age_days"]
    days = "today" if age == 0 else "a day ago" if age == 1 else f"{age} days ago"
    said = [_RECORDED[recording["kind"]] + ("" if age is None else f", of {recording['started'][:10]}, {days}")]
    if recording["is_old"]:
        said.append(f"THAT IS MORE THAN {recording['max_age_days']} DAYS: record it again")
    if not recording["same_contract"]:
        said.append(f"it was recorded for another contract ({recording['contract'][:12]}): record it again")
    if recording["left_out"]:
        said.append(f"{recording['left_out']} of its entries hold no whole answer of this API")
    if unasked := recording["not_asked"]:
        named = ", ".join(unasked[:NAMED_AT_MOST]) + ("" if len(unasked) <= NAMED_AT_MOST else ", ...")
        said.append(f"judged, though no test asks for it today: {named}")
    return "; ".join(said)


def with_verdict(result: Result, verdict: str) -> list[Entry]:
    """Give the requirements with a verdict, gravest first: promises before advice, then as in the contract."""
    entries = [entry for entry in result["requirements"] if entry["verdict"] == verdict]
    return sorted(entries, key=lambda entry: _GRAVITY[entry["weight"]])


def by_reason(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """Put requirements together that share the reason for their verdict, in the order given."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry["reason"], []).append(entry)
    return groups


def own_reasons(result: Result) -> list[str]:
    """Give the run's reasons that are not told beside a requirement of their own anyway."""
    names = {entry["id"] for entry in result["requirements"]}
    return [reason for reason in result["reasons"] if reason.partition(" ")[0] not in names]


def weights(entries: Sequence[Entry]) -> str:
    """Say how many promises and how much advice there is among requirements."""
    number = Counter(entry["weight"] for entry in entries)
    said = [f"{number['promise']} promise{'' if number['promise'] == 1 else 's'}"] if number["promise"] else []
    return ", ".join(said + ([f"{number['advice']} advice"] if number["advice"] else [])) or "none"


def tally(entries: Sequence[Entry]) -> str:
    """Say how many requirements have which verdict, the most telling verdicts first."""
    number = Counter(entry["verdict"] for entry in entries)
    order = ("violated", "intermittent", "waived", "unverified", "verified", "not seen")
    return ", ".join(f"{number[verdict]} {verdict}" for verdict in order if number[verdict])


def weather_line(result: Result) -> str:
    """Say what the environment did to the run; empty where it did nothing."""
    met = [(name, number) for name, number in result["environment"].items() if number]
    return ", ".join(f"{name.replace('-', ' ')} {_times(number)}" for name, number in met)


def records_line(result: Result) -> str:
    """Say which resource types were found to have records there, and which to have none; empty where none was asked."""
    told = result.get("records", {"found": [], "none": []})
    parts = [f"of {_some(told['found'])}"] if told["found"] else []
    parts += [f"none of {_some(told['none'])}"] if told["none"] else []
    return ", ".join(parts)


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMED_AT_MOST
    return ", ".join(names[:NAMED_AT_MOST]) + (f" and {more} more types" if more > 0 else "")


def counts_line(result: Result) -> str:
    """Say in a line how much was asked, created and cleaned up, and how long it took."""
    counts = result["counts"]
    took = (datetime.fromisoformat(result["finished"]) - datetime.fromisoformat(result["started"])).total_seconds()
    parts = [f"{counts['exchanges']} exchange{'' if counts['exchanges'] == 1 else 's'} in {took:.1f} s"]
    parts += [f"{counts[name]} {name}" for name in ("created", "deleted", "left")]
    parts += [f"{counts[name]} {name}" for name in ("retried", "duplicates") if counts[name]]
    if result["limits"]["share"] is not None and result["endpoint"]["kind"] == "live":  # nobody else's are spent
        parts.append(f"{result['limits']['share']:.0%} of the rate limit")
    return ", ".join(parts)


def broken_line(entry: Entry) -> str:
    """Say how often a requirement was broken, of how many exchanges that it applied to."""
    return f"{entry['violations']} of {entry['exchanges']} exchange{'' if entry['exchanges'] == 1 else 's'}"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
