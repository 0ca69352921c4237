"""The commands `run`, the default, and `plan`: run the suites, list their cases, or print what a run would send.

Decision: docs/decisions/0017-plan-is-a-rehearsal.md.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pytest

from exports_conformance.cli.console import print_lines
from exports_conformance.contract.resources import resource_types
from exports_conformance.contract.tables import ContractError
from exports_conformance.exchange.untrusted import harmless
from exports_conformance.run.options import OPTIONS
from exports_conformance.run.project_settings import SettingsError, settings_words

CONFIGURATION = Path(__file__).parents[1] / "run" / "pytest.ini"

ALIASES = {"--profile": "--hypothesis-profile", "--seed": "--hypothesis-seed"}
"""Options under shorter names than those of the plugins that they belong to."""

EPILOG = """\b
Profiles: smoke      12 requests, one export: for every deployment
          quick      about 250 requests, 60 exports (the default): for every night
          sweep      as quick, with other random texts in each run
          thorough   about 1,500 requests: before a release
\b
Examples: exports-conformance run --endpoint live --profile smoke
          exports-conformance run --endpoint live --budget 60s
          exports-conformance run --requirement create-echoes-metadata
          exports-conformance run --flaw 'metadata-*' -- -x -v
\b
Exit codes: 0 conforms or partial, 1 violates, 2 interrupted, 3 internal error, 4 usage, 7 inconclusive.
`[tool.exports-conformance]` in pyproject.toml of this folder may set the options. `run` may be left out.
"""


def _click_options() -> Iterator[click.Option]:
    yield click.Option(["--profile"], metavar="PROFILE", help="how much to send: see below (default: quick)")
    yield click.Option(["--seed"], metavar="N", help="seed of sweep and thorough")
    for each in OPTIONS:
        kind = {"is_flag": True} if not each.metavar else {"metavar": each.metavar, "multiple": each.many}
        yield click.Option([each.name, each.key], help=each.help, **kind)
    yield click.Option(["--list", "listed"], is_flag=True, help="list requirements, flaws and cases, with their costs")


class RunCommand(click.Command):
    """The command, whose words before and after `--` that are not its own go to pytest."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Set apart what follows `--`, which is pytest's."""
        at = args.index("--") if "--" in args else len(args)
        ctx.meta["pytest"] = args[at + 1 :]
        return super().parse_args(ctx, args[:at])


def _run(**given: Any) -> None:
    context = click.get_current_context()
    if given.pop("listed"):
        from exports_conformance.run.choosing import listing  # noqa: PLC0415  a faulty contract is reported then

        print_lines("\n".join(listing()))
        return
    words = [word for option in context.command.params for word in _words(option, given)]
    context.exit(run([*words, *given["rest"], *context.meta["pytest"]]))


def _words(parameter: click.Parameter, given: dict[str, Any]) -> Iterator[str]:
    value = given.get(parameter.name or "")
    if not isinstance(parameter, click.Option) or value in (None, False, ()):
        return
    name = ALIASES.get(parameter.opts[0], parameter.opts[0])
    if value is True:
        yield name
    for each in value if isinstance(value, tuple) else () if value is True else (value,):
        yield f"{name}={each}"


REST = click.Argument(["rest"], nargs=-1, type=click.UNPROCESSED, metavar="[-- PYTEST OPTIONS]")

run_command = RunCommand(
    "run",
    params=[
        *_click_options(),
        REST,
    ],
    callback=_run,
    help="Run the suites against an endpoint, and judge every response.",
    short_help="Run the suites (the default command).",
    epilog=EPILOG,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "ignore_unknown_options": True,
        "max_content_width": 120,
    },
)


def run(words: Sequence[str], plugins: Sequence[object] = ()) -> int:
    """Run the suites of the installed package with pytest's options and plugins, from any folder."""
    try:
        resource_types()  # a faulty file is one line here, and a traceback of pytest's once the suites read it
        preset = settings_words(Path.cwd())
    except (ContractError, SettingsError) as error:
        return usage_error(str(error))
    words = [*preset, *("--help" if word == "--help-run" else word for word in words)]
    configuration = ["-c", str(CONFIGURATION), "--rootdir", str(Path.cwd())]
    plugin = ["-p", "exports_conformance.run.plugin"]
    # For the name of a package pytest would load, and run, a conftest.py of the current folder: none is loaded.
    return int(pytest.main([*plugin, "--noconftest", *configuration, "--pyargs", *words], [*plugins]))


def usage_error(message: str) -> int:
    """Print an error in one line; return the exit code of wrong usage."""
    print_lines(f"ERROR: {harmless(message)}", to_stderr=True)
    return pytest.ExitCode.USAGE_ERROR


@click.command(name="plan", context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[--hypothesis-profile P] [OPTIONS OF A RUN]")
@click.pass_context
def plan_command(context: click.Context, options: tuple[str, ...]) -> None:
    """Print what a run with these options would send: kinds of requests, creations, deletions, minutes."""
    context.exit(run_command.main(["--plan", "-qq", *options], standalone_mode=False))
