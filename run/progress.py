"""Progress: a line that says how far a run of a live endpoint is, how fast it goes, and how long it still takes."""

import time
from collections.abc import Callable
from typing import Final

import pytest

from exports_conformance.results.organisation import seconds_for

SILENT: Final = 30.0
"""Seconds between two lines where no terminal can have one that changes."""


class Progress:
    """Counts tests and requests, and tells how it goes: in one line that changes, or now and then in a new one."""

    def __init__(
        self, reporter: pytest.TerminalReporter, *, tests: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._reporter = reporter
        self._tests = tests
        self._clock = clock
        self._started = self._told = clock()
        self._done = self._requests = 0

    @property
    def changes(self) -> bool:
        """Whether it is told in one line that changes, which leaves no room for a dot."""
        return bool(self._reporter.isatty)

    def tested(self) -> None:
        """Note that a test has ended."""
        self._done += 1

    def asked(self, *, left: int) -> None:
        """Note a request, and tell; `left` is how many exports are to be deleted at the end."""
        self._requests += 1
        if self._reporter.isatty:
            self._reporter.rewrite(self.line(left=left), erase=True)
            self._reporter.flush()
        elif self._clock() - self._told >= SILENT:
            self._told = self._clock()
            self._reporter.ensure_newline()
            self._reporter.write_line(self.line(left=left))

    def line(self, *, left: int) -> str:
        """Say how far, how fast, and how long still at the documented rate."""
        spent = self._clock() - self._started
        pace = self._requests / max(spent, 1.0) * 60
        expected = self._requests + left
        if self._done:
            expected += round(self._requests / self._done * (self._tests - self._done))
        still = max(seconds_for(expected, 100, 60) - spent, 0.0) if self._done else None
        how_long = "" if still is None else f", about {_shown(still)} left"
        said = f"{self._requests} request{'' if self._requests == 1 else 's'}, {pace:.0f} a minute"
        return f"{self._done} of {self._tests} tests, {said}{how_long}"

    def end(self) -> None:
        """Leave the line to what follows."""
        if self._reporter.isatty:
            self._reporter.rewrite("", erase=True)


def _shown(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
