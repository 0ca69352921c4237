"""`evidence.html`, what a run found about each requirement, and `proof.html`, what the suite was shown to find."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exports_conformance.contract.requirements import Requirement, requirements
from exports_conformance.reports import phrases
from exports_conformance.reports.kill_matrix import PEER, KillMatrix, Mutant
from exports_conformance.reports.site import pictures, templating
from exports_conformance.reports.site.fault_pages import fault_views
from exports_conformance.reports.site.result_page import TOPIC_WORDS, by_topic, site_pages
from exports_conformance.reports.site.templating import EVIDENCE_PAGE
from exports_conformance.results.result import RequirementResult, RunResult
from exports_conformance.results.verdicts import DeviationOutcome


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """What a run found about a requirement; `known` is its entry in the contract, None if this version has none.

    `fault` is the address of the page of the fault that explains its violations, `deviation` a known one from it.
    """

    entry: RequirementResult
    known: Requirement | None
    mutants: Sequence[Mutant]
    deviation: DeviationOutcome | None
    fault: str


def render_evidence(result: RunResult, *, matrix: KillMatrix | None = None, folder: Path | None = None) -> str:
    """Render the page as an HTML document."""
    result = phrases.bounded(result)
    pages = {name: view.page for view in fault_views(result) for name in (view.card.name, *view.card.others)}
    views = {
        entry["id"]: EvidenceView(
            entry,
            requirements().get(entry["id"]),
            matrix.breaking(entry["id"]) if matrix else (),
            next((each for each in result["deviations"] if each["requirement"] == entry["id"]), None),
            pages.get(entry["id"], ""),
        )
        for entry in result["requirements"]
    }
    return templating.page(
        EVIDENCE_PAGE,
        current="index.html",
        pages=site_pages(folder),
        result=result,
        topics={
            words: [views[entry["id"]] for entry in group] for words, group in by_topic(result["requirements"]).items()
        },
        number=len(views),
        tally=phrases.tally(result["requirements"]),
        pairs=_pair_rows(result),
        verdicts=list(pictures.GLYPHS),
        topic_names=list(TOPIC_WORDS.values()),
    )


def _pair_rows(result: RunResult) -> list[tuple[str, str, int, int]]:
    """Return the pairs of argument values that were sent with how often, and how often a promise was broken."""
    names = pictures.class_names()
    pairs = result.get("pairs", {})
    return [
        (one, other, count["creations"], count["violating"])
        for at, one in enumerate(names)
        for other in names[at + 1 :]
        if (count := pairs.get(one, {}).get(other))
    ]


AFTER_REQUESTS = (1, 2, 5, 12, 25, 50, 100, 150, 200, 250, 500, 1000, 1500)
CURVE_WIDE, CURVE_HIGH = 480, 160


@dataclass(frozen=True, slots=True)
class Curve:
    """How many broken servers were caught after so many requests: a path, and the last number."""

    name: str
    path: str
    caught: int
    height: float


@dataclass(frozen=True, slots=True)
class ProofRow:
    """A requirement: its broken servers, and how many of them each profile catches."""

    requirement: str
    mutants: Sequence[Mutant]
    caught: list[int]


def render_proof(*, matrix: KillMatrix | None = None, folder: Path | None = None) -> str:
    """Render the page as an HTML document; without a kill matrix it says where one is."""
    found = matrix or KillMatrix()
    return templating.page(
        "proof.html",
        styles=("proof.css",),
        pages=site_pages(folder),
        matrix=found,
        address=found.address_from(folder) if folder else "",
        outside_address=found.outside_address_from(folder) if folder else "",
        curves=[_curve(found, name) for name in (*found.profiles, *([PEER] if found.peer else []))],
        ticks=[(number, _x(number)) for number in (1, 12, 50, 250, 1500)],
        topics=_rows_by_topic(found),
        peer_name=f"Schemathesis {found.peer.version}" if found.peer else "",
        width=CURVE_WIDE,
        height=CURVE_HIGH,
    )


def _rows_by_topic(matrix: KillMatrix) -> Mapping[str, list[ProofRow]]:
    """Return the requirements that have broken servers, by the words for their topic."""
    found: dict[str, list[ProofRow]] = {}
    for name, requirement in requirements().items():
        if mutants := matrix.breaking(name):
            caught = [sum(profile in each.caught_by for each in mutants) for profile in matrix.profiles]
            found.setdefault(TOPIC_WORDS[requirement.topic], []).append(ProofRow(name, mutants, caught))
    return found


def _x(number: int) -> float:
    """Return the place of a number of requests on an axis of equal steps, as `AFTER_REQUESTS` lists them."""
    return round(bisect_right(AFTER_REQUESTS, number) / len(AFTER_REQUESTS) * CURVE_WIDE, 1)


def _curve(matrix: KillMatrix, name: str) -> Curve:
    firsts = sorted(each.after[name] for each in matrix.mutants if name in each.after)
    total = len(matrix.mutants) or 1
    points = [(_x(number), CURVE_HIGH - bisect_right(firsts, number) / total * CURVE_HIGH) for number in AFTER_REQUESTS]
    path = f"M0 {CURVE_HIGH}" + "".join(f"L{x:.4g} {y:.4g}" for x, y in points)
    return Curve(name, path, len(firsts), round(CURVE_HIGH - len(firsts) / total * CURVE_HIGH, 1))
