"""The console script: `exports-conformance [pytest options]` runs the suites, or a command if its name comes first."""

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

import click
import pytest

from exports_conformance.cli.check import check_command
from exports_conformance.cli.clean import clean_command
from exports_conformance.cli.compare import compare_command
from exports_conformance.cli.drift import drift_command
from exports_conformance.cli.plan import plan_command
from exports_conformance.cli.printing import print_lines
from exports_conformance.cli.recording import recording_command
from exports_conformance.cli.recover import recover_command
from exports_conformance.cli.report import report_command
from exports_conformance.cli.reproduce import reproduce_command
from exports_conformance.cli.serve import serve
from exports_conformance.cli.ticket import ticket_command
from exports_conformance.contract.tables import ContractError
from exports_conformance.exchange.untrusted import harmless


@click.group(
    help="Contract tests of “create an export” of the Commerce Layer API.\n\n"
    "Without a command it runs the suites, with pytest's options and those that `--help-run` lists.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="exports-conformance")
def commands() -> None:
    """Group the commands beside the run of the suites."""


for _command in (
    check_command,
    clean_command,
    compare_command,
    drift_command,
    plan_command,
    recording_command,
    recover_command,
    report_command,
    reproduce_command,
    serve,
    ticket_command,
):
    commands.add_command(_command)

_OWN = {"-h", "--help", "--version"}
CONFIGURATION = Path(__file__).parents[1] / "run" / "pytest.toml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, or the suites; return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and (words[0] in commands.commands or words[0] in _OWN):
        try:
            return int(commands.main(words, prog_name="exports-conformance", standalone_mode=False) or 0)
        except click.ClickException as error:
            return _usage_error(error.format_message())
        except ContractError as error:
            return _usage_error(str(error))
    if words and not words[0].startswith("-") and (near := get_close_matches(words[0], commands.commands, n=1)):
        return _usage_error(f"{words[0]}: is not a command; did you mean {near[0]}?")
    return run(words)


def run(words: Sequence[str], plugins: Sequence[object] = ()) -> int:
    """Run the suites of the installed package with pytest's options and plugins, from any folder."""
    try:
        import_module("exports_conformance.contract.resources")  # the suites read it on import, where pytest reports it
    except ContractError as error:
        return _usage_error(str(error))
    words = ["--help" if word == "--help-run" else word for word in words]
    configuration = ["-c", str(CONFIGURATION), "--rootdir", str(Path.cwd())]
    plugin = ["-p", "exports_conformance.run.plugin"]
    # For the name of a package pytest would load, and run, a conftest.py of the current folder: none is loaded.
    fixtures = ["--noconftest", "-p", "exports_conformance.suites.conftest"]
    return int(pytest.main([*plugin, *fixtures, *configuration, "--pyargs", *words], [*plugins]))


def _usage_error(message: str) -> int:
    print_lines(f"ERROR: {harmless(message)}", to_stderr=True)
    return pytest.ExitCode.USAGE_ERROR


if __name__ == "__main__":
    sys.exit(main())
