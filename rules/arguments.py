"""Rules of the topic `arguments`, apart from what tables of the contract and flaws state."""

from collections.abc import Iterator

from exports_conformance.contract.requirements import instant
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import equal, shown
from exports_conformance.rules.engine import Finding, created, rule

ARGUMENTS = (
    "resource_type",
    "format",
    "includes",
    "fields",
    "filters",
    "dry_data",
    "reference",
    "reference_origin",
    "metadata",
)
"""The attributes of a creation, in the order of the page's table."""


def _planted(exchange: Exchange) -> str:
    """Return the read-only attribute in the request; not `status`, which may happen to have the value sent."""
    attribute = exchange.expectation.at.removeprefix("/data/attributes/")
    return attribute if exchange.expectation.breaks == "read-only-attributes" and attribute != "status" else ""


def _was_ignored_or_taken(exchange: Exchange) -> bool:
    return created(exchange) and bool(_planted(exchange))


@rule("read-only-kept", applies=_was_ignored_or_taken, needs=("answer-attributes",))
def sent_value_is_not_taken(exchange: Exchange) -> Iterator[Finding]:
    """An export created despite a read-only attribute does not show the value that was sent."""
    name = _planted(exchange)
    sent, back = exchange.sent_attributes.get(name), exchange.attributes.get(name)
    if equal(sent, back) or (instant(sent) and instant(sent) == instant(back)):
        yield Finding("the API's own value", shown(exchange.attributes, name), exchange.expectation.at)
