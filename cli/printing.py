"""Printing by the commands: nothing that a server or a file says reaches a terminal or a CI log unescaped."""

import click

from exports_conformance.exchange.safe_text import for_log


def print_lines(text: str, *, to_stderr: bool = False) -> None:
    """Print a text, each of its lines with everything escaped that a terminal or a CI would obey.

    A text from outside belongs into one line: escape its line ends with `harmless` before it is put into `text`.
    """
    for line in text.split("\n"):
        click.echo(for_log(line), err=to_stderr)
