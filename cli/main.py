"""The console script: `exports-conformance [run] [options]` runs the suites; other commands begin with their names."""

import ctypes
import sys
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from importlib.metadata import version

import click

from exports_conformance.cli.check import check_command
from exports_conformance.cli.clean import clean_command
from exports_conformance.cli.compare import compare_command
from exports_conformance.cli.console import print_lines
from exports_conformance.cli.drift import drift_command
from exports_conformance.cli.recording import recording_command, recover_command
from exports_conformance.cli.report import report_command, reproduce_command, ticket_command
from exports_conformance.cli.run import plan_command, run_command, usage_error
from exports_conformance.cli.serve import serve
from exports_conformance.contract.edition import editions
from exports_conformance.contract.requirements import digest, requirements
from exports_conformance.contract.tables import ContractError

M_MMAP_THRESHOLD, LARGE_BLOCK = -3, 64 * 1024
"""The parameter of glibc's `mallopt`, and from which size on, in bytes, a block of memory is returned when freed."""


def return_large_blocks() -> None:
    """Make glibc return each large block when it is freed, instead of leaving holes where large responses were read."""
    with suppress(AttributeError, OSError):  # another C library has no such function
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)


def print_version(context: click.Context) -> None:
    """Print the versions of the suite, the contract and its editions, and exit."""
    names = ", ".join(editions())
    print_lines(f"exports-conformance {version('exports-conformance')}")
    print_lines(f"contract {digest()[:12]}: {len(requirements())} requirements; editions {names}")
    context.exit()


@click.group(
    help="Contract tests of “create an export” of the Commerce Layer API.\n\n"
    "Without a command it is `run`, which runs the suites; `run --help` shows its options and profiles.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda context, _, given: print_version(context) if given else None,
    help="Show the versions of the suite and the contract.",
)
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
    run_command,
    serve,
    ticket_command,
):
    commands.add_command(_command)

_OWN = {"-h", "--help", "--version"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, or the suites; return the exit code."""
    return_large_blocks()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or (words[0] not in commands.commands and words[0] not in _OWN):
        if words and not words[0].startswith("-") and (near := get_close_matches(words[0], commands.commands, n=1)):
            return usage_error(f"{words[0]}: is not a command; did you mean {near[0]}?")
        words = ["run", *words]
    try:
        return int(commands.main(words, prog_name="exports-conformance", standalone_mode=False) or 0)
    except click.ClickException as error:
        return usage_error(error.format_message())
    except ContractError as error:
        return usage_error(str(error))


if __name__ == "__main__":
    sys.exit(main())
