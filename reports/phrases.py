"""Phrases about a result that every report uses, so that all reports say the same thing in the same words."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exports_conformance.contract.edition import changes, editions
from exports_conformance.contract.requirements import Basis
from exports_conformance.exchange.untrusted import shortened
from exports_conformance.results.result import (
    EDITION_CHOSEN,
    RecordingFacts,
    RequirementResult,
    RunResult,
    WitnessShown,
)
from exports_conformance.results.verdicts import NOT_CHOSEN, RequirementVerdict

REFERENCE_CAVEAT = "this was our built-in simulator; it says nothing about Commerce Layer"

_NAMED_AT_MOST = 8
_TEXT_LIMIT = 100_000
"""Characters kept of any one text: more than the longest body that a run stores."""

_GRAVITY = {"promise": 0, "advice": 1}

_VERDICTS = {
    "conforms": "Conforms to the documentation",
    "partial": "Conforms as far as it was tested",
    "violates": "Violates the documentation",
    "inconclusive": "Could not be judged",
    "error": "Not judged: the test suite itself failed",
}


def endpoint_line(result: RunResult) -> str:
    """Return the endpoint and the edition of the documentation it was judged by."""
    endpoint = result["endpoint"]
    mode = "" if endpoint["mode"] == "unknown" else f" in {endpoint['mode']} mode"
    return f"{endpoint['kind']} endpoint {endpoint['base_url']}{mode}, judged by the {edition_line(result)}"


def edition_line(result: RunResult) -> str:
    """Return which documentation the run was judged by, and why that one."""
    name, because = result["endpoint"]["edition"], result["endpoint"]["edition_because"]
    title = editions()[name].title if name in editions() else f"documentation of edition {name}"
    return f"{title}: {because}"


def bounded(result: RunResult) -> RunResult:
    """Return a copy of a result with every text, member names included, cut to a displayable length."""
    cut: RunResult = _bounded(result)
    return cut


def _bounded(value: Any) -> Any:
    match value:
        case str():
            return shortened(value, _TEXT_LIMIT)
        case Mapping():
            return {shortened(name, _TEXT_LIMIT): _bounded(each) for name, each in value.items()}
        case list():
            return [_bounded(each) for each in value]
        case _:
            return value


def headline(result: RunResult) -> str:
    """Return the verdict in words, and which kind of endpoint it is about."""
    kind = result["endpoint"]["kind"]
    about = {"reference": "the built-in simulator", "recorded": "a recording"}.get(kind, f"the {kind} endpoint")
    entries = chosen(result)
    if len(entries) < len(result["requirements"]):
        about = f"{about}, judged by {counted(len(entries), 'chosen requirement')} only"
    return f"{_VERDICTS[result['verdict']]}: {about}"


def chosen(result: RunResult) -> list[RequirementResult]:
    """Return the requirements that the run was to judge: all, unless some were chosen."""
    return [entry for entry in result["requirements"] if entry["reason"] != NOT_CHOSEN]


def caveat(result: RunResult) -> str:
    """Return what limits the verdict; empty if the run judged a real API directly."""
    recording = result["recording"]
    kind = recording["kind"] if recording else result["endpoint"]["kind"]
    parts = [recording_line(recording)] if recording else []
    if kind == "live" and _is_plain_http(result["endpoint"]["base_url"]):
        parts.append("over plain http (--allow-http)")
    if kind == "reference":
        parts.append(REFERENCE_CAVEAT)
    return "; ".join(parts)


def _is_plain_http(base_url: str) -> bool:
    return base_url.startswith("http://") and not re.match(r"http://(localhost|127\.|\[::1\])", base_url)


_RECORDED = {
    "reference": "a recording of the built-in simulator",
    "live": "a recording of a live endpoint",
    "documentation": "the documentation's own example, checked for its shape only",
    "imported": "imported traffic, which no test of this suite sent",
}


def recording_line(recording: RecordingFacts) -> str:
    """Return what was recorded, how old it is, and each reason not to rely on it."""
    age = recording["age_days"]
    days = "today" if age == 0 else "a day ago" if age == 1 else f"{age} days ago"
    parts = [
        _RECORDED[recording["kind"]] + ("" if age is None else f", made {(recording['started'] or '')[:10]}, {days}")
    ]
    if recording["is_old"]:
        parts.append(f"OLDER THAN {recording['max_age_days']} DAYS: record it again")
    if not recording["same_contract"]:
        parts.append(f"recorded for another version of the contract ({recording['contract'][:12]}): record it again")
    if untested := recording["not_asked"]:
        names = ", ".join(untested[:_NAMED_AT_MOST]) + ("" if len(untested) <= _NAMED_AT_MOST else ", ...")
        parts.append(f"judged, although no test sends these requests today: {names}")
    return "; ".join(parts)


def left_out_lines(result: RunResult) -> list[str]:
    """Return a line for each reason why entries of a recording were not judged."""
    recording = result["recording"]
    return [f"not judged: {line}" for line in recording["left_out"]] if recording else []


def with_verdict(result: RunResult, verdict: str) -> list[RequirementResult]:
    """Return the requirements that have `verdict`: promises before advice, then in the contract's order."""
    entries = [entry for entry in result["requirements"] if entry["verdict"] == verdict]
    return sorted(entries, key=lambda entry: _GRAVITY[entry["weight"]])


