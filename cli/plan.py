"""The command `plan`: prints what a run would send, from a rehearsal that sends nothing.

Decision: docs/decisions/0017-plan-is-a-rehearsal.md.
"""

import click

from exports_conformance.cli.run import run_command


@click.command(name="plan", context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[--hypothesis-profile P] [OPTIONS OF A RUN]")
@click.pass_context
def plan_command(context: click.Context, options: tuple[str, ...]) -> None:
    """Print what a run with these options would send: kinds of requests, creations, deletions, minutes."""
    context.exit(run_command.main(["--plan", "-qq", *options], standalone_mode=False))
