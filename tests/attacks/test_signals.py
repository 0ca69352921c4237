"""A signal ends a run at once, whatever it waits for, and what a killed run leaves is removed by `clean`."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exports_conformance.cli import clean
from exports_conformance.client import cleanup, limits
from exports_conformance.exchange.tags import tags_in
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from exports_conformance.run.report_folder import ReportFolder
from tests.attacks.organisation import Open, SharedOrganisation, bent, operation_of

SECONDS = 20  # for what takes about one, on a busy machine


def _slow_deletions(asked: ServerRequest, respond: Respond) -> ServerResponse:
    if operation_of(asked) == "delete":
        time.sleep(0.15)
    return respond(asked)


@contextmanager
def _running(organisation: SharedOrganisation, folder: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the suites in a process of their own, until it is waited for."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COMMERCELAYER_"))}
    command = [sys.executable, "-m", "exports_conformance.cli.main", "--endpoint", "live", "-q", *words]
    with subprocess.Popen(  # noqa: S603  our own script
        [*command, "--report-dir", str(folder)],
        env={**plain, **organisation.env},
        cwd=folder.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as run:
        try:
            yield run
        finally:
            run.kill()


def _wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 3 * SECONDS
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    assert condition()


def test_what_a_cancelled_job_leaves_is_removed_by_clean(
    shared: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """SIGINT, SIGTERM and SIGKILL, as CI systems send them; another run in the folder keeps the journal for `clean`.

    An export without a tag cannot be told from those of others then: it is named.
    """
    organisation = shared(_slow_deletions)
    folder = tmp_path / "report"
    with _running(organisation, folder) as run:
        _wait_until(lambda: len(organisation.left) >= 5)
        run.send_signal(signal.SIGINT)
        _wait_until(lambda: len(organisation.sent("delete")) > 0)
        run.send_signal(signal.SIGTERM)
        sent = len(organisation.sent("delete"))
        _wait_until(lambda: len(organisation.sent("delete")) > sent + 1)  # it has not ended the clean-up
        run.kill()
        assert run.wait(SECONDS) == -signal.SIGKILL
    assert organisation.left
    assert not (folder / "result.json").exists()

    ReportFolder.cleared(folder).close()  # as another run does
    assert list(folder.glob("journal-unfinished-*"))
    capfd.readouterr()
    for module in (clean, cleanup, limits):
        monkeypatch.setattr(module, "LAG", 0.1)  # this server's lists never lag
    code = organisation.command("clean", "--report-dir", str(folder))
    lines = capfd.readouterr().out.splitlines()
    named = [line.split()[-1] for line in lines if line.startswith("  export ")]
    perhaps = [line for line in lines if line.startswith("perhaps, without a tag")]
    assert sorted(organisation.left) == sorted(named) or (not named and len(organisation.left) <= len(perhaps) == 1)
    exports = organisation.reference.organisation.exports
    assert not any(tags_in(str(exports[each].arguments)) for each in organisation.left)  # those with a tag are gone
    assert code == (1 if named or perhaps else 0)


def test_signal_ends_a_wait_for_a_rate_limit(shared: Open, tmp_path: Path) -> None:
    """The limit is spent, by its own account for two minutes; the run ends, and removes what it made."""

    def spent(asked: ServerRequest, response: ServerResponse) -> ServerResponse:
        if operation_of(asked) != "create":
            return response
        for name, value in (("Limit", "100"), ("Interval", "120"), ("Remaining", "0")):
            response = response.with_header(f"X-Ratelimit-{name}", value)
        return response

    organisation = shared(bent("any", spent), generous=False)

    def stop() -> None:
        _wait_until(lambda: len(organisation.left) >= 1)  # from then on the signal is the run's, not this process's
        os.kill(os.getpid(), signal.SIGTERM)

    stopping = threading.Thread(target=stop)
    stopping.start()
    started = time.monotonic()
    assert organisation.run(tmp_path / "report", "--hypothesis-profile", "smoke") == 2
    assert time.monotonic() - started < SECONDS
    stopping.join()
    assert organisation.left == []
    assert json.loads((tmp_path / "report" / "result.json").read_text())["counts"]["left"] == 0


def test_window_of_a_day_is_not_waited_for(shared: Open, tmp_path: Path) -> None:
    """One request in 99,999 seconds is no limit that a run could keep."""

    def day(_: ServerRequest, response: ServerResponse) -> ServerResponse:
        return response.with_header("X-Ratelimit-Limit", "1").with_header("X-Ratelimit-Interval", "99999")

    organisation = shared(bent("any", day), generous=False)
    started = time.monotonic()
    assert organisation.run(tmp_path, "--hypothesis-profile", "smoke") == 0
    assert time.monotonic() - started < SECONDS
    assert organisation.left == []
