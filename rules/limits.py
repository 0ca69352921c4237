"""Rules of the topic `limits`: judged if a run meets a limit."""

from collections.abc import Iterator

from exports_conformance.contract.requirements import COUNT
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.reasons import RUNNING_AT_MOST, selection_refusal
from exports_conformance.exchange.strict_json import Json, as_object, member, shown
from exports_conformance.rules.engine import Finding, blame, must_succeed, outcome_of, rule


def _metas(exchange: Exchange) -> Iterator[dict[str, Json]]:
    return (as_object(error.get("meta")) for error in exchange.errors)


def _metas_shown(exchange: Exchange) -> str:
    return ", ".join(shown(error, "meta") for error in exchange.errors)


def _selection_was_refused(exchange: Exchange) -> bool:
    """Return True if a control was sent, for a creation that must succeed or whose filters select known records."""
    return (must_succeed(exchange) or _selects(exchange)) and exchange.lookups.control_status is not None


@rule("refusal-true", applies=_selection_was_refused)
def reason_of_a_refusal_is_true(exchange: Exchange) -> Iterator[Finding]:
    """A selection refused as empty or too large is refused again in a plain control request."""
    if blame(exchange) == "refusal-true":
        plain = (
            "for one of the records that its filters select"
            if _selects(exchange)
            else ("with the same resource type and filters")
        )
        yield Finding(f"201 Created: a plain request {plain} was accepted", outcome_of(exchange))


def _selects(exchange: Exchange) -> bool:
    """Return True if the ids of records that a creation selects are known."""
    return bool(member(exchange.expectation.expected, "selects"))


def _empty(exchange: Exchange) -> bool:
    return selection_refusal(exchange) == "empty"


@rule("empty-selection-named", applies=_empty)
def empty_selection_is_named(exchange: Exchange) -> Iterator[Finding]:
    """The refusal names the comparison that failed."""
    if not any(meta.get("error") == "greater_than" for meta in _metas(exchange)):
        yield Finding('meta.error: "greater_than"', _metas_shown(exchange), "/errors/0/meta/error")


def _too_many(exchange: Exchange) -> bool:
    return selection_refusal(exchange) == "too-many"


@rule("too-many-records", applies=_too_many)
def too_large_a_selection_is_counted(exchange: Exchange) -> Iterator[Finding]:
    """The refusal gives the number of selected records and the number that is allowed."""
    metas = list(_metas(exchange))
    counted = [meta for meta in metas if COUNT.fits(meta.get("value")) and COUNT.fits(meta.get("count"))]
    if not any(meta["value"] > meta["count"] for meta in counted):
        yield Finding("meta.value above meta.count", _metas_shown(exchange), "/errors/0/meta")


def _running_is_known(exchange: Exchange) -> bool:
    return exchange.lookups.running is not None


@rule("ten-running", applies=_running_is_known)
def at_most_ten_run(exchange: Exchange) -> Iterator[Finding]:
    """The list shows at most ten exports running."""
    running = exchange.lookups.running or 0
    if running > RUNNING_AT_MOST:
        yield Finding(f"at most {RUNNING_AT_MOST} running", str(running))
