"""`index.html`: the result of a run on one screen, a card for each fault, and pictures that lead to the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from exports_conformance.exchange.untrusted import shortened
from exports_conformance.reports import messages, phrases
from exports_conformance.reports.history import RunLine, run_line, with_run
from exports_conformance.reports.phrases import counted
from exports_conformance.reports.site import pictures, templating
from exports_conformance.reports.site.fault_pages import fault_views
from exports_conformance.reports.site.sections import section_of
from exports_conformance.reports.site.templating import UPGRADE_PAGE
from exports_conformance.results.result import RequirementResult, RunResult

CARDS, FAULTS_LISTED = 6, 60
RUNS_SHOWN, CHANGED_SHOWN = 24, 8
RESPONSE_LINES = 30
CELLS_SHOWN = 100
"""Of a topic; no topic of this version has as many requirements."""
HOST_SHOWN = 80

TOPIC_WORDS = {
    "request": "request",
    "arguments": "arguments",
    "answer": "response",
    "errors": "errors",
    "limits": "limits",
    "life": "life",
    "file": "file",
}
"""The topics of the contract, as the pages name them."""

_CAUSES = {
    "no-answer": ("no response", "Check the address and the network, then run again."),
    "throttled": ("429, the rate limit", "Wait a minute, or use a token that nothing else uses, then run again."),
    "unavailable": ("the API or its gateway was unavailable", "Wait until the API is available, then run again."),
    "firewall": ("an HTML page instead of JSON", "Let requests to the API pass the firewall or proxy, then run again."),
    "token-refused": ("the token was refused", "Get a new access token, then run again."),
    "not-permitted": (
        "the application may not create exports",
        "Use the credentials of an integration that can create exports, then run again.",
    ),
}


def site_pages(folder: Path | None) -> dict[str, str]:
    """Return the pages of the navigation; a comparison that is in the folder belongs to them."""
    has_upgrade = folder is not None and (folder / UPGRADE_PAGE).exists()
    return {**templating.PAGES, **({UPGRADE_PAGE: "Upgrade"} if has_upgrade else {})}


def verdict_sentence(result: RunResult) -> str:
    """Return the verdict in words, with the number of promises and the name of what was judged."""
    place = judged_place(result)
    chosen = phrases.chosen(result)
    promises = [entry for entry in chosen if entry["weight"] == "promise"]
    number = {verdict: sum(entry["verdict"] == verdict for entry in promises) for verdict in pictures.GRAVEST_FIRST}
    judged = len(promises) - number["not seen"]
    only = f" ({counted(len(chosen), 'chosen requirement')} only)" if len(chosen) < len(result["requirements"]) else ""
    match result["verdict"]:
        case "violates":
            return f"{counted(number['violated'], 'promise')} broken by {place}{only}"
        case "conforms":
            known = f", {number['waived']} known to be broken" if number["waived"] else ""
            return f"{number['verified']} of {judged} promises hold for {place}{known}{only}"
        case "partial":
            return (
                f"{number['verified']} of {judged} promises hold for {place}, {number['unverified']} not tested{only}"
            )
        case "error":
            return f"Not judged: the test suite failed on {place}"
    return f"Could not judge {place}"


def judged_place(result: RunResult) -> str:
    """Return what was judged: a host, the built-in simulator, or a recording."""
    endpoint, recording = result["endpoint"], result["recording"]
    if (recording["kind"] if recording else endpoint["kind"]) == "reference":
        return "a recording of the built-in simulator" if recording else "the built-in simulator"
    try:
        host = urlsplit(endpoint["base_url"]).netloc or endpoint["base_url"]
    except ValueError:
        host = endpoint["base_url"]
    host = shortened(str(host), HOST_SHOWN)
    return f"a recording of {host}" if recording else host


@dataclass(frozen=True, slots=True)
class OutageView:
    """What kept a run from judging: since when, after how many requests, its cause and remedy, and its exchange."""

    since: str
    after: int
    cause: str
    remedy: str
    request: list[messages.MessageLine]
    response: list[messages.MessageLine]


def _outage(result: RunResult) -> OutageView | None:
    found = result.get("outage")
    exchange = result.get("exchanges", {}).get(found["example"]) if found else None
    if not found or not exchange:
        return None
    cause, remedy = _CAUSES.get(
        found["cause"], (found["cause"], "Read the response, remove its cause, then run again.")
    )
    return OutageView(
        found["since"],
        found["after"],
        cause,
        remedy,
        messages.request_lines(exchange["request"], base_url=result["endpoint"]["base_url"]),
        messages.response_lines(exchange["response"])[:RESPONSE_LINES],
    )


@dataclass(frozen=True, slots=True)
class RequirementRuns:
    """A requirement over the last runs: its verdict in each, and since when it is broken, empty if it is not."""

    name: str
    verdicts: list[str]
    broken_since: str


def changed_requirements(runs: Sequence[RunLine]) -> list[RequirementRuns]:
    """Return the requirements that did not hold in some of these runs, those that are broken now first."""
    found = []
    for name in dict.fromkeys(name for run in reversed(runs) for name in run["failed"]):
        verdicts = [run["failed"].get(name, _other_verdict(run)) for run in runs]
        since = ""
        for run, verdict in zip(reversed(runs), reversed(verdicts), strict=True):
            if verdict == "violated":
                since = run["finished"]
            elif verdict != "unverified":
                break
        found.append(RequirementRuns(name, verdicts, since if verdicts[-1] == "violated" else ""))
    return sorted(found, key=lambda each: not each.broken_since)


def _other_verdict(run: RunLine) -> str:
    return "unverified" if run["verdict"] in {"inconclusive", "error"} else "verified"


def by_section(entries: Sequence[RequirementResult]) -> Mapping[str, list[RequirementResult]]:
    """Return requirements by the section of the contract page that they belong to."""
    found: dict[str, list[RequirementResult]] = {}
    for entry in entries:
        found.setdefault(section_of(entry["id"], entry["topic"]), []).append(entry)
    return found


def by_topic(entries: Sequence[RequirementResult]) -> Mapping[str, list[RequirementResult]]:
    """Return requirements by the words for their topic, in the order of the page."""
    return {
        words: [entry for entry in entries if entry["topic"] == topic]
        for topic, words in TOPIC_WORDS.items()
        if any(entry["topic"] == topic for entry in entries)
    }


def render_result(result: RunResult, *, runs: Sequence[RunLine] = (), folder: Path | None = None) -> str:
    """Render the page of a result as an HTML document.

    `runs` are earlier runs; `folder` is where the page will be written.

    Raises:
        jinja2.UndefinedError, KeyError: the result lacks a member that its schema requires.
    """
    result = phrases.bounded(result)
    this = run_line(result)
    same = [each for each in with_run(runs, this) if each["endpoint"] == this["endpoint"]][-RUNS_SHOWN:]
    views, entries = fault_views(result), result["requirements"]
    judged = result["verdict"] != "inconclusive"
    return templating.page(
        "index.html",
        pages=site_pages(folder),
        result=result,
        verdict_sentence=verdict_sentence(result),
        caveat=phrases.caveat(result),
        endpoint_line=phrases.endpoint_line(result),
        edition_line=phrases.edition_line(result),
        counts_line=phrases.counts_line(result),
        environment_line=phrases.environment_line(result),
        records_line=phrases.records_line(result),
        reasons=phrases.run_reasons(result) + phrases.left_out_lines(result),
        seconds=this["seconds"],
        bar=pictures.verdict_bar(entries) if judged else [],
        cards=views[:CARDS],
        listed=views[CARDS:FAULTS_LISTED],
        left_out=max(len(views) - FAULTS_LISTED, 0),
        outage=_outage(result) if not judged else None,
        judged=judged,
        intermittent=phrases.with_verdict(result, "intermittent"),
        topics=by_topic(entries) if judged else {},
        not_tested=phrases.weights(phrases.with_verdict(result, "unverified")),
        edges=pictures.edges_shown(entries),
        glyphs=pictures.GLYPHS,
        past={"conforms": "✓", "partial": "~", "violates": "✗", "inconclusive": "?", "error": "!"},
        states=pictures.states_shown(by_section(entries)) if judged else [],
        ticks=pictures.tick_rows(result),
        pairs=pictures.pair_map(result) if judged else None,
        runs=same,
        changed=changed_requirements(same)[:CHANGED_SHOWN],
        undecided={
            verdict: phrases.by_reason(phrases.with_verdict(result, verdict))
            for verdict in ("unverified", "not seen", "waived")
        }
        if judged
        else {},
        known_ids={entry["id"] for entry in entries},
        square=pictures.SQUARE,
        cells_shown=CELLS_SHOWN,
    )
