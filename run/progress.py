"""Progress of a run: requests and tests so far, the pace, the time left, and the plan of a run."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import pytest

from exports_conformance.client.running import AT_ONCE
from exports_conformance.results.journal import JournalLine
from exports_conformance.results.observations import seconds_for

_LIMIT, _INTERVAL = 100, 60  # the documented rate limit: requests, and the interval in seconds
_ID = re.compile(r"(?<=/exports/)[^/?]+")

SILENT: Final = 30.0
"""Seconds between two lines if the output is not a terminal, which could rewrite one."""


class Progress:
    """Counts tests and requests, and shows them in a line that it rewrites, or in a new line at intervals."""

    def __init__(
        self, reporter: pytest.TerminalReporter, *, tests: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._reporter = reporter
        self._tests = tests
        self._clock = clock
        self._started = self._shown_at = clock()
        self._done = self._requests = 0

    @property
    def changes(self) -> bool:
        """True if the line is rewritten, so that pytest's dots must be suppressed."""
        return bool(self._reporter.isatty)

    def tested(self) -> None:
        """Count a test that has ended."""
        self._done += 1

    def sent(self, *, left: int) -> None:
        """Count a request and show the progress; `left` is the number of exports to delete at the end."""
        self._requests += 1
        if self._reporter.isatty:
            self._reporter.rewrite(self.line(left=left), erase=True)
            self._reporter.flush()
        elif self._clock() - self._shown_at >= SILENT:
            self._shown_at = self._clock()
            self._reporter.ensure_newline()
            self._reporter.write_line(self.line(left=left))

    def line(self, *, left: int) -> str:
        """Return the line: tests, requests, pace, and the time left, with the deletion of the `left` exports.

        It is what the documented rate takes, or longer if the requests so far took longer, their waits included.
        """
        spent = self._clock() - self._started
        pace = self._requests / max(spent, 1.0) * 60
        time_left = ""
        if self._done:
            more = left + round(self._requests / self._done * (self._tests - self._done))
            by_rate = seconds_for(self._requests + more, _LIMIT, _INTERVAL) - spent
            time_left = f", about {_shown(max(by_rate, more * spent / self._requests, 0.0))} left"
        requests = f"{self._requests} request{'' if self._requests == 1 else 's'}, {pace:.0f} a minute"
        return f"{self._done} of {self._tests} tests, {requests}{time_left}"

    def end(self) -> None:
        """Erase the line."""
        if self._reporter.isatty:
            self._reporter.rewrite("", erase=True)


def _shown(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def plan_lines(lines: Sequence[JournalLine], *, profile: str) -> Iterator[str]:
    """Yield the lines of a plan from the journal of a rehearsal."""
    families: Counter[tuple[str, str, str]] = Counter()
    for line in lines:
        if line["line"] == "exchange":
            request, case = line["exchange"]["request"], line["exchange"]["intent"]["case"]
            families[case.partition("/")[0], request["method"], _ID.sub("{id}", request["path"])] += 1
    number = families.total()
    made = Counter(line["line"] for line in lines)
    yield f"plan of {profile}: nothing was sent; these numbers come from a rehearsal with the built-in reference"
    yield f"{'family':<14} {'method':<8} {'path':<40} requests"
    for (family, method, path), times in sorted(families.items()):
        yield f"{family:<14} {method:<8} {path:<40} {times:>8}"
    yield f"{number} requests in all: {made['created']} create an export, {made['gone']} delete one"
    minutes = seconds_for(number, _LIMIT, _INTERVAL) / 60
    yield f"at the documented {_LIMIT} requests a minute, {_LIMIT // 4} in ten seconds: {minutes:.1f} minutes"
    yield "a live endpoint gets more: up to four reads at the start; each violation is sent once more;"
    more = made["created"] + -(-made["created"] // AT_ONCE)
    minutes = seconds_for(number + more, _LIMIT, _INTERVAL) / 60
    yield "exports that are still running are interrupted, and listed now and then:"
    yield f"up to {more} more requests, {minutes:.1f} minutes in all"
