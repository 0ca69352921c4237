"""The error finder: type a code or `meta.error`, read what causes it, what mends it, and a real answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from exports_conformance.contract.error_guide import ErrorGuide, error_guide
from exports_conformance.reports import findings, messages, templating
from exports_conformance.reports.history import endpoint_name


@dataclass(frozen=True, slots=True)
class Explained:
    """An entry of the guide, and a real answer where the run saw one; `where` and `when` say of which run."""

    guide: ErrorGuide
    key: str
    request: Sequence[messages.Shown]
    response: Sequence[messages.Shown]


def render(result: findings.Result) -> str:
    """Render the page; codes that only the run knows stand at the end, unexplained."""
    result = findings.bounded(result)
    seen = dict(result.get("refusals", {}))
    explained = [_explained(result, each, seen) for each in error_guide().values()]
    foreign_exports = [key for key in seen if key not in {each.key for each in explained}]
    return templating.page(
        "errors.html",
        scripts=("page.js",),
        explained=explained,
        foreign_exports=[(key, *_shown(result, seen[key])) for key in foreign_exports],
        where=endpoint_name(result),
        when=result["finished"],
    )


def _explained(result: findings.Result, guide: ErrorGuide, seen: dict[str, str]) -> Explained:
    exact = f"{guide.code} {guide.meta}".strip()
    key = (
        exact if exact in seen or guide.meta else next((each for each in seen if each.split(" ")[0] == guide.code), "")
    )
    return Explained(guide, key, *_shown(result, seen.get(key, "")))


def _shown(result: findings.Result, exchange_id: str) -> tuple[list[messages.Shown], list[messages.Shown]]:
    exchange = result.get("exchanges", {}).get(exchange_id)
    if not exchange:
        return [], []
    base_url = result["endpoint"]["base_url"]
    asked = messages.request_lines(exchange["request"], base_url=base_url, at=exchange["at"])
    return asked, messages.answer_lines(exchange["response"], at="/errors/0/code")
