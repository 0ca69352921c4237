"""Reproducing: the requests that showed a fault are sent again, and the responses judged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.guards import ExportLimitError
from exports_conformance.client.replaying import CannotAskError, Replaying
from exports_conformance.contract.edition import Edition
from exports_conformance.exchange.exports import edition_shown, shows_edition
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.reasons import environment_error
from exports_conformance.results.fault_steps import BEYOND_FEW_EXPORTS, NEEDS_SEVERAL
from exports_conformance.rules import Judgement, Violation, judge

Reproduced = Literal["shown", "not shown", "not checked"]


@dataclass(slots=True)
class Reproducing:
    """Judges each exchange by one requirement; pass `observe` to the endpoint.

    `keep` receives every exchange with its judgement. `violation` is the first of the requirement, None if there was
    none; `held` is True if a response showed that it holds. `requests` counts what was sent,
    `unclear` is why the last response may not show the requirement: an environment error, or what it violates.
    `problem` is why a step could not be sent.
    """

    requirement: str
    edition: Edition
    keep: Callable[[Exchange, Judgement], object] = lambda _, __: None
    violation: Violation | None = None
    held: bool = False
    requests: int = 0
    unclear: str = ""
    problem: str = ""

    def observe(self, exchange: Exchange) -> None:
        """Judge an exchange."""
        self.requests += 1
        if shows_edition(exchange):
            self.edition = edition_shown(exchange)[0]
        exchange = replace(exchange, edition=self.edition)
        judgement = judge(exchange)
        self.keep(exchange, judgement)
        self.held = self.held or self.requirement in judgement.held
        found = (each for each in judgement.violations if each.requirement == self.requirement)
        self.violation = self.violation or next(found, None)
        if not exchange.expectation.is_bookkeeping:
            others = [each.requirement for each in judgement.violations]
            self.unclear = environment_error(exchange) or ", ".join(dict.fromkeys(others))

    @property
    def outcome(self) -> Reproduced:
        """Whether the fault is shown; a requirement that was not judged holds if nothing else was wrong."""
        if self.violation:
            return "shown"
        if self.problem or self.requirement in BEYOND_FEW_EXPORTS:
            return "not checked"
        can_tell = self.held or not (self.unclear or self.requirement in NEEDS_SEVERAL)
        return "not shown" if can_tell else "not checked"

    def send(self, steps: Sequence[Exchange], endpoint: Endpoint) -> None:
        """Send the steps until one shows the fault."""
        replaying = Replaying(endpoint, steps)
        for step in steps:
            try:
                replaying.send_again(step)
            except (CannotAskError, ExportLimitError) as error:
                self.problem = str(error)
            if self.violation:
                return
