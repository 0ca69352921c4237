"""Writing a report: the site, JUnit XML, the files for GitHub, and the history, all from one result."""

from collections.abc import Sequence
from pathlib import Path

from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.untrusted import write_file
from exports_conformance.reports.history import (
    History,
    RunLine,
    extended,
    read_history,
    read_run_lines,
    run_line,
    with_run,
    write_history,
    write_run_lines,
)
from exports_conformance.reports.kill_matrix import KillMatrix
from exports_conformance.reports.phrases import bounded, fault_cards
from exports_conformance.reports.site import pictures
from exports_conformance.reports.site.contract_page import render_contract
from exports_conformance.reports.site.evidence_page import render_evidence, render_proof
from exports_conformance.reports.site.fault_pages import fault_pages
from exports_conformance.reports.site.guide_pages import render_errors, render_recipes
from exports_conformance.reports.site.result_page import render_result, site_pages
from exports_conformance.reports.site.templating import EVIDENCE_PAGE, EXAMPLES_DATA, FAULTS, PAGES, SEARCH_DATA
from exports_conformance.reports.text import annotations, junit_xml, pull_request_comment, step_summary
from exports_conformance.results.result import RunResult

BADGE = "badge.svg"
"""The verdict of the last run in a few words, to embed in another page."""

SITE_FILES = (*PAGES, EVIDENCE_PAGE, SEARCH_DATA, EXAMPLES_DATA, BADGE)
"""The files of the site; the faults have theirs in a folder."""

REPORT_FILES = (*SITE_FILES, "junit.xml", "summary.md", "comment.md", "annotations.txt")
"""The files that are written; the folder also keeps `history.json` and `history.jsonl`."""


def write_report(
    result: RunResult, folder: Path, *, known: History | None = None, matrix: KillMatrix | None = None
) -> Path:
    """Write every report of a result into a folder; return the path of the first page.

    `known` is the history to extend; by default the folder's own.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = read_history(folder) if known is None else known
    runs = read_run_lines(folder)
    first = write_site(result, folder, history=before, runs=runs, matrix=matrix)
    write_file(folder / "junit.xml", junit_xml(result))
    for name, text in (
        ("summary.md", step_summary(result)),
        ("comment.md", pull_request_comment(result)),
        ("annotations.txt", annotations(result)),
    ):
        write_file(folder / name, text)
    write_history(extended(before, [result]), folder)
    write_run_lines(with_run(runs, run_line(result)), folder)
    return first


def write_site(
    result: RunResult,
    folder: Path,
    *,
    history: History | None = None,
    runs: Sequence[RunLine] = (),
    matrix: KillMatrix | None = None,
) -> Path:
    """Write the pages of the site into a folder; return the path of the first.

    `history` holds what earlier runs saw, `runs` are those runs, `matrix` the broken servers that prove the suite.

    Raises:
        OSError: a file cannot be written.
    """
    from exports_conformance.reports.site import explorer_page, site_data  # noqa: PLC0415  faulty data is reported then

    result = bounded(result)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("index.html", render_result(result, runs=runs, folder=folder)),
        (EVIDENCE_PAGE, render_evidence(result, matrix=matrix, folder=folder)),
        ("contract.html", render_contract(result, history=history, folder=folder)),
        ("explorer.html", explorer_page.render_explorer(result, history=history, folder=folder)),
        ("errors.html", render_errors(result, folder=folder)),
        ("recipes.html", render_recipes(folder=folder)),
        ("proof.html", render_proof(matrix=matrix, folder=folder)),
        (SEARCH_DATA, site_data.search_data()),
        (EXAMPLES_DATA, site_data.examples_data(result)),
        (BADGE, pictures.badge(pictures.badge_words(result), result["verdict"])),
    ):
        write_file(folder / name, text)
    _write_faults(result, folder)
    return folder / "index.html"


def _write_faults(result: RunResult, folder: Path) -> None:
    """Write the page and the script of each fault; remove those of an earlier run."""
    faults = folder / FAULTS
    if faults.is_symlink():
        faults.unlink()
    for old in (*faults.glob("*.sh"), *faults.glob("*.html")):
        old.unlink()
    for name, text in fault_pages(result, pages=site_pages(folder)).items():
        faults.mkdir(exist_ok=True)
        write_file(folder / name, text)
    for card in fault_cards(result):
        if card.script and card.name in requirements():  # a name from a file becomes a path only if we know it
            faults.mkdir(exist_ok=True)
            script = card.script.encode("utf-8", "backslashreplace")
            write_file(faults / f"{card.name}.sh", script, mode=0o755)
