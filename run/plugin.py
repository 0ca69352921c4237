"""The pytest plugin of the suites: their options, their collection, and the verdict at the end of a run."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from exports_conformance.client.recorded import CaseNotRecordedError
from exports_conformance.exchange.untrusted import for_log
from exports_conformance.reports.text import terminal
from exports_conformance.reports.text.upgrade import comparison_lines
from exports_conformance.run import collection
from exports_conformance.run.choosing import cited
from exports_conformance.run.collection import is_of_suites, runs_suites, select
from exports_conformance.run.options import SUITES, add_options, check_known, check_plugins, settle
from exports_conformance.run.run import Broken
from exports_conformance.run.session import SESSION, Session
from exports_conformance.strategies.profiles import register_profiles
from exports_conformance.suites.fixtures import parametrise
from exports_conformance.suites.sources import RECORDED

_NOTHING_TO_SEND = "the recording has no request of it; record again"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the suites' options."""
    add_options(parser)
    register_profiles()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    """Refuse unknown options in one line; pytest calls this only for plugins that the command line names."""
    check_plugins(early_config)
    check_known(parser, args)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the configuration if the suites are going to be run."""
    config.addinivalue_line("markers", "verifies(*ids): the requirements that a test verifies")
    config.addinivalue_line("markers", "drawn(case): the case under which a test sends what it draws")
    config.addinivalue_line(
        "markers", "examples(quick=1, thorough=1, smoke=0): how many examples a test draws, by profile"
    )
    if runs_suites(config):
        profile = settle(config)
        # The cards of the faults say the same, once for each fault.
        if config.option.verbose <= 0 and config.option.tbstyle == "auto":
            config.option.tbstyle, config.option.reportchars = "no", ""
        if not config.option.collectonly:
            ours = config.stash[SESSION] = Session(config, profile=profile)
            if ours.configuration.gate:
                config.args = [str(SUITES / "replay.py")]
            if ours.configuration.recorded:
                config.stash[RECORDED] = ours.configuration.recorded.requests()


def _session(config: pytest.Config) -> Session | None:
    return config.stash.get(SESSION, None)


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the folder of the suites with their fixtures."""
    return collection.folder(path, parent)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Collect a file of the suites as a module of the package."""
    return collection.file(module_path, parent)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrise the suites' tests over what the profile, or the recording, sends."""
    if not is_of_suites(metafunc.definition):
        return
    parametrise(metafunc)
    ours = _session(metafunc.config)
    if "question" in metafunc.fixturenames:
        questions = ours.configuration.gate.questions if ours and ours.configuration.gate else {}
        metafunc.parametrize("question", questions.values(), ids=questions)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Check the citations, and deselect what the run leaves out."""
    creating = select(config, items)
    if ours := _session(config):
        for item in creating:
            _note_skipped(ours, item, "it needs an accepted creation, which --refusals-only does not send")


def _note_skipped(ours: Session, item: pytest.Item, reason: str) -> None:
    """Record in the journal why a test was not run, so that the requirements it verifies can say so."""
    ours.run.journal.write("skipped", item=item.nodeid, verifies=list(cited(item)), reason=reason)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Open the endpoint; run no test if it cannot be judged."""
    ours = _session(session.config)
    if ours is None or ours.configuration.is_controller or not any(is_of_suites(item) for item in session.items):
        return None
    return None if ours.open(session) else True


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> tuple[str, str, str] | None:
    """Suppress pytest's dots when a progress line or a plan is shown."""
    ours = _session(config)
    changing = ours and ours.progress and ours.progress.changes
    quiet = ours and (changing or config.option.plan) and config.option.verbose <= 0
    return ("passed", "", "") if quiet and report.passed and report.when == "call" else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Record in the journal which requirements a test verifies."""
    if (ours := _session(item.config)) and is_of_suites(item):
        ours.begun.add(item.nodeid)
        ours.run.begin()
        ours.run.journal.write("item", item=item.nodeid, verifies=list(cited(item)))
    with _recorded_or_skipped():
        yield


@contextmanager
def _recorded_or_skipped() -> Iterator[None]:
    """Skip a test whose request was not recorded."""
    try:
        yield
    except CaseNotRecordedError as unknown:
        pytest.skip(str(unknown))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Fail a test once, after its last example, with everything that its exchanges violated."""
    with _recorded_or_skipped():
        yield
    if (ours := _session(item.config)) and is_of_suites(item):
        if not ours.run.judged:
            raise AssertionError(f"{item.nodeid} judged no exchange; call judge(...) in it")
        if ours.run.given_up:
            item.session.shouldstop = ours.run.given_up
        if ours.run.unanswered:
            pytest.skip(ours.run.unanswered)
        if broken := ours.run.failures():
            names = [each.violation.requirement for each in broken]
            ours.run.journal.write("failed", item=item.nodeid, requirements=names)
            pytest.fail(_line(broken), pytrace=False)


def _line(broken: Sequence[Broken]) -> str:
    """Return the first violation of a test in a line, and the names of the others; their cards have the rest."""
    first, *others = [each.violation for each in broken]
    return terminal.failure(
        first.requirement,
        expected=first.expected,
        actual=first.actual,
        pointer=first.at,
        others=[each.requirement for each in others],
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Record an exception other than a violation in the journal, as an error of the suite itself."""
    report = yield
    ours = _session(item.config)
    if ours and ours.progress and call.when == "teardown":
        ours.progress.tested()
    if ours and ours.run.journal.problem:
        item.session.shouldstop = ours.run.journal.problem
    if ours and report.skipped and call.excinfo and is_of_suites(item):
        reason = str(call.excinfo.value)
        _note_skipped(ours, item, _NOTHING_TO_SEND if reason.startswith("got empty parameter set") else reason)
    raised = call.excinfo if report.failed and is_of_suites(item) else None
    if ours and raised and not raised.errisinstance(pytest.fail.Exception):  # raised for violations only
        first = str(raised.value).strip().partition("\n")[0]
        ours.run.journal.write("error", where=item.nodeid, what=f"{raised.typename}: {first}")
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Clean up, and set the exit code from the verdict."""
    ours = _session(session.config)
    if ours is None:
        return
    if session.shouldstop and not hasattr(session.config, "workerinput"):
        for item in session.items:
            if is_of_suites(item) and item.nodeid not in ours.begun:
                _note_skipped(ours, item, f"the run ended before it: {session.shouldstop}")
    ours.localise()
    ours.close()
    if not hasattr(session.config, "workerinput"):
        session.exitstatus = ours.finish(int(exitstatus), failed_tests=session.testsfailed)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close the journal and release the report folder, however the run ended."""
    if ours := _session(config):
        ours.release()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what the run found."""
    ours = _session(config)
    if ours and ours.complaint:
        terminalreporter.write_line(f"ERROR: {for_log(ours.complaint)}")
    if ours and ours.plan:
        for line in ours.plan:
            terminalreporter.write_line(for_log(line))
    if ours and ours.result:
        terminalreporter.section("exports-conformance")
        for line in terminal.run_summary(ours.result, folder=ours.folder):
            terminalreporter.write_line(for_log(line))
        for line in comparison_lines(ours.comparison, folder=ours.folder) if ours.comparison else ():
            terminalreporter.write_line(for_log(line))
