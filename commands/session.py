"""A session: the endpoint that is asked, from the first look at it to the result that is written."""

import os
import shutil
import signal
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any, Literal

import pytest

from exports_conformance.commands.options import exports_at_most, process_name, repeat_command
from exports_conformance.commands.plan import planned
from exports_conformance.commands.progress import Progress
from exports_conformance.commands.replay import Replay, once
from exports_conformance.commands.run import Run
from exports_conformance.contract.errors import ContractError
from exports_conformance.contract.exchange import Exchange
from exports_conformance.contract.judge import Violation
from exports_conformance.contract.marks import PREFIX
from exports_conformance.contract.openapi import openapi
from exports_conformance.contract.requirements import digest, requirements
from exports_conformance.endpoints.cleaning import UNTRACEABLE
from exports_conformance.endpoints.endpoint import Endpoint
from exports_conformance.endpoints.opening import open_endpoint
from exports_conformance.endpoints.patience import Patience
from exports_conformance.endpoints.preflight import preflight
from exports_conformance.endpoints.settings import ConfigurationError, LiveSettings
from exports_conformance.evidence import journal, recording
from exports_conformance.evidence.deviations import Deviation, DeviationError, load, stale
from exports_conformance.evidence.ledger import remains
from exports_conformance.evidence.recording import RecordedRun, RecordingError
from exports_conformance.evidence.result import Result, build, write
from exports_conformance.evidence.run_facts import RunFacts, versions
from exports_conformance.evidence.verdicts import Decided, exit_code
from exports_conformance.reports import kill_matrix, rendering


@dataclass(frozen=True, slots=True)
class InProcess:
    """A WSGI application to ask in the reference's place, the token it accepts, and how long is waited for it."""

    app: Any
    token: str
    patience: Patience


OVERDRAWN = "an export was created that had to be refused, and no more may be: nothing else was asked"

APP = pytest.StashKey[InProcess]()


