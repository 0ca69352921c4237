"""A run: every exchange is judged and kept as it happens, and each test learns what its own exchanges broke."""

from dataclasses import dataclass, replace
from pathlib import Path

from exports_conformance.contract.editions import EditionChoice, edition_shown
from exports_conformance.contract.exchange import Edition, Exchange
from exports_conformance.contract.judge import Judgement, Violation, judge
from exports_conformance.contract.requirements import requirements
from exports_conformance.evidence.journal import Journal
from exports_conformance.evidence.ledger import JournalLedger
from exports_conformance.evidence.verdicts import FailOn

ASKED_AGAIN_AT_MOST = 2


@dataclass(frozen=True, slots=True)
class Broken:
    """A violation and the exchange that shows it."""

    exchange: Exchange
    violation: Violation


class Run:
    """One process's part of a run.

    `confirms`: a violation is asked once more before it counts, as a shared endpoint needs.
    """

    def __init__(self, folder: Path, process: str, *, edition: EditionChoice, confirms: bool, fail_on: FailOn) -> None:
        self.journal = Journal(folder, process)
        self.ledger = JournalLedger(self.journal)
        self.judged = 0
        self._edition: Edition | None = None if edition == "auto" else edition
        self._confirms = confirms
        self._fail_on = fail_on
        self._broken: dict[str, list[Violation]] = {}  # exchange id -> what it broke
        self._again: dict[str, frozenset[str]] = {}  # exchange id -> what its repetition broke
        self._asked_again: dict[str, int] = {}
        self._confirmed: set[str] = set()
        self._mine: list[Exchange] = []

    def note(self, exchange: Exchange) -> bool:
        """Keep an exchange that nobody is judged by."""
        self.journal.exchanged(exchange, Judgement())
        return False

    def observe(self, exchange: Exchange) -> bool:
        """Judge an exchange and keep it; say whether it should be asked once more to be believed."""
        exchange = self._in_edition(exchange)
        judgement = judge(exchange)
        self.journal.exchanged(exchange, judgement)
        broken = {violation.requirement for violation in judgement.violations}
        if exchange.intent.confirms:
            self._again[exchange.intent.confirms] = frozenset(broken)
            self._confirmed |= broken
            return False
        self._broken[exchange.id] = list(judgement.violations)
        return self._confirms and self._is_news(judgement)

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
                if not self._counts(exchange, violation.requirement):
                    continue
                known = smallest.get(violation.requirement)
                if known is None or _size(exchange) < _size(known.exchange):
                    smallest[violation.requirement] = Broken(exchange, violation)
        return list(smallest.values())

    def _counts(self, exchange: Exchange, requirement: str) -> bool:
        """A violation counts if it gates, and was not taken back when the same was asked again."""
        if requirements()[requirement].weight != "promise" and self._fail_on != "advice":
            return False
        again = self._again.get(exchange.id)
        return again is None or requirement in again or self._fail_on == "intermittent"

    def _is_news(self, judgement: Judgement) -> bool:
        news = False
        for violation in judgement.violations:
            times = self._asked_again.get(violation.requirement, 0)
            if violation.requirement not in self._confirmed and times < ASKED_AGAIN_AT_MOST:
                self._asked_again[violation.requirement] = times + 1
                news = True
        return news

    def _in_edition(self, exchange: Exchange) -> Exchange:
        if self._edition is None and exchange.intent.operation == "create" and exchange.status == 201:  # noqa: PLR2004
            self._edition, because = edition_shown(exchange)
            self.journal.write("edition", edition=self._edition, because=because)
        return replace(exchange, edition=self._edition or "page")


def _size(exchange: Exchange) -> int:
    return len(exchange.request.body or b"")
