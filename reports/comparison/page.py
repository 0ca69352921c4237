"""The page of a comparison: the differences side by side, in one static file without a script."""

from collections.abc import Mapping
from typing import Any

from exports_conformance.reports import messages, templating
from exports_conformance.reports.comparison import wording
from exports_conformance.reports.comparison.document import Comparison
from exports_conformance.reports.messages import Shown
from exports_conformance.reports.places import Place

OF_THE_WHOLE = {"status": Place(status=True), "media type": Place(answer_header="content-type")}
"""What is marked where a difference is at no place of the document."""


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


def asked(request: Mapping[str, Any]) -> list[Shown]:
    """Give the lines of the request that shows a difference."""
    return messages.request_lines({**request, "headers": ()})


def answered(difference: Mapping[str, Any], when: str) -> list[Shown]:
    """Give the lines of the answer `before` or `after`, with what differs marked."""
    answer = difference["witness"][when]
    headers = (("Content-Type", answer["media_type"]),) if answer["media_type"] else ()
    place = OF_THE_WHOLE.get(difference["what"], Place())
    first = difference["at"].replace("/*", "/0")  # of errors that have a difference the first shows it
    in_export, in_list = (
        messages.answer_lines({**answer, "headers": headers}, place, at=at)
        for at in (first, first.replace("/data/", "/data/0/", 1))
    )
    return in_list if not any(line.marked for line in in_export) else in_export
