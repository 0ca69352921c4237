"""Recordings in a run: one is judged in place of an endpoint, or sent again and compared at the upgrade gate."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.redaction import Redactor
from exports_conformance.client.replaying import Replaying
from exports_conformance.contract.requirements import digest
from exports_conformance.exchange.exports import edition_shown, shows_edition
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.tags import OWN_TOKEN
from exports_conformance.reports.site.comparison_page import write_comparison
from exports_conformance.results.har import moment
from exports_conformance.results.journal import JournalLine
from exports_conformance.results.recording import Recording, of_journal, read_recording
from exports_conformance.results.result import RecordingFacts
from exports_conformance.results.verdicts import Deviation
from exports_conformance.run.run import Run
from exports_conformance.suites.sources import RecordedRequests
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
        self._under_way: Exchange | None = None
        self._repeated: Counter[tuple[str, ...]] = Counter()

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

    def send_again(self, endpoint: Endpoint, question: Exchange) -> Exchange:
        """Send a recorded request again and return the new exchange.

        Raises:
            CannotAskError: the request no longer means the same, for instance because its export does not exist.
        """
        if self._replaying is None:
            self._replaying = Replaying(endpoint, self.recorded, aged=True)
        self._under_way = question
        try:
            return self._replaying.send_again(question)
        finally:
            self._under_way = None

    def doubts(self, exchange: Exchange) -> bool:
        """Return True if a response differs from the recorded one in a new way, and its request should be repeated."""
        recorded = self._under_way
        expectation = exchange.expectation
        if (
            recorded is None
            or expectation.case != recorded.expectation.case
            or expectation.accepts_anything
            or expectation.confirms
        ):
            return False
        pair = Pair(recorded.expectation.case, recorded, exchange)
        news = [(each.what, each.at, each.before, each.after) for each in discrepancies(pair)]
        news = [each for each in news if self._repeated[each] < DIFFERENCE_REPEATED_AT_MOST]
        self._repeated.update(news)
        return bool(news)

    def finish(self, lines: Sequence[JournalLine], folder: Path, *, trouble: str) -> tuple[Comparison, int] | None:
        """Compare the run's journal with the recording and write the reports; return the comparison and its exit code.

        Return None if the run sent no request, so that there is nothing to compare.
        """
        if not {"run", "exchange"} <= {line["line"] for line in lines}:
            return None
        after = side_of_recording(str(folder / "journal"), of_journal(lines), deviations=self._deviations)
        if trouble:  # which says why, too
            after = replace(after, inconclusive=())
        compared = compare_exchanges(self.recorded, after.exchanges or (), uses=self._uses)
        comparison = build_comparison(self._before, after, compared, uses=self._uses_file, trouble=trouble)
        write_comparison(comparison, folder, in_site=True)
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


BEFORE = "preflight/"
"""Prefix of the cases of the preflight, which come before the edition is known: they are kept, not judged."""


class Recorded:
    """A recording that is judged.

    Raises:
        RecordingError: the file is not a recording.
    """

    def __init__(self, file: Path, *, max_age: int) -> None:
        self.file = file
        self.recording = _redacted(read_recording(file))
        self._max_age = max_age

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The recorded exchanges."""
        return self.recording.exchanges

    @property
    def is_asked(self) -> bool:
        """True if the suites sent the recorded requests and can send them again; imported traffic is only judged."""
        return self.recording.provenance.kind in {"reference", "live"}

    def requests(self) -> RecordedRequests:
        """Return the requests that the suites send again."""
        from exports_conformance.client.recorded import settled  # noqa: PLC0415  slow to import

        asked = settled(self.exchanges) if self.is_asked else ()
        return RecordedRequests((exchange.expectation.case, exchange.request) for exchange in asked)

    def tell_edition(self, run: Run) -> None:
        """Set the edition of a run to the one that the recording shows, before any exchange is judged."""
        if first := next(filter(shows_edition, self.exchanges), None):
            run.tell_edition(*edition_shown(first))

    def judge_the_rest(self, run: Run, lines: Iterable[JournalLine]) -> tuple[str, ...]:
        """Judge the exchanges that no test requested; return the cases of which no exchange was requested."""
        seen = [line["exchange"] for line in lines if line["line"] == "exchange"]
        asked = {exchange["id"]: exchange["intent"]["case"] for exchange in seen}
        rest = [exchange for exchange in self.exchanges if exchange.id not in asked]
        for exchange in rest:
            if exchange.expectation.case.startswith(BEFORE):
                run.note(exchange)
            else:
                run.observe(exchange)
        names = (exchange.expectation.case for exchange in rest if not exchange.expectation.is_bookkeeping)
        return tuple(dict.fromkeys(name for name in names if name not in set(asked.values()))) if self.is_asked else ()

    def facts(self, not_asked: tuple[str, ...]) -> RecordingFacts:
        """Return the facts about the recording that a result keeps."""
        run, age = self.recording.provenance, self.recording.provenance.age_days()
        return {
            "file": str(self.file),
            "kind": run.kind,
            "started": moment(run.started) if run.started else None,
            "age_days": age,
            "is_old": age is not None and age > self._max_age,
            "max_age_days": self._max_age,
            "contract": run.contract,
            "same_contract": run.contract in {"", digest()},
            "versions": run.versions,
            "exchanges": len(self.exchanges),
            "left_out": list(self.recording.left_out),
            "not_asked": list(not_asked),
        }


def once(lines: Iterable[JournalLine]) -> list[JournalLine]:
    """Return a journal's lines with each recorded exchange once: several processes may have requested the same one."""
    known: set[str] = set()
    kept = []
    for line in lines:
        if line["line"] == "exchange":
            if line["exchange"]["id"] in known:
                continue
            known.add(line["exchange"]["id"])
        kept.append(line)
    return kept


def _redacted(recording: Recording) -> Recording:
    """Return imported traffic without secrets; recordings of this suite were redacted when they were written."""
    if recording.provenance.kind != "imported":
        return recording
    redactor = Redactor()
    for exchange in recording.exchanges:
        for name, value in exchange.request.headers:
            if name.lower() == "authorization":
                redactor.learn(value.rpartition(" ")[2], OWN_TOKEN)
    return replace(recording, exchanges=tuple(_kept(exchange, redactor) for exchange in recording.exchanges))


def _kept(exchange: Exchange, redactor: Redactor) -> Exchange:
    request = redactor.request(exchange.request)
    return replace(
        exchange,
        request=replace(
            request,
            headers=tuple(
                (name, _with_token_named(value) if name.lower() == "authorization" else value)
                for name, value in request.headers
            ),
        ),
        response=exchange.response and redactor.response(exchange.response, exchange.request),
    )


def _with_token_named(authorization: str) -> str:
    scheme, space, _ = authorization.partition(" ")
    return f"{scheme} {OWN_TOKEN}" if space else OWN_TOKEN
