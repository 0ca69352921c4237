"""The command `ticket`: prints a violated requirement as a report to the vendor's support."""

from pathlib import Path

import click

from exports_conformance.cli.printing import print_lines
from exports_conformance.cli.report import LATEST
from exports_conformance.reports.text.ticket import NoTicketError, support_ticket
from exports_conformance.results.result import ResultError, read_result


@click.command(name="ticket")
@click.argument("requirement", metavar="ID")
@click.option("--result", type=click.Path(path_type=Path), default=LATEST, show_default=True, metavar="FILE")
def ticket_command(requirement: str, result: Path) -> None:
    """Print a ticket for the vendor's support about the violated requirement ID, in Markdown."""
    try:
        print_lines(support_ticket(read_result(result), requirement))
    except (ResultError, NoTicketError) as error:
        raise click.ClickException(str(error)) from None
