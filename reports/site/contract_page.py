"""`contract.html`: the documentation, by argument and by moment in an export's life, with every promise in one line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from exports_conformance.contract.open_questions import OpenQuestion, open_questions
from exports_conformance.contract.openapi import example
from exports_conformance.contract.requirements import Requirement, requirements
from exports_conformance.exchange.strict_json import member
from exports_conformance.reports import messages, phrases
from exports_conformance.reports.history import History, extended
from exports_conformance.reports.site import pictures, templating
from exports_conformance.reports.site.result_page import site_pages
from exports_conformance.reports.site.sections import SECTIONS, Section, section_of, section_of_question
from exports_conformance.results.result import RequirementResult, RunResult

_SOURCES = {
    "page": "the operation's page",
    "guide": "a guide",
    "schema": "the vendor's schema",
    "format": "JSON:API 1.0",
    "inferred": "the documentation",
}

Observation = tuple[str, str, Mapping[str, int]]
"""Where, when, and which values were observed, with their counts."""


@dataclass(frozen=True, slots=True)
class PromiseView:
    """A promise as a line of the contract.

    `place` is its source in a few words; `held` lists where it was seen to hold, and when.
    """

    entry: RequirementResult
    known: Requirement
    standing: str
    basis: str
    place: str
    held: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section of the contract with its promises, open questions, and the part of the example that shows it."""

    section: Section
    promises: list[PromiseView]
    questions: list[tuple[OpenQuestion, list[Observation]]]
    sent: list[messages.MessageLine]
    came: list[messages.MessageLine]


STANDINGS = {
    "verified": "holds",
    "violated": "broken",
    "intermittent": "sometimes broken",
    "waived": "known to be broken",
    "unverified": "not checked",
    "not seen": "not checked",
}
"""The verdict of a run in words for readers of the documentation."""


def render_contract(result: RunResult, *, history: History | None = None, folder: Path | None = None) -> str:
    """Render the page as an HTML document; `folder` is where it will be written."""
    result = phrases.bounded(result)
    known = extended(history or {}, [result])
    sections = _sections(result, known)
    parts: dict[str, list[SectionView]] = {}
    for view in sections:
        parts.setdefault(view.section.part, []).append(view)
    sent, came = messages.annotated_example()
    return templating.page(
        "contract.html",
        styles=("contract.css",),
        pages=site_pages(folder),
        parts=parts,
        states=[pictures.StateShown(state, "plain", "") for state in pictures.STATES],
        edges=pictures.edges_shown(()),
        example_request=sent,
        example_response=came,
        editions=[each for each in _questions(known) if each[0].kind == "edition"],
    )


def _sections(result: RunResult, history: History) -> list[SectionView]:
    promises: dict[str, list[PromiseView]] = {}
    for entry in result["requirements"]:
        if entry["id"] in requirements():
            promises.setdefault(section_of(entry["id"], entry["topic"]), []).append(_promise(entry, history))
    asked: dict[str, list[tuple[OpenQuestion, list[Observation]]]] = {}
    for question, seen in _questions(history):
        asked.setdefault(section_of_question(question.id), []).append((question, seen))
    return [
        SectionView(
            section,
            promises.get(section.id, []),
            asked.get(section.id, []),
            _shown_part(example()["request"]["body"], section.request),
            _shown_part(example()["answer"]["body"], section.response),
        )
        for section in SECTIONS
    ]


def _promise(entry: RequirementResult, history: History) -> PromiseView:
    name = entry["id"]
    introduced = "inferred from" if entry["said_in"] == "inferred" else "documented in"
    return PromiseView(
        entry=entry,
        known=requirements()[name],
        standing=STANDINGS[entry["verdict"]],
        basis=f"{introduced} {_SOURCES[entry['said_in']]}",
        place=_place(requirements()[name].source),
        held=[(where, kept["verified"][name]) for where, kept in history.items() if name in kept["verified"]],
    )


def _place(address: str) -> str:
    """Return a source in a few words: `exports/create, example` for the page of that operation."""
    parts = urlsplit(address)
    pages = {"jsonapi.org": "JSON:API 1.0", "github.com": "/".join(parts.path.split("/")[2:3])}
    page = pages.get(parts.netloc, parts.path.removeprefix("/core/").removeprefix("api-reference/"))
    return ", ".join(filter(None, (page, parts.fragment.replace("-", " "))))


def _questions(history: History) -> list[tuple[OpenQuestion, list[Observation]]]:
    """Return the open questions, each with what was observed of it."""
    return [
        (
            question,
            [
                (where, kept["observed"][question.id]["when"], kept["observed"][question.id]["values"])
                for where, kept in history.items()
                if question.id in kept["observed"]
            ],
        )
        for question in open_questions().values()
    ]


def _shown_part(document: Any, pointers: Sequence[str]) -> list[messages.MessageLine]:
    """Return the members of a document at some pointers as lines of JSON."""
    shown: dict[str, Any] = {}
    for pointer in pointers:
        *_, name = pointer.split("/")
        shown[name] = member(document, *pointer.split("/")[1:])
    return messages.json_lines(shown) if shown else []
