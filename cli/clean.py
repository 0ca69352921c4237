"""The command `clean`: what runs that were killed left at a live endpoint is removed, and nothing else."""

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click

from exports_conformance.cli.printing import print_lines
from exports_conformance.client.cleanup import UNTRACEABLE, CleanUp
from exports_conformance.client.opening import open_live
from exports_conformance.client.preflight import preflight
from exports_conformance.client.sender import LAG
from exports_conformance.client.settings import ConfigurationError, LiveSettings
from exports_conformance.exchange.safe_text import harmless
from exports_conformance.exchange.tags import PREFIX
from exports_conformance.results.journal import Journal
from exports_conformance.results.ledger import JournalLedger, Remains, remains

SOMETHING_LEFT = 1
INCONCLUSIVE = 7


@click.command(name="clean")
@click.option(
    "--report-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports/latest"),
    show_default=True,
    help="Where the runs kept their journals.",
)
@click.option("--anonymised", is_flag=True, help="Say that anonymised journals are of the endpoint of the environment.")
def clean_command(report_dir: Path, *, anonymised: bool) -> None:
    """Remove what earlier runs left at the endpoint of the environment, by their journals, and only that."""
    try:
        settings = LiveSettings.read()
        if settings.notice:
            print_lines(settings.notice)
        known = {folder: remains(folder) for folder in _journals(report_dir)}
        left = {folder: found for folder, found in known.items() if found}
        elsewhere = {
            folder
            for folder, found in known.items()
            if not (anonymised if found.anonymised else found.base_url == settings.base_url)
        }
        for folder in sorted(elsewhere & left.keys()):
            print_lines(harmless(f"{folder}: {_remedy(left[folder], settings)}"))
        for case in (case for folder in known.keys() - elsewhere for case in known[folder].untraceable):
            print_lines(
                f"{UNTRACEABLE} {harmless(case)}; nothing tells its export from others, so look for it yourself"
            )
        if not left.keys() - elsewhere:
            print_lines(f"nothing to remove: no journal in {report_dir} names an export at {settings.base_url}")
            return
        _wait_for_lists(left)
        cleaned = [_clean(folder, left[folder], settings) for folder in left if folder not in elsewhere]
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from None
    names = [name for each in cleaned for name in each.left]
    print_lines(f"removed {sum(each.deleted for each in cleaned)}, left {len(names)}")
    for name in names:
        print_lines(f"  {'mark' if name.startswith(PREFIX) else 'export'} {harmless(name)}")
    if names:
        sys.exit(SOMETHING_LEFT)


def _remedy(left: Remains, settings: LiveSettings) -> str:
    """Say of whom a journal is that is not cleaned, and what to do about it."""
    if left.anonymised:
        return f"is anonymised; if it is of {settings.base_url}, clean again with --anonymised"
    where = left.base_url or "an endpoint that it does not name"
    return f"is of {where}; set COMMERCELAYER_API_ENDPOINT to that, and clean again"


def _journals(report_dir: Path) -> Iterator[Path]:
    """Give the folders of journals, those that were set aside first."""
    yield from sorted(report_dir.glob("journal-unfinished-*"))
    yield report_dir / "journal"


def _wait_for_lists(left: dict[Path, Remains]) -> None:
    """Wait until every creation that may have been under way is listed, if it was one."""
    files = [file for folder, found in left.items() if found.tags for file in folder.glob("*.jsonl")]
    wait = LAG - (time.time() - max((file.stat().st_mtime for file in files), default=0.0))
    if wait > 0:
        print_lines(f"the run ended just now: waiting {wait:.0f} s, since lists may lag")
        time.sleep(min(wait, LAG))


def _clean(folder: Path, left: Remains, settings: LiveSettings) -> CleanUp:
    with closing(Journal(folder, "clean")) as journal:
        ledger = JournalLedger(journal, left)
        with open_live(settings, ledger=ledger, prefix="clean") as endpoint:
            if problem := preflight(endpoint).problem:
                print_lines(harmless(problem))
                sys.exit(INCONCLUSIVE)
            cleaned = endpoint.clean()
        for export_id, tag in ledger.outstanding():
            if not export_id and tag not in cleaned.left:
                ledger.absent(tag)
    if not remains(folder) and folder.name != "journal":
        shutil.rmtree(folder)  # it was set aside for this only
    return cleaned
