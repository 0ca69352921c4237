"""Which edition of the documentation a response shows."""

from exports_conformance.contract.editions import Edition, added_attributes, edition_with, editions, first_edition
from exports_conformance.exchange.model import Exchange

EditionChoice = str
"""The name of an edition, or `auto`: the first export created shows it."""


def shows_edition(exchange: Exchange) -> bool:
    """Return True if the response shows a created export, whose attributes tell the edition whatever its status."""
    return exchange.expectation.operation == "create" and exchange.succeeded and bool(exchange.attributes)


def edition_shown(exchange: Exchange) -> tuple[Edition, str]:
    """Return the edition that a created export shows, and the reason in words."""
    edition, seen = edition_with(exchange.attributes)
    if seen:
        return edition, f"the first export created has {', '.join(seen)}"
    later = [name for each in editions() if each != first_edition() for name in added_attributes(each)]
    return edition, f"the first export created has none of {', '.join(later)}"
