"""The site about a result: static HTML pages in one folder, which work from any web server and from `file:`.

- `contract_page`: `index.html`, the verdict and every requirement with what was seen of it
- `explorer`: `explorer.html`, what can be exported, and a builder of request bodies
- `error_finder`: `errors.html`, error codes, their causes and fixes
- `recipe_book`: `recipes.html`, the tested example programs in `recipes/`
- `templating`: the Jinja environment that escapes and bounds every value; `templates/` holds pages, styles, scripts
- `text_difference`: the difference between an expected and an actual text
"""

from pathlib import Path

from exports_conformance.reports.history import History
from exports_conformance.reports.kill_matrix import KillMatrix
from exports_conformance.reports.phrases import Result
from exports_conformance.reports.site.contract_page import render_contract
from exports_conformance.reports.site.error_finder import render_error_finder
from exports_conformance.reports.site.recipe_book import render_recipes
from exports_conformance.reports.site.templating import PAGES

__all__ = ["PAGES", "render_contract", "write_site"]


def write_site(
    result: Result, folder: Path, *, history: History | None = None, matrix: KillMatrix | None = None
) -> Path:
    """Write all pages into a folder; return the path of the first.

    `history` holds what earlier runs saw, `matrix` the broken servers that prove the suite.

    Raises:
        OSError: a file cannot be written.
    """
    # Imported late: it reads contract data, and a faulty file must be reported when a run begins, not on import.
    from exports_conformance.reports.site.explorer import render_explorer  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("index.html", render_contract(result, history=history, matrix=matrix, folder=folder)),
        ("explorer.html", render_explorer(result, history=history)),
        ("errors.html", render_error_finder(result)),
        ("recipes.html", render_recipes()),
    ):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return folder / "index.html"
