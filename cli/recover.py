"""The command `recover`: makes a recording from the journal of a run, however the run ended."""

from pathlib import Path

import click

from exports_conformance.cli.printing import print_lines
from exports_conformance.exchange.untrusted import harmless
from exports_conformance.results import journal
from exports_conformance.results.recording import of_journal, write_recording


@click.command(name="recover")
@click.argument("folder", metavar="JOURNAL", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--record", "file", default="recovered.har", show_default=True, type=click.Path(path_type=Path), metavar="FILE"
)
def recover_command(folder: Path, file: Path) -> None:
    """Make a recording from JOURNAL: a journal's folder, the report folder that holds it, or one of its files."""
    found = folder / "journal" if (folder / "journal").is_dir() else folder
    try:
        kept = list(journal.read_journal(found) if found.is_dir() else journal.read_journal_file(found))
    except (OSError, UnicodeDecodeError):
        kept = []
    if not kept:
        raise click.ClickException(
            f"{folder}: holds no journal; give the folder with the *.jsonl files, or one of them"
        )
    recording = of_journal(kept)
    write_recording(file, recording)
    run = recording.provenance
    print_lines(f"{file}: {len(recording.exchanges)} exchanges with {harmless(run.base_url)} ({run.kind})")