class Session:
    """What a run of the suites has to itself; made once the options are known.

    Raises:
        pytest.UsageError: the contract or the configuration cannot be used.
    """

    def __init__(self, config: pytest.Config, *, profile: str) -> None:
        self.option = config.option
        self.profile = profile
        self._started_in = config.invocation_params.dir
        self.plan: list[str] = []
        self.progress: Progress | None = None
        self._kept = ExitStack()
        self.folder: Path = self._in(config.option.report_dir)
        self.process = process_name(config)
        self.is_controller = self.process == "main" and config.option.dist != "no"
        self.result: Result | None = None
        self.trouble = ""
        self.endpoint: Endpoint | None = None
        self._open = ExitStack()
        self._stash = config.stash
        self._reporter: pytest.TerminalReporter | None = None
        self._repeat = repeat_command(config)
        self._exports_at_most = exports_at_most(config)
        self._announce = partial(_mask, config)
        self._kind: Literal["reference", "live"] = "reference" if self.option.plan else config.option.endpoint
        live = self._kind == "live"
        if self.option.plan and config.option.dist != "no":
            raise pytest.UsageError("-n with --plan: a rehearsal takes one process; leave -n away")
        if live and config.option.dist != "no":
            raise pytest.UsageError(
                "-n with --endpoint live: one address has one rate limit and ten exports; leave -n away"
            )
        try:
            requirements()
            openapi()
            import_module("exports_conformance.contract.resources")  # which reads its file as it is loaded
            self._settings = LiveSettings.read() if live else None
            file, age = config.option.recording, config.option.max_age
            self.replay = Replay(self._in(file), max_age=age) if file else None
            self._deviations = _deviations(config)
        except (ConfigurationError, ContractError, DeviationError) as error:
            raise pytest.UsageError(str(error)) from None
        if self.option.plan:
            self.folder = Path(self._kept.enter_context(TemporaryDirectory()))
        self._started = time.time()
        self._looked = False
        self._not_asked: tuple[str, ...] = ()
        try:
            if self.process == "main":
                _make_room(self.folder)
            self.run = Run(
                self.folder / "journal",
                self.process,
                edition=config.option.edition,
                confirms=live,
                fail_on=config.option.fail_on,
                waives=self._waives,
            )
            if self.replay:
                self.replay.tell_edition(self.run)
        except OSError as error:
            raise pytest.UsageError(f"--report-dir {self.folder}: {error.strerror}; give another folder") from None

    def open(self, running: pytest.Session) -> bool:
        """Open the endpoint and look at it; say whether it can be asked."""
        self._reporter = running.config.pluginmanager.get_plugin("terminalreporter")
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._open.callback(signal.signal, number, signal.signal(number, partial(_stop, running)))
        inside = self._stash.get(APP, None) or (_rehearsal() if self.option.plan else None)
        try:
            self.endpoint = self._open.enter_context(
                open_endpoint(
                    self._kind,
                    ledger=self.run.ledger,
                    observe=self._observe,
                    prefix=self.process,
                    settings=self._settings,
                    app=inside.app if inside else None,
                    token=inside.token if inside else None,
                    patience=inside.patience if inside else Patience(tell=self._tell),
                    recorded=self.replay.exchanges if self.replay else (),
                    exports_at_most=self._exports_at_most,
                    spent=pytest.skip.Exception,
                    announce=self._announce,
                    anonymises=self.option.anonymise,
                )
            )
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
        mode = self.replay.recording.provenance.mode if self.replay else "test"
        if self._settings and (reporter := running.config.pluginmanager.get_plugin("terminalreporter")):
            self.progress = Progress(reporter, tests=len(running.items))
        if self._settings:
            found = preflight(self.endpoint)
            mode = found.mode
            self.endpoint.others_run(found.running or 0)
            self.trouble = found.problem or self._refuses_mode(mode)
        self._looked = True
        self._write_run(self.endpoint.base_url, mode)
        return not self.trouble

    def _tell(self, line: str) -> None:
        """Show what is waited for, a line each time."""
        if reporter := self._reporter:
            reporter.ensure_newline()
            reporter.write_line(line)

    def _write_run(self, base_url: str, mode: str) -> None:
        """Write down who is asked, and by what, so that the journal alone can be made a recording."""
        run = RecordedRun(
            kind=self.option.endpoint,
            base_url=base_url,
            mode=mode,
            edition=self.option.edition,
            started=self._started,
            contract=digest(),
            profile=self.profile,
            seed=str(self.option.hypothesis_seed or ""),
            versions=versions(),
        )
        told = self.replay.recording.provenance if self.replay else run
        self.run.journal.write("run", anonymised=self.option.anonymise, **asdict(told))

    def _observe(self, exchange: Exchange) -> bool:
        """Judge an exchange; before the endpoint has been looked at, nobody knows if it can be judged."""
        if self.progress:
            self.progress.asked(left=sum(1 for export, _ in self.run.ledger.outstanding() if export))
        if self.endpoint and self.endpoint.overdrawn:
            self.run.given_up = OVERDRAWN
        return self.run.observe(exchange) if self._looked else self.run.note(exchange)

    def _refuses_mode(self, mode: str) -> str:
        if mode == "test" or self.option.allow_live_mode:
            return ""
        what = "is in live mode" if mode == "live" else "does not tell its mode"
        return f"the organisation {what}: nothing is created there without --allow-live-mode"

    def _waives(self, exchange: Exchange, violation: Violation) -> bool:
        deviation = self._deviations.get(violation.requirement)
        return deviation is not None and deviation.covers(exchange.intent.case, violation.at)

    def close(self) -> None:
        """Remove what was created, unless it is to be kept, and let the endpoint go."""
        if self.endpoint and not self.trouble:
            try:
                left = self.endpoint.clean(keep=self.option.keep).left
                for export, mark in self.run.ledger.outstanding():
                    if not export and mark not in {*left, *self.endpoint.refused} and not self.option.keep:
                        self.run.ledger.absent(mark)
            except KeyboardInterrupt:  # whoever is in such a hurry is told what they leave
                left = tuple(export or mark for export, mark in self.run.ledger.outstanding() if export)
            for name in left:
                is_mark = name.startswith((PREFIX, UNTRACEABLE))
                self.run.journal.write("left", id="" if is_mark else name, mark=name if is_mark else "")
        self._open.close()
        if self.progress:
            self.progress.end()

    def finish(self, exit_status: int) -> int:
        """Write the result and its page; give the exit code that the verdict asks for."""
        with self._kept:
            return self._planned(exit_status) if self.option.plan else self._finished(exit_status)

    def _planned(self, exit_status: int) -> int:
        self.plan = list(planned(list(journal.lines(self.folder / "journal")), profile=self.profile))
        return exit_status if exit_status > 1 else 0

    def _finished(self, exit_status: int) -> int:
        if self.run.given_up:
            self.trouble, exit_status = self.run.given_up, 0
        if exit_status == pytest.ExitCode.INTERRUPTED and not self.trouble:
            self.trouble = "the run was interrupted before everything was asked"
        lines = self._lines()
        if not any(line["line"] in {"exchange", "error"} for line in lines) and not self.trouble:
            return exit_status
        self._record(lines)
        self.result = build(
            lines, self._facts(lines), finished=time.time(), trouble=self.trouble, deviations=self._deviations.values()
        )
        write(self.result, lines, self.folder)
        rendering.render_all(self.result, self.folder, matrix=kill_matrix.of_this_checkout())
        decided = {each["id"]: Decided(each["verdict"], each["reason"]) for each in self.result["requirements"]}
        out_of_date = bool(stale(self.result["deviations"]))
        code = exit_code(self.result["verdict"], decided, fail_on=self.option.fail_on, stale=out_of_date)
        return exit_status if exit_status in {2, 3, 4} else code

    def _lines(self) -> list[journal.Line]:
        """Give the journal's lines; of a recording, with what nobody asked for."""
        if self.replay is None:
            return list(journal.lines(self.folder / "journal"))
        if not self._looked:
            self._write_run(self.replay.recording.provenance.base_url, "")
        not_asked = self.replay.judge_the_rest(self.run, journal.lines(self.folder / "journal"))
        self._not_asked = () if self.option.keyword else not_asked  # of which nobody wanted to hear
        return once(journal.lines(self.folder / "journal"))

    def _record(self, lines: list[journal.Line]) -> None:
        """Keep what happened in a file, before anything is made of it."""
        if self.option.record is not None:
            try:
                recording.write(self._in(self.option.record), recording.of_journal(lines))
            except RecordingError as error:
                self.trouble = self.trouble or f"{error}; `exports-conformance recover {self.folder}` makes it, too"

    def _in(self, path: Path) -> Path:
        """Give a path as seen from where the run was started."""
        return self._started_in / path

    def _facts(self, lines: list[journal.Line]) -> RunFacts:
        told = next((line for line in lines if line["line"] == "run"), {"base_url": "", "mode": "unknown"})
        return RunFacts(
            run_id=uuid.uuid4().hex,
            kind=self.option.endpoint,
            base_url=told["base_url"],
            profile=self.profile,
            seed=str(self.option.hypothesis_seed or ""),
            started=self._started,
            edition=self.option.edition,
            mode=told["mode"],
            repeat=self._repeat,
            recording=self.replay.facts(self._not_asked) if self.replay else None,
        )


