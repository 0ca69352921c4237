"""Writing a report: the site with the files that its pages load, JUnit XML, the files for GitHub, the history."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from exports_conformance.contract.error_codes import error_guide
from exports_conformance.contract.open_questions import open_questions
from exports_conformance.contract.requirements import requirements, where_of
from exports_conformance.contract.resources import resource_types
from exports_conformance.exchange.untrusted import harmless, shortened, write_file
from exports_conformance.reports import messages, phrases
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
from exports_conformance.reports.phrases import Result, bounded, fault_cards
from exports_conformance.reports.site import pictures
from exports_conformance.reports.site.contract_page import render_contract
from exports_conformance.reports.site.evidence_page import render_evidence, render_proof
from exports_conformance.reports.site.explorer_page import render_explorer
from exports_conformance.reports.site.fault_pages import fault_pages
from exports_conformance.reports.site.guide_pages import recipes, render_errors, render_recipes
from exports_conformance.reports.site.result_page import render_result, site_pages
from exports_conformance.reports.site.sections import SECTIONS
from exports_conformance.reports.site.templating import (
    EVIDENCE_PAGE,
    EXAMPLES_DATA,
    FAULTS,
    PAGES,
    SEARCH_DATA,
    data_file,
)
from exports_conformance.reports.text import annotations, junit_xml, pull_request_comment, step_summary

SearchEntry = tuple[str, str, str, str, str]
"""The kind of a thing, its title, a text below it, its address in the site, and names that find it exactly."""

_LINE = 600


def search_data() -> str:
    """Return the script with everything that the search of the pages finds; it is the same for every result."""
    return data_file(SEARCH_DATA, [list(each) for each in _entries()])


def _entries() -> Iterable[SearchEntry]:
    for section in SECTIONS:
        argument = section.title.replace("`", "")
        yield "section", argument, _plain(section.summary), f"contract.html#{section.id}", argument
    for error in error_guide().values():
        title = " ".join(filter(None, (str(error.status), error.code, error.meta)))
        text = f"{error.cause} {error.fix} {error.says}"
        yield "error", title, _plain(text), f"errors.html#{error.id}", f"{error.status} {error.code} {error.meta}"
    for name, requirement in requirements().items():
        yield "promise", _plain(requirement.statement), name, f"contract.html#{name}", name
    for question in open_questions().values():
        yield (
            "open question",
            _plain(question.question),
            _plain(question.treated),
            f"contract.html#open_{question.id}",
            question.id,
        )
    for recipe in recipes():
        yield (
            "recipe",
            recipe.title,
            "curl, Python, JavaScript",
            f"recipes.html#{recipe.name}",
            recipe.name.replace("_", " "),
        )
    for kind in resource_types().values():
        fields = ", ".join(kind.fields)
        dotted = " ".join(f"{kind.name}.{field}" for field in kind.fields)
        yield "resource type", kind.name, fields, f"explorer.html?type={kind.name}", f"{kind.name} {dotted}"


def _plain(text: str) -> str:
    return text.replace("`", "")


def examples_data(result: phrases.Result) -> str:
    """Return the script with the example of each requirement; a message that several show is stored once.

    `texts` are the messages; an example is the place of its request and of its response among them, each with the
    numbers of the lines that are about the requirement.
    """
    result = phrases.bounded(result)
    exchanges, base_url = result.get("exchanges", {}), result["endpoint"]["base_url"]
    texts: dict[str, int] = {}
    examples = {}
    for entry in result["requirements"]:
        exchange = exchanges.get(entry.get("example"))
        if exchange is None or entry["id"] not in requirements():
            continue
        place = where_of(entry["id"])
        request = messages.request_lines(exchange["request"], place, base_url=base_url, at=exchange["at"])
        response = messages.response_lines(exchange["response"], place)
        examples[entry["id"]] = [*_stored(texts, request), *_stored(texts, response)]
    return data_file(EXAMPLES_DATA, {"texts": list(texts), "examples": examples})


def _stored(texts: dict[str, int], lines: Sequence[messages.MessageLine]) -> tuple[int, list[int]]:
    text = "\n".join(harmless(shortened(line.text, _LINE)) for line in lines)
    marked = [number for number, line in enumerate(lines) if line.tagged]
    return texts.setdefault(text, len(texts)), marked


BADGE = "badge.svg"
"""The verdict of the last run in a few words, to embed in another page."""

SITE_FILES = (*PAGES, EVIDENCE_PAGE, SEARCH_DATA, EXAMPLES_DATA, BADGE)
"""The files of the site; the faults have theirs in a folder."""

REPORT_FILES = (*SITE_FILES, "junit.xml", "summary.md", "comment.md", "annotations.txt")
"""The files that are written; the folder also keeps `history.json` and `history.jsonl`."""


def write_report(
    result: Result, folder: Path, *, known: History | None = None, matrix: KillMatrix | None = None
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
    result: Result,
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
    result = bounded(result)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("index.html", render_result(result, runs=runs, folder=folder)),
        (EVIDENCE_PAGE, render_evidence(result, matrix=matrix, folder=folder)),
        ("contract.html", render_contract(result, history=history, folder=folder)),
        ("explorer.html", render_explorer(result, history=history, folder=folder)),
        ("errors.html", render_errors(result, folder=folder)),
        ("recipes.html", render_recipes(folder=folder)),
        ("proof.html", render_proof(matrix=matrix, folder=folder)),
        (SEARCH_DATA, search_data()),
        (EXAMPLES_DATA, examples_data(result)),
        (BADGE, pictures.badge(pictures.badge_words(result), result["verdict"])),
    ):
        write_file(folder / name, text)
    _write_faults(result, folder)
    return folder / "index.html"


def _write_faults(result: Result, folder: Path) -> None:
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
