"""The command `serve`: the reference endpoint by hand, for a client to be tried against."""

import threading

import click


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0: any free port.")
@click.option("--variant", "variants", default="", metavar="A,B", help="What it does differently; `list` names all.")
@click.option("--edition", type=click.Choice(["page", "7.10"]), default="page", show_default=True)
@click.option("--token", help="The access token that it accepts; without it one is made, and shown.")
@click.option("--realistic", is_flag=True, help="In the weather of a shared organisation: limits, strangers, failures.")
@click.option(
    "--time-scale",
    type=click.FloatRange(0.1, 1000),
    default=1.0,
    show_default=True,
    metavar="N",
    help="Everything that takes time goes N times as fast; limits are N times as high.",
)
def serve(port: int, variants: str, edition: str, token: str | None, *, realistic: bool, time_scale: float) -> None:
    """Serve the reference endpoint on 127.0.0.1 until it is interrupted."""
    # The reference reads the contract's data as it is loaded, and other commands need none of it.
    from exports_conformance.reference.app import Reference  # noqa: PLC0415
    from exports_conformance.reference.server import serving  # noqa: PLC0415
    from exports_conformance.reference.variants import VARIANTS  # noqa: PLC0415
    from exports_conformance.reference.variants.network import REALISTIC  # noqa: PLC0415

    if variants == "list":
        for name, variant in sorted(VARIANTS.items()):
            click.echo(f"{name:<22} {variant.summary}")
        return
    names = [name for name in variants.split(",") if name]
    if unknown := [name for name in names if name not in VARIANTS]:
        raise click.UsageError(
            f"--variant {unknown[0]}: there is no such variant; one of {', '.join(VARIANTS)} is meant"
        )
    reference = Reference(
        edition="7.10" if edition == "7.10" else "page",
        variants=[*(REALISTIC if realistic else ()), *names],
        token=token,
        time_scale=time_scale,
    )
    try:
        with serving(reference, port=port) as base_url:
            click.echo("the reference endpoint answers; stop it with Ctrl-C\n")
            click.echo(f"  export COMMERCELAYER_API_ENDPOINT={base_url}/api")
            click.echo(f"  export COMMERCELAYER_ACCESS_TOKEN={reference.token}\n")
            click.echo("or, in place of the token, a client that has to get one:\n")
            click.echo(f"  export COMMERCELAYER_CLIENT_ID={reference.client_id}")
            click.echo(f"  export COMMERCELAYER_CLIENT_SECRET={reference.client_secret}\n")
            threading.Event().wait()
    except KeyboardInterrupt:
        click.echo("stopped")
    except OSError as error:
        raise click.ClickException(f"port {port}: {error.strerror}; give another with --port, or 0 for any") from error