def _deviations(config: pytest.Config) -> Mapping[str, Deviation]:
    file: Path | None = config.option.deviations
    return load(config.invocation_params.dir / file, today=datetime.now(UTC).date()) if file else {}


def _rehearsal() -> InProcess:
    """Give a reference to rehearse with; nothing leaves this process."""
    from exports_conformance.endpoints.reference.app import Reference  # noqa: PLC0415  as in endpoints.opening

    app = Reference()
    return InProcess(app, app.token, Patience(sleep=lambda _: None))


def _mask(config: pytest.Config, token: str) -> None:
    """Have GitHub's log mask a token that no secret of its own is: one that was got for a client."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    if reporter and os.environ.get("GITHUB_ACTIONS") == "true":
        reporter.ensure_newline()
        reporter.write_line(f"::add-mask::{token}")


def _stop(running: pytest.Session, number: int, frame: FrameType | None) -> None:
    """End a run behind the test that is under way; who cannot wait for that sends the signal again.

    An exception from a signal would come at any line, pytest's own included, and end some runs without a result.
    """
    if running.shouldstop:
        signal.default_int_handler(number, frame)
    running.shouldstop = f"stopped by {signal.Signals(number).name}"


def _make_room(folder: Path) -> None:
    """Take an earlier run's result away, so that it is not taken for this one's.

    The journal of a run that left exports behind is set aside: it alone knows which they are.
    """
    for name in ("result.json", *rendering.FILES):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "witnesses", ignore_errors=True)
    kept = folder / "journal"
    if kept.exists() and remains(kept):
        kept.rename(folder / f"journal-unfinished-{time.time_ns()}")
    shutil.rmtree(kept, ignore_errors=True)
