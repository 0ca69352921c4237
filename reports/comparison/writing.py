"""Writing a comparison: its page, its Markdown and its data into a folder."""

import json
from pathlib import Path

from exports_conformance.reports.comparison import markdown, page
from exports_conformance.upgrade.document import Comparison, validate

FILES = PAGE, MARKDOWN, DATA = "comparison.html", "comparison.md", "comparison.json"


def write(comparison: Comparison, folder: Path) -> None:
    """Write `comparison.json`, `comparison.html` and `comparison.md` into a report directory.

    Raises:
        OSError: the folder cannot be written to.
        jsonschema.ValidationError: the comparison is not what its schema says.
    """
    validate(comparison)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DATA).write_text(json.dumps(comparison, indent=1, ensure_ascii=True) + "\n", encoding="ascii")
    (folder / PAGE).write_text(page.render(comparison), encoding="utf-8", newline="\n")
    (folder / MARKDOWN).write_text(markdown.render(comparison), encoding="utf-8", newline="\n")
