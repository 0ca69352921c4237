"""A ticket: a violation as the vendor's support needs it, in Markdown, ready to paste."""

from difflib import get_close_matches

from exports_conformance.exchange.safe_text import shortened
from exports_conformance.reports import findings
from exports_conformance.reports.markdown import code, fenced, link, plain
from exports_conformance.reports.messages import answer_lines, request_lines


class NoTicketError(Exception):
    """There is nothing to write a ticket about; the message says why."""


def ticket(result: findings.Result, requirement: str) -> str:
    """Give the ticket for a requirement that a run found broken.

    Raises:
        NoTicketError: the result does not have the requirement, or no exchange that breaks it.
    """
    result = findings.bounded(result)
    entries = {entry["id"]: entry for entry in result["requirements"]}
    if requirement not in entries:
        near = get_close_matches(requirement, entries, n=1)
        hint = f"did you mean {near[0]}?" if near else "the page lists all"
        raise NoTicketError(f"{requirement}: the result has no such requirement; {hint}")
    entry = entries[requirement]
    witness = entry["witness"]
    if witness is None:
        broken = ", ".join(name for name, each in entries.items() if each["witness"]) or "none"
        raise NoTicketError(f"{requirement} is {entry['verdict']}: no exchange breaks it; broken are: {broken}")
    endpoint = result["endpoint"]
    facts = [
        f"- Where: {code(endpoint['base_url'])}, {endpoint['mode']} mode",
        f"- When: {code(result['started'])} to {code(result['finished'])}",
        f"- How often: {findings.broken_line(entry)}",
        f"- Documented in: {link(entry['source'])}",
    ]
    if witness["trace_id"] is not None:
        facts.insert(0, f"- trace_id: {code(str(witness['trace_id']))}")
    if caveat := findings.caveat(result):
        facts.append(f"- This was the suite's built-in reference: {plain(caveat)}; do not send it")
    where = f" at {code(witness['pointer'])}" if witness["pointer"] else ""
    return "\n\n".join(
        [
            f"# Create an export: {plain(entry['statement'])}",
            "The documentation says so; the API answered otherwise.",
            "\n".join(facts),
            f"Expected{where}: {code(witness['expected'])}  \nActual: {code(witness['actual'])}",
            "Request:",
            _block([line.text for line in request_lines(witness["request"], base_url=endpoint["base_url"])]),
            "Answer:",
            _block([line.text for line in answer_lines(witness["response"])]),
            "To repeat it, with the endpoint and a token in the environment, and the body above in the named file:",
            _block([witness["curl"]]),
        ]
    )


def _block(lines: list[str]) -> str:
    return fenced(shortened(line, 4_000) for line in lines[:200])
