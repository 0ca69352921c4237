"""The page of a run: the verdict, and the contract as a person reads it, with what was seen of each requirement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exports_conformance.contract.open_questions import OpenQuestion, open_questions
from exports_conformance.contract.requirements import Requirement, requirements
from exports_conformance.reports import findings, messages, templating
from exports_conformance.reports.comparison.writing import PAGE as COMPARISON
from exports_conformance.reports.history import History, endpoint_name, extended
from exports_conformance.reports.kill_matrix import KillMatrix, Mutant
from exports_conformance.reports.places import place_of

TITLES = {
    "request": "The request",
    "arguments": "The arguments",
    "answer": "The answer",
    "errors": "Errors",
    "limits": "Limits",
    "life": "The life of an export",
    "file": "The file",
}
SAID_IN = {
    "page": "the page",
    "guide": "a guide",
    "schema": "the schema",
    "format": "JSON:API 1.0",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A requirement and what is told of it.

    `known` is the contract's own entry, None where this version does not have it; `seen` says per endpoint when
    it was last verified; `request` and `answer` are the lines of its example. `deviation` is a known one of it.
    """

    entry: findings.Entry
    known: Requirement | None
    said: str
    seen: list[tuple[str, str]]
    case: str
    request: list[messages.Shown]
    response: list[messages.Shown]
    mutants: Sequence[Mutant]
    deviation: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Topic:
    """A part of the contract with its requirements, in the contract's order."""

    name: str
    title: str
    told: list[Told]
    tally: str


def render(
    result: findings.Result,
    *,
    history: History | None = None,
    matrix: KillMatrix | None = None,
    folder: Path | None = None,
) -> str:
    """Render the page of a result as an HTML document, to be written into a folder.

    It leads to the comparison that a replay has written there.

    Raises:
        jinja2.UndefinedError, KeyError: the result lacks what its schema requires.
    """
    result = findings.bounded(result)
    known = extended(history or {}, [result])
    told = [_told(result, entry, known, matrix) for entry in result["requirements"]]
    asked, answered = messages.annotated()
    return templating.page(
        "index.html",
        scripts=("page.js",),
        result=result,
        headline=findings.headline(result),
        endpoint_line=findings.endpoint_line(result),
        caveat=findings.caveat(result),
        counts_line=findings.counts_line(result),
        tally=findings.tally(result["requirements"]),
        unverified=findings.with_verdict(result, "unverified"),
        unseen=findings.with_verdict(result, "not seen"),
        weather_line=findings.weather_line(result),
        records_line=findings.records_line(result),
        reasons=findings.own_reasons(result),
        undecided={
            verdict: findings.by_reason(findings.with_verdict(result, verdict))
            for verdict in ("unverified", "not seen", "waived")
        },
        to_mend={verdict: findings.with_verdict(result, verdict) for verdict in ("violated", "intermittent")},
        topics=_topics(told),
        asked=asked,
        answered=answered,
        open_points=_open_points(known),
        known_ids={entry["id"] for entry in result["requirements"]},
        matrix=matrix,
        matrix_address=matrix.address_from(folder) if matrix and folder else "",
        comparison=COMPARISON if folder and (folder / COMPARISON).exists() else "",
        this_endpoint=endpoint_name(result),
        shown_request=messages.request_lines,
        shown_answer=messages.answer_lines,
        place_of=place_of,
    )


def _topics(told: Sequence[Told]) -> list[Topic]:
    grouped: dict[str, list[Told]] = {}
    for each in told:
        grouped.setdefault(each.entry["topic"], []).append(each)
    order = [name for name in TITLES if name in grouped] + [name for name in grouped if name not in TITLES]
    return [
        Topic(name, TITLES.get(name, name), grouped[name], findings.tally([each.entry for each in grouped[name]]))
        for name in order
    ]


def _told(result: findings.Result, entry: findings.Entry, history: History, matrix: KillMatrix | None) -> Told:
    exchange = result.get("exchanges", {}).get(entry.get("example"))
    place = place_of(entry["id"])
    name = entry["id"]
    return Told(
        entry=entry,
        known=requirements().get(name),
        said="inferred from" if entry["said_in"] == "inferred" else f"said in {SAID_IN[entry['said_in']]},",
        seen=[(where, kept["verified"][name]) for where, kept in history.items() if name in kept["verified"]],
        case=exchange["case"] if exchange else "",
        request=messages.request_lines(
            exchange["request"], place, base_url=result["endpoint"]["base_url"], at=exchange["at"]
        )
        if exchange
        else [],
        response=messages.answer_lines(exchange["response"], place) if exchange else [],
        mutants=matrix.breaking(name) if matrix else (),
        deviation=next((each for each in result["deviations"] if each["requirement"] == name), None),
    )


def _open_points(history: History) -> dict[str, list[tuple[OpenQuestion, list[tuple[str, str, dict[str, Any]]]]]]:
    """Give what the documentation leaves open by kind, each with what was seen: endpoint, when, values counted."""
    points: dict[str, list[tuple[OpenQuestion, list[tuple[str, str, dict[str, Any]]]]]] = {}
    for open_question in open_questions().values():
        seen = [
            (where, kept["observed"][open_question.id]["when"], kept["observed"][open_question.id]["values"])
            for where, kept in history.items()
            if open_question.id in kept["observed"]
        ]
        points.setdefault(open_question.kind, []).append((open_question, seen))
    return points
