"""Markdown of a run: GitHub's summary, annotations and comment, and a ticket; text from a server stays text."""

import json
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from exports_conformance.exchange.model import UNSEEN
from exports_conformance.exchange.untrusted import harmless, shortened
from exports_conformance.reports import phrases
from exports_conformance.reports.messages import request_lines, response_lines
from exports_conformance.reports.phrases import FaultCard, counted, fault_cards
from exports_conformance.reports.site.templating import is_web_address
from exports_conformance.results.result import RequirementResult, RunResult, WitnessShown

_MARKUP = re.compile(r"([\\*_\[\]<>&|~$])")
_SPEAKS = re.compile(r"@|#|://|www\.|(?<=[A-Za-z])-(?=\d)", re.IGNORECASE)
"""What GitHub turns into a mention, a reference or a link even where Markdown does not."""
_LINKABLE = re.compile(r"[A-Za-z0-9:/._?=&#%~-]+")
_TICKS = re.compile("`+")


def code(text: str, limit: int = 400) -> str:
    """Return a text as a code span: harmless, in one line, with nothing interpreted."""
    text = harmless(shortened(text, limit))
    ticks = "`" * (_longest_run(text) + 1)
    pad = " " if not text or text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def cell(text: str, limit: int = 200) -> str:
    """Return a text as a code span for a table, with bars escaped."""
    return code(text, limit).replace("|", "\\|")


def plain(text: str, limit: int = 1_000) -> str:
    """Return a text as plain text, with its parts between backticks as code spans."""
    parts = harmless(shortened(text, limit)).split("`")
    return "".join(code(part) if place % 2 and part else _plain(part) for place, part in enumerate(parts))


def _plain(text: str) -> str:
    pieces, at = [], 0
    for found in _SPEAKS.finditer(text):
        pieces += [_MARKUP.sub(r"\\\1", text[at : found.start()]), f"`{found[0]}`"]
        at = found.end()
    return "".join([*pieces, _MARKUP.sub(r"\\\1", text[at:])])


def fenced(lines: Iterable[str]) -> str:
    """Return lines as a code block whose fence is longer than any run of backticks in them."""
    shown = [harmless(line) for line in lines]
    fence = "`" * max(3, *(_longest_run(line) + 1 for line in shown)) if shown else "```"
    return "\n".join([f"{fence}text", *shown, fence])


def link(address: str) -> str:
    """Return an address as a link if it is a web address, otherwise as a code span."""
    if is_web_address(address) and _LINKABLE.fullmatch(address):
        return f"[{code(address.removeprefix('https://'))}]({address})"
    return code(address)


def _longest_run(text: str) -> int:
    return max((len(run) for run in _TICKS.findall(text)), default=0)


_SUMMARY_LIMIT = 1024 * 1024 - 4096  # bytes; GitHub's limit less what the step may add itself
_COMMENT_LIMIT = 64 * 1024 - 1024  # bytes
MAX_ANNOTATIONS = 10
"""Annotations that GitHub shows for a step; it silently drops further ones."""

_LINES = 60
_SCRIPT_LINES = 400
_FAULTS = 50
_LEVELS = {"violated": "error", "intermittent": "warning"}


def step_summary(result: RunResult) -> str:
    """Return the summary of a step in Markdown, under 1 MiB."""
    return _document(phrases.bounded(result), _SUMMARY_LIMIT)


def pull_request_comment(result: RunResult) -> str:
    """Return the comment on a pull request in Markdown, under 64 KiB."""
    result = phrases.bounded(result)
    cards = fault_cards(result)
    parts = [*_verdict(result, counted(len(cards), "fault") if cards else "no fault found")]
    if cards:
        rows = [_row(card) for card in cards[:_FAULTS]]
        more = [f"| {len(cards) - _FAULTS} more | | | |"] if len(cards) > _FAULTS else []
        parts.append("\n".join(["| fault | documented | came | when |", "|---|---|---|---|", *rows, *more]))
    scripts = (
        _folded(f"Reproduce {card.name}", card.script.split("\n"), limit=_SCRIPT_LINES) for card in cards if card.script
    )
    return _joined(parts, scripts, _COMMENT_LIMIT)


def _row(card: FaultCard) -> str:
    witness = card.witness or {"expected": "", "actual": ""}
    also = f" and {len(card.others)} more" if card.others else ""
    documented = f"{plain(card.entry['statement'], 300)} expected {cell(witness['expected'])}"
    return (
        f"| {cell(card.name)}{also} | {_barred(documented)} | {cell(witness['actual'])} | {_barred(plain(card.when))} |"
    )


