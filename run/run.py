"""A run: every exchange is judged and kept as it happens, and each test learns what its own exchanges broke."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from exports_conformance.contract.editions import Edition
from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.edition import EditionChoice, edition_shown, shows_edition
from exports_conformance.exchange.environment import EnvironmentCause, environment_error
from exports_conformance.exchange.model import Exchange
from exports_conformance.results.journal import Journal
from exports_conformance.results.ledger import JournalLedger
from exports_conformance.results.records import NOTHING, certain_types, shown
from exports_conformance.results.verdicts import FailOn
from exports_conformance.rules import Judgement, Violation, judge

ASKED_AGAIN_AT_MOST = 5

GIVEN_UP_AFTER: Mapping[EnvironmentCause, int] = {"no-answer": 8, "token-refused": 2}
"""Exchanges in a row that have to end so before nothing more is asked."""

WHY: Mapping[EnvironmentCause, str] = {
    "no-answer": "the endpoint no longer answers",
    "token-refused": "the access token is no longer accepted: give one that lasts as long as the run",
}


@dataclass(frozen=True, slots=True)
class Broken:
    """A violation and the exchange that shows it."""

    exchange: Exchange
    violation: Violation


class Run:
    """One process's part of a run.

    `confirms`: a violation is asked once more before it counts, as a shared endpoint needs. What `waives` says of
    is known: it neither fails a test nor is asked again.
    """

    def __init__(
        self,
        folder: Path,
        process: str,
        *,
        edition: EditionChoice,
        confirms: bool,
        fail_on: FailOn,
        waives: Callable[[Exchange, Violation], bool] = lambda _, __: False,
    ) -> None:
        self.journal = Journal(folder, process)
        self.ledger = JournalLedger(self.journal)
        self.judged = 0
        self._edition: Edition | None = None if edition == "auto" else edition
        self._confirms = confirms
        self._waives = waives
        self.fail_on = fail_on
        self.given_up = ""
        self._broken: dict[str, list[Violation]] = {}  # exchange id -> what it broke
        self._asked_again: Counter[str] = Counter()  # requirement -> how often what broke it was asked once more
        self._confirmed: set[str] = set()
        self._mine: list[Exchange] = []
        self._in_vain: Counter[EnvironmentCause] = Counter()  # what kept coming in an answer's place
        self._without_records: set[str] = set()  # the types that were refused as empty, while no other was accepted

    def note(self, exchange: Exchange) -> bool:
        """Keep an exchange that nobody is judged by."""
        self.journal.exchanged(exchange, Judgement())
        return False

    def observe(self, exchange: Exchange) -> bool:
        """Judge an exchange and keep it; say whether it should be asked once more to be believed."""
        exchange = self._in_edition(exchange)
        judgement = judge(exchange)
        self.journal.exchanged(exchange, judgement)
        self._note_weather(exchange)
        self._note_records(exchange)
        broken = {violation.requirement for violation in judgement.violations}
        if exchange.expectation.confirms:
            self._confirmed |= broken
            return False
        self._broken[exchange.id] = list(judgement.violations)
        return self._confirms and self._is_news(exchange, judgement)

    def judge(self, exchange: Exchange) -> None:
        """Let the running test stand or fall with an exchange."""
        self.judged += 1
        self._mine.append(exchange)

    def begin(self) -> None:
        """Forget the exchanges of the test before."""
        self._mine = []
        self.judged = 0

    def failures(self) -> list[Broken]:
        """Give what the running test's exchanges broke, each requirement once, by its smallest witness."""
        smallest: dict[str, Broken] = {}
        for exchange in self._mine:
            for violation in self._broken.get(exchange.id, ()):
                if self._waives(exchange, violation) or not self._counts(violation.requirement):
                    continue
                known = smallest.get(violation.requirement)
                if known is None or _size(exchange) < _size(known.exchange):
                    smallest[violation.requirement] = Broken(exchange, violation)
        return list(smallest.values())

    @property
    def unanswered(self) -> str:
        """Why none of the running test's exchanges says anything of the endpoint; empty where one does."""
        weathers = [environment_error(exchange) for exchange in self._mine]
        return "" if not all(weathers) else f"no answer of the endpoint's own: {', '.join(dict.fromkeys(weathers))}"

    def _counts(self, requirement: str) -> bool:
        """A violation counts if it gates, and came again where it was asked once more."""
        if requirements()[requirement].weight != "promise" and self.fail_on != "advice":
            return False
        believed = requirement in self._confirmed or not self._asked_again[requirement]
        return believed or self.fail_on == "intermittent"

    def _is_news(self, exchange: Exchange, judgement: Judgement) -> bool:
        doubtful = [
            violation.requirement
            for violation in judgement.violations
            if not self._waives(exchange, violation)
            and violation.requirement not in self._confirmed
            and self._asked_again[violation.requirement] < ASKED_AGAIN_AT_MOST
        ]
        self._asked_again.update(doubtful)
        return bool(doubtful)

    def _note_weather(self, exchange: Exchange) -> None:
        """Give up when the same trouble comes again and again, and nothing else."""
        trouble = environment_error(exchange)
        if trouble in GIVEN_UP_AFTER:
            self._in_vain[trouble] += 1
            if self._in_vain[trouble] >= GIVEN_UP_AFTER[trouble]:
                self.given_up = WHY[trouble]
        else:
            self._in_vain.clear()

    def _note_records(self, exchange: Exchange) -> None:
        """Give up where nothing can be exported, since every type that is certain was refused as empty."""
        kind, what = shown(exchange)
        if what == "refused":
            self._without_records.add(kind)
        elif what:
            self._without_records.clear()
        if len(self._without_records) == len(certain_types()):
            self.given_up = NOTHING

    def tell_edition(self, edition: Edition, because: str) -> None:
        """Judge by this edition from now on, unless another was asked for."""
        if self._edition is None:
            self._edition = edition
            self.journal.write("edition", edition=edition, because=because)

    def _in_edition(self, exchange: Exchange) -> Exchange:
        if self._edition is None and shows_edition(exchange):
            self.tell_edition(*edition_shown(exchange))
        return replace(exchange, edition=self._edition or "page")


def _size(exchange: Exchange) -> int:
    return len(exchange.request.body or b"")
