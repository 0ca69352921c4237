"""The command `check`: checks a live endpoint before anything is created there."""

import sys

import click

from exports_conformance.cli.console import print_lines
from exports_conformance.client.opening import open_live
from exports_conformance.client.preflight import preflight
from exports_conformance.client.settings import ConfigurationError, LiveSettings
from exports_conformance.exchange.untrusted import harmless
from exports_conformance.results.verdicts import INCONCLUSIVE


@click.command(name="check")
@click.option("--allow-http", is_flag=True, help="Plain http to a host that is not loopback, for a mock.")
def check_command(*, allow_http: bool) -> None:
    """Check the live endpoint: is it reachable, is it this API, token, mode, running exports; at most four reads."""
    try:
        settings = LiveSettings.read(allow_http=allow_http)
        if settings.notice:
            print_lines(settings.notice)
        with open_live(settings, announce=print_lines) as endpoint:
            found = preflight(endpoint)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from None
    for line in found.lines():
        print_lines(harmless(line))
    if found.problem:
        sys.exit(INCONCLUSIVE)