def by_reason(entries: Sequence[RequirementResult]) -> dict[str, list[RequirementResult]]:
    """Group requirements by the reason for their verdict, keeping their order."""
    groups: dict[str, list[RequirementResult]] = {}
    for entry in entries:
        groups.setdefault(entry["reason"], []).append(entry)
    return groups


def run_reasons(result: RunResult) -> list[str]:
    """Return the reasons for the run's verdict that no single requirement already shows."""
    names = {entry["id"] for entry in result["requirements"]}
    return [reason for reason in result["reasons"] if reason.partition(" ")[0] not in names]


def weights(entries: Sequence[RequirementResult]) -> str:
    """Return how many promises and recommendations there are, for example `2 promises, 1 recommendation`."""
    number = Counter(entry["weight"] for entry in entries)
    parts = [counted(number["promise"], "promise")] if number["promise"] else []
    return ", ".join(parts + ([counted(number["advice"], "recommendation")] if number["advice"] else [])) or "none"


def tally(entries: Sequence[RequirementResult]) -> str:
    """Return how many requirements have each verdict, the most serious verdict first."""
    number = Counter(entry["verdict"] for entry in entries)
    order: tuple[RequirementVerdict, ...] = ("violated", "intermittent", "waived", "unverified", "verified", "not seen")
    return ", ".join(f"{number[verdict]} {verdict}" for verdict in order if number[verdict])


_ENVIRONMENT = {
    "no-answer": "no response",
    "throttled": "throttled (429)",
    "unavailable": "unavailable (502, 503 or 504)",
    "firewall": "a page or a redirect in place of a response, probably from a firewall or a login portal",
    "token-refused": "the token was refused",
    "not-permitted": "not permitted",
}


def environment_line(result: RunResult) -> str:
    """Return the environment errors of the run with their counts; empty if there was none."""
    met = [(name, number) for name, number in result["environment"].items() if number]
    return ", ".join(f"{_ENVIRONMENT.get(name, name)}: {_times(number)}" for name, number in met)