def _barred(text: str) -> str:
    """Return Markdown for a cell of a table: a bar that is not escaped would end it."""
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def annotations(result: RunResult) -> str:
    """Return workflow commands, one a line: at most ten, the most serious first; the last one counts those left out."""
    result = phrases.bounded(result)
    entries = _broken(result)
    commands = list[str]()
    for entry in entries[:MAX_ANNOTATIONS]:
        level = _LEVELS[entry["verdict"]] if entry["weight"] == "promise" else "notice"
        lines = [entry["statement"], *_differs(entry), phrases.source_line(entry)]
        if len(commands) == MAX_ANNOTATIONS - 1 and len(entries) > MAX_ANNOTATIONS:
            lines.append(f"{len(entries) - MAX_ANNOTATIONS} more are in the step summary")
        title = _property(f"{entry['id']} is {entry['verdict']}")
        commands.append(f"::{level} title={title}::{'%0A'.join(_message(line) for line in lines)}")
    reasons = phrases.run_reasons(result) + [f"{error['where']}: {error['what']}" for error in result["errors"]]
    if not commands and result["verdict"] in {"inconclusive", "error"}:
        commands = [
            f"::error title={_property(result['verdict'])}::{_message(text)}" for text in reasons[:MAX_ANNOTATIONS]
        ]
    return "".join(f"{command}\n" for command in commands)


def _broken(result: RunResult) -> list[RequirementResult]:
    entries = [entry for verdict in _LEVELS for entry in phrases.with_verdict(result, verdict)]
    return sorted(entries, key=lambda entry: entry["weight"] != "promise")


def _differs(entry: RequirementResult) -> list[str]:
    witness = entry["witness"]
    if not witness:
        return []
    request = witness["request"]
    sent = f"request: {request['method']} {request['path']} ({witness['intent']})"
    return [sent, f"expected: {witness['expected']}", f"actual: {witness['actual']}"]


def _message(text: str) -> str:
    return harmless(shortened(text, 500)).replace("%", "%25")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def _document(result: RunResult, limit: int) -> str:
    entries = _broken(result)
    whens = {name: card.when for card in fault_cards(result) for name in (card.name, *card.others)}
    sections = (_section(result, entry, whens.get(entry["id"], "")) for entry in entries)
    return _joined([*_head(result, entries)], sections, limit)


def _joined(parts: list[str], sections: Iterable[str], limit: int) -> str:
    """Join parts and then sections, the most serious first, up to a number of bytes; count the sections left out."""
    room = limit - sum(len(part.encode()) + 2 for part in parts) - 200
    left_out = 0
    for section in sections:
        room -= len(section.encode()) + 2
        if room < 0:
            left_out += 1
        else:
            parts.append(section)
    if left_out:
        parts.append(f"{left_out} more did not fit here; the report has them all.")
    return "\n\n".join(parts) + "\n"


def _verdict(result: RunResult, found: str) -> Iterator[str]:
    yield f"## {plain(phrases.headline(result))}"
    if caveat := phrases.caveat(result):
        yield f"{plain(caveat[:1].upper() + caveat[1:])}."
    unverified = phrases.with_verdict(result, "unverified")
    yield (
        f"{code(phrases.endpoint_line(result))}  \n{found}; "
        f"not tested: {phrases.weights(unverified)}; {plain(phrases.counts_line(result))}"
    )
    reasons = phrases.run_reasons(result) + [f"{each['where']}: {each['what']}" for each in result["errors"]]
    reasons += phrases.left_out_lines(result)
    reasons += [f"not tested: {phrases.weights(group)}: {why}" for why, group in phrases.by_reason(unverified).items()]
    if reasons:
        more = [f"- {len(reasons) - 20} more, in result.json"] if len(reasons) > 20 else []  # noqa: PLR2004  a screenful
        yield "\n".join([*(f"- {code(text)}" for text in reasons[:20]), *more])


def _head(result: RunResult, entries: list[RequirementResult]) -> Iterator[str]:
    yield from _verdict(result, phrases.tally(result["requirements"]))
    if entries:
        rows = [
            f"| {cell(each['id'])} | {each['verdict']} | {each['weight']} | {phrases.broken_line(each)} |"
            for each in entries[:100]
        ]
        more = [f"| {len(entries) - 100} more | | | |"] if len(entries) > 100 else []  # noqa: PLR2004  enough for a table
        yield "\n".join(["| requirement | verdict | weight | broken in |", "|---|---|---|---|", *rows, *more])


