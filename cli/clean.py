"""The command `clean`: removes what earlier runs left at a live endpoint, if it still shows their tags."""

import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from exports_conformance.cli.console import print_lines
from exports_conformance.client.cleanup import UNTRACEABLE, CleanUp, EarlierRuns
from exports_conformance.client.endpoint import Endpoint
from exports_conformance.client.limits import LAG
from exports_conformance.client.opening import open_live
from exports_conformance.client.ownership import MemoryLedger
from exports_conformance.client.preflight import preflight
from exports_conformance.client.settings import ConfigurationError, LiveSettings
from exports_conformance.exchange.tags import PREFIX, run_of, tags_in
from exports_conformance.exchange.untrusted import harmless
from exports_conformance.results.journal import Journal, JournalLedger, Remains, remains
from exports_conformance.results.result import ResultError, read_result
from exports_conformance.results.verdicts import INCONCLUSIVE
from exports_conformance.run.report_folder import unfinished_journals

SOMETHING_LEFT = 1
_UNREAD: Final = "the lists of the API could not be read, so more may be left: clean again"
_UNITS: Final = {"m": 60.0, "h": 3600.0, "d": 86400.0}  # seconds
_LEAST_AGE: Final = 600.0  # seconds; a run under way may create nothing for minutes while it waits for a rate limit


class _Age(click.ParamType[float]):
    """A time in minutes, hours or days, converted to seconds."""

    name = "age"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        written = re.fullmatch(r"([0-9]{1,6})([mhd])", value)
        if not written:
            self.fail(f"{value!r} is not a time such as 30m, 1h or 2d", param, ctx)
        seconds = int(written[1]) * _UNITS[written[2]]
        if seconds < _LEAST_AGE:
            self.fail(f"{value!r} is less than 10m, so exports of a run under way could be removed", param, ctx)
        return seconds


@click.command(name="clean")
@click.option(
    "--report-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports/latest"),
    show_default=True,
    help="The report folder of the runs.",
)
@click.option("--anonymised", is_flag=True, help="Confirm that anonymised journals are of the configured endpoint.")
@click.option(
    "--older-than",
    type=_Age(),
    metavar="AGE",
    help="Instead of reading journals, search the endpoint for the exports of every run of this suite that created "
    "nothing for so long (30m, 1h, 2d), and name them.",
)
@click.option("--yes", is_flag=True, help="Remove the exports that --older-than finds.")
@click.option("--allow-http", is_flag=True, help="Plain http to a host that is not loopback, for a mock.")
def clean_command(report_dir: Path, *, anonymised: bool, older_than: float | None, yes: bool, allow_http: bool) -> None:
    """Remove what earlier runs left at the endpoint of the environment, by their journals and result.json.

    Only exports that show the tag of their run now are removed; others are named and left.
    """
    if older_than is not None:
        _clean_earlier_runs(older_than, remove=yes, allow_http=allow_http)
        return
    if yes:
        raise click.UsageError("--yes removes what --older-than finds; give --older-than, or omit --yes")
    if report_dir.is_symlink():
        raise click.ClickException(f"{report_dir}: is a symbolic link, which is not followed; give the folder itself")
    try:
        settings = LiveSettings.read(allow_http=allow_http)
        if settings.notice:
            print_lines(settings.notice)
        known = dict(_known(report_dir))
        left = {folder: found for folder, found in known.items() if found}
        elsewhere = {
            folder
            for folder, found in known.items()
            if not (anonymised if found.anonymised else found.base_url == settings.base_url)
        }
        unclear = {folder for folder in elsewhere if known[folder].anonymised and known[folder].untraceable}
        for folder in sorted(elsewhere & left.keys() | unclear):
            print_lines(harmless(f"{folder}: {_remedy(known[folder], settings)}"))
        untraceable = [case for folder in known.keys() - elsewhere for case in known[folder].untraceable]
        for case in untraceable:
            print_lines(f"{UNTRACEABLE} {harmless(case)}; its export looks like any other, so search for it yourself")
        if not left.keys() - elsewhere:
            print_lines(f"nothing to remove: no journal in {report_dir} names an export at {settings.base_url}")
            raise click.exceptions.Exit(SOMETHING_LEFT if untraceable or unclear else 0)
        _wait_for_lists(left)
        cleaned = [_clean(folder, left[folder], settings) for folder in left if folder not in elsewhere]
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from None
    _report(cleaned)
    if untraceable or unclear:
        sys.exit(SOMETHING_LEFT)


def _report(cleaned: Sequence[CleanUp]) -> None:
    """Print what was removed and what is left, and exit with 1 if something is or may be."""
    names = [name for each in cleaned for name in each.left]
    print_lines(f"removed {sum(each.deleted for each in cleaned)}, left {len(names)}")
    for name in names:
        print_lines(f"  {'tag' if name.startswith(PREFIX) else 'export'} {harmless(name)}")
    if not all(each.looked for each in cleaned):
        print_lines(_UNREAD)
    if names or not all(each.looked for each in cleaned):
        sys.exit(SOMETHING_LEFT)


