"""Rules of the topic `request`: valid requests succeed, and invalid ones are refused as documented."""

from collections.abc import Iterator

from exports_conformance.contract.requirements import requirements, shape, shape_of
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.reasons import queue_is_full, selection_refusal
from exports_conformance.exchange.strict_json import is_empty, one_line
from exports_conformance.rules.engine import (
    SERVER_ERROR,
    Finding,
    decides,
    every,
    is_kept,
    not_created,
    outcome_of,
    rule,
    succeeded,
    was_misshapen,
    was_sent,
)

rule("create-at-exports", applies=decides("create-at-exports"))(not_created)
rule("create-accepts-documented", applies=decides("create-accepts-documented"))(not_created)


def _is_minimal(exchange: Exchange) -> bool:
    return set(exchange.sent_attributes) == {"resource_type"}


rule(
    "create-needs-only-resource-type",
    applies=every(_is_minimal, decides("create-needs-only-resource-type")),
)(not_created)


def _is_unspecified(exchange: Exchange) -> bool:
    """Return True if no outcome is documented, and a 5xx could be no advised one: what no client sends by accident."""
    expectation = exchange.expectation
    advised = any(requirements()[each].weight == "advice" for each in expectation.may_break)
    return expectation.outcome == "either" and not expectation.breaks and not advised


@rule("never-server-error", applies=_is_unspecified)
def unspecified_request_gets_no_5xx(exchange: Exchange) -> Iterator[Finding]:
    """A request whose outcome the documentation does not state gets no 5xx."""
    if exchange.status >= SERVER_ERROR:
        yield Finding("a success or a documented refusal", outcome_of(exchange))


def _wrong_in_the_place_of_the_flaw(exchange: Exchange) -> Iterator[Finding]:
    for each in requirements().values():
        name = each.accepts
        pointer = f"/data/attributes/{name}"
        if not name or name not in exchange.attributes:
            continue
        documented, sent, back = shape(shape_of(pointer)), exchange.sent_attributes.get(name), exchange.attributes[name]
        if not was_misshapen(exchange, pointer, documented):
            continue
        if not (is_empty(back) or documented.fits(back) or is_kept(sent, back)):
            yield Finding(f"{one_line(sent)}, {shape_of(pointer)}, or no value", one_line(back), pointer)


def _flaw_was_judged(exchange: Exchange) -> bool:
    """Return True unless the refusal is for the selection or for the number of running exports, and not the flaw."""
    excused = selection_refusal(exchange) or queue_is_full(exchange)
    return bool(exchange.expectation.breaks) and was_sent(exchange) and not excused


@rule("", applies=_flaw_was_judged, needs=("errors-with-error-status",))
def flaw_is_refused_or_right(exchange: Exchange) -> Iterator[Finding]:
    """A flawed request gets a status that its expectation allows; a success only if the documentation is silent.

    In the place of the flaw the export may show the value as it was sent, converted, dropped or defaulted.
    """
    expectation = exchange.expectation
    if succeeded(exchange) and expectation.outcome == "either":
        yield from _wrong_in_the_place_of_the_flaw(exchange)
        return
    if exchange.status not in expectation.answers:
        statuses = " or ".join(str(status) for status in sorted(expectation.answers))
        right = " (or a success that is right)" if expectation.outcome == "either" else ""
        actual = outcome_of(exchange)
        yield Finding(f"{statuses}{right}", actual, expectation.at)
