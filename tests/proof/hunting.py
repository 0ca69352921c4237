"""A hunt: one run of the suites against one broken server, ended by the exchange that shows what it breaks.

Decision: docs/decisions/0033-counting-in-the-kill-matrix.md.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from exports_conformance.cli.run import run
from exports_conformance.exchange.model import Exchange
from exports_conformance.results.evidence import NEVER_SERVER_ERROR
from exports_conformance.rules import Judgement
from exports_conformance.run.session import SESSION
from exports_conformance.strategies.profiles import Profile
from tests.mutants import MUTANTS
from tests.suite_runs import QUIET, SPARED, Asks, stepping

FAST = (*QUIET, *SPARED, "--keep")
"""Options of a run that leaves out what a hunt does not look at, its clean-up included."""


@dataclass(frozen=True, slots=True)
class Hunt:
    """What came of a run: the exchange and the test that showed the violation, and what was violated besides.

    `found` is 0 where nothing was; then `asked` is what the whole run asked, without its clean-up. `drawn` is True if a
    test that draws what it sends found it: what any other test sends is the same with every seed.
    """

    mutant: str
    profile: Profile
    seed: int
    found: int
    test: str
    asked: int
    besides: tuple[str, ...]
    drawn: bool = False


@dataclass(slots=True)
class _Heard:
    """Stands in a journal's place: counts exchanges, and knows the first that broke a requirement."""

    requirement: str
    asked: int = 0
    found: int = 0
    test: str = ""
    problem: str = ""
    besides: set[str] = field(default_factory=set)
    drawing: bool = False
    drawn: bool = False
    _item: str = ""

    def write(self, kind: str, /, **facts: Any) -> None:
        """Note which test is under way."""
        if kind == "item":
            self._item = Path(facts["item"]).name.replace("test_", "", 1)

    def exchanged(self, exchange: Exchange, judgement: Judgement) -> None:
        """Count an exchange, and note what it broke."""
        self.asked += 1
        broken = {violation.requirement for violation in judgement.violations}
        explained = {NEVER_SERVER_ERROR} if self.requirement in exchange.expectation.may_break else set()
        self.besides |= broken - explained - {self.requirement}
        if self.requirement in broken and not self.found:
            self.found, self.test, self.drawn = self.asked, self._item, self.drawing

    def close(self) -> None:
        """Do nothing: nothing is open."""


class _Hunter:
    """A plugin that ends a run behind the test that found what is hunted, and writes no report of it."""

    def __init__(self, heard: _Heard) -> None:
        self._heard = heard

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Listen to what the run keeps."""
        kept = session.config.stash[SESSION].run
        kept.journal.close()
        kept.journal = kept.ledger._journal = self._heard  # type: ignore[assignment]

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Note whether a test begins which draws what it sends."""
        self._heard.drawing = item.get_closest_marker("drawn") is not None

    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """End the run where the violation was seen: no other test is left, for stopping would cost as much again."""
        if self._heard.found:
            items = item.session.items
            del items[items.index(item) + 1 :]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Let the endpoint go, and leave nothing to report on."""
        session.config.stash[SESSION].close()
        del session.config.stash[SESSION]


def hunt_within(mutant: str, budget: int) -> Hunt:
    """Send a mutant the requests of a budget until one shows the requirement that it breaks."""
    return hunt(mutant, "quick", options=(f"--budget={budget}",))


def hunt(mutant: str, profile: Profile, seed: int = 0, *, options: Sequence[str] = ()) -> Hunt:
    """Send a mutant the requests of a profile until one shows the requirement that it breaks."""
    server = MUTANTS[mutant]
    heard = _Heard(server.requirement)
    with TemporaryDirectory() as folder, quietly():
        words = [*FAST, "--report-dir", folder, "--hypothesis-profile", profile, *options]
        words += ["--hypothesis-seed", str(seed)] if profile in {"sweep", "thorough"} else []
        run(
            words,
            plugins=[Asks(stepping(middlewares=[server.middleware], variants=server.variants)), _Hunter(heard)],
        )
    return Hunt(mutant, profile, seed, heard.found, heard.test, heard.asked, tuple(sorted(heard.besides)), heard.drawn)


@contextmanager
def quietly() -> Iterator[None]:
    """Let nothing be printed."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        yield
