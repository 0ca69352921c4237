"""The command `compare`: compares two recordings, or the results of two runs, without any network."""

from contextlib import closing
from pathlib import Path

import click

from exports_conformance.cli.printing import print_lines
from exports_conformance.reports.comparison.page import write_comparison
from exports_conformance.reports.comparison.text import comparison_lines
from exports_conformance.results.recording import RecordingError
from exports_conformance.results.result import ResultError
from exports_conformance.run.report_folder import ReportFolder
from exports_conformance.upgrade.comparing import compare_exchanges as differences_of
from exports_conformance.upgrade.document import (
    COMPARISON_FAIL_ON,
    ComparisonFailOn,
    build_comparison,
    exit_code_of_comparison,
)
from exports_conformance.upgrade.sides import UnusableSideError, read_side
from exports_conformance.upgrade.usage import Uses, UsesError, read_uses


@click.command(name="compare")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--uses", type=click.Path(path_type=Path), metavar="FILE", help="TOML that lists what your client uses.")
@click.option(
    "--fail-on",
    type=click.Choice(COMPARISON_FAIL_ON),
    default="breaking",
    show_default=True,
    help="Which differences exit with 1.",
)
@click.option("--report-dir", type=click.Path(path_type=Path), default=Path("reports/latest"), show_default=True)
def compare_command(before: Path, after: Path, uses: Path | None, fail_on: ComparisonFailOn, report_dir: Path) -> None:
    """Compare BEFORE and AFTER: two recordings (HAR), or the result.json of two runs."""
    if fail_on == "breaks-me" and uses is None:
        raise click.ClickException("--fail-on breaks-me: needs --uses FILE, which lists what your client uses")
    try:
        used: Uses | None = read_uses(uses) if uses else None
        was, is_now = read_side(before), read_side(after)
    except (RecordingError, ResultError, UnusableSideError, UsesError) as error:
        raise click.ClickException(str(error)) from None
    if was.what != is_now.what:
        raise click.ClickException(
            f"{before} is a {was.what}, {after} a {is_now.what}; give two recordings or two results"
        )
    both = was.exchanges is not None and is_now.exchanges is not None
    compared = differences_of(was.exchanges or (), is_now.exchanges or (), uses=used) if both else None
    comparison = build_comparison(was, is_now, compared, uses=str(uses or ""))
    try:
        with closing(ReportFolder(report_dir)):
            write_comparison(comparison, report_dir)
    except OSError as error:
        raise click.ClickException(f"--report-dir {report_dir}: {error.strerror}; give another folder") from None
    for line in comparison_lines(comparison, folder=report_dir):
        print_lines(line)
    click.get_current_context().exit(exit_code_of_comparison(comparison, fail_on=fail_on))
