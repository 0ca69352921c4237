"""Rules of an export's status: it moves on as documented, and the times that belong to it are there."""

from collections.abc import Iterator, Mapping

from exports_conformance.exchange.model import Exchange, Told
from exports_conformance.exchange.strict_json import is_empty, shown
from exports_conformance.rules.applies import performed, shows_export
from exports_conformance.rules.attributes import answer_id
from exports_conformance.rules.engine import Applies, Finding, every, rule
from exports_conformance.rules.values import is_before

RUNNING = ("pending", "in_progress")
ENDED = ("completed", "interrupted", "failed")

LATER: Mapping[str, frozenset[str]] = {
    "pending": frozenset({*RUNNING, *ENDED}),
    "in_progress": frozenset({"in_progress", *ENDED}),
    **{status: frozenset({status}) for status in ENDED},
}
"""The statuses that an export may show after each, as long as nobody interrupts or starts it."""

BELONGING: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "started-when-running": ("started_at", ("in_progress", "completed")),
    "completed-when-completed": ("completed_at", ("completed",)),
    "attachment-when-completed": ("attachment_url", ("completed",)),
    "interrupted-when-interrupted": ("interrupted_at", ("interrupted",)),
    "failed-says-why": ("errors_log", ("failed",)),
}
"""The attribute that each requirement promises, and the statuses in which it does."""


def has_status(*statuses: str) -> Applies:
    """A retrieval shows a whole export that has one of these statuses; what a creation answers is its beginning."""

    def applies(exchange: Exchange) -> bool:
        retrieved = exchange.expectation.operation == "retrieve" and shows_export(exchange) and performed(exchange)
        return retrieved and exchange.attributes.get("status") in statuses

    return applies


def _belongs(requirement: str, attribute: str, statuses: tuple[str, ...]) -> None:
    def attribute_is_there(exchange: Exchange) -> Iterator[Finding]:
        if is_empty(exchange.attributes[attribute]):
            status = exchange.attributes["status"]
            yield Finding(f"a value, since the export is {status}", "null", f"/data/attributes/{attribute}")

    needs = ("answer-status-known", answer_id(attribute))
    rule(requirement, applies=has_status(*statuses), needs=needs)(attribute_is_there)


for _requirement, (_attribute, _statuses) in BELONGING.items():
    _belongs(_requirement, _attribute, _statuses)


@rule(
    "completed-after-start",
    applies=has_status("completed"),
    needs=("started-when-running", "completed-when-completed"),
)
def completion_follows_start(exchange: Exchange) -> Iterator[Finding]:
    """`completed_at` is not before `started_at`."""
    started_at, completed_at = (exchange.attributes[name] for name in ("started_at", "completed_at"))
    if is_before(completed_at, started_at):
        yield Finding(f"not before {started_at}", shown(completed_at), "/data/attributes/completed_at")


def has_ended(exchange: Exchange) -> bool:
    """Say whether an export is shown that has come to an end."""
    return exchange.attributes.get("status") in ENDED


def last_status(exchange: Exchange) -> str:
    """Give the status that the export showed before; empty where none is known."""
    before = exchange.expectation.shown if isinstance(exchange.expectation.shown, dict) else {}
    status = (before.get("attributes") or {}).get("status")
    return status if isinstance(status, str) else ""


def _expected(exchange: Exchange) -> frozenset[str]:
    """Give the statuses that an export may show now, after what it showed and was told before; empty where any may."""
    before, told = last_status(exchange), exchange.expectation.told
    if told == "interrupt" and before in RUNNING:
        return frozenset(ENDED)  # nothing says that a stop takes hold at once: it may end by itself meanwhile
    if told == "interrupt":
        # What had ended before it was told to stop had been faster.
        return frozenset({"interrupted"}) if before == "interrupted" else frozenset()
    if told == "start":
        return frozenset(LATER) - {"interrupted"}
    return LATER.get(before, frozenset())


def is_behind(exchange: Exchange) -> bool:
    """Say whether a retrieval may be of a copy that has not heard of the last change yet."""
    expected = _expected(exchange)
    shows = exchange.attributes.get("status")
    return exchange.status != 200 or bool(expected and shows in LATER and shows not in expected)  # noqa: PLR2004  OK


def _was_faster(exchange: Exchange) -> bool:
    """Say whether an export that was told to stop, and ran on, has ended by itself: of the stop that shows nothing."""
    ended = exchange.attributes.get("status") in {"completed", "failed"}
    return ended and exchange.expectation.told == "interrupt" and last_status(exchange) in RUNNING


def _moves(requirement: str, told: Told) -> None:
    def applies(exchange: Exchange) -> bool:
        return exchange.expectation.told == told and bool(_expected(exchange)) and not _was_faster(exchange)

    def status_follows(exchange: Exchange) -> Iterator[Finding]:
        now = exchange.attributes["status"]
        if now not in _expected(exchange):
            expected = f"one of {', '.join(sorted(_expected(exchange)))}, since it was {last_status(exchange)}"
            yield Finding(expected, shown(now), "/data/attributes/status")

    judged = every(has_status(*LATER), applies)
    rule(requirement, applies=judged, needs=("answer-status-known",))(status_follows)


_moves("status-moves-on", "")
_moves("interrupt-stops", "interrupt")
_moves("start-restarts", "start")
