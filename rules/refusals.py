"""Rules of refusals: a request with one flaw is refused as documented, or, where nothing is said, is right."""

from collections.abc import Iterator

from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.refusal_reasons import queue_is_full, selection_refusal
from exports_conformance.exchange.strict_json import equal, one_line
from exports_conformance.rules.applies import created, performed, succeeded
from exports_conformance.rules.engine import Finding, rule
from exports_conformance.rules.values import instant


def _flaw_was_judged(exchange: Exchange) -> bool:
    """A refusal for the selection, or for the number of running exports, says nothing of the flaw."""
    excused = selection_refusal(exchange) or queue_is_full(exchange)
    return bool(exchange.expectation.breaks) and performed(exchange) and not excused


@rule("", applies=_flaw_was_judged)
def flaw_is_refused_or_right(exchange: Exchange) -> Iterator[Finding]:
    """A flawed request earns one of the refusals the documentation allows; a success only where it is silent."""
    expectation = exchange.expectation
    if succeeded(exchange) and expectation.outcome == "either":
        return
    if exchange.status not in expectation.answers:
        statuses = " or ".join(str(status) for status in sorted(expectation.answers))
        right = " (or a success that is right)" if expectation.outcome == "either" else ""
        yield Finding(f"{statuses}{right}", f"{exchange.status} {one_line(exchange.reading.value)}", expectation.at)


def _presumed(exchange: Exchange) -> str:
    """The read-only attribute that was planted; `status` may rightly be what the caller presumed."""
    attribute = exchange.expectation.at.removeprefix("/data/attributes/")
    return attribute if exchange.expectation.breaks == "read-only-attributes" and attribute != "status" else ""


def _presumption_was_accepted(exchange: Exchange) -> bool:
    return created(exchange) and bool(_presumed(exchange))


@rule("read-only-kept", applies=_presumption_was_accepted, needs=("answer-attributes",))
def presumed_value_is_not_taken(exchange: Exchange) -> Iterator[Finding]:
    """A creation that was accepted in spite of a read-only attribute does not show the caller's value."""
    name = _presumed(exchange)
    planted, shown_now = exchange.sent_attributes.get(name), exchange.attributes.get(name)
    if equal(planted, shown_now) or (instant(planted) and instant(planted) == instant(shown_now)):
        yield Finding("the API's own value", one_line(exchange.attributes.get(name)), exchange.expectation.at)
