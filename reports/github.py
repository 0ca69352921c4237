"""What GitHub shows of a run: the summary of a step, annotations, and a comment on a pull request."""

from collections.abc import Iterator

from exports_conformance.exchange.safe_text import harmless, shortened
from exports_conformance.reports import findings
from exports_conformance.reports.markdown import cell, code, fenced, link, plain
from exports_conformance.reports.messages import answer_lines, request_lines

SUMMARY_LIMIT = 1024 * 1024 - 4096  # bytes, a little less than GitHub's, for what a step may add itself
COMMENT_LIMIT = 64 * 1024 - 1024  # bytes, for GitHub counts characters and stores bytes
ANNOTATIONS = 10
"""Annotations of a step that GitHub shows; further ones are dropped without a word."""

_LINES = 60
_LEVELS = {"violated": "error", "intermittent": "warning"}


def summary(result: findings.Result) -> str:
    """Give the summary of a step in Markdown, under 1 MiB."""
    return _document(findings.bounded(result), SUMMARY_LIMIT, witnesses=True)


def comment(result: findings.Result) -> str:
    """Give the comment on a pull request in Markdown, under 64 KiB."""
    return _document(findings.bounded(result), COMMENT_LIMIT, witnesses=False)


def annotations(result: findings.Result) -> str:
    """Give workflow commands, a line each: at most ten, the gravest first; the last says how many were left out."""
    result = findings.bounded(result)
    entries = _to_mend(result)
    commands = list[str]()
    for entry in entries[:ANNOTATIONS]:
        level = _LEVELS[entry["verdict"]] if entry["weight"] == "promise" else "notice"
        lines = [entry["statement"], *_differs(entry), f"said in {entry['said_in']}: {entry['source']}"]
        if len(commands) == ANNOTATIONS - 1 and len(entries) > ANNOTATIONS:
            lines.append(f"{len(entries) - ANNOTATIONS} more are left out here; the summary of the step has them")
        title = _property(f"{entry['id']} is {entry['verdict']}")
        commands.append(f"::{level} title={title}::{'%0A'.join(_message(line) for line in lines)}")
    reasons = findings.own_reasons(result) + [f"{error['where']}: {error['what']}" for error in result["errors"]]
    if not commands and result["verdict"] in {"inconclusive", "error"}:
        commands = [f"::error title={_property(result['verdict'])}::{_message(text)}" for text in reasons[:ANNOTATIONS]]
    return "".join(f"{command}\n" for command in commands)


def _to_mend(result: findings.Result) -> list[findings.Entry]:
    entries = [entry for verdict in _LEVELS for entry in findings.with_verdict(result, verdict)]
    return sorted(entries, key=lambda entry: entry["weight"] != "promise")


def _differs(entry: findings.Entry) -> list[str]:
    witness = entry["witness"]
    return [f"expected: {witness['expected']}", f"actual: {witness['actual']}"] if witness else []


def _message(text: str) -> str:
    return harmless(shortened(text, 500)).replace("%", "%25")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def _document(result: findings.Result, limit: int, *, witnesses: bool) -> str:
    """Put sections together, the gravest first, as long as there is room; say how many there was none for."""
    entries = _to_mend(result)
    parts = [*_head(result, entries)]
    room = limit - sum(len(part.encode()) + 2 for part in parts) - 200
    left_out = 0
    for entry in entries:
        part = _section(result, entry, witness=witnesses)
        room -= len(part.encode()) + 2
        if room < 0:
            left_out += 1
        else:
            parts.append(part)
    if left_out:
        parts.append(f"{left_out} more are left out here for want of room; the page has them all.")
    return "\n\n".join(parts) + "\n"


def _head(result: findings.Result, entries: list[findings.Entry]) -> Iterator[str]:
    yield f"## {plain(findings.headline(result))}"
    if said := findings.caveat(result):
        yield f"{plain(said[:1].upper() + said[1:])}."
    unverified = findings.with_verdict(result, "unverified")
    yield (
        f"{code(findings.endpoint_line(result))}  \n{findings.tally(result['requirements'])}; "
        f"not verified: {findings.weights(unverified)}; {plain(findings.counts_line(result))}"
    )
    told = findings.own_reasons(result) + [f"{each['where']}: {each['what']}" for each in result["errors"]]
    if told:
        more = [f"- {len(told) - 20} more, in result.json"] if len(told) > 20 else []  # noqa: PLR2004
        yield "\n".join([*(f"- {code(text)}" for text in told[:20]), *more])
    if entries:
        rows = [
            f"| {cell(each['id'])} | {each['verdict']} | {each['weight']} | {findings.broken_line(each)} |"
            for each in entries[:100]
        ]
        more = [f"| {len(entries) - 100} more | | | |"] if len(entries) > 100 else []  # noqa: PLR2004
        yield "\n".join(["| requirement | verdict | weight | broken in |", "|---|---|---|---|", *rows, *more])


def _section(result: findings.Result, entry: findings.Entry, *, witness: bool) -> str:
    lines = [f"### {code(entry['id'])}", f"{plain(entry['statement'])} ({entry['said_in']}: {link(entry['source'])})"]
    found = entry["witness"]
    if found:
        lines.append(f"expected {code(found['expected'])}  \nactual {code(found['actual'])}")
        if found["trace_id"] is not None:
            lines.append(f"trace_id {code(str(found['trace_id']))}")
    if found and witness:
        base_url = result["endpoint"]["base_url"]
        messages = {
            "Request": [line.text for line in request_lines(found["request"], base_url=base_url)],
            "Answer": [line.text for line in answer_lines(found["response"])],
            "Repeat it": [found["curl"]],
        }
        for label, shown in messages.items():
            lines.append(f"<details><summary>{label}</summary>\n\n{_block(shown)}\n\n</details>")
    return "\n\n".join(lines)


def _block(lines: list[str]) -> str:
    cut = [shortened(line, 2_000) for line in lines[:_LINES]]
    return fenced([*cut, *([f"… {len(lines) - _LINES} more lines"] if len(lines) > _LINES else [])])
