"""The scene of the state machine: a reference whose clock it moves, a client of it, and what the model knows."""

from collections.abc import Sequence
from contextlib import ExitStack

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from exports_conformance.client.limits import Retries
from exports_conformance.client.opening import open_reference
from exports_conformance.contract.edition import Edition
from exports_conformance.exchange.model import Exchange, Expectation, Operation
from exports_conformance.exchange.reasons import RUNNING_AT_MOST
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import Tags
from exports_conformance.reference import Clock, Middleware, Organisation, Reference
from exports_conformance.reference.organisation import FIRST
from exports_conformance.rules import Violation, judge
from tests.life_model import PACE, Life, seen


class LifeScene(RuleBasedStateMachine):
    """Sends requests to a reference in this process, whose clock the machine moves; every exchange is judged.

    `situations` collects what has come up, `running_at_most` is the number of exports that the reference lets run.
    """

    def __init__(
        self,
        edition: Edition,
        *,
        middlewares: Sequence[Middleware] = (),
        running_at_most: int = RUNNING_AT_MOST,
        situations: set[str] | None = None,
    ) -> None:
        super().__init__()
        self.edition = edition
        self.situations: set[str] = set() if situations is None else situations
        self.now = 0
        self.lives: list[Life] = []
        self.refused: list[str] = []
        self.sought = 0  # how many of the refused have been looked for
        self.changes = self.listed = 0  # what has been done, and how much of it when all exports were listed last
        self.violations: list[Violation] = []
        self.clock = Clock(at=FIRST)
        reference = Reference(
            clock=self.clock,
            edition=edition,
            pace=PACE,
            middlewares=middlewares,
            organisation=Organisation(max_running=running_at_most),
        )
        self._open = ExitStack()
        self.endpoint = self._open.enter_context(
            open_reference(
                app=reference,
                edition=edition,
                tags=Tags("00000000"),
                retries=Retries(sleep=lambda _: None),
                observe=self._observe,
            )
        )

    def teardown(self) -> None:
        """Close the client."""
        self._open.close()

    @invariant()
    def nothing_is_violated(self) -> None:
        """No response violates the contract."""
        demand("violations", self.violations, [])

    @rule(seconds=st.integers(1, 7))
    def pass_time(self, seconds: int) -> None:
        """Let time pass: enough for nothing, for a start, for an end, or for all of them."""
        self.clock.advance(seconds)
        self.now += seconds

    def by_state(self) -> dict[str, list[Life]]:
        """Return the exports that were created, by their status; those that are gone too."""
        states: dict[str, list[Life]] = {}
        for life in self.lives:
            states.setdefault(life.state(self.now), []).append(life)
        return states

    def _observe(self, exchange: Exchange) -> bool:
        self.violations += judge(exchange).violations
        return False

    def met(self, situation: str, exchange: Exchange, status: int) -> None:
        """Demand a status, and remember the situation in which it was returned."""
        demand(situation, exchange.status, status)
        self.situations.add(situation)

    def look(self, life: Life, exchange: Exchange) -> None:
        """Demand that a response shows an export as the model has it."""
        demand(f"{life} at {self.now}", seen(exchange.attributes), life.shown(self.now))

    def there(self) -> list[Life]:
        """Return the exports that were not deleted."""
        return [life for life in self.lives if not life.gone]

    def running(self) -> int:
        """Count the exports that are pending or in progress."""
        return sum(life.runs(self.now) for life in self.lives)


def demand(what: str, actual: Json, expected: Json) -> None:
    """Raise an `AssertionError` where something is not as expected."""
    if actual != expected:
        raise AssertionError(f"{what}: expected {expected}, got {actual}")


def refusal(case: str, operation: Operation) -> Expectation:
    """Expect a refusal whose status is not documented: only the form of the response is judged."""
    return Expectation(f"life/{case}", operation, outcome="either", certain=False, answers=frozenset({404, 422, 423}))
