"""The upgrade gate: sends recorded requests again, compares each response, and reports the differences at the end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.replaying import Replaying
from exports_conformance.exchange.model import Exchange
from exports_conformance.reports.comparison.page import write_comparison
from exports_conformance.results.deviations import Deviation
from exports_conformance.results.journal import JournalLine
from exports_conformance.results.recording import of_journal
from exports_conformance.upgrade.comparing import compare_exchanges
from exports_conformance.upgrade.differing import discrepancies
from exports_conformance.upgrade.document import Comparison, ComparisonFailOn, build_comparison, exit_code_of_comparison
from exports_conformance.upgrade.pairing import Pair, questions
from exports_conformance.upgrade.sides import Side, UnusableSideError, read_side, side_of_recording
from exports_conformance.upgrade.usage import Uses, read_uses

DIFFERENCE_REPEATED_AT_MOST = 5
"""How often requests that show the same difference are repeated; after that, the difference is taken as real."""


class Gate:
    """A recorded run that is replayed against the endpoint of the current run.

    Raises:
        UnusableSideError: the recording has no request that can be replayed.
    """

    def __init__(
        self,
        before: Side,
        *,
        uses: Uses | None = None,
        uses_file: str = "",
        fail_on: ComparisonFailOn = "breaking",
        deviations: Sequence[Deviation] = (),
    ) -> None:
        if before.exchanges is None:
            raise UnusableSideError(f"{before.source}: is a result, which has no requests; give the recording of a run")
        self._before = before
        self.recorded = before.exchanges
        self.questions = _named(questions(self.recorded))
        if not self.questions:
            raise UnusableSideError(f"{before.source}: has no request of a suite; record a run of the suites")
        self._uses, self._uses_file, self._fail_on = uses, uses_file, fail_on
        self._deviations = deviations
        self._replaying: Replaying | None = None
        self._asked: Exchange | None = None
        self._asked_again: Counter[tuple[str, ...]] = Counter()

    @classmethod
    def open(
        cls, file: Path, *, uses: Path | None, fail_on: ComparisonFailOn, deviations: Sequence[Deviation] = ()
    ) -> Self:
        """Read the recording to replay and, if given, the list of what the client uses; known deviations are waived.

        Raises:
            RecordingError, UnusableSideError, UsesError: a file cannot be used.
        """
        return cls(
            read_side(file, deviations=deviations),
            uses=read_uses(uses) if uses else None,
            uses_file=str(uses or ""),
            fail_on=fail_on,
            deviations=deviations,
        )

    def ask(self, endpoint: Endpoint, question: Exchange) -> Exchange:
        """Send a recorded request again and return the new exchange.

        Raises:
            CannotAskError: the request no longer means the same, for instance because its export does not exist.
        """
        if self._replaying is None:
            self._replaying = Replaying(endpoint, self.recorded)
        self._asked = question
        try:
            return self._replaying.ask(question)
        finally:
            self._asked = None

    def doubts(self, exchange: Exchange) -> bool:
        """Return True if a response differs from the recorded one in a new way, and its request should be repeated."""
        asked = self._asked
        expectation = exchange.expectation
        if (
            asked is None
            or expectation.case != asked.expectation.case
            or expectation.accepts_anything
            or expectation.confirms
        ):
            return False
        pair = Pair(asked.expectation.case, asked, exchange)
        news = [(each.what, each.at, each.before, each.after) for each in discrepancies(pair)]
        news = [each for each in news if self._asked_again[each] < DIFFERENCE_REPEATED_AT_MOST]
        self._asked_again.update(news)
        return bool(news)

    def finish(self, lines: Sequence[JournalLine], folder: Path, *, trouble: str) -> tuple[Comparison, int] | None:
        """Compare the run's journal with the recording and write the reports; return the comparison and its exit code.

        Return None if the run sent no request, so that there is nothing to compare.
        """
        if not {"run", "exchange"} <= {line["line"] for line in lines}:
            return None
        after = side_of_recording(str(folder / "journal"), of_journal(lines), deviations=self._deviations)
        # A replay of a small recording is inconclusive for the same reasons; if the run failed, `trouble` says why.
        known = trouble or after.inconclusive == self._before.inconclusive
        after = replace(after, inconclusive=() if known else after.inconclusive)
        compared = compare_exchanges(self.recorded, after.exchanges or (), uses=self._uses)
        comparison = build_comparison(self._before, after, compared, uses=self._uses_file, trouble=trouble)
        write_comparison(comparison, folder)
        return comparison, exit_code_of_comparison(comparison, fail_on=self._fail_on)


def _named(questions: Sequence[Exchange]) -> dict[str, Exchange]:
    """Return the requests by their cases, with an ordinal from the second request of a case on."""
    number: Counter[str] = Counter()
    named: dict[str, Exchange] = {}
    for each in questions:
        number[each.expectation.case] += 1
        ordinal = f"-{number[each.expectation.case]}" if number[each.expectation.case] > 1 else ""
        named[f"{each.expectation.case}{ordinal}"] = each
    return named
