"""The contract page: the verdict of a run, and every requirement with what was seen of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exports_conformance.contract.open_questions import OpenQuestion, open_questions
from exports_conformance.contract.requirements import Requirement, requirements, where_of
from exports_conformance.reports import messages, phrases
from exports_conformance.reports.comparison.page import COMPARISON_PAGE as COMPARISON
from exports_conformance.reports.history import History, endpoint_name, extended
from exports_conformance.reports.kill_matrix import KillMatrix, Mutant
from exports_conformance.reports.site import templating

_TOPICS = {
    "request": "The request",
    "arguments": "The arguments",
    "answer": "The answer",
    "errors": "Errors",
    "limits": "Limits",
    "life": "The life of an export",
    "file": "The file",
}
_SOURCES = {
    "page": "the operation's page",
    "guide": "a guide",
    "schema": "the vendor's schema",
    "format": "JSON:API 1.0",
}


@dataclass(frozen=True, slots=True)
class RequirementView:
    """A requirement as the page shows it.

    `known` is its entry in the contract, None if this version does not have it; `basis` introduces its source;
    `seen` lists endpoints with the time it was last verified there; `request` and `response` are the lines of its
    example; `deviation` is a known deviation from it.
    """

    entry: phrases.RequirementEntry
    known: Requirement | None
    basis: str
    seen: list[tuple[str, str]]
    case: str
    request: list[messages.MessageLine]
    response: list[messages.MessageLine]
    mutants: Sequence[Mutant]
    deviation: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class TopicView:
    """A topic of the contract with its requirements, in the contract's order."""

    name: str
    title: str
    requirements: list[RequirementView]
    tally: str


def render_contract(
    result: phrases.Result,
    *,
    history: History | None = None,
    matrix: KillMatrix | None = None,
    folder: Path | None = None,
) -> str:
    """Render the page of a result as an HTML document.

    `folder` is where it will be written; a comparison that a replay has written there is linked.

    Raises:
        jinja2.UndefinedError, KeyError: the result lacks a member that its schema requires.
    """
    result = phrases.bounded(result)
    known = extended(history or {}, [result])
    views = [_view(result, entry, known, matrix) for entry in result["requirements"]]
    example_request, example_response = messages.annotated_example()
    return templating.page(
        "index.html",
        scripts=("page.js",),
        result=result,
        headline=phrases.headline(result),
        endpoint_line=phrases.endpoint_line(result),
        edition_line=phrases.edition_line(result),
        caveat=phrases.caveat(result),
        counts_line=phrases.counts_line(result),
        tally=phrases.tally(result["requirements"]),
        unverified=phrases.with_verdict(result, "unverified"),
        unseen=phrases.with_verdict(result, "not seen"),
        environment_line=phrases.environment_line(result),
        records_line=phrases.records_line(result),
        reasons=phrases.run_reasons(result) + phrases.left_out_lines(result),
        undecided={
            verdict: phrases.by_reason(phrases.with_verdict(result, verdict))
            for verdict in ("unverified", "not seen", "waived")
        },
        broken={verdict: phrases.with_verdict(result, verdict) for verdict in ("violated", "intermittent")},
        topics=_topics(views),
        example_request=example_request,
        example_response=example_response,
        questions=_open_questions(known),
        known_ids={entry["id"] for entry in result["requirements"]},
        matrix=matrix,
        matrix_address=matrix.address_from(folder) if matrix and folder else "",
        comparison=COMPARISON if folder and (folder / COMPARISON).exists() else "",
        this_endpoint=endpoint_name(result),
        request_lines=messages.request_lines,
        response_lines=messages.response_lines,
        place_of=where_of,
    )


def _topics(views: Sequence[RequirementView]) -> list[TopicView]:
    grouped: dict[str, list[RequirementView]] = {}
    for each in views:
        grouped.setdefault(each.entry["topic"], []).append(each)
    order = [name for name in _TOPICS if name in grouped] + [name for name in grouped if name not in _TOPICS]
    return [
        TopicView(name, _TOPICS.get(name, name), grouped[name], phrases.tally([each.entry for each in grouped[name]]))
        for name in order
    ]


def _view(
    result: phrases.Result, entry: phrases.RequirementEntry, history: History, matrix: KillMatrix | None
) -> RequirementView:
    exchange = result.get("exchanges", {}).get(entry.get("example"))
    place = where_of(entry["id"])
    name = entry["id"]
    return RequirementView(
        entry=entry,
        known=requirements().get(name),
        basis="inferred from" if entry["said_in"] == "inferred" else f"documented in {_SOURCES[entry['said_in']]},",
        seen=[(where, kept["verified"][name]) for where, kept in history.items() if name in kept["verified"]],
        case=exchange["case"] if exchange else "",
        request=messages.request_lines(
            exchange["request"], place, base_url=result["endpoint"]["base_url"], at=exchange["at"]
        )
        if exchange
        else [],
        response=messages.response_lines(exchange["response"], place) if exchange else [],
        mutants=matrix.breaking(name) if matrix else (),
        deviation=next((each for each in result["deviations"] if each["requirement"] == name), None),
    )


def _open_questions(history: History) -> dict[str, list[tuple[OpenQuestion, list[tuple[str, str, dict[str, Any]]]]]]:
    """Return the open questions by kind, each with what was observed: endpoint, time, values with their counts."""
    found: dict[str, list[tuple[OpenQuestion, list[tuple[str, str, dict[str, Any]]]]]] = {}
    for open_question in open_questions().values():
        seen = [
            (where, kept["observed"][open_question.id]["when"], kept["observed"][open_question.id]["values"])
            for where, kept in history.items()
            if open_question.id in kept["observed"]
        ]
        found.setdefault(open_question.kind, []).append((open_question, seen))
    return found
