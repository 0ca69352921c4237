"""A run: judges and records every exchange as it happens, and decides which tests fail."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from exports_conformance.contract.edition import Edition, first_edition
from exports_conformance.contract.requirements import requirements
from exports_conformance.contract.resources import certain_types
from exports_conformance.exchange.exports import EditionChoice, edition_shown, shows_edition
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.reasons import EnvironmentCause, environment_error
from exports_conformance.results.evidence import Gathering
from exports_conformance.results.journal import Journal, JournalLedger
from exports_conformance.results.observations import NO_RECORDS, records_shown
from exports_conformance.results.verdicts import WHOLE_RUN, Deviation, FailOn, decide_requirement, fails_run
from exports_conformance.rules import Judgement, Violation, judge

REPEATED_AT_MOST = 5
"""How many violations of one requirement are confirmed by repeating the request."""

GIVEN_UP_AFTER: Mapping[EnvironmentCause, int] = {"no-answer": 8, "token-refused": 2}
"""Number of consecutive environment errors after which the run stops."""

KEPT_IN_ALL = 2 * 1024 * 1024
"""Bytes of large bodies that a run keeps; of each one after that, it keeps `KEPT_OF_OTHERS`."""
KEPT_OF_OTHERS = 16 * 1024

WHY_GIVEN_UP: Mapping[EnvironmentCause, str] = {
    "no-answer": "the endpoint no longer answers",
    "token-refused": "the access token is no longer accepted: use one that lasts as long as the run",
}


@dataclass(frozen=True, slots=True)
class Broken:
    """A violation and the exchange that shows it."""

    exchange: Exchange
    violation: Violation


class Run:
    """One process's part of a run.

    With `confirms`, an exchange that violates something is repeated before it counts, as a shared endpoint needs.
    Violations that `deviations` (by requirement) cover neither fail a test nor are repeated.
    """

    def __init__(
        self,
        folder: Path,
        process: str,
        *,
        edition: EditionChoice,
        confirms: bool,
        fail_on: FailOn,
        deviations: Mapping[str, Deviation] | None = None,
    ) -> None:
        self.journal = Journal(folder, process)
        self.ledger = JournalLedger(self.journal)
        self.judged = 0
        self.given_up = ""
        self.scope = WHOLE_RUN
        self._edition: Edition | None = None if edition == "auto" else edition
        self._confirms = confirms
        self._fail_on = fail_on
        self._deviations = deviations or {}
        self._gathering = Gathering()
        self._violations: dict[str, tuple[Violation, ...]] = {}  # exchange id -> what it broke
        self._repeated: Counter[str] = Counter()  # requirement -> how often a repetition was requested
        self._of_test: list[Exchange] = []
        self._errors_in_a_row: Counter[EnvironmentCause] = Counter()
        self._without_records: set[str] = set()  # types refused as empty since another was accepted
        self._large_kept = 0  # bytes of large bodies

    def note(self, exchange: Exchange) -> None:
        """Record an exchange without judging it."""
        self.journal.exchanged(self._kept(exchange), Judgement())

    def observe(self, exchange: Exchange) -> None:
        """Judge an exchange and record it."""
        exchange = self._in_edition(exchange)
        judgement = judge(exchange)
        kept = self._kept(exchange)
        self.journal.exchanged(kept, judgement)
        self._gathering.take(kept, judgement)
        self._note_environment(exchange)
        self._note_records(exchange)
        if not exchange.expectation.confirms:
            self._violations[exchange.id] = judgement.violations

    def doubts(self, exchange: Exchange) -> bool:
        """Return True if an observed exchange should be repeated to confirm its violations."""
        return self._confirms and self._is_news(exchange, self._violations.get(exchange.id, ()))

    def judge(self, exchange: Exchange) -> None:
        """Make the running test fail if this exchange violates a requirement."""
        self.judged += 1
        self._of_test.append(exchange.kept(KEPT_OF_OTHERS))

    def begin(self) -> None:
        """Begin a test: forget the exchanges of the previous one."""
        self._of_test = []
        self.judged = 0

    def failures(self) -> list[Broken]:
        """Return what the running test's exchanges broke, each requirement once, with its smallest witness."""
        smallest: dict[str, Broken] = {}
        for exchange in self._of_test:
            for violation in self._gathering.unexplained(exchange, self._violations.get(exchange.id, ())):
                if self._is_waived(exchange, violation) or not self._fails(violation.requirement):
                    continue
                known = smallest.get(violation.requirement)
                if known is None or _size(exchange) < _size(known.exchange):
                    smallest[violation.requirement] = Broken(exchange, violation)
        return list(smallest.values())

    @property
    def violates(self) -> bool:
        """Whether an exchange of this process violated a requirement."""
        return any(self._violations.values())

    @property
    def unanswered(self) -> str:
        """Why none of the running test's responses came from the API itself; empty if one did."""
        causes = [environment_error(exchange) for exchange in self._of_test]
        return "" if not all(causes) else f"no response of the API itself: {', '.join(dict.fromkeys(causes))}"

    def _fails(self, name: str) -> bool:
        if name not in self.scope:
            return False
        requirement = requirements()[name]
        decision = decide_requirement(
            requirement, self._gathering.evidence[name], edition=self._edition or first_edition()
        )
        return fails_run(requirement, decision, fail_on=self._fail_on)

    def _is_waived(self, exchange: Exchange, violation: Violation) -> bool:
        deviation = self._deviations.get(violation.requirement)
        return deviation is not None and deviation.covers(exchange.expectation.case, violation.at)

    def _is_news(self, exchange: Exchange, violations: Sequence[Violation]) -> bool:
        doubtful = [
            violation.requirement
            for violation in violations
            if not self._is_waived(exchange, violation)
            and not self._gathering.evidence[violation.requirement].confirmations
            and self._repeated[violation.requirement] < REPEATED_AT_MOST
        ]
        self._repeated.update(doubtful)
        return bool(doubtful)

    def _note_environment(self, exchange: Exchange) -> None:
        """Stop the run after too many consecutive environment errors of one kind."""
        cause = environment_error(exchange)
        if cause in GIVEN_UP_AFTER:
            self._errors_in_a_row[cause] += 1
            if self._errors_in_a_row[cause] >= GIVEN_UP_AFTER[cause]:
                self.given_up = WHY_GIVEN_UP[cause]
        else:
            self._errors_in_a_row.clear()

    def _note_records(self, exchange: Exchange) -> None:
        """Stop the run if every certain resource type was refused as empty, so that nothing can be exported."""
        kind, what = records_shown(exchange)
        if what == "refused":
            self._without_records.add(kind)
        elif what:
            self._without_records.clear()
        if len(self._without_records) == len(certain_types()):
            self.given_up = NO_RECORDS

    def _kept(self, exchange: Exchange) -> Exchange:
        """Return an exchange as it is kept: with a part of a large body, and less of it once they have become many."""
        spent = self._large_kept >= KEPT_IN_ALL
        kept = exchange.kept(KEPT_OF_OTHERS) if spent else exchange.kept()
        size = len(kept.response.body) if kept.response else 0
        self._large_kept += size if size > KEPT_OF_OTHERS else 0
        return kept

    def tell_edition(self, edition: Edition, because: str) -> None:
        """Judge by this edition from now on, unless --edition names one."""
        if self._edition is None:
            self._edition = edition
            self.journal.write("edition", edition=edition, because=because)

    def _in_edition(self, exchange: Exchange) -> Exchange:
        if self._edition is None and shows_edition(exchange):
            self.tell_edition(*edition_shown(exchange))
        return replace(exchange, edition=self._edition or first_edition())


def _size(exchange: Exchange) -> int:
    return len(exchange.request.body or b"")
