"""The recipes: small programs for what integrators do with exports, in three languages, each run by the tests."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from exports_conformance.reports import templating

FOLDER = Path(__file__).parent / "recipes"

LANGUAGES = {"sh": "curl", "py": "Python", "mjs": "JavaScript, with the vendor's SDK"}
TITLES = {
    "export": "Create an export",
    "poll": "Wait until it has ended",
    "download": "Download its file",
    "empty_selection": "Live with an empty selection",
    "ten_running": "Wait for your turn while ten are running",
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is done, and by language the file's name and its text."""

    name: str
    title: str
    programs: list[tuple[str, str, str]]


@cache
def recipes() -> tuple[Recipe, ...]:
    """Give the recipes in the order in which they are needed."""
    return tuple(
        Recipe(
            name,
            title,
            [
                (language, f"{name}.{ending}", (FOLDER / f"{name}.{ending}").read_text(encoding="utf-8"))
                for ending, language in LANGUAGES.items()
            ],
        )
        for name, title in TITLES.items()
    )


@cache
def render() -> str:
    """Render the page, which is the same for every result."""
    return templating.page("recipes.html", scripts=("page.js",), recipes=recipes())
