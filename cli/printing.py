"""Output of the commands: text from a server or a file is escaped before it reaches a terminal or a CI log."""

import click

from exports_conformance.exchange.untrusted import for_log


def print_lines(text: str, *, to_stderr: bool = False) -> None:
    """Print a text, with everything escaped in its lines that a terminal or a CI system would interpret.

    Line ends in `text` are kept, so escape those in parts from outside with `harmless` first.
    """
    for line in text.split("\n"):
        click.echo(for_log(line), err=to_stderr)
