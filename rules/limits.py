"""Rules of limits: judged when a run happens to meet them."""

from collections.abc import Iterator

from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.refusal_reasons import RUNNING_AT_MOST, selection_refusal
from exports_conformance.exchange.strict_json import Json, one_line
from exports_conformance.rules.engine import Finding, rule
from exports_conformance.rules.values import COUNT


def _metas(exchange: Exchange) -> Iterator[dict[str, Json]]:
    for error in exchange.errors:
        meta = error.get("meta")
        yield meta if isinstance(meta, dict) else {}


def _empty(exchange: Exchange) -> bool:
    return selection_refusal(exchange) == "empty"


@rule("empty-selection-named", applies=_empty)
def empty_selection_is_named(exchange: Exchange) -> Iterator[Finding]:
    """The refusal of an empty selection names the comparison that failed."""
    if not any(meta.get("error") == "greater_than" for meta in _metas(exchange)):
        yield Finding('meta.error: "greater_than"', one_line(list(_metas(exchange))), "/errors/0/meta/error")


def _too_many(exchange: Exchange) -> bool:
    return selection_refusal(exchange) == "too-many"


@rule("too-many-records", applies=_too_many)
def too_large_a_selection_is_counted(exchange: Exchange) -> Iterator[Finding]:
    """The refusal of too large a selection says how many records it has, and how many are allowed."""
    metas = list(_metas(exchange))
    counted = [meta for meta in metas if COUNT.fits(meta.get("value")) and COUNT.fits(meta.get("count"))]
    if not any(meta["value"] > meta["count"] for meta in counted):
        yield Finding("meta.value above meta.count", one_line(metas), "/errors/0/meta")


def _running_is_known(exchange: Exchange) -> bool:
    return exchange.lookups.running is not None


@rule("ten-running", applies=_running_is_known)
def at_most_ten_run(exchange: Exchange) -> Iterator[Finding]:
    """No list shows more than ten exports running."""
    running = exchange.lookups.running or 0
    if running > RUNNING_AT_MOST:
        yield Finding(f"at most {RUNNING_AT_MOST} running", str(running))
