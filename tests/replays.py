"""Replays within a test: a recording is sent again to a server in this process, without a pytest run."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from exports_conformance.client.limits import Retries
from exports_conformance.client.opening import open_reference
from exports_conformance.client.replaying import CannotAskError
from exports_conformance.contract.edition import Edition
from exports_conformance.exchange.exports import edition_shown, shows_edition
from exports_conformance.exchange.model import Exchange
from exports_conformance.run.recordings import Gate
from exports_conformance.upgrade.comparing import Compared, DifferenceFound, compare_exchanges
from exports_conformance.upgrade.sides import Side, read_side
from exports_conformance.upgrade.usage import Uses
from tests.suite_runs import TOKEN, reference

REFERENCE = Path(__file__).parent.parent / "recordings" / "reference.har"
"""The recording of the reference that the repository ships."""


def replayed(
    app: Any, *, recording: Path = REFERENCE, retries: Retries | None = None, uses: Uses | None = None
) -> tuple[Compared, list[Exchange]]:
    """Replay a recording against a WSGI application; give the comparison, and what the replay exchanged."""
    gate = Gate(before(recording))
    exchanges: list[Exchange] = []

    waits = retries or Retries(sleep=app.clock.advance)
    with open_reference(app=app, token=TOKEN, observe=exchanges.append, doubts=gate.doubts, retries=waits) as endpoint:
        for question in gate.questions.values():
            try:
                gate.send_again(endpoint, question)
            except CannotAskError:
                continue
        endpoint.clean()
    judged = in_its_edition(exchanges)
    return compare_exchanges(gate.recorded, judged, uses=uses), judged


@cache
def unchanged() -> tuple[Compared, list[Exchange], int]:
    """Replay the shipped recording once against the reference; give also how many exports that left."""
    app = reference()
    compared, exchanges = replayed(app)
    return compared, exchanges, len(app.organisation.exports)


@cache
def before(recording: Path) -> Side:
    """Read a recording once for all the replays of a process."""
    return read_side(recording)


def in_its_edition(exchanges: list[Exchange]) -> list[Exchange]:
    """Return the exchanges with the edition that the first creation shows."""
    first = next(filter(shows_edition, exchanges), None)
    edition: Edition = edition_shown(first)[0] if first else "page"
    return [replace(each, edition=edition) for each in exchanges]


def said(difference: DifferenceFound) -> tuple[str, str, str, str, str]:
    """Return a difference as a tuple: class, what, where, before, after."""
    found = difference.finding
    return difference.ruling.severity, found.what, found.at, found.before, found.after