def _section(result: RunResult, entry: RequirementResult, when: str) -> str:
    source = f"{phrases.basis(entry)}: {link(entry['source'])}"
    lines = [f"### {code(entry['id'])}", f"{plain(entry['statement'])} ({source})"]
    if when:
        lines.append(plain(f"It occurs {when}."))
    if (found := entry["witness"]) is not None:
        lines.append(f"expected {code(found['expected'])}  \nactual {code(found['actual'])}")
        if found["trace_id"] is not None:
            lines.append(f"trace_id {code(str(found['trace_id']))}")
        base_url = result["endpoint"]["base_url"]
        lines += [
            _folded("Request", [line.text for line in request_lines(found["request"], base_url=base_url)]),
            _folded("Response", [line.text for line in response_lines(found["response"])]),
            _folded("Reproduce it", [found["curl"]]),
        ]
    return "\n\n".join(lines)


def _folded(label: str, lines: list[str], limit: int = _LINES) -> str:
    cut = [shortened(line, 2_000) for line in lines[:limit]]
    block = fenced([*cut, *([f"… {len(lines) - limit} more lines"] if len(lines) > limit else [])])
    return f"<details><summary>{label}</summary>\n\n{block}\n\n</details>"


class NoTicketError(Exception):
    """The result has no violation to write a ticket about; the message says why."""


def support_ticket(result: RunResult, requirement: str) -> str:
    """Return the ticket for a fault, or for a requirement that it violates.

    Raises:
        NoTicketError: the result does not contain the requirement, or no exchange violates it.
    """
    result = phrases.bounded(result)
    entries = {entry["id"]: entry for entry in result["requirements"]}
    if requirement not in entries:
        near = get_close_matches(requirement, entries, n=1)
        hint = f"did you mean {near[0]}?" if near else "the report lists all of them"
        raise NoTicketError(f"{requirement}: the result has no such requirement; {hint}")
    entry = entries[requirement]
    witness = entry["witness"]
    if witness is None:
        broken = ", ".join(name for name, each in entries.items() if each["witness"]) or "none"
        raise NoTicketError(
            f"{requirement} is {entry['verdict']}: there is no violation to report; violated in this run: {broken}"
        )
    card = next((each for each in fault_cards(result) if requirement in {each.name, *each.others}), None)
    endpoint = result["endpoint"]
    facts = [
        f"- Where: {code(endpoint['base_url'])}, {endpoint['mode']} mode",
        f"- When: {code(result['started'])} to {code(result['finished'])}",
        f"- How often: {phrases.broken_line(entry)}",
        *([f"- It occurs {plain(card.when)}"] if card else []),
        f"- Documented in: {link(entry['source'])}",
    ]
    if witness["trace_id"] is not None:
        facts.insert(0, f"- trace_id: {code(str(witness['trace_id']))}")
    if caveat := phrases.caveat(result):
        facts.append(f"- Do not send this ticket if it is not about a real API: {plain(caveat)}")
    facts += [f"- {note}" for note in _notes(witness, card)]
    where = f" at {code(witness['pointer'])}" if witness["pointer"] else ""
    return "\n\n".join(
        [
            f"# Create an export: {plain(entry['statement'])}",
            "The documentation promises this; the API behaves differently.",
            "\n".join(facts),
            f"Expected{where}: {code(witness['expected'])}  \nActual: {code(witness['actual'])}",
            "Request:",
            _block([line.text for line in request_lines(witness["request"], base_url=endpoint["base_url"])]),
            "Response:",
            _block([line.text for line in response_lines(witness["response"])]),
            *_reproduction(witness, card),
        ]
    )


def _notes(witness: WitnessShown, card: FaultCard | None) -> Iterator[str]:
    """Yield what a reader of the request and the response has to know: what is hidden, and what no longer exists."""
    if UNSEEN in json.dumps([witness["request"], witness["response"]], ensure_ascii=False):
        yield f"Values shown as {code(UNSEEN)} were removed before anything was stored"
    is_about_an_export = witness["request"]["path"].startswith("/exports/")
    if is_about_an_export and card and card.script:
        yield "The run has deleted the export of this request, unless it kept all; the script below creates its own"


def _reproduction(witness: WitnessShown, card: FaultCard | None) -> list[str]:
    if card and card.script:
        variables = "COMMERCELAYER_API_ENDPOINT and COMMERCELAYER_ACCESS_TOKEN"
        return [f"To reproduce it, set {code(variables)} and run this script:", _block(card.script.split("\n"), 400)]
    return [
        "To reproduce it (set the two environment variables, and save the body above as the file that is named):",
        _block([witness["curl"]]),
    ]


def _block(lines: list[str], limit: int = 200) -> str:
    return fenced(shortened(line, 4_000) for line in lines[:limit])
