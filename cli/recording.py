"""The commands `recording`, which shows what a recording contains, and `recover`, which makes one of a journal."""

import io
import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
from jsonschema import Draft202012Validator
from rich.console import Console
from rich.table import Table
from rich.text import Text

from exports_conformance.cli.console import print_lines
from exports_conformance.client.redaction import Redactor, secrets_in
from exports_conformance.contract.requirements import digest
from exports_conformance.exchange.untrusted import harmless
from exports_conformance.results import har, journal
from exports_conformance.results.recording import Recording, of_journal, read_json_file, read_recording, write_recording

WIDTH = 110
SECRETS_NAMED_AT_MOST = 10


@click.command(name="recording")
@click.argument("file", type=click.Path(path_type=Path))
def recording_command(file: Path) -> None:
    """Check that FILE is a recording whose HAR, provenance and redaction are in order, and print what is in it."""
    found = read_recording(file)
    problem = schema_problem(file) if file.is_file() else ""
    if problem and found.provenance.kind != "imported":
        raise click.ClickException(f"{file}: is not HAR 1.2: {problem}; record it again")
    secrets = secrets_in(file)
    for table in _tables(found, file):
        print_lines(table)
    if problem:
        print_lines(f"not quite HAR 1.2, but read: {problem}")
    for line in found.left_out:
        print_lines(f"not judged: {line}")
    if secrets:
        named = ", ".join(secrets[:SECRETS_NAMED_AT_MOST]) + (" ..." if len(secrets) > SECRETS_NAMED_AT_MOST else "")
        remedy = "do not share it; judge it with `--endpoint recorded` and `--record` for a copy without them"
        raise click.ClickException(f"{file}: {len(secrets)} places hold secrets ({named}); {remedy}")
    print_lines("no secret was found in it")


def schema_problem(file: Path) -> str:
    """Return how a HAR breaks the schema of HAR 1.2; empty if it does not, or if the file is not a HAR."""
    found = read_json_file(file)
    if not isinstance(found, dict) or "log" not in found:
        return ""
    error = next(_validator().iter_errors(found), None)
    if error is None:
        return ""
    place, what = Redactor().text(error.json_path.removeprefix("$.")), Redactor().text(error.message)
    return f"{place}: {what[:200]}"


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(har.HAR_SCHEMA_FILE.read_text(encoding="utf-8")))


def _tables(found: Recording, file: Path) -> Iterator[str]:
    run, age = found.provenance, found.provenance.age_days()
    same = "today’s" if run.contract == digest() else "another"
    facts = {
        "file": str(file),
        "of": f"{run.kind}, {Redactor().text(run.base_url)}, mode {run.mode}",
        "started": "unknown" if age is None else f"{har.moment(run.started)}, {age} days ago",
        "contract": f"{run.contract[:12]}, {same}" if run.contract else "none",
        "profile": f"{run.profile or 'none'}, seed {run.seed}" if run.seed else run.profile or "none",
        "versions": ", ".join(f"{name} {number}" for name, number in sorted(run.versions.items())) or "unknown",
        "exchanges": str(len(found.exchanges)),
    }
    grid = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        grid.add_row(name, Text(harmless(value)))
    yield _drawn(grid)
    cases = Table("case", "exchanges", "statuses")
    number: Counter[str] = Counter()
    statuses: dict[str, Counter[str]] = {}
    for exchange in found.exchanges:
        kind, _, _ = exchange.expectation.case.partition("/")
        name = exchange.expectation.case if kind == "imported" else kind
        number[name] += 1
        statuses.setdefault(name, Counter())[str(exchange.status or exchange.trouble)] += 1
    for name in sorted(number):
        counts = ", ".join(f"{status} ×{times}" for status, times in sorted(statuses[name].items()))
        cases.add_row(Text(harmless(name)), str(number[name]), Text(harmless(counts)))
    yield _drawn(cases)


def _drawn(table: Table) -> str:
    console = Console(file=io.StringIO(), width=WIDTH, highlight=False)
    with console.capture() as drawn:
        console.print(table)
    return drawn.get().rstrip("\n")


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
