"""What each test finds: one whole run against each broken server, and which test or fixture sent what showed it.

Decision: docs/decisions/0075-order-of-value.md.
"""

from collections import Counter, defaultdict
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from exports_conformance.cli.run import run
from exports_conformance.exchange.model import Exchange
from exports_conformance.rules import Judgement
from exports_conformance.run.choosing import cited, short
from exports_conformance.run.session import SESSION
from exports_conformance.strategies.profiles import Profile
from tests.mutants import MUTANTS
from tests.proof.hunting import FAST, quietly
from tests.suite_runs import Asks, stepping

DYNAMIC = {"accepted": ("complete", "export"), "csv_export": ("narrow", "nested_file")}
"""The fixtures that a fixture of the suites requests by name while it is set up."""


@dataclass(frozen=True, slots=True)
class Finds:
    """What a run showed of the server `mutant`, or of the clean reference where that is empty.

    `finders` are the tests and fixtures whose exchanges broke its requirement. For the clean reference, `sent` is the
    number of exchanges of each, `needs` has the fixtures of each test, `cites` its requirements, and
    `cases` what each of them sends.
    """

    mutant: str
    finders: tuple[str, ...]
    sent: dict[str, int]
    needs: dict[str, Sequence[str]]
    cites: dict[str, Sequence[str]]
    cases: dict[str, Sequence[str]]


@dataclass(slots=True)
class _Listening:
    """Stands in for a run's journal, and is a plugin that knows which test or fixture sends what."""

    requirement: str
    sent: Counter[str] = field(default_factory=Counter)
    finders: dict[str, None] = field(default_factory=dict)
    needs: dict[str, Sequence[str]] = field(default_factory=dict)
    cites: dict[str, Sequence[str]] = field(default_factory=dict)
    cases: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    problem: str = ""
    _owners: list[str] = field(default_factory=lambda: [""])

    def write(self, kind: str, /, **facts: Any) -> None:
        """Do nothing: the hooks know what runs."""

    def exchanged(self, exchange: Exchange, judgement: Judgement) -> None:
        """Count an exchange for the test or fixture that sent it, and note whether it broke the requirement."""
        self.sent[self._owners[-1]] += 1
        self.cases[self._owners[-1]][exchange.expectation.case] = None
        if self.requirement in {violation.requirement for violation in judgement.violations}:
            self.finders[self._owners[-1]] = None

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Listen to what the run keeps."""
        kept = session.config.stash[SESSION].run
        kept.journal.close()
        kept.journal = kept.ledger._journal = self  # type: ignore[assignment]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Note the test that runs, and the fixtures that it needs."""
        name = short(item.nodeid)
        fixtures = [*item.fixturenames]  # type: ignore[attr-defined]
        self.needs[name] = sorted({*fixtures, *(each for one in fixtures for each in DYNAMIC.get(one, ()))})
        self.cites[name] = cited(item)
        self._owners.append(name)
        result = yield
        self._owners.pop()
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """Note the shared fixture that is set up."""
        shared = fixturedef.scope == "session"
        if shared:
            self._owners.append(fixturedef.argname)
        try:
            return (yield)
        finally:
            if shared:
                self._owners.pop()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Close the endpoint, and leave nothing to report on."""
        session.config.stash[SESSION].close()
        del session.config.stash[SESSION]


def finds(mutant: str = "", profile: Profile = "quick") -> Finds:
    """Run a profile to its end against a broken server, or the clean reference, and return what each test found."""
    server = MUTANTS.get(mutant)
    listening = _Listening(server.requirement if server else "")
    middlewares, variants = ([server.middleware], server.variants) if server else ([], ())
    with TemporaryDirectory() as folder, quietly():
        run(
            [*FAST, "--report-dir", folder, "--hypothesis-profile", profile],
            plugins=[Asks(stepping(middlewares=middlewares, variants=variants)), listening],
        )
    found = listening
    cases: dict[str, Sequence[str]] = {owner: tuple(each) for owner, each in found.cases.items()}
    if server:
        return Finds(mutant, tuple(found.finders), {}, {}, {}, {})
    return Finds("", (), dict(found.sent), found.needs, found.cites, cases)
