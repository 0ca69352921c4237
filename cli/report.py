"""The commands about the result of a run: `report`, `ticket`, and `reproduce`, which sends requests again.

Decision: docs/decisions/0061-reproduction-scripts.md.
"""

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import click

from exports_conformance.cli.console import print_lines
from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.limits import RunLimits
from exports_conformance.client.opening import Options, open_live, open_reference
from exports_conformance.client.preflight import preflight
from exports_conformance.client.settings import ConfigurationError, LiveSettings
from exports_conformance.exchange.untrusted import harmless
from exports_conformance.reports import history, kill_matrix, writing
from exports_conformance.reports.text.markdown import NoTicketError, support_ticket
from exports_conformance.results.har import from_json
from exports_conformance.results.journal import Journal, JournalLedger, remains
from exports_conformance.results.result import FaultShown, ResultError, RunResult, read_result
from exports_conformance.run.options import HTTP_IN_LIVE_MODE
from exports_conformance.run.report_folder import UNFINISHED, ReportFolder
from exports_conformance.run.reproducing import Reproduced, Reproducing

LATEST = Path("reports/latest/result.json")


@click.command(name="report")
@click.argument("result", type=click.Path(path_type=Path), default=LATEST)
@click.option(
    "--report-dir", type=click.Path(path_type=Path), metavar="DIR", help="Folder to write to; default: that of RESULT."
)
@click.option(
    "--earlier", type=click.Path(path_type=Path), multiple=True, metavar="FILE", help="Results of other runs."
)
@click.option(
    "--kill-matrix",
    "matrix",
    type=click.Path(path_type=Path),
    default=kill_matrix.KILL_MATRIX_FILE,
    metavar="FILE",
    help="Matrix of mutants and the requirements that catch them; default: that of the checkout.",
)
def report_command(result: Path, report_dir: Path | None, earlier: tuple[Path, ...], matrix: Path) -> None:
    """Render RESULT (a run's result.json) again: pages, JUnit XML, and what GitHub shows.

    Results given by --earlier, of other endpoints or days, say when a requirement was last seen to hold there.
    """
    folder = report_dir or result.parent
    try:
        shown = read_result(result)
        known = history.extended(history.read_history(result.parent), [read_result(file) for file in earlier])
        with closing(ReportFolder(folder)):
            first = writing.write_report(shown, folder, known=known, matrix=kill_matrix.read_kill_matrix(matrix))
    except (ResultError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{folder}: {error.strerror}; give another --report-dir") from None
    print_lines(f"report: {first}")


@click.command(name="ticket")
@click.argument("requirement", metavar="ID")
@click.option("--result", type=click.Path(path_type=Path), default=LATEST, show_default=True, metavar="FILE")
def ticket_command(requirement: str, result: Path) -> None:
    """Print a ticket for the vendor's support about the violated requirement ID, in Markdown."""
    try:
        print_lines(support_ticket(read_result(result), requirement))
    except (ResultError, NoTicketError) as error:
        raise click.ClickException(str(error)) from None


_EXITS: Mapping[Reproduced, int] = {"shown": 1, "not shown": 0, "not checked": 2}

_Where = Literal["live", "reference"]


@click.command(name="reproduce")
@click.argument("fault", metavar="FAULT")
@click.option("--result", type=click.Path(path_type=Path), default=LATEST, show_default=True, metavar="FILE")
@click.option(
    "--endpoint",
    "where",
    type=click.Choice(["live", "reference"]),
    default="live",
    show_default=True,
    help="Send the requests to the endpoint of the environment, or to the built-in reference.",
)
@click.option("--allow-live-mode", is_flag=True, help="Create exports in an organisation in live mode, too.")
@click.option("--allow-http", is_flag=True, help="Plain http to a host that is not loopback, for a mock.")
@click.pass_context
def reproduce_command(
    context: click.Context, fault: str, result: Path, where: _Where, *, allow_live_mode: bool, allow_http: bool
) -> None:
    """Send the requests that showed FAULT in a run again, judge the responses, and remove what they created.

    FAULT is the name of a fault in RESULT, or a requirement that it violates. The exit status is 1 if the fault is
    shown, 0 if it is not, 2 if that could not be checked, and 4 for wrong usage: what `git bisect run` needs with the
    result of an earlier run.
    """
    if allow_http and allow_live_mode:
        raise click.UsageError(HTTP_IN_LIVE_MODE)
    try:
        known = read_result(result)
        found = _fault(known, fault)
        settings = LiveSettings.read(allow_http=allow_http) if where == "live" else None
        context.exit(_reproduced(known, found, result, settings, allow_live_mode=allow_live_mode))
    except (ResultError, ConfigurationError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(
            f"{error.filename or result.parent}: {error.strerror}; the journal of what is created could not be written"
        ) from None


def _fault(result: RunResult, name: str) -> FaultShown:
    faults = result.get("faults", [])
    for fault in sorted(faults, key=lambda each: each["name"] != name):
        if name in fault["requirements"]:
            if not fault.get("steps"):
                raise ResultError(f"{name}: the result does not have the requests of this fault; run the suite again")
            return fault
    names = [each for fault in faults for each in fault["requirements"]]
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"it has: {', '.join(f['name'] for f in faults) or 'none'}"
    raise ResultError(f"{name}: the result has no such fault; {hint}")


def _reproduced(
    result: RunResult, fault: FaultShown, file: Path, settings: LiveSettings | None, *, allow_live_mode: bool
) -> int:
    """Send the requests of a fault to the endpoint of the settings, or to the reference; return the exit status."""
    folder = file.parent / f"{UNFINISHED}{time.time_ns()}"  # where `clean` finds it, should this be interrupted
    journal = Journal(folder, "reproduce")
    judged = Reproducing(fault["name"], result["contract"]["edition"], keep=journal.exchanged)
    ledger = JournalLedger(journal)
    limits = RunLimits(allow_live_mode=not settings or allow_live_mode)
    options: Options = {"ledger": ledger, "observe": judged.observe, "limits": limits, "prefix": "reproduce"}
    try:
        with _opened(settings, options) as endpoint:
            journal.write("run", anonymised=False, base_url=endpoint.base_url)
            problem = _problem(endpoint, any_mode=not settings or allow_live_mode)
            if not problem:
                judged.send([from_json(each) for each in fault["steps"]], endpoint)
                cleaned = endpoint.clean()
                for name in cleaned.left:
                    print_lines(f"left: {harmless(name)}")
                if cleaned.looked:
                    for export_id, tag in ledger.outstanding():
                        if not export_id and tag not in cleaned.left:
                            ledger.absent(tag)
    finally:
        journal.close()
        if not remains(folder):
            (folder / "reproduce.jsonl").unlink(missing_ok=True)
            folder.rmdir()
    return _told(judged, problem)


def _opened(settings: LiveSettings | None, options: Options) -> AbstractContextManager[Endpoint]:
    if not settings:
        return open_reference(**options)
    if settings.notice:
        print_lines(settings.notice)
    return open_live(settings, announce=print_lines, **options)


def _problem(endpoint: Endpoint, *, any_mode: bool) -> str:
    """Return why nothing may be created; empty if it may."""
    found = preflight(endpoint)
    endpoint.set_running(found.running or 0)
    if found.problem or found.mode == "test" or any_mode:
        return found.problem
    what = "is in live mode" if found.mode == "live" else "does not show its mode"
    return f"the organisation {what}: add --allow-live-mode to create exports there"


def _told(judged: Reproducing, problem: str) -> int:
    """Print the outcome; return the exit status."""
    name, sent = judged.requirement, f"{judged.requests} requests"
    if not problem and judged.violation:
        found = judged.violation
        place = f" at {found.at}" if found.at else ""
        print_lines(harmless(f"{name}: the fault is shown{place}, after {sent}"))
        print_lines(harmless(f"expected  {found.expected[:400]}") + "\n" + harmless(f"actual    {found.actual[:400]}"))
    elif not problem and judged.outcome == "not shown":
        print_lines(harmless(f"{name}: the fault is not shown, after {sent}"))
    else:
        why = problem or judged.problem or judged.unclear or "it takes exports that this command did not create"
        print_lines(harmless(f"{name}: not checked: {why}"))
        return _EXITS["not checked"]
    return _EXITS[judged.outcome]
