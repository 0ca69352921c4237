"""Output of the commands, escaped before it reaches a terminal or a CI log, and an option that several have."""

import click

from exports_conformance.contract.edition import editions
from exports_conformance.exchange.untrusted import for_log


def print_lines(text: str, *, to_stderr: bool = False) -> None:
    """Print a text, with everything escaped in its lines that a terminal or a CI system would interpret.

    Line ends in `text` are kept, so escape those in parts from outside with `harmless` first.
    """
    for line in text.split("\n"):
        click.echo(for_log(line), err=to_stderr)


class EditionParameter(click.ParamType[str]):
    """The name of an edition, or one of `further` choices; the contract is read when a value is converted."""

    name = "edition"

    def __init__(self, *further: str) -> None:
        self._further = further

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002  click's own signature
        """Return the choices as help shows them."""
        return f"[{'|'.join((*self._further, *editions()))}]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the value, or fail with the choices."""
        choices = (*self._further, *editions())
        if value not in choices:
            self.fail(f"{value!r} is not one of {', '.join(map(repr, choices))}.", param, ctx)
        return value
