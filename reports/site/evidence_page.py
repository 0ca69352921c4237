"""`evidence.html`: what a run found about each requirement, one by one; the result page leads here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exports_conformance.contract.requirements import Requirement, requirements
from exports_conformance.reports import phrases
from exports_conformance.reports.kill_matrix import KillMatrix, Mutant
from exports_conformance.reports.site import pictures, templating
from exports_conformance.reports.site.fault_pages import fault_views
from exports_conformance.reports.site.result_page import TOPIC_WORDS, by_topic, site_pages
from exports_conformance.reports.site.templating import EVIDENCE_PAGE


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """What a run found about a requirement; `known` is its entry in the contract, None if this version has none.

    `fault` is the address of the page of the fault that explains its violations, `deviation` a known one from it.
    """

    entry: phrases.RequirementEntry
    known: Requirement | None
    mutants: Sequence[Mutant]
    deviation: Mapping[str, str] | None
    fault: str


def render_evidence(result: phrases.Result, *, matrix: KillMatrix | None = None, folder: Path | None = None) -> str:
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


def _pair_rows(result: phrases.Result) -> list[tuple[str, str, int, int]]:
    """Return the pairs of argument values that were sent with how often, and how often a promise was broken."""
    names = pictures.class_names()
    pairs = result.get("pairs", {})
    return [
        (one, other, count["creations"], count["violating"])
        for at, one in enumerate(names)
        for other in names[at + 1 :]
        if (count := pairs.get(one, {}).get(other))
    ]
