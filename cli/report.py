"""The command `report`: renders the reports of a run again from its result."""

from contextlib import closing
from pathlib import Path

import click

from exports_conformance.cli.printing import print_lines
from exports_conformance.reports import history, kill_matrix, writing
from exports_conformance.results.result import ResultError, read_result
from exports_conformance.run.report_folder import ReportFolder

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
