"""Rules of an export's status: it moves on as documented, and the times that belong to it are there."""

from collections.abc import Iterator, Mapping

from exports_conformance.exchange.model import Action, Exchange
from exports_conformance.exchange.states import LATER, RUNNING, expected_statuses, last_status
from exports_conformance.exchange.strict_json import is_empty, one_line
from exports_conformance.rules.applies import performed, shows_export
from exports_conformance.rules.attributes import answer_id
from exports_conformance.rules.engine import Applies, Finding, every, rule
from exports_conformance.rules.values import is_before

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
        yield Finding(f"not before {started_at}", one_line(completed_at), "/data/attributes/completed_at")


def _was_faster(exchange: Exchange) -> bool:
    """Say whether an export that was told to stop, and ran on, has ended by itself: of the stop that shows nothing."""
    ended = exchange.attributes.get("status") in {"completed", "failed"}
    return ended and exchange.expectation.action == "interrupt" and last_status(exchange) in RUNNING


def _moves(requirement: str, told: Action) -> None:
    def applies(exchange: Exchange) -> bool:
        return exchange.expectation.action == told and bool(expected_statuses(exchange)) and not _was_faster(exchange)

    def status_follows(exchange: Exchange) -> Iterator[Finding]:
        now = exchange.attributes["status"]
        if now not in expected_statuses(exchange):
            expected = f"one of {', '.join(sorted(expected_statuses(exchange)))}, since it was {last_status(exchange)}"
            yield Finding(expected, one_line(now), "/data/attributes/status")

    judged = every(has_status(*LATER), applies)
    rule(requirement, applies=judged, needs=("answer-status-known",))(status_follows)


_moves("status-moves-on", "")
_moves("interrupt-stops", "interrupt")
_moves("start-restarts", "start")
