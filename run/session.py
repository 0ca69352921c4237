"""A session: a run of the suites, from opening the endpoint to writing the reports.

Decision: docs/decisions/0071-what-ends-a-run-early.md.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import pytest

from exports_conformance.client.cleanup import UNTRACEABLE
from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.limits import Interruption, Retries, RunLimits
from exports_conformance.client.opening import Options, open_live, open_recorded, open_reference
from exports_conformance.client.preflight import preflight
from exports_conformance.client.settings import ConfigurationError
from exports_conformance.contract.requirements import digest
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.tags import PREFIX
from exports_conformance.exchange.untrusted import for_log, harmless
from exports_conformance.results import journal
from exports_conformance.results.building import versions
from exports_conformance.results.recording import RecordedRun
from exports_conformance.results.result import RunResult
from exports_conformance.results.verdicts import WHOLE_RUN, RunScope
from exports_conformance.rules import Judgement
from exports_conformance.run.choosing import CHOICE
from exports_conformance.run.concluding import conclude, facts_of
from exports_conformance.run.configuration import APP, read_configuration, rehearsal
from exports_conformance.run.localising import localise
from exports_conformance.run.progress import Progress, plan_lines
from exports_conformance.run.recordings import once
from exports_conformance.run.report_folder import ReportFolder
from exports_conformance.run.run import Run
from exports_conformance.upgrade.document import Comparison

OVERDRAWN = "a request that had to be refused created an export: nothing more was sent"

SECONDS_PER_DELETION = 0.6  # at the documented 100 requests a minute
REQUESTS_AT_MOST: Mapping[str, int] = {"smoke": 60, "quick": 350, "sweep": 350, "thorough": 2500}
"""The most requests that each profile sends, without the clean-up, however long the endpoint makes a run wait."""


class Session:
    """One run of the suites, from its configuration to its exit code.

    Raises:
        pytest.UsageError: the contract or the configuration cannot be used.
    """

    def __init__(self, config: pytest.Config, *, profile: str) -> None:
        self.configuration = configuration = read_configuration(config, profile=profile)
        self.plan: list[str] = []
        self.result: RunResult | None = None
        self.comparison: Comparison | None = None
        self.progress: Progress | None = None
        self.trouble = ""
        self.complaint = ""
        self.begun: set[str] = set()  # the ids of the tests that were started
        self._failed_tests = 0
        self.endpoint: Endpoint | None = None
        self._stash = config.stash
        self._reporter: Any = None  # pytest's terminal reporter, set when the endpoint is opened
        self._open = ExitStack()
        self._kept = ExitStack()
        self._started = time.time()
        self._checked = False
        self._claimed: ReportFolder | None = None
        self._interruption = Interruption()
        self._not_sent: tuple[str, ...] = ()
        self.folder = configuration.path(configuration.option.report_dir)
        if configuration.option.plan:
            self.folder = Path(self._kept.enter_context(TemporaryDirectory()))
        try:
            if configuration.process == "main":
                self._claimed = ReportFolder.cleared(self.folder)
            self.run = Run(
                self.folder / "journal",
                configuration.process,
                edition=configuration.option.edition,
                confirms=configuration.kind == "live",
                deviations=configuration.deviations,
                fail_on=configuration.fail_on,
            )
        except OSError as error:
            if self._claimed:
                self._claimed.close()
            raise pytest.UsageError(f"--report-dir {self.folder}: {error.strerror}; give another folder") from None
        if configuration.recorded:
            configuration.recorded.tell_edition(self.run)

    def open(self, running: pytest.Session) -> bool:
        """Open the endpoint and check it; return whether it can be judged."""
        configuration = self.configuration
        choice = self._stash.get(CHOICE, None)
        self.run.scope = RunScope(choice.requirements, choice.left_out) if choice else WHOLE_RUN
        self._reporter = running.config.pluginmanager.get_plugin("terminalreporter")
        self._open.enter_context(stopped_by_signals(running, stop_waiting=self._interruption.request))
        if configuration.settings and configuration.settings.notice:
            self._print(configuration.settings.notice)
        try:
            self.endpoint = self._open.enter_context(self._opened())
        except ConfigurationError as error:
            raise pytest.UsageError(harmless(str(error))) from None
        mode = configuration.recorded.recording.provenance.mode if configuration.recorded else "test"
        if configuration.settings:
            if self._reporter:
                self.progress = Progress(self._reporter, tests=len(running.items))
            # The one export of a smoke run needs no count of those that run already.
            found = preflight(self.endpoint, running=self.configuration.profile != "smoke")
            mode = found.mode
            self.endpoint.set_running(found.running or 0)
            self.trouble = found.problem or configuration.refuses_mode(mode)
        self._checked = True
        self._write_run(self.endpoint.base_url, mode)
        return not self.trouble

    def _opened(self) -> AbstractContextManager[Endpoint]:
        """Return the endpoint that the options select, not yet open."""
        configuration = self.configuration
        option = configuration.option
        whole = configuration.gate is None and configuration.recorded is None and not option.plan
        options: Options = {
            "ledger": self.run.ledger,
            "observe": self._observe,
            "doubts": self._doubts,
            "prefix": configuration.process,
            "anonymises": option.anonymise,
            "limits": RunLimits(
                exports_at_most=configuration.exports_at_most,
                requests_at_most=self._requests_at_most() if whole else None,
                seconds_at_most=option.budget.number if option.budget and option.budget.in_seconds else None,
                allow_live_mode=configuration.kind != "live" or option.allow_live_mode,
                error=pytest.skip.Exception,
                interruption=self._interruption,
            ),
        }
        if configuration.recorded:
            return open_recorded(configuration.recorded.exchanges, **options)
        if configuration.settings:
            return open_live(configuration.settings, announce=self._print, announce_token=self._mask, **options)
        inside = self._stash.get(APP, None) or (rehearsal() if option.plan else None)
        if inside is None:
            options["retries"] = Retries(sleep=self._interruption.sleep, announce=self._print)
            return open_reference(**options)
        options["retries"] = inside.retries
        return open_reference(app=inside.app, token=inside.token, **options)

    def _requests_at_most(self) -> int | None:
        budget, rotates = self.configuration.option.budget, self.configuration.option.rotate
        profile = "thorough" if rotates else self.configuration.profile
        return budget.number if budget and not budget.in_seconds else REQUESTS_AT_MOST.get(profile)

    def localise(self) -> None:
        """Send a few more requests to a live endpoint that narrow down when its faults occur."""
        stopped = self.trouble or self.run.given_up or self._interruption.requested
        if self.endpoint and self.configuration.kind == "live" and not (stopped or self.configuration.gate):
            localise(self.endpoint, list(self._judged()), deviations=self.configuration.deviations.values())

    def _judged(self) -> Iterator[tuple[Exchange, Judgement]]:
        if not self.run.violates:
            return
        for line in journal.read_journal(self.folder / "journal"):
            if line["line"] == "exchange":
                yield journal.read_judged(line)

    def close(self) -> None:
        """Remove the exports of the run, unless --keep is given, and close the endpoint."""
        if self.endpoint and not self.trouble:
            for name in self._left(self.endpoint, keep=self.configuration.option.keep):
                is_tag = name.startswith((PREFIX, UNTRACEABLE))
                self.run.journal.write("left", id="" if is_tag else name, mark=name if is_tag else "")
        self._open.close()
        if self.progress:
            self.progress.end()

    def release(self) -> None:
        """Close the journal and release the report folder."""
        self.run.journal.close()
        if self._claimed:
            self._claimed.close()
            self._claimed = None

    def finish(self, exit_status: int, *, failed_tests: int) -> int:
        """Write the result and the reports; return the exit code.

        `failed_tests` is the number of failed tests by pytest's count; the journal must list as many.
        """
        self._failed_tests = failed_tests
        with self._kept:
            return self._planned(exit_status) if self.configuration.option.plan else self._finished(exit_status)

    def _planned(self, exit_status: int) -> int:
        self.plan = list(
            plan_lines(list(journal.read_journal(self.folder / "journal")), profile=self.configuration.profile)
        )
        return exit_status if exit_status > 1 else 0

    def _finished(self, exit_status: int) -> int:
        recorded = self.configuration.recorded  # which is judged even if no test sends its requests
        if exit_status == pytest.ExitCode.NO_TESTS_COLLECTED and not self.run.given_up and not recorded:
            self.complaint = "no test was selected; check the paths and -k"
            return pytest.ExitCode.USAGE_ERROR
        if self.run.journal.problem:
            exit_status = 0
        if self.run.given_up:
            self.trouble, exit_status = self.run.given_up, 0
        if exit_status == pytest.ExitCode.INTERRUPTED and not self.trouble:
            self.trouble = "the run was interrupted before everything was tested"
        lines, problem = self._lines(), self.run.journal.problem
        if not any(line["line"] in {"exchange", "error"} for line in lines) and not self.trouble and not problem:
            return exit_status
        facts = facts_of(
            self.configuration, lines, started=self._started, not_asked=self._not_sent, scope=self.run.scope
        )
        try:
            concluded = conclude(
                self.configuration,
                lines,
                facts,
                folder=self.folder,
                trouble=self.trouble,
                failed_tests=self._failed_tests,
                problems=[problem] if problem else [],
            )
        except OSError as error:
            self.complaint = f"{error.filename or self.folder}: {error.strerror}; the result could not be written"
            return pytest.ExitCode.INTERNAL_ERROR
        self.result, self.comparison = concluded.result, concluded.comparison
        return exit_status if exit_status in {2, 3, 4} else concluded.exit_code

    def _left(self, endpoint: Endpoint, *, keep: bool) -> tuple[str, ...]:
        """Clean up; return the ids and tags of what is left."""
        ledger = self.run.ledger
        if self._interruption.requested and not keep:
            exports = sum(1 for export, _ in ledger.outstanding() if export)
            seconds = exports * SECONDS_PER_DELETION if self.configuration.kind == "live" else 1
            what, them = ("1 export", "it") if exports == 1 else (f"{exports} exports", "them")
            self._print(f"removing {what}, about {seconds:.0f} s; Ctrl-C again leaves {them}")
        try:
            cleaned = endpoint.clean(keep=keep)
            left = cleaned.left
            if not cleaned.looked:
                self._print("no list of exports confirmed that nothing else is left")
            for export, tag in ledger.outstanding():
                if not export and tag not in {*left, *endpoint.refused} and not keep:
                    ledger.absent(tag)
        except KeyboardInterrupt:  # a second Ctrl-C: report what remains
            return tuple(export or tag for export, tag in ledger.outstanding() if export)
        return left

    def _lines(self) -> list[journal.JournalLine]:
        """Return the journal's lines, for a recording with the exchanges that no test sent again."""
        folder, recorded = self.folder / "journal", self.configuration.recorded
        if recorded is None:
            return list(journal.read_journal(folder))
        if not self._checked:
            self._write_run(recorded.recording.provenance.base_url, "")
        not_asked = recorded.judge_the_rest(self.run, journal.read_journal(folder))
        self._not_sent = () if self.configuration.option.keyword else not_asked  # with -k, most are left out on purpose
        return once(journal.read_journal(folder))

    def _write_run(self, base_url: str, mode: str) -> None:
        """Write the run's provenance, so that the journal alone can become a recording."""
        option, recorded = self.configuration.option, self.configuration.recorded
        run = RecordedRun(
            kind=option.endpoint,
            base_url=base_url,
            mode=mode,
            edition=option.edition,
            started=self._started,
            contract=digest(),
            profile=self.configuration.profile,
            seed=str(option.hypothesis_seed or ""),
            versions=versions(),
        )
        provenance = recorded.recording.provenance if recorded else run
        self.run.journal.write("run", anonymised=option.anonymise, **asdict(provenance))

    def _observe(self, exchange: Exchange) -> None:
        """Judge an exchange, or only keep it while the endpoint is still being checked."""
        if self.progress:
            self.progress.sent(left=sum(1 for export, _ in self.run.ledger.outstanding() if export))
        if self.endpoint and self.endpoint.limits.overdrawn:
            self.run.given_up = OVERDRAWN
        if self.endpoint and self.endpoint.limits.halted:
            self.run.given_up = self.endpoint.limits.halted
        if self._checked:
            self.run.observe(exchange)
        else:
            self.run.note(exchange)

    def _doubts(self, exchange: Exchange) -> bool:
        """Return True if an exchange should be repeated before it is believed."""
        differs = self.configuration.gate is not None and self.configuration.gate.doubts(exchange)
        return (self._checked and self.run.doubts(exchange)) or differs

    def _print(self, line: str) -> None:
        """Print a line, such as the reason for a wait."""
        if self._reporter:
            self._reporter.ensure_newline()
            self._reporter.write_line(for_log(line))

    def _mask(self, token: str) -> None:
        """Make GitHub mask an access token that the run fetched, since it is not one of GitHub's secrets."""
        if os.environ.get("GITHUB_ACTIONS") == "true" and self._reporter:
            self._reporter.ensure_newline()
            self._reporter.write_line(f"::add-mask::{harmless(token)}")


SESSION = pytest.StashKey[Session]()
"""The key under which pytest keeps the session of a run."""


@contextmanager
def stopped_by_signals(running: pytest.Session, *, stop_waiting: Callable[[], None]) -> Iterator[None]:
    """Make SIGINT and SIGTERM stop a run after the current test; restore their handlers at the end."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {
            number: signal.signal(number, partial(_stop, running, stop_waiting))
            for number in (signal.SIGINT, signal.SIGTERM)
        }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(running: pytest.Session, stop_waiting: Callable[[], None], number: int, frame: FrameType | None) -> None:
    """Stop after the current test, whose waits are cut short; a second SIGINT stops immediately.

    An exception at any line, pytest's own included, would end some runs without a result. A SIGTERM after the first
    signal changes nothing: a CI job that is cancelled gets one while the exports of the run are being removed.
    """
    if not running.shouldstop:
        stop_waiting()
        running.shouldstop = f"stopped by {signal.Signals(number).name}"
    elif number == signal.SIGINT:
        signal.default_int_handler(number, frame)
