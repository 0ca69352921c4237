"""A support ticket about a violation, in Markdown, ready to paste."""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from exports_conformance.exchange.model import UNSEEN
from exports_conformance.exchange.untrusted import shortened
from exports_conformance.reports import phrases
from exports_conformance.reports.messages import request_lines, response_lines
from exports_conformance.reports.phrases import FaultCard, fault_cards
from exports_conformance.reports.text.markdown import code, fenced, link, plain


class NoTicketError(Exception):
    """The result has no violation to write a ticket about; the message says why."""


def support_ticket(result: phrases.Result, requirement: str) -> str:
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


def _notes(witness: Mapping[str, Any], card: FaultCard | None) -> Iterator[str]:
    """Yield what a reader of the request and the response has to know: what is hidden, and what no longer exists."""
    if UNSEEN in json.dumps([witness["request"], witness["response"]], ensure_ascii=False):
        yield f"Values shown as {code(UNSEEN)} were removed before anything was stored"
    is_about_an_export = witness["request"]["path"].startswith("/exports/")
    if is_about_an_export and card and card.script:
        yield "The run has deleted the export of this request, unless it kept all; the script below creates its own"


def _reproduction(witness: Mapping[str, Any], card: FaultCard | None) -> list[str]:
    if card and card.script:
        variables = "COMMERCELAYER_API_ENDPOINT and COMMERCELAYER_ACCESS_TOKEN"
        return [f"To reproduce it, set {code(variables)} and run this script:", _block(card.script.split("\n"), 400)]
    return [
        "To reproduce it (set the two environment variables, and save the body above as the file that is named):",
        _block([witness["curl"]]),
    ]


def _block(lines: list[str], limit: int = 200) -> str:
    return fenced(shortened(line, 4_000) for line in lines[:limit])
