"""A session: the endpoint that is asked, from the first look at it to the result that is written."""

import shutil
import signal
import threading
import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from exports_conformance.commands.options import process_name, repeat_command
from exports_conformance.commands.run import Run
from exports_conformance.contract.errors import ContractError
from exports_conformance.contract.exchange import Exchange
from exports_conformance.contract.marks import PREFIX
from exports_conformance.contract.openapi import openapi
from exports_conformance.contract.requirements import requirements
from exports_conformance.endpoints.endpoint import Endpoint
from exports_conformance.endpoints.opening import open_endpoint
from exports_conformance.endpoints.patience import Patience
from exports_conformance.endpoints.preflight import preflight
from exports_conformance.endpoints.settings import ConfigurationError, LiveSettings
from exports_conformance.evidence import journal
from exports_conformance.evidence.result import Result, build, write
from exports_conformance.evidence.run_facts import RunFacts
from exports_conformance.evidence.verdicts import Decided, exit_code
from exports_conformance.reports import page


@dataclass(frozen=True, slots=True)
class InProcess:
    """A WSGI application to ask in the reference's place, the token it accepts, and how long is waited for it."""

    app: Any
    token: str
    patience: Patience


APP = pytest.StashKey[InProcess]()


class Session:
    """What a run of the suites has to itself; made once the options are known.

    Raises:
        pytest.UsageError: the contract or the configuration cannot be used.
    """

    def __init__(self, config: pytest.Config, *, profile: str) -> None:
        self.option = config.option
        self.profile = profile
        self.folder: Path = config.invocation_params.dir / config.option.report_dir
        self.process = process_name(config)
        self.is_controller = self.process == "main" and config.option.dist != "no"
        self.result: Result | None = None
        self.trouble = ""
        self.endpoint: Endpoint | None = None
        self._open = ExitStack()
        self._stash = config.stash
        self._reporter: pytest.TerminalReporter | None = None
        self._repeat = repeat_command(config)
        live = config.option.endpoint == "live"
        if live and config.option.dist != "no":
            raise pytest.UsageError(
                "-n with --endpoint live: one address has one rate limit and ten exports; leave -n away"
            )
        try:
            requirements()
            openapi()
            import_module("exports_conformance.contract.resources")  # which reads its file as it is loaded
            self._settings = LiveSettings.read() if live else None
        except (ConfigurationError, ContractError) as error:
            raise pytest.UsageError(str(error)) from None
        self._started = time.time()
        self._looked = False
        try:
            if self.process == "main":
                _make_room(self.folder)
            self.run = Run(
                self.folder / "journal",
                self.process,
                edition=config.option.edition,
                confirms=live,
                fail_on=config.option.fail_on,
            )
        except OSError as error:
            raise pytest.UsageError(f"--report-dir {self.folder}: {error.strerror}; give another folder") from None

    def open(self, running: pytest.Session) -> bool:
        """Open the endpoint and look at it; say whether it can be asked."""
        self._reporter = running.config.pluginmanager.get_plugin("terminalreporter")
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._open.callback(signal.signal, number, signal.signal(number, partial(_stop, running)))
        inside = self._stash.get(APP, None)
        try:
            self.endpoint = self._open.enter_context(
                open_endpoint(
                    self.option.endpoint,
                    ledger=self.run.ledger,
                    observe=self._observe,
                    prefix=self.process,
                    settings=self._settings,
                    app=inside.app if inside else None,
                    token=inside.token if inside else None,
                    patience=inside.patience if inside else Patience(tell=self._tell),
                )
            )
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
        mode = "test"
        if self._settings:
            found = preflight(self.endpoint)
            mode = found.mode
            self.trouble = found.problem or self._refuses_mode(mode)
        self._looked = True
        self.run.journal.write("run", base_url=self.endpoint.base_url, mode=mode)
        return not self.trouble

    def _tell(self, line: str) -> None:
        """Show what is waited for, a line each time."""
        if reporter := self._reporter:
            reporter.ensure_newline()
            reporter.write_line(line)

    def _observe(self, exchange: Exchange) -> bool:
        """Judge an exchange; before the endpoint has been looked at, nobody knows if it can be judged."""
        return self.run.observe(exchange) if self._looked else self.run.note(exchange)

    def _refuses_mode(self, mode: str) -> str:
        if mode == "test" or self.option.allow_live_mode:
            return ""
        what = "is in live mode" if mode == "live" else "does not tell its mode"
        return f"the organisation {what}: nothing is created there without --allow-live-mode"

    def close(self) -> None:
        """Remove what was created, unless it is to be kept, and let the endpoint go."""
        if self.endpoint and not self.trouble:
            try:
                left = self.endpoint.clean(keep=self.option.keep).left
            except KeyboardInterrupt:  # whoever is in such a hurry is told what they leave
                left = tuple(export or mark for export, mark in self.run.ledger.outstanding() if export)
            for name in left:
                is_mark = name.startswith(PREFIX)
                self.run.journal.write("left", id="" if is_mark else name, mark=name if is_mark else "")
        self._open.close()

    def finish(self, exit_status: int) -> int:
        """Write the result and its page; give the exit code that the verdict asks for."""
        if self.run.given_up:
            self.trouble, exit_status = self.run.given_up, 0
        if exit_status == pytest.ExitCode.INTERRUPTED and not self.trouble:
            self.trouble = "the run was interrupted before everything was asked"
        lines = list(journal.lines(self.folder / "journal"))
        if not any(line["line"] in {"exchange", "error"} for line in lines) and not self.trouble:
            return exit_status
        self.result = build(lines, self._facts(lines), finished=time.time(), trouble=self.trouble)
        write(self.result, lines, self.folder)
        page.write(self.result, self.folder)
        decided = {each["id"]: Decided(each["verdict"], each["reason"]) for each in self.result["requirements"]}
        code = exit_code(self.result["verdict"], decided, fail_on=self.option.fail_on)
        return exit_status if exit_status in {2, 3, 4} else code

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
        )


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
    for name in ("result.json", "index.html"):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "witnesses", ignore_errors=True)
    kept = folder / "journal"
    if kept.exists() and journal.unfinished(kept):
        kept.rename(folder / f"journal-unfinished-{time.time_ns()}")
    shutil.rmtree(kept, ignore_errors=True)