def _clean_earlier_runs(age: float, *, remove: bool, allow_http: bool) -> None:
    """Name the exports of the runs that created nothing for `age` seconds, and remove them on request."""
    try:
        settings = LiveSettings.read(allow_http=allow_http)
        if settings.notice:
            print_lines(settings.notice)
        with open_live(settings, ledger=MemoryLedger(), prefix="clean", announce=print_lines) as endpoint:
            _check_reachable(endpoint)
            found = endpoint.earlier_runs(before=time.time() - age)
        _print_found(found)
        if remove and found.exports:
            ledger = MemoryLedger()
            for export_id, tag in found.exports.items():
                ledger.created(export_id, tag)
            with open_live(settings, ledger=ledger, prefix="clean", announce=print_lines) as endpoint:
                cleaned = endpoint.clean()
            _report([replace(cleaned, looked=cleaned.looked and found.looked)])
            return
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from None
    if found.exports:
        print_lines("nothing was removed; add --yes to remove the exports of earlier runs")
    if not found.looked:
        print_lines(_UNREAD)
        sys.exit(SOMETHING_LEFT)


def _print_found(found: EarlierRuns) -> None:
    """Print the exports that were found, each with what it is."""
    print_lines(f"found {len(found.exports)} exports of earlier runs")
    for export_id, tag in found.exports.items():
        print_lines(f"  export {harmless(export_id)} {tag}")
    for export_id in found.recent:
        print_lines(f"  left: export {harmless(export_id)}, since its run may be under way")
    for export_id in found.unclear:
        print_lines(f"  left: export {harmless(export_id)}, since it mentions a tag but may be somebody else's")


def _check_reachable(endpoint: Endpoint) -> None:
    """Exit with 7 and a line that says why if exports cannot be listed."""
    if problem := preflight(endpoint).problem:
        print_lines(harmless(problem))
        sys.exit(INCONCLUSIVE)


def _remedy(left: Remains, settings: LiveSettings) -> str:
    """Return why a journal is not cleaned, and what to do about it."""
    if left.anonymised:
        return f"is anonymised; if it is of {settings.base_url}, clean again with --anonymised"
    where = left.base_url or "an unknown endpoint"
    return f"is of {where}; set COMMERCELAYER_API_ENDPOINT to that, and clean again"


def _known(report_dir: Path) -> Iterator[tuple[Path, Remains]]:
    """Yield the folders of journals and what their runs left, those that were set aside first."""
    named: set[str] = set()
    for folder in [*unfinished_journals(report_dir), report_dir / "journal"]:
        if folder.is_symlink():
            print_lines(harmless(f"{folder}: is a symbolic link, which is not followed"))
            continue
        found = remains(folder, damaged=lambda problem: print_lines(f"skipped: {harmless(problem)}"))
        named |= {*found.exports, *found.tags}
        yield folder, found
    kept = in_result(report_dir / "result.json")
    exports = {export_id: "" for export_id in kept.exports if export_id not in named}
    tags = kept.tags if exports else tuple(tag for tag in kept.tags if tag not in named)
    if exports or tags:
        yield report_dir / "journal-of-result", Remains(kept.base_url, exports, tags, kept.anonymised)


def in_result(file: Path) -> Remains:
    """Return what a result names as left; nothing if there is no result that can be read."""
    if not file.is_file():
        return Remains()
    try:
        result = read_result(file)
    except ResultError as error:
        print_lines(f"skipped: {harmless(str(error))}")
        return Remains()
    left = result["cleanup"]["left"]
    tags = [each["mark"] for each in left if each["mark"].startswith(PREFIX)]
    exports = {each["id"]: "" for each in left if each["id"]}
    if exports:  # their tags are not written down: one tag of each run is enough to find and recognise them
        tags += {run_of(tag): tag for tag in tags_in(file.read_text(encoding="utf-8", errors="replace"))}.values()
    return Remains(result["endpoint"]["base_url"], exports, tuple(dict.fromkeys(tags)))


def _wait_for_lists(left: dict[Path, Remains]) -> None:
    """Wait until lists show every creation that was under way when a run ended."""
    files = [file for folder, found in left.items() if found.tags for file in folder.glob("*.jsonl")]
    wait = LAG - (time.time() - max((file.stat().st_mtime for file in files), default=0.0))
    if wait > 0:
        print_lines(f"the run ended just now: waiting {wait:.0f} s, since lists may lag")
        time.sleep(min(wait, LAG))


def _clean(folder: Path, left: Remains, settings: LiveSettings) -> CleanUp:
    with closing(Journal(folder, "clean")) as journal:
        ledger = JournalLedger(journal, left)
        with open_live(settings, ledger=ledger, prefix="clean", announce=print_lines) as endpoint:
            _check_reachable(endpoint)
            cleaned = endpoint.clean()
        if cleaned.looked:
            for export_id, tag in ledger.outstanding():
                if not export_id and tag not in cleaned.left:
                    ledger.absent(tag)
    if not remains(folder) and folder.name != "journal":
        _remove_journal(folder)
    return cleaned


def _remove_journal(folder: Path) -> None:
    """Remove a journal's files, and its folder if nothing else is in it."""
    for file in folder.glob("*.jsonl"):
        file.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
