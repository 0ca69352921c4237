"""The suites: what is asked of an endpoint, one file per behaviour, a sentence per test."""

from collections.abc import Callable

from exports_conformance.contract.requirements import Topic, requirements
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json

Judge = Callable[[Exchange], None]
"""The fixture `judge`: the test that calls it stands or falls with the exchange."""


Unasked = Callable[[Json | bytes], bool]
"""The fixture `unasked`: says whether a body is new in this run."""


def about(*topics: Topic) -> tuple[str, ...]:
    """Give the requirements of some topics, but for those that no test can ask for."""
    return tuple(name for name, each in requirements().items() if each.topic in topics and not each.when_seen)


def is_shown(exchange: Exchange) -> bool:
    """Say whether a resource was shown at all."""
    return exchange.status == 200  # noqa: PLR2004  OK
