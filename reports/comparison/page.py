"""The page of a comparison: the differences side by side, in one static file without a script."""

from collections.abc import Mapping
from typing import Any

from exports_conformance.contract.requirements import Where
from exports_conformance.reports import messages
from exports_conformance.reports.comparison import wording
from exports_conformance.reports.messages import MessageLine
from exports_conformance.reports.site import templating
from exports_conformance.upgrade.document import Comparison

OF_THE_WHOLE = {"status": Where(status=True), "media type": Where(response_header=("content-type",))}
"""What is marked where a difference is at no place of the document."""
LONG, AROUND, BEGINNING = 40, 8, 5
"""Lines: an answer that has more is shown around what differs, and its beginning."""


def render(comparison: Comparison) -> str:
    """Render a comparison as an HTML document.

    Raises:
        jinja2.UndefinedError: the comparison lacks what its schema requires.
    """
    return templating.page(
        "comparison.html",
        styles=("page.css", "comparison.css"),
        comparison=comparison,
        wording=wording,
        asked=asked,
        answered=answered,
    )


def asked(request: Mapping[str, Any]) -> list[MessageLine]:
    """Give the lines of the request that shows a difference."""
    return messages.request_lines({**request, "headers": ()})


def answered(difference: Mapping[str, Any], when: str) -> list[MessageLine]:
    """Give the lines of the answer `before` or `after`, with what differs marked; of a long one what is near it."""
    response = difference["witness"][when]
    headers = (("Content-Type", response["media_type"]),) if response["media_type"] else ()
    place = OF_THE_WHOLE.get(difference["what"], Where())

    def lines(at: str) -> list[MessageLine]:
        return messages.response_lines({**response, "headers": headers}, place, at=at)

    # The place is in an export, or in one of a list's; where it is absent, what it is absent from is near.
    wheres = [difference["at"], difference["at"].replace("/data/", "/data/*/", 1)]
    for at in (*wheres, *(each.rpartition("/")[0] for each in wheres)):
        tagged = [number for number, line in enumerate(lines(at)) if line.tagged]
        if tagged:
            return _near(lines(at if at in wheres else wheres[0]), tagged)
    return lines(wheres[0])


def _near(lines: list[MessageLine], tagged: list[int]) -> list[MessageLine]:
    if len(lines) <= LONG:
        return lines
    near = {number for each in tagged for number in range(each - AROUND, each + AROUND + 1)} | set(range(BEGINNING))
    kept: list[MessageLine] = []
    for number, line in enumerate(lines):
        if number in near:
            kept.append(line)
        elif number - 1 in near:
            kept.append(MessageLine("…"))
    return kept
