"""`recipes.html`: tested programs for common tasks, and how they are read from `recipes/`.

Decision: docs/decisions/0024-recipes-are-files.md.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from exports_conformance.reports.site import templating
from exports_conformance.reports.site.result_page import site_pages

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
