"""The guides for writers of clients: `errors.html`, causes and fixes of errors; `recipes.html`, tested programs.

Decision: docs/decisions/0024-recipes-are-files.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from exports_conformance.contract.error_codes import ErrorGuide, error_guide
from exports_conformance.reports import messages, phrases
from exports_conformance.reports.history import endpoint_name
from exports_conformance.reports.site import templating
from exports_conformance.reports.site.result_page import site_pages
from exports_conformance.results.result import RunResult

SAID = {
    "documented": "documented",
    "recorded": "not documented: from a recorded response",
    "client": "not documented: from the vendor's client code",
    "inferred": "not documented: from our reference",
}
"""How the meaning of an error is known, in words."""


@dataclass(frozen=True, slots=True)
class ExplainedError:
    """An entry of the error guide, with a real request and response if the run saw the error."""

    guide: ErrorGuide
    key: str
    request: Sequence[messages.MessageLine]
    response: Sequence[messages.MessageLine]


def render_errors(result: RunResult, *, folder: Path | None = None) -> str:
    """Render the page; codes that the guide does not explain stand at the end."""
    result = phrases.bounded(result)
    seen = dict(result.get("refusals", {}))
    explained = [_explained(result, each, seen) for each in error_guide().values()]
    unexplained = [key for key in seen if key not in {each.key for each in explained}]
    return templating.page(
        "errors.html",
        pages=site_pages(folder),
        said=SAID,
        explained=explained,
        unexplained=[(key, *_shown(result, seen[key])) for key in unexplained],
        where=endpoint_name(result),
        when=result["finished"],
    )


def _explained(result: RunResult, guide: ErrorGuide, seen: dict[str, str]) -> ExplainedError:
    exact = f"{guide.code} {guide.meta}".strip()
    key = (
        exact if exact in seen or guide.meta else next((each for each in seen if each.split(" ")[0] == guide.code), "")
    )
    return ExplainedError(guide, key, *_shown(result, seen.get(key, "")))


def _shown(result: RunResult, exchange_id: str) -> tuple[list[messages.MessageLine], list[messages.MessageLine]]:
    exchange = result.get("exchanges", {}).get(exchange_id)
    if not exchange:
        return [], []
    base_url = result["endpoint"]["base_url"]
    request = messages.request_lines(exchange["request"], base_url=base_url, at=exchange["at"])
    return request, messages.response_lines(exchange["response"], at="/errors/0/code")


RECIPES = Path(__file__).parent / "recipes"

LANGUAGES = {"sh": "curl", "py": "Python", "mjs": "JavaScript, with the vendor's SDK"}
RECIPE_TITLES = {
    "export": "Create an export",
    "poll": "Wait for an export to finish",
    "download": "Download the file of an export",
    "empty_selection": "Handle an export without records",
    "date_range": "Export a date range",
    "csv_fields": "Export CSV with fields and related fields",
    "incremental": "Export what has changed since the last time",
    "split": "Split a large export",
    "ten_running": "Wait while ten exports are running",
    "repeat": "Go on after 423 or 429",
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """A task and its programs, each as language, file name and text."""

    name: str
    title: str
    programs: list[tuple[str, str, str]]


@cache
def recipes() -> tuple[Recipe, ...]:
    """Return the recipes in the order in which a client needs them."""
    return tuple(
        Recipe(
            name,
            title,
            [
                (language, f"{name}.{ending}", (RECIPES / f"{name}.{ending}").read_text(encoding="utf-8"))
                for ending, language in LANGUAGES.items()
            ],
        )
        for name, title in RECIPE_TITLES.items()
    )


def render_recipes(*, folder: Path | None = None) -> str:
    """Render the page; it is the same for every result."""
    return templating.page("recipes.html", pages=site_pages(folder), recipes=recipes())
