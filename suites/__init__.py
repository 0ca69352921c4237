"""The suites: what is sent to an endpoint, one file per behaviour, a sentence per test.

`fixtures` has the fixtures and the parameters of a profile, `expectations` what several suites expect of a request,
`sources` where drawn bodies come from, `replay` repeats a recording.
"""

from collections.abc import Callable
from http import HTTPStatus

from exports_conformance.contract.requirements import Topic, requirements
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.bodies import Body

Judge = Callable[[Exchange], None]
"""The fixture `judge`: records the exchange; the test fails, after its last example, if it broke a promise."""

Unsent = Callable[[Json | bytes], bool]
"""The fixture `unsent`: returns whether this run has not sent a body yet, and remembers it."""

AsRecorded = Callable[[str, Body], Body]
"""The fixture `as_recorded`: returns the recorded body of a case, or the given one where none was recorded."""


FirstAccepted = Callable[..., Exchange]
"""The fixture `first_accepted`: creates the first of some bodies that is accepted, under a case; skips if none is."""


def promised_about(*topics: Topic) -> tuple[str, ...]:
    """Return the requirements of some topics, except those that a test cannot provoke."""
    return tuple(name for name, each in requirements().items() if each.topic in topics and not each.when_seen)


def is_shown(exchange: Exchange) -> bool:
    """Return whether a resource was shown at all."""
    return exchange.status == HTTPStatus.OK