def records_line(result: RunResult) -> str:
    """Return which resource types have records and which have none; empty if no export showed it."""
    records = result.get("records", {"found": [], "none": []})
    parts = [f"with records: {_some(records['found'])}"] if records["found"] else []
    parts += [f"without: {_some(records['none'])}"] if records["none"] else []
    return "; ".join(parts)


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED_AT_MOST
    return ", ".join(names[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def duration(result: RunResult) -> float:
    """Return how long the run took, in seconds."""
    return (datetime.fromisoformat(result["finished"]) - datetime.fromisoformat(result["started"])).total_seconds()


def counts_line(result: RunResult) -> str:
    """Return how many requests were sent and exports created and deleted, and the run's duration."""
    counts = result["counts"]
    parts = [f"{counted(counts['exchanges'], 'request')} in {duration(result):.1f} s"]
    parts += [f"{counted(counts['created'], 'export')} created"]
    parts += [f"{counts[name]} {name}" for name in ("deleted", "left")]
    parts += [f"{counts[name]} {name}" for name in ("retried", "duplicates") if counts[name]]
    if result["limits"]["share"] is not None and result["endpoint"]["kind"] == "live":
        parts.append(f"{result['limits']['share']:.0%} of the rate limit")
    return ", ".join(parts)


def basis(entry: RequirementResult) -> Basis:
    """Return whether the source states a requirement in words (`documented`) or it follows from it (`inferred`)."""
    return "inferred" if entry["said_in"] == "inferred" else "documented"


def source_line(entry: RequirementResult) -> str:
    """Return the basis of a requirement with the address of its source."""
    return f"{basis(entry)}: {entry['source']}"


def broken_line(entry: RequirementResult) -> str:
    """Return how many of the responses that a requirement applies to broke it, for example `3 of 4 responses`."""
    return f"{entry['violations']} of {counted(entry['exchanges'], 'response')}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is 1."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


@dataclass(frozen=True, slots=True)
class FaultCard:
    """A fault as reports show it.

    `entry` is the requirement that names it, `others` the further requirements it violates, `when` the condition under
    which it occurs. `script` is the shell script that reproduces it, empty in a result of an older version.
    """

    entry: RequirementResult
    others: tuple[str, ...]
    when: str
    script: str

    @property
    def name(self) -> str:
        """The name of the fault, an id of a requirement."""
        return self.entry["id"]

    @property
    def file(self) -> str:
        """The path of the script, relative to the report folder; empty if there is none."""
        return f"faults/{self.name}.sh" if self.script else ""

    @property
    def witness(self) -> WitnessShown | None:
        """The smallest exchange that shows the fault, if the result has one."""
        return self.entry["witness"]


def fault_cards(result: RunResult) -> list[FaultCard]:
    """Return the faults of a result, promises before advice.

    A violated requirement that no fault names, as in a result of an older version, is a fault of its own.
    """
    return sorted(_cards(result), key=lambda card: card.entry["weight"] != "promise")


def _cards(result: RunResult) -> Iterator[FaultCard]:
    entries = {entry["id"]: entry for entry in with_verdict(result, "violated")}
    explained = set[str]()
    for fault in result.get("faults", ()):
        names = [name for name in fault["requirements"] if name in entries]
        if fault["name"] in entries and fault["name"] not in explained:
            explained |= set(names)
            others = tuple(name for name in names if name != fault["name"])
            yield FaultCard(entries[fault["name"]], others, fault["condition"]["text"], fault["script"])
    for name, entry in entries.items():
        if name not in explained:
            yield FaultCard(entry, (), f"in {broken_line(entry)}", "")


def owner_line(result: RunResult, card: FaultCard) -> str:
    """Return whose fault it is, in a word, and what to do about it.

    The API, unless something else explains the fault: the built-in simulator belongs to this suite, a page of HTML to
    the environment, and an attribute of another edition than `--edition` pins to the configuration.
    """
    recording = result["recording"]
    kind = recording["kind"] if recording else result["endpoint"]["kind"]
    headers = card.witness["response"]["headers"] if card.witness else []
    if kind == "reference":
        return "this suite: its built-in simulator, or a rule"
    if any(name.lower() == "content-type" and "html" in value.lower() for name, value in headers):
        return "the environment: a gateway or proxy answered with an HTML page; ask who runs it"
    if _is_of_another_edition(result, card):
        edition = result["endpoint"]["edition"]
        return f"the configuration: --edition {edition} was chosen; leave it out, so that the first export decides"
    return f"the API; tell the vendor: exports-conformance ticket {card.name}"


def _is_of_another_edition(result: RunResult, card: FaultCard) -> bool:
    """Return True if an edition was chosen, and the fault is about a place at which editions differ."""
    at = card.witness["pointer"] if card.witness else ""
    is_chosen = result["endpoint"]["edition_because"] == EDITION_CHOSEN
    return is_chosen and any(each.at == at and each.of == "response" for name in editions() for each in changes(name))
