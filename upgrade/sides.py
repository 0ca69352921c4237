"""The two sides of a comparison: what each is of, and what that lets the comparison say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from jsonschema import ValidationError

from exports_conformance.contract.editions import Edition, editions, first_edition
from exports_conformance.contract.requirements import digest
from exports_conformance.exchange.edition import edition_shown, shows_edition
from exports_conformance.exchange.model import Exchange
from exports_conformance.results.recording import Recording
from exports_conformance.results.result import result_validator as result_schema
from exports_conformance.results.verdicts import Decision
from exports_conformance.upgrade.comparing import Compared
from exports_conformance.upgrade.pairing import ONE_SIDED
from exports_conformance.upgrade.promises import Verdicts, verdicts

ALONE_AT_MOST = 0.1
"""The part of the questions that may have been asked on one side only; of another part nothing can be said."""
RECORDED_BY_SUITES = frozenset({"reference", "live"})


class UnusableSide(Exception):  # noqa: N818  it names what the file is
    """A file that cannot be compared; one line names it, the thing and the remedy."""


@dataclass(frozen=True, slots=True)
class Side:
    """One run: where it is kept, whom it asked, and what was found; a result keeps no exchanges (None).

    `inconclusive` are the reasons for which it could not judge its endpoint, if so; `contract` is the digest of the
    contract that it was judged by, empty where nothing says so; `started` is a time as text.
    """

    source: str
    kind: str
    base_url: str
    edition: Edition
    verdicts: Verdicts
    exchanges: Sequence[Exchange] | None = None
    mode: str = "unknown"
    started: str = ""
    contract: str = ""
    inconclusive: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """What it is kept as."""
        return "result" if self.exchanges is None else "recording"


def reservations(before: Side, after: Side) -> Iterator[str]:
    """Say what makes the two sides unlike, apart from the API's version, a line for each thing."""
    if before.edition != after.edition:
        yield (
            f"editions: {before.edition} before, {after.edition} after; each is judged by its own, and what the "
            "documentation says of the difference stands beside it"
        )
    for name in ("kind", "mode"):
        was, is_now = getattr(before, name), getattr(after, name)
        if was != is_now:
            yield f"{name}: {was} before, {is_now} after; a difference may be of that"
    if before.contract != after.contract and before.contract and after.contract:
        yield "contract: the two were judged by different contracts; judge both by one to compare requirements"


def doubts(before: Side, after: Side, compared: Compared | None) -> Iterator[str]:
    """Say why nothing can be said for sure; nothing where all is well."""
    for side, when in ((before, "before"), (after, "after")):
        if side.inconclusive:
            yield f"{when} is of an inconclusive run: {'; '.join(side.inconclusive)}"
    if compared is None:
        return
    number = compared.pairs + len(compared.undecided)
    alone = sum(each.reason in ONE_SIDED for each in compared.undecided)
    if compared.pairs == 0:
        yield "not one question was asked before and after"
    elif alone > number * ALONE_AT_MOST:
        yield (
            f"{alone} of {number} questions were asked on one side only: a recording is cut short, "
            "or the two are of different profiles or versions"
        )
    elif len(compared.undecided) > compared.pairs:
        yield f"more questions could not be compared ({len(compared.undecided)}) than could ({compared.pairs})"


def of_recording(source: str, recording: Recording) -> Side:
    """Give the side that a recording is, judged anew by the contract of today, in the edition that it shows.

    Raises:
        UnusableSide: there is nothing in it that a suite asked.
    """
    run = recording.provenance
    if not recording.exchanges:
        raise UnusableSide(f"{source}: has no exchange; record a run that asked something")
    if run.kind not in RECORDED_BY_SUITES:
        raise UnusableSide(f"{source}: is {run.kind}, and no run of the suites; record one with --record FILE")
    edition = _edition(run.edition, recording.exchanges)
    exchanges = tuple(replace(exchange, edition=edition) for exchange in recording.exchanges)
    decided, inconclusive = verdicts(exchanges, edition=edition)
    return Side(
        source=source,
        kind=run.kind,
        base_url=run.base_url,
        edition=edition,
        verdicts=decided,
        exchanges=exchanges,
        mode=run.mode,
        started=datetime.fromtimestamp(run.started, UTC).isoformat(timespec="seconds") if run.started else "",
        contract=digest(),
        inconclusive=inconclusive,
    )


def _edition(said: str, exchanges: Sequence[Exchange]) -> Edition:
    if said in editions():
        return said
    first = next(filter(shows_edition, exchanges), None)
    return edition_shown(first)[0] if first else first_edition()


def of_result(source: str, result: Mapping[str, Any]) -> Side:
    """Give the side that a result is.

    Raises:
        UnusableSide: it is no result of a run.
    """
    try:
        result_schema().validate(result)
    except ValidationError as error:
        place = "/".join(map(str, error.absolute_path)) or "the document"
        raise UnusableSide(
            f"{source}: is no result of this version ({place}: {error.message[:120]}); give the result.json of a run"
        ) from None
    endpoint, verdict = result["endpoint"], result["verdict"]
    told = result["reasons"] or [f"its verdict is {verdict}"]
    return Side(
        source=source,
        kind=endpoint["kind"],
        base_url=endpoint["base_url"],
        edition=endpoint["edition"],
        verdicts={each["id"]: Decision(each["verdict"], each["reason"]) for each in result["requirements"]},
        mode=endpoint["mode"],
        started=result["started"],
        contract=result["contract"]["sha256"],
        inconclusive=tuple(told) if verdict in {"inconclusive", "error"} else (),
    )
