"""The pytest plugin: options, the fixtures `endpoint` and `judge`, and a verdict at the end of the run."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import is_hypothesis_test, settings

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.recorded_requests import CaseNotRecordedError
from exports_conformance.client.replay_terms import CannotAskError
from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.model import Exchange
from exports_conformance.reports.comparison.lines import lines as comparison_lines
from exports_conformance.reports.text import terminal
from exports_conformance.results.curl import curl
from exports_conformance.results.result import body_file
from exports_conformance.run import citations
from exports_conformance.run.options import add_options, settle
from exports_conformance.run.run import Broken
from exports_conformance.run.session import Session
from exports_conformance.strategies.profiles import Profile, examples, register_profiles
from exports_conformance.suites import Judge
from exports_conformance.suites.sources import RECORDED

SUITES = Path(__file__).parent.parent / "suites"
SESSION = pytest.StashKey[Session]()
_COUNTED: set[Any] = set()  # functions whose examples are counted, for a process may run the suites more than once


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the suites' options."""
    add_options(parser)
    register_profiles()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Settle what is asked, and of whom, where the suites are going to be run."""
    config.addinivalue_line("markers", "verifies(*ids): the requirements that a test asks for")
    config.addinivalue_line("markers", "drawn(case): the case under which a test sends what it draws")
    config.addinivalue_line("markers", "examples(quick=1, thorough=1, smoke=0): how many a test draws, by profile")
    if _asks_for_suites(config):
        profile = settle(config)
        if not config.option.collectonly:
            ours = config.stash[SESSION] = Session(config, profile=profile)
            if ours.terms.gate:
                config.args = [str(SUITES / "replay.py")]
            if ours.terms.recorded:
                config.stash[RECORDED] = ours.terms.recorded.requests()


def _asks_for_suites(config: pytest.Config) -> bool:
    here = config.invocation_params.dir
    paths = [here / argument.partition("::")[0] for argument in config.args]
    named = any(argument.startswith("exports_conformance.suites") for argument in config.args)
    return named or any(path == SUITES or SUITES in path.parents or path in SUITES.parents for path in paths)


def _session(config: pytest.Config) -> Session | None:
    return config.stash.get(SESSION, None)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the replay what was asked before, a test for each question."""
    ours = _session(metafunc.config)
    if "question" in metafunc.fixturenames:
        questions = ours.terms.gate.questions if ours and ours.terms.gate else {}
        metafunc.parametrize("question", questions.values(), ids=questions)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Check the citations, leave out what the profile does not ask, and count examples."""
    suite = [item for item in items if SUITES in item.path.parents]
    if not suite:
        return
    profile, recorded = cast("Profile", config.option.hypothesis_profile), config.stash.get(RECORDED, None)
    if recorded is None:  # which may have nothing for a test to ask
        whole = profile != "smoke" and citations.is_whole(suite, SUITES)
        citations.check(suite, requirements(), whole=whole)
    counts = {item: _count(item, profile) for item in suite}
    # What was recorded decides what is asked again, whatever the profile.
    left_out = [
        item
        for item in suite
        if (counts[item] == 0 if recorded is None else not recorded)
        or (config.option.refusals_only and not _has_to_be_refused(item))
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def _has_to_be_refused(item: pytest.Item) -> bool:
    """Say whether a test sends only a flaw whose documented answers are all refusals."""
    parameters = getattr(item, "callspec", None)
    values = parameters.params.values() if parameters else ()
    return any(getattr(value, "outcome", "") == "refusal" for value in values)


def _count(item: pytest.Item, profile: Profile) -> int:
    """Give how many examples a test draws, and have it draw them."""
    marker = item.get_closest_marker("examples")
    count = examples(marker.kwargs if marker else {}, profile)
    function = getattr(item, "obj", None)
    if count and is_hypothesis_test(function) and function not in _COUNTED:
        settings(max_examples=count)(function)
        _COUNTED.add(function)
    return count


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Open the endpoint; one that cannot be judged is asked nothing."""
    ours = _session(session.config)
    if ours is None or ours.terms.is_controller or not any(SUITES in item.path.parents for item in session.items):
        return None
    return None if ours.open(session) else True


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> tuple[str, str, str] | None:
    """Have no dot for a test that passed where one changing line tells of progress, or a plan is all that is told."""
    ours = _session(config)
    changing = ours and ours.progress and ours.progress.changes
    quiet = ours and (changing or config.option.plan) and config.option.verbose <= 0
    return ("passed", "", "") if quiet and report.passed and report.when == "call" else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Note what a test asks for, before it does."""
    if (ours := _session(item.config)) and SUITES in item.path.parents:
        ours.run.begin()
        ours.run.journal.write("item", item=item.nodeid, verifies=list(citations.cited(item)))
    with _recorded_or_skipped():
        yield


@contextmanager
def _recorded_or_skipped() -> Iterator[None]:
    """Skip a test that asks what a recording cannot answer."""
    try:
        yield
    except CaseNotRecordedError as unknown:
        pytest.skip(str(unknown))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Fail a test once, after its last example, with everything that its exchanges broke."""
    with _recorded_or_skipped():
        yield
    if (ours := _session(item.config)) and SUITES in item.path.parents:
        if not ours.run.judged:
            raise AssertionError(f"{item.nodeid} judged no exchange; it must call judge(...)")
        if ours.run.given_up:
            item.session.shouldstop = ours.run.given_up
        if ours.run.unanswered:
            pytest.skip(ours.run.unanswered)
        if broken := ours.run.failures():
            pytest.fail("\n\n".join(map(_block, broken)), pytrace=False)


