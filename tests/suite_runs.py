"""Runs of the suites within a test: in this process, against any application."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exports_conformance.commands.main import run
from exports_conformance.commands.session import APP, InProcess
from exports_conformance.endpoints.patience import Patience
from exports_conformance.endpoints.reference.app import Reference
from exports_conformance.evidence.result import Result

TOKEN = "reference-token"


class _Asks:
    """A plugin that has the suites ask an application."""

    def __init__(self, app: Any, token: str) -> None:
        self._app = app
        self._token = token

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Put the application where the session looks for it."""
        # What would be waited passes on the server's own clock, if it has one.
        clock = getattr(self._app, "clock", None)
        sleep = clock.advance if clock else lambda _: None
        config.stash[APP] = InProcess(self._app, self._token, Patience(sleep=sleep))


def conformance(app: Callable[..., Any], folder: Path, *options: str, token: str = TOKEN) -> Result:
    """Run the suites against a WSGI application, with a token that it accepts; give the result."""
    words = ["-q", "-q", "--no-header", "--no-summary", "--report-dir", str(folder), *options]
    run(words, plugins=[_Asks(app, token)])
    result: Result = json.loads((folder / "result.json").read_text(encoding="ascii"))
    return result


def replayed(file: Path, folder: Path, *options: str) -> Result:
    """Run the suites against a recording; give the result."""
    words = ["--endpoint", "recorded", "--recording", str(file)]
    run(["-q", "-q", "--no-header", "--no-summary", "--report-dir", str(folder), *words, *options])
    result: Result = json.loads((folder / "result.json").read_text(encoding="ascii"))
    return result


def verdicts(result: Result) -> dict[str, tuple[str, int, int]]:
    """Give what became of each requirement: its verdict, its exchanges, its violations."""
    return {each["id"]: (each["verdict"], each["exchanges"], each["violations"]) for each in result["requirements"]}


def reference(**settings: Any) -> Reference:
    """Give a reference in this process that accepts `TOKEN`."""
    return Reference(token=TOKEN, **settings)


def violated(result: Result) -> dict[str, str]:
    """Give the violated requirements of a result, with their weights."""
    return {each["id"]: each["weight"] for each in result["requirements"] if each["verdict"] == "violated"}
