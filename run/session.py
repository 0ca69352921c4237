"""A session: the endpoint that is asked, from the first look at it to what is made of its answers."""

import os
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from exports_conformance.cli.plan import planned
from exports_conformance.client.cleaning import UNTRACEABLE
from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.opening import open_endpoint
from exports_conformance.client.preflight import preflight
from exports_conformance.client.retries import Patience
from exports_conformance.client.settings import ConfigurationError
from exports_conformance.contract.requirements import digest
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.tags import PREFIX
from exports_conformance.results import journal
from exports_conformance.results.building import versions
from exports_conformance.results.recording import RecordedRun
from exports_conformance.results.result import RunResult
from exports_conformance.run.concluding import conclude, facts_of
from exports_conformance.run.in_process import APP, rehearsal
from exports_conformance.run.progress import Progress
from exports_conformance.run.recorded import once
from exports_conformance.run.report_folder import make_room
from exports_conformance.run.run import Run
from exports_conformance.run.stopping import stopped_by_signals
from exports_conformance.run.terms import read_terms
from exports_conformance.upgrade.document import Comparison

OVERDRAWN = "an export was created that had to be refused, and no more may be: nothing else was asked"


class Session:
    """What a run of the suites has to itself; made once the options are known.

    Raises:
        pytest.UsageError: the contract or the configuration cannot be used.
    """

    def __init__(self, config: pytest.Config, *, profile: str) -> None:
        self.terms = terms = read_terms(config, profile=profile)
        self.plan: list[str] = []
        self.result: RunResult | None = None
        self.comparison: Comparison | None = None
        self.progress: Progress | None = None
        self.trouble = ""
        self.endpoint: Endpoint | None = None
        self._stash = config.stash
        self._reporter: Any = None  # pytest's, which is there when the endpoint is opened
        self._open = ExitStack()
        self._kept = ExitStack()
        self._started = time.time()
        self._looked = False
        self._not_asked: tuple[str, ...] = ()
        self.folder = terms.path(terms.option.report_dir)
        if terms.option.plan:
            self.folder = Path(self._kept.enter_context(TemporaryDirectory()))
        try:
            if terms.process == "main":
                make_room(self.folder)
            self.run = Run(
                self.folder / "journal",
                terms.process,
                edition=terms.option.edition,
                confirms=terms.kind == "live",
                deviations=terms.deviations,
                fail_on=terms.fail_on,
            )
        except OSError as error:
            raise pytest.UsageError(f"--report-dir {self.folder}: {error.strerror}; give another folder") from None
        if terms.recorded:
            terms.recorded.tell_edition(self.run)

    def open(self, running: pytest.Session) -> bool:
        """Open the endpoint and look at it; say whether it can be asked."""
        terms = self.terms
        self._reporter = running.config.pluginmanager.get_plugin("terminalreporter")
        self._open.enter_context(stopped_by_signals(running))
        inside = self._stash.get(APP, None) or (rehearsal() if terms.option.plan else None)
        try:
            self.endpoint = self._open.enter_context(
                open_endpoint(
                    terms.kind,
                    ledger=self.run.ledger,
                    observe=self._observe,
                    prefix=terms.process,
                    settings=terms.settings,
                    app=inside.app if inside else None,
                    token=inside.token if inside else None,
                    patience=inside.patience if inside else Patience(tell=self._tell),
                    recorded=terms.recorded.exchanges if terms.recorded else (),
                    exports_at_most=terms.exports_at_most,
                    spent=pytest.skip.Exception,
                    announce=self._mask,
                    anonymises=terms.option.anonymise,
                )
            )
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
        mode = terms.recorded.recording.provenance.mode if terms.recorded else "test"
        if terms.settings:
            if self._reporter:
                self.progress = Progress(self._reporter, tests=len(running.items))
            found = preflight(self.endpoint)
            mode = found.mode
            self.endpoint.others_run(found.running or 0)
            self.trouble = found.problem or terms.refuses_mode(mode)
        self._looked = True
        self._write_run(self.endpoint.base_url, mode)
        return not self.trouble

    def close(self) -> None:
        """Remove what was created, unless it is to be kept, and let the endpoint go."""
        if self.endpoint and not self.trouble:
            for name in self._left(self.endpoint, keep=self.terms.option.keep):
                is_mark = name.startswith((PREFIX, UNTRACEABLE))
                self.run.journal.write("left", id="" if is_mark else name, mark=name if is_mark else "")
        self._open.close()
        if self.progress:
            self.progress.end()

    def finish(self, exit_status: int) -> int:
        """Write what is made of the run; give the exit code that the verdict asks for."""
        with self._kept:
            return self._planned(exit_status) if self.terms.option.plan else self._finished(exit_status)

    def _planned(self, exit_status: int) -> int:
        self.plan = list(planned(list(journal.read_journal(self.folder / "journal")), profile=self.terms.profile))
        return exit_status if exit_status > 1 else 0

    def _finished(self, exit_status: int) -> int:
        if self.run.given_up:
            self.trouble, exit_status = self.run.given_up, 0
        if exit_status == pytest.ExitCode.INTERRUPTED and not self.trouble:
            self.trouble = "the run was interrupted before everything was asked"
        lines = self._lines()
        if not any(line["line"] in {"exchange", "error"} for line in lines) and not self.trouble:
            return exit_status
        facts = facts_of(self.terms, lines, started=self._started, not_asked=self._not_asked)
        concluded = conclude(self.terms, lines, facts, folder=self.folder, trouble=self.trouble)
        self.result, self.comparison = concluded.result, concluded.comparison
        return exit_status if exit_status in {2, 3, 4} else concluded.exit_code

    def _left(self, endpoint: Endpoint, *, keep: bool) -> tuple[str, ...]:
        """Clean up; give the ids and marks of what is left."""
        ledger = self.run.ledger
        try:
            left = endpoint.clean(keep=keep).left
            for export, tag in ledger.outstanding():
                if not export and tag not in {*left, *endpoint.refused} and not keep:
                    ledger.absent(tag)
        except KeyboardInterrupt:  # whoever is in such a hurry is told what they leave
            return tuple(export or tag for export, tag in ledger.outstanding() if export)
        return left

    def _lines(self) -> list[journal.JournalLine]:
        """Give the journal's lines; of a recording, with what nobody asked for."""
        folder, recorded = self.folder / "journal", self.terms.recorded
        if recorded is None:
            return list(journal.read_journal(folder))
        if not self._looked:
            self._write_run(recorded.recording.provenance.base_url, "")
        not_asked = recorded.judge_the_rest(self.run, journal.read_journal(folder))
        self._not_asked = () if self.terms.option.keyword else not_asked  # of which nobody wanted to hear
        return once(journal.read_journal(folder))

    def _write_run(self, base_url: str, mode: str) -> None:
        """Write down who is asked, and by what, so that the journal alone can be made a recording."""
        option, recorded = self.terms.option, self.terms.recorded
        run = RecordedRun(
            kind=option.endpoint,
            base_url=base_url,
            mode=mode,
            edition=option.edition,
            started=self._started,
            contract=digest(),
            profile=self.terms.profile,
            seed=str(option.hypothesis_seed or ""),
            versions=versions(),
        )
        told = recorded.recording.provenance if recorded else run
        self.run.journal.write("run", anonymised=option.anonymise, **asdict(told))

    def _observe(self, exchange: Exchange) -> bool:
        """Judge an exchange; before the endpoint has been looked at, nobody knows if it can be judged."""
        if self.progress:
            self.progress.asked(left=sum(1 for export, _ in self.run.ledger.outstanding() if export))
        if self.endpoint and self.endpoint.overdrawn:
            self.run.given_up = OVERDRAWN
        if not self._looked:
            return self.run.note(exchange)
        is_news = self.terms.gate is not None and self.terms.gate.doubts(exchange)
        return self.run.observe(exchange) or is_news

    def _tell(self, line: str) -> None:
        """Show what is waited for, a line each time."""
        if self._reporter:
            self._reporter.ensure_newline()
            self._reporter.write_line(line)

    def _mask(self, token: str) -> None:
        """Have GitHub's log mask a token that no secret of its own is: one that was got for a client."""
        if os.environ.get("GITHUB_ACTIONS") == "true":
            self._tell(f"::add-mask::{token}")