def _block(broken: Broken) -> str:
    """Say which promise was broken, where it is said, and how to see it again."""
    exchange, violation = broken.exchange, broken.violation
    name = violation.requirement
    meta = exchange.data.get("meta")
    return terminal.failure(
        requirements()[name],
        expected=violation.expected,
        actual=violation.actual,
        pointer=violation.at,
        trace_id=meta.get("trace_id") if isinstance(meta, dict) else None,
        repeat=curl(exchange.request, body_file="" if exchange.request.body is None else body_file(name)),
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Note an exception that is none of the endpoint's as an error of the harness."""
    report = yield
    ours = _session(item.config)
    if ours and ours.progress and call.when == "teardown":
        ours.progress.tested()
    raised = call.excinfo if report.failed and SUITES in item.path.parents else None
    if ours and raised and not raised.errisinstance(pytest.fail.Exception):  # which only broken promises raise
        first = str(raised.value).strip().partition("\n")[0]
        ours.run.journal.write("error", where=item.nodeid, what=f"{raised.typename}: {first}")
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Clean up, and let the verdict decide how the run ends."""
    ours = _session(session.config)
    if ours is None:
        return
    ours.close()
    if not hasattr(session.config, "workerinput"):
        session.exitstatus = ours.finish(int(exitstatus))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let the journal go, however the run ended."""
    if ours := _session(config):
        ours.run.journal.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what the run found, in words to act on."""
    ours = _session(config)
    if ours and ours.plan:
        for line in ours.plan:
            terminalreporter.write_line(line)
    if ours and ours.result:
        terminalreporter.section("exports-conformance")
        for line in terminal.run_summary(ours.result, folder=ours.folder):
            terminalreporter.write_line(line)
        for line in comparison_lines(ours.comparison, folder=ours.folder) if ours.comparison else ():
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def endpoint(pytestconfig: pytest.Config) -> Endpoint:
    """The endpoint that this run asks."""
    ours = pytestconfig.stash[SESSION]
    if ours.endpoint is None:
        raise pytest.UsageError("the suites were asked for by no argument; run `pytest suites`")
    return ours.endpoint


@pytest.fixture(scope="session")
def again(pytestconfig: pytest.Config, endpoint: Endpoint) -> Callable[[Exchange], Exchange]:
    """Ask what was recorded once more, in this run's terms; skip what has lost its meaning."""
    gate = pytestconfig.stash[SESSION].terms.gate
    if gate is None:
        raise pytest.UsageError("there is no recording to replay; give one with --replay FILE")

    def asked(question: Exchange) -> Exchange:
        try:
            return gate.ask(endpoint, question)
        except CannotAskError as error:
            pytest.skip(f"cannot be asked again: {error}")

    return asked


@pytest.fixture(scope="session")
def judge(pytestconfig: pytest.Config) -> Judge:
    """Let the running test stand or fall with an exchange; violations are reported once, when it has ended."""
    run = pytestconfig.stash[SESSION].run

    def stands_or_falls_with(exchange: Exchange) -> None:
        run.judge(exchange)

    return stands_or_falls_with
