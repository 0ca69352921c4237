"""The command `serve`: run the reference, to try a client against it."""

import threading

import click

from exports_conformance.cli.console import EditionParameter, print_lines


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0: any free port.")
@click.option("--variant", "variants", default="", metavar="A,B", help="Variants of the reference; `list` shows all.")
@click.option("--edition", type=EditionParameter(), help="Edition of the documentation; default: the first one.")
@click.option("--token", help="Access token to accept; default: a new one, which is printed.")
@click.option("--realistic", is_flag=True, help="Simulate a shared organisation: limits, foreign exports, failures.")
@click.option(
    "--time-scale",
    type=click.FloatRange(0.1, 1000),
    default=1.0,
    show_default=True,
    metavar="N",
    help="Run N times as fast as the real API, with rate limits N times as high.",
)
def serve(
    port: int, variants: str, edition: str | None, token: str | None, *, realistic: bool, time_scale: float
) -> None:
    """Serve the reference on 127.0.0.1 until interrupted."""
    # Importing the reference reads the contract's data, which other commands do not need.
    from exports_conformance.reference.app import Reference  # noqa: PLC0415  other commands need none of it
    from exports_conformance.reference.server import serving  # noqa: PLC0415  other commands need none of it
    from exports_conformance.reference.variants import VARIANTS  # noqa: PLC0415  other commands need none of it
    from exports_conformance.reference.variants.forms import REALISTIC  # noqa: PLC0415  other commands need none of it

    if variants == "list":
        for name, variant in sorted(VARIANTS.items()):
            print_lines(f"{name:<22} {variant.summary}")
        return
    names = [name for name in variants.split(",") if name]
    if unknown := [name for name in names if name not in VARIANTS]:
        raise click.UsageError(f"--variant {unknown[0]}: is not a variant; use one of {', '.join(sorted(VARIANTS))}")
    reference = Reference(
        edition=edition,
        variants=[*(REALISTIC if realistic else ()), *names],
        token=token,
        time_scale=time_scale,
    )
    try:
        with serving(reference, port=port) as base_url:
            print_lines("The reference is running; stop it with Ctrl-C.\n")
            print_lines(f"  export COMMERCELAYER_API_ENDPOINT={base_url}/api")
            print_lines(f"  export COMMERCELAYER_ACCESS_TOKEN={reference.token}\n")
            print_lines("Or, instead of the token, credentials to get one with:\n")
            print_lines(f"  export COMMERCELAYER_CLIENT_ID={reference.client_id}")
            print_lines(f"  export COMMERCELAYER_CLIENT_SECRET={reference.client_secret}\n")
            threading.Event().wait()
    except KeyboardInterrupt:
        print_lines("stopped")
    except OSError as error:
        raise click.ClickException(
            f"port {port}: {error.strerror}; choose another with --port, or --port 0 for any free one"
        ) from error
