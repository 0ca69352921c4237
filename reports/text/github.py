"""What GitHub shows of a run: the step summary, annotations, and the comment on a pull request."""

import re
from collections.abc import Iterable, Iterator

from exports_conformance.exchange.untrusted import harmless, shortened
from exports_conformance.reports import phrases
from exports_conformance.reports.messages import request_lines, response_lines
from exports_conformance.reports.phrases import FaultCard, counted, fault_cards
from exports_conformance.reports.text.markdown import cell, code, fenced, link, plain

_SUMMARY_LIMIT = 1024 * 1024 - 4096  # bytes; GitHub's limit less what the step may add itself
_COMMENT_LIMIT = 64 * 1024 - 1024  # bytes
MAX_ANNOTATIONS = 10
"""Annotations that GitHub shows for a step; it silently drops further ones."""

_LINES = 60
_SCRIPT_LINES = 400
_FAULTS = 50
_LEVELS = {"violated": "error", "intermittent": "warning"}


def step_summary(result: phrases.Result) -> str:
    """Return the summary of a step in Markdown, under 1 MiB."""
    return _document(phrases.bounded(result), _SUMMARY_LIMIT)


def pull_request_comment(result: phrases.Result) -> str:
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


def annotations(result: phrases.Result) -> str:
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


def _broken(result: phrases.Result) -> list[phrases.RequirementEntry]:
    entries = [entry for verdict in _LEVELS for entry in phrases.with_verdict(result, verdict)]
    return sorted(entries, key=lambda entry: entry["weight"] != "promise")


def _differs(entry: phrases.RequirementEntry) -> list[str]:
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


def _document(result: phrases.Result, limit: int) -> str:
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


def _verdict(result: phrases.Result, found: str) -> Iterator[str]:
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


def _head(result: phrases.Result, entries: list[phrases.RequirementEntry]) -> Iterator[str]:
    yield from _verdict(result, phrases.tally(result["requirements"]))
    if entries:
        rows = [
            f"| {cell(each['id'])} | {each['verdict']} | {each['weight']} | {phrases.broken_line(each)} |"
            for each in entries[:100]
        ]
        more = [f"| {len(entries) - 100} more | | | |"] if len(entries) > 100 else []  # noqa: PLR2004  enough for a table
        yield "\n".join(["| requirement | verdict | weight | broken in |", "|---|---|---|---|", *rows, *more])


def _section(result: phrases.Result, entry: phrases.RequirementEntry, when: str) -> str:
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
