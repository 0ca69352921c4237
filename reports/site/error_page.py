"""`errors.html`: the errors that a creation may get, with their causes, their fixes and real responses."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from exports_conformance.contract.error_codes import ErrorGuide, error_guide
from exports_conformance.reports import messages, phrases
from exports_conformance.reports.history import endpoint_name
from exports_conformance.reports.site import templating
from exports_conformance.reports.site.result_page import site_pages

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


def render_errors(result: phrases.Result, *, folder: Path | None = None) -> str:
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


def _explained(result: phrases.Result, guide: ErrorGuide, seen: dict[str, str]) -> ExplainedError:
    exact = f"{guide.code} {guide.meta}".strip()
    key = (
        exact if exact in seen or guide.meta else next((each for each in seen if each.split(" ")[0] == guide.code), "")
    )
    return ExplainedError(guide, key, *_shown(result, seen.get(key, "")))


def _shown(result: phrases.Result, exchange_id: str) -> tuple[list[messages.MessageLine], list[messages.MessageLine]]:
    exchange = result.get("exchanges", {}).get(exchange_id)
    if not exchange:
        return [], []
    base_url = result["endpoint"]["base_url"]
    request = messages.request_lines(exchange["request"], base_url=base_url, at=exchange["at"])
    return request, messages.response_lines(exchange["response"], at="/errors/0/code")
