"""A recording that is judged in place of an endpoint, including exchanges that no test requests."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from exports_conformance.client.redaction import TOKEN, Redactor
from exports_conformance.contract.requirements import digest
from exports_conformance.exchange.edition import edition_shown, shows_edition
from exports_conformance.exchange.model import Exchange
from exports_conformance.results.har import moment
from exports_conformance.results.journal import JournalLine
from exports_conformance.results.recording import Recording, read_recording
from exports_conformance.results.result import RecordingFacts
from exports_conformance.run.run import Run
from exports_conformance.suites.sources import RecordedRequests

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
                redactor.learn(value.rpartition(" ")[2], TOKEN)
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
    return f"{scheme} {TOKEN}" if space else TOKEN
