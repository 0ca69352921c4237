"""The command `compare`: compares recordings, or the results of runs, without any network."""

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from exports_conformance.cli.console import print_lines
from exports_conformance.reports.site.comparison_page import matrix_lines, write_comparison, write_matrix
from exports_conformance.reports.text.upgrade import comparison_lines
from exports_conformance.results.recording import RecordingError
from exports_conformance.results.result import ResultError
from exports_conformance.results.verdicts import Deviation, DeviationError, read_deviations
from exports_conformance.run.report_folder import ReportFolder
from exports_conformance.upgrade.comparing import compare_exchanges as differences_of
from exports_conformance.upgrade.document import (
    COMPARISON_FAIL_ON,
    Comparison,
    ComparisonFailOn,
    build_comparison,
    exit_code_of_comparison,
)
from exports_conformance.upgrade.sides import Side, UnusableSideError, read_side
from exports_conformance.upgrade.usage import Uses, UsesError, read_uses
from exports_conformance.upgrade.verdict_matrix import build_matrix, exit_code_of_matrix


@click.command(name="compare")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="BEFORE AFTER [LATER]...")
@click.option("--uses", type=click.Path(path_type=Path), metavar="FILE", help="TOML that lists what your client uses.")
@click.option(
    "--fail-on",
    type=click.Choice(COMPARISON_FAIL_ON),
    default="breaking",
    show_default=True,
    help="Which differences exit with 1.",
)
@click.option(
    "--deviations",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="TOML of known violations, which are shown as waived.",
)
@click.option("--report-dir", type=click.Path(path_type=Path), default=Path("reports/latest"), show_default=True)
def compare_command(
    files: Sequence[Path], uses: Path | None, fail_on: ComparisonFailOn, deviations: Path | None, report_dir: Path
) -> None:
    """Compare BEFORE and AFTER: two recordings (HAR), or the result.json of two runs.

    Three or more files give a matrix: the verdict on every requirement in each of them, the earliest version first.
    """
    if len(files) == 1:
        raise click.ClickException(f"{files[0]} is the only file; give at least two recordings or two results")
    if fail_on == "breaks-me" and (uses is None or len(files) > 2):  # noqa: PLR2004  before and after
        needed = "needs two files" if uses else "needs --uses FILE, which lists what your client uses"
        raise click.ClickException(f"--fail-on breaks-me: {needed}")
    try:
        used: Uses | None = read_uses(uses) if uses else None
        known = _known(deviations)
        sides = [read_side(file, deviations=known) for file in files]
    except (DeviationError, RecordingError, ResultError, UnusableSideError, UsesError) as error:
        raise click.ClickException(str(error)) from None
    if deviations and any(side.what == "result" for side in sides):
        raise click.ClickException("--deviations: applies to recordings; a result has the deviations of its own run")
    if len(sides) > 2:  # noqa: PLR2004  before and after
        matrix = build_matrix(sides)
        _write(report_dir, lambda: write_matrix(matrix, report_dir))
        lines, code = matrix_lines(matrix, report_dir), exit_code_of_matrix(matrix, on_any=fail_on == "any")
    else:
        comparison = _compared(sides[0], sides[1], used, str(uses or ""))
        _write(report_dir, lambda: write_comparison(comparison, report_dir))
        lines = comparison_lines(comparison, folder=report_dir)
        code = exit_code_of_comparison(comparison, fail_on=fail_on)
    for line in lines:
        print_lines(line)
    click.get_current_context().exit(code)


def _known(file: Path | None) -> Sequence[Deviation]:
    return tuple(read_deviations(file, today=datetime.now(UTC).date()).values()) if file else ()


def _compared(was: Side, is_now: Side, uses: Uses | None, uses_file: str) -> Comparison:
    if was.what != is_now.what:
        raise click.ClickException(
            f"{was.source} is a {was.what}, {is_now.source} a {is_now.what}; give two recordings or two results"
        )
    both = was.exchanges is not None and is_now.exchanges is not None
    compared = differences_of(was.exchanges or (), is_now.exchanges or (), uses=uses) if both else None
    return build_comparison(was, is_now, compared, uses=uses_file)


def _write(folder: Path, write: Callable[[], None]) -> None:
    try:
        with closing(ReportFolder(folder)):
            write()
    except OSError as error:
        raise click.ClickException(f"--report-dir {folder}: {error.strerror}; give another folder") from None
