"""The page of a comparison, and all files of a comparison."""

import json
from pathlib import Path

from exports_conformance.contract.requirements import Where
from exports_conformance.exchange.untrusted import write_file
from exports_conformance.reports import messages
from exports_conformance.reports.comparison import text
from exports_conformance.reports.comparison.text import comparison_markdown
from exports_conformance.reports.messages import MessageLine
from exports_conformance.reports.site import templating
from exports_conformance.reports.site.templating import UPGRADE_PAGE
from exports_conformance.upgrade.document import (
    ComparedRequest,
    Comparison,
    Difference,
    SideName,
    validate_comparison,
)

COMPARISON_FILES = COMPARISON_PAGE, _MARKDOWN, _DATA = UPGRADE_PAGE, "comparison.md", "comparison.json"

OF_THE_WHOLE = {"status": Where(status=True), "media type": Where(response_header=("content-type",))}
"""What is highlighted for a difference without a place in the document."""
LONG, AROUND, BEGINNING = 40, 8, 5
"""Lines: of a longer response, only the beginning and what is around the difference are shown."""


def comparison_page(comparison: Comparison, *, in_site: bool = False) -> str:
    """Return a comparison as an HTML document; `in_site`: the pages of a result stand beside it.

    Raises:
        jinja2.UndefinedError: the comparison lacks what its schema requires.
    """
    return templating.page(
        UPGRADE_PAGE,
        pages={**(templating.PAGES if in_site else {}), UPGRADE_PAGE: "Upgrade"},
        comparison=comparison,
        wording=text,
        sent_lines=sent_lines,
        received_lines=received_lines,
    )


def sent_lines(request: ComparedRequest) -> list[MessageLine]:
    """Return the lines of the request that shows a difference."""
    return messages.request_lines({**request, "headers": ()})


def received_lines(difference: Difference, when: SideName) -> list[MessageLine]:
    """Return the lines of the response `before` or `after`, with the difference highlighted and long ones shortened."""
    response = difference["witness"][when]
    headers = (("Content-Type", response["media_type"]),) if response["media_type"] else ()
    place = OF_THE_WHOLE.get(difference["what"], Where())

    at = difference["at"]
    if any(line.pointer == "/data/0" for line in messages.body_lines(response["body"] or "")):
        at = at.replace("/data/", "/data/*/", 1)  # the place is in one of a list
    lines = messages.response_lines({**response, "headers": headers}, place, at=at)
    return _near(lines, [number for number, line in enumerate(lines) if line.tagged])


def _near(lines: list[MessageLine], tagged: list[int]) -> list[MessageLine]:
    if not tagged or len(lines) <= LONG:
        return lines
    near = {number for each in tagged for number in range(each - AROUND, each + AROUND + 1)} | set(range(BEGINNING))
    kept: list[MessageLine] = []
    for number, line in enumerate(lines):
        if number in near:
            kept.append(line)
        elif number - 1 in near:
            kept.append(MessageLine("…"))
    return kept


def write_comparison(comparison: Comparison, folder: Path, *, in_site: bool = False) -> None:
    """Write `upgrade.html`, `comparison.json` and `comparison.md` into a report folder.

    `in_site`: the pages of a result stand beside them.

    Raises:
        OSError: a file cannot be written.
        jsonschema.ValidationError: the comparison does not match its schema.
    """
    validate_comparison(comparison)
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / _DATA, json.dumps(comparison, indent=1, ensure_ascii=True) + "\n")
    write_file(folder / COMPARISON_PAGE, comparison_page(comparison, in_site=in_site))
    write_file(folder / _MARKDOWN, comparison_markdown(comparison))
