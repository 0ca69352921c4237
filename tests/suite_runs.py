"""Runs of the suites within a test: in this process, against any application.

Decision: docs/decisions/0055-clock-of-the-mutant-tests.md.
"""

import gc
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from exports_conformance.cli.run import run
from exports_conformance.client.limits import Retries
from exports_conformance.reference.app import Reference
from exports_conformance.reference.messages import Middleware, Respond, ServerRequest, ServerResponse
from exports_conformance.reference.organisation import Clock
from exports_conformance.run.configuration import APP, InProcess
from exports_conformance.run.report_folder import MARKER

Result = Any  # JSON, as it was read from the file

TOKEN = "reference-token"
STEP = 0.01  # seconds between two requests, where time passes with them

QUIET = ("-q", "-q", "--no-header", "--no-summary", "--tb=no")
SPARED = ("-p", "no:unraisableexception", "-p", "no:faulthandler", "-p", "no:logging")
"""Plugins that the test which runs the suites has already; the first collects garbage four times a run."""


class Asks:
    """A plugin that has the suites ask an application."""

    def __init__(self, app: Any, token: str = TOKEN) -> None:
        self._app = app
        self._token = token

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Put the application where the session looks for it."""
        # What would be waited passes on the server's own clock, if it has one.
        clock = getattr(self._app, "clock", None)
        sleep = clock.advance if clock else lambda _: None
        config.stash[APP] = InProcess(self._app, self._token, Retries(sleep=sleep))


def conformance(app: Callable[..., Any], folder: Path, *options: str, token: str = TOKEN) -> Result:
    """Run the suites against a WSGI application, with a token that it accepts; return the result."""
    claim(folder)
    run([*QUIET, *SPARED, "--report-dir", str(folder), *options], plugins=[Asks(app, token)])
    return result_of(folder)


def judged(app: Callable[..., Any], folder: Path, *options: str) -> Result:
    """Run the suites against a WSGI application as `conformance` does, but render no pages of the result."""
    with mock.patch("exports_conformance.reports.writing.write_report"):
        result = conformance(app, folder, *options)
    _keep_what_is_loaded()
    return result


@cache
def _keep_what_is_loaded() -> None:
    """Exempt everything loaded by the first run from garbage collection, for the life of the process."""
    gc.collect()
    gc.freeze()


def claim(folder: Path) -> None:
    """Let a run write its reports into a folder that already has other files of a test."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()


def result_of(folder: Path) -> Result:
    """Return the result that a run left in a folder."""
    result: Result = json.loads((folder / "result.json").read_text(encoding="ascii"))
    return result


def replayed(file: Path, folder: Path, *options: str) -> Result:
    """Run the suites against a recording; return the result."""
    claim(folder)
    words = ["--endpoint", "recorded", "--recording", str(file)]
    run([*QUIET, *SPARED, "--report-dir", str(folder), *words, *options])
    return result_of(folder)


def verdicts(result: Result) -> dict[str, tuple[str, int, int]]:
    """Return what became of each requirement: its verdict, its exchanges, its violations."""
    return {each["id"]: (each["verdict"], each["exchanges"], each["violations"]) for each in result["requirements"]}


def reference(**settings: Any) -> Reference:
    """Return a reference in this process that accepts `TOKEN`."""
    return Reference(token=TOKEN, **settings)


def stepping(*, middlewares: Sequence[Middleware] = (), **settings: Any) -> Reference:
    """Return a reference as `reference` does, whose time passes with its requests, however busy this machine is."""
    clock = Clock(at=datetime.now(UTC))

    def ticking(request: ServerRequest, respond: Respond) -> ServerResponse:
        clock.advance(STEP)
        return respond(request)

    return reference(clock=clock, middlewares=[ticking, *middlewares], **settings)


def violated(result: Result) -> dict[str, str]:
    """Return the violated requirements of a result, with their weights."""
    return {each["id"]: each["weight"] for each in result["requirements"] if each["verdict"] == "violated"}
