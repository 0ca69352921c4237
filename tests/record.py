"""Makes recordings/reference.har: a quick run against the reference, the same to the byte for the same suites."""

import random
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from exports_conformance.reference.organisation import Clock
from exports_conformance.results.recording import Recording, read_recording, write_recording
from tests.suite_runs import conformance, reference

FILE = Path(__file__).parent.parent / "recordings" / "reference.har"
MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)
STEP = 0.25  # seconds between two requests


def recorded(folder: Path) -> Recording:
    """Record a quick run against a reference whose clock and dice are set, without its clean-up."""
    clock = Clock(at=MIDNIGHT)
    dice = random.Random("recordings/reference.har")  # noqa: S311  what it makes up keeps no secret

    def ticking(request: ServerRequest, respond: Respond) -> ServerResponse:
        clock.advance(STEP)
        return respond(request)

    with (
        mock.patch("secrets.randbits", dice.getrandbits),
        mock.patch("secrets.token_hex", lambda size: dice.randbytes(size).hex()),
        mock.patch("secrets.token_bytes", dice.randbytes),
    ):
        result = conformance(reference(clock=clock, middlewares=[ticking]), folder, "--record", str(folder / "run.har"))
    assert result["verdict"] == "conforms", result["reasons"]
    made = read_recording(folder / "run.har")
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    timed = (
        replace(exchange, started=MIDNIGHT.timestamp() + number * STEP, elapsed=STEP)
        for number, exchange in enumerate(made.exchanges, start=1)
    )
    kept = tuple(exchange for exchange in timed if not exchange.expectation.case.startswith("clean-up/"))
    return Recording(replace(made.provenance, started=today.timestamp()), kept)


def main(file: Path = FILE) -> None:
    """Record, and say where."""
    with tempfile.TemporaryDirectory() as folder:
        recording = recorded(Path(folder))
    write_recording(file, recording)
    print(f"{file}: {len(recording.exchanges)} exchanges")  # noqa: T201  a command's output


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
