"""What GitHub shows of a run: the step summary, annotations, and the comment on a pull request."""

from collections.abc import Iterator

from exports_conformance.exchange.safe_text import harmless, shortened
from exports_conformance.reports import phrases
from exports_conformance.reports.messages import request_lines, response_lines
from exports_conformance.reports.text.markdown import cell, code, fenced, link, plain

_SUMMARY_LIMIT = 1024 * 1024 - 4096  # bytes; GitHub's limit less what the step may add itself
_COMMENT_LIMIT = 64 * 1024 - 1024  # bytes
MAX_ANNOTATIONS = 10
"""Annotations that GitHub shows for a step; it silently drops further ones."""

_LINES = 60
_LEVELS = {"violated": "error", "intermittent": "warning"}


def step_summary(result: phrases.Result) -> str:
    """Return the summary of a step in Markdown, under 1 MiB."""
    return _document(phrases.bounded(result), _SUMMARY_LIMIT, with_messages=True)


def pull_request_comment(result: phrases.Result) -> str:
    """Return the comment on a pull request in Markdown, under 64 KiB."""
    return _document(phrases.bounded(result), _COMMENT_LIMIT, with_messages=False)


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
    return [f"expected: {witness['expected']}", f"actual: {witness['actual']}"] if witness else []


def _message(text: str) -> str:
    return harmless(shortened(text, 500)).replace("%", "%25")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def _document(result: phrases.Result, limit: int, *, with_messages: bool) -> str:
    """Join sections, the most serious first, until the limit; count those that did not fit."""
    entries = _broken(result)
    parts = [*_head(result, entries)]
    room = limit - sum(len(part.encode()) + 2 for part in parts) - 200
    left_out = 0
    for entry in entries:
        part = _section(result, entry, with_messages=with_messages)
        room -= len(part.encode()) + 2
        if room < 0:
            left_out += 1
        else:
            parts.append(part)
    if left_out:
        parts.append(f"{left_out} more did not fit here; the report has them all.")
    return "\n\n".join(parts) + "\n"


def _head(result: phrases.Result, entries: list[phrases.RequirementEntry]) -> Iterator[str]:
    yield f"## {plain(phrases.headline(result))}"
    if caveat := phrases.caveat(result):
        yield f"{plain(caveat[:1].upper() + caveat[1:])}."
    unverified = phrases.with_verdict(result, "unverified")
    yield (
        f"{code(phrases.endpoint_line(result))}  \n{phrases.tally(result['requirements'])}; "
        f"not verified: {phrases.weights(unverified)}; {plain(phrases.counts_line(result))}"
    )
    reasons = phrases.run_reasons(result) + [f"{each['where']}: {each['what']}" for each in result["errors"]]
    if reasons:
        more = [f"- {len(reasons) - 20} more, in result.json"] if len(reasons) > 20 else []  # noqa: PLR2004
        yield "\n".join([*(f"- {code(text)}" for text in reasons[:20]), *more])
    if entries:
        rows = [
            f"| {cell(each['id'])} | {each['verdict']} | {each['weight']} | {phrases.broken_line(each)} |"
            for each in entries[:100]
        ]
        more = [f"| {len(entries) - 100} more | | | |"] if len(entries) > 100 else []  # noqa: PLR2004
        yield "\n".join(["| requirement | verdict | weight | broken in |", "|---|---|---|---|", *rows, *more])


def _section(result: phrases.Result, entry: phrases.RequirementEntry, *, with_messages: bool) -> str:
    lines = [
        f"### {code(entry['id'])}",
        f"{plain(entry['statement'])} ({phrases.basis(entry)}: {link(entry['source'])})",
    ]
    found = entry["witness"]
    if found:
        lines.append(f"expected {code(found['expected'])}  \nactual {code(found['actual'])}")
        if found["trace_id"] is not None:
            lines.append(f"trace_id {code(str(found['trace_id']))}")
    if found and with_messages:
        base_url = result["endpoint"]["base_url"]
        messages = {
            "Request": [line.text for line in request_lines(found["request"], base_url=base_url)],
            "Response": [line.text for line in response_lines(found["response"])],
            "Reproduce it": [found["curl"]],
        }
        for label, shown in messages.items():
            lines.append(f"<details><summary>{label}</summary>\n\n{_block(shown)}\n\n</details>")
    return "\n\n".join(lines)


def _block(lines: list[str]) -> str:
    cut = [shortened(line, 2_000) for line in lines[:_LINES]]
    return fenced([*cut, *([f"… {len(lines) - _LINES} more lines"] if len(lines) > _LINES else [])])
