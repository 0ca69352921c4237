"""The command `compare`: two runs that were recorded, or their results, without any network."""

from pathlib import Path

import click

from exports_conformance.exchange.untrusted import parse_json
from exports_conformance.reports.comparison.lines import lines
from exports_conformance.reports.comparison.writing import write
from exports_conformance.results import recording
from exports_conformance.results.recording import RecordingError
from exports_conformance.upgrade.comparing import compare as differences_of
from exports_conformance.upgrade.document import FAIL_ON, FailOn, build, exit_code
from exports_conformance.upgrade.sides import Side, UnusableSide, of_recording, of_result
from exports_conformance.upgrade.usage import Uses, UsesError, read_uses


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--uses", type=click.Path(path_type=Path), metavar="FILE", help="TOML that says what your client uses.")
@click.option("--fail-on", type=click.Choice(FAIL_ON), default="breaking", show_default=True, help="What ends with 1.")
@click.option("--report-dir", type=click.Path(path_type=Path), default=Path("reports/latest"), show_default=True)
def compare(before: Path, after: Path, uses: Path | None, fail_on: FailOn, report_dir: Path) -> None:
    """Compare BEFORE and AFTER: two recordings (HAR), or the result.json of two runs."""
    if fail_on == "breaks-me" and uses is None:
        raise click.ClickException("--fail-on breaks-me: says nothing without --uses FILE; add what your client uses")
    try:
        used: Uses | None = read_uses(uses) if uses else None
        was, is_now = side(before), side(after)
    except (RecordingError, UnusableSide, UsesError) as error:
        raise click.ClickException(str(error)) from None
    if was.what != is_now.what:
        raise click.ClickException(f"{before} is a {was.what}, {after} a {is_now.what}; give two of a kind")
    both = was.exchanges is not None and is_now.exchanges is not None
    compared = differences_of(was.exchanges or (), is_now.exchanges or (), uses=used) if both else None
    comparison = build(was, is_now, compared, uses=str(uses or ""))
    try:
        write(comparison, report_dir)
    except OSError as error:
        raise click.ClickException(f"--report-dir {report_dir}: {error.strerror}; give another folder") from None
    for line in lines(comparison, folder=report_dir):
        click.echo(line)
    click.get_current_context().exit(exit_code(comparison, fail_on=fail_on))


def side(file: Path) -> Side:
    """Read one side: a result, or a recording.

    Raises:
        RecordingError, UnusableSide: it is neither, or nothing can be compared with it.
    """
    try:
        found = parse_json(file.read_bytes()) if file.is_file() else None
    except ValueError:
        found = None  # which the reader of recordings says in its words
    if isinstance(found, dict) and "requirements" in found:
        return of_result(str(file), found)
    return of_recording(str(file), recording.read_recording(file))
