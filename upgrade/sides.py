"""The two sides of a comparison: the run each one shows, its verdicts, and how far the two can be compared."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from exports_conformance.contract.edition import Edition, editions, first_edition
from exports_conformance.contract.requirements import digest, requirements
from exports_conformance.exchange.exports import edition_shown, shows_edition
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.untrusted import parse_json, read_regular
from exports_conformance.results.evidence import gather_judged
from exports_conformance.results.recording import LARGEST_RECORDING, Recording, read_recording
from exports_conformance.results.result import RunResult, decisions_of, read_result
from exports_conformance.results.verdicts import Decision, Decisions, Deviation, decide, run_verdict
from exports_conformance.rules import judge
from exports_conformance.upgrade.comparing import Compared
from exports_conformance.upgrade.pairing import ONE_SIDED

Turn = Literal["regressed", "waived", "fixed", "newly verified", "no longer verifiable"]
TURNS: tuple[Turn, ...] = get_args(Turn)
"""The ways in which the verdict on a requirement may change, the gravest first."""

ONE_SIDED_AT_MOST = 0.1
"""The share of requests that may have been sent on one side only; with more, the comparison is inconclusive."""
RECORDED_BY_SUITES = frozenset({"reference", "live"})

_BROKEN = frozenset({"violated", "intermittent", "waived"})
_UNDECIDED = frozenset({"unverified", "not seen"})


class UnusableSideError(Exception):
    """A file cannot be compared or replayed; the message is one line: the file, the problem and the remedy."""


@dataclass(frozen=True, slots=True)
class Side:
    """One run: its file, its endpoint and its verdicts; a result keeps no exchanges (None).

    `inconclusive` are the reasons for which it could not judge its endpoint, if any; `contract` is the digest of the
    contract that it was judged by, empty if unknown; `started` is a time in ISO 8601.
    """

    source: str
    kind: str
    base_url: str
    edition: Edition
    decisions: Decisions
    exchanges: Sequence[Exchange] | None = None
    mode: str = "unknown"
    started: str = ""
    contract: str = ""
    inconclusive: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """The kind of file: "result" or "recording"."""
        return "result" if self.exchanges is None else "recording"


@dataclass(frozen=True, slots=True)
class Turned:
    """A requirement whose verdict differs between two runs."""

    requirement: str
    turn: Turn
    before: Decision
    after: Decision


def read_side(file: Path, *, deviations: Iterable[Deviation] = ()) -> Side:
    """Read one side of a comparison: a result, or a recording, in which known deviations are waived.

    Raises:
        RecordingError, ResultError, UnusableSideError: the file is neither, or cannot be compared.
    """
    try:
        found = parse_json(read_regular(file, largest=LARGEST_RECORDING)) if file.is_file() else None
    except (OSError, ValueError):
        found = None  # the reader of recordings reports it
    if isinstance(found, dict) and "requirements" in found:
        return side_of_result(str(file), read_result(file))
    return side_of_recording(str(file), read_recording(file), deviations=deviations)


def side_of_recording(source: str, recording: Recording, *, deviations: Iterable[Deviation] = ()) -> Side:
    """Return the side that a recording shows, judged again by the current contract, in the recorded edition.

    Known deviations are waived.

    Raises:
        UnusableSideError: it has no exchange, or no suite sent its requests.
    """
    run = recording.provenance
    if not recording.exchanges:
        raise UnusableSideError(f"{source}: has no exchanges; record a run that sent requests")
    if run.kind not in RECORDED_BY_SUITES:
        raise UnusableSideError(f"{source}: is {run.kind}, not a run of the suites; record one with --record FILE")
    edition = _edition(run.edition, recording.exchanges)
    exchanges = tuple(replace(exchange, edition=edition) for exchange in recording.exchanges)
    decisions, inconclusive = decide_again(exchanges, edition=edition, deviations=deviations)
    return Side(
        source=source,
        kind=run.kind,
        base_url=run.base_url,
        edition=edition,
        decisions=decisions,
        exchanges=exchanges,
        mode=run.mode,
        started=datetime.fromtimestamp(run.started, UTC).isoformat(timespec="seconds") if run.started else "",
        contract=digest(),
        inconclusive=inconclusive,
    )


def _edition(recorded: str, exchanges: Sequence[Exchange]) -> Edition:
    if recorded in editions():
        return recorded
    first = next(filter(shows_edition, exchanges), None)
    return edition_shown(first)[0] if first else first_edition()


def side_of_result(source: str, result: RunResult) -> Side:
    """Return the side that a result shows."""
    endpoint, verdict = result["endpoint"], result["verdict"]
    reasons = result["reasons"] or [f"its verdict is {verdict}"]
    return Side(
        source=source,
        kind=endpoint["kind"],
        base_url=endpoint["base_url"],
        edition=endpoint["edition"],
        decisions=decisions_of(result),
        mode=endpoint["mode"],
        started=result["started"],
        contract=result["contract"]["sha256"],
        inconclusive=tuple(reasons) if verdict in {"inconclusive", "error"} else (),
    )


def decide_again(
    exchanges: Sequence[Exchange], *, edition: Edition, deviations: Iterable[Deviation] = ()
) -> tuple[Decisions, tuple[str, ...]]:
    """Judge recorded exchanges; return the decision on each requirement, and why the run is inconclusive, if it is.

    The client's own bookkeeping requests are left out, since another run may not send them.
    """
    judged = [(each, judge(each)) for each in exchanges if not each.expectation.is_bookkeeping]
    decisions = {
        name: Decision("unverified", "no recorded exchange shows it") if each.verdict == "unverified" else each
        for name, each in decide(gather_judged(judged), edition=edition, deviations=deviations).items()
    }
    verdict, reasons = run_verdict(decisions, errors=0, trouble="", cited=requirements())
    return decisions, reasons if verdict == "inconclusive" else ()


def turned(before: Decisions, after: Decisions, *, editions: tuple[Edition, Edition]) -> tuple[Turned, ...]:
    """Return the requirements whose verdict changed between the runs, the gravest change first.

    A requirement that one of the editions does not have is left out.
    """
    found = []
    for name, requirement in requirements().items():
        if name in before and name in after and all(map(requirement.in_edition, editions)):
            turn = _turn(before[name].verdict, after[name].verdict)
            found += [Turned(name, turn, before[name], after[name])] if turn else []
    return tuple(sorted(found, key=lambda each: TURNS.index(each.turn)))


def _turn(before: str, after: str) -> Turn | None:
    if (after == "violated" and before != "violated") or (after == "intermittent" and before == "verified"):
        return "regressed"
    if after == "waived" and before != "waived":
        return "waived"
    if before in _BROKEN and after == "verified":
        return "fixed"
    if before in _UNDECIDED and after == "verified":
        return "newly verified"
    if before not in _UNDECIDED and after in _UNDECIDED:
        return "no longer verifiable"
    return None


def reservations(before: Side, after: Side) -> Iterator[str]:
    """Yield a line for every difference between the two set-ups, apart from the API's version."""
    if before.edition != after.edition:
        yield (
            f"editions: {before.edition} before, {after.edition} after; each side is judged by its own edition, and "
            "documented changes are marked"
        )
    for name in ("kind", "mode"):
        was, is_now = getattr(before, name), getattr(after, name)
        if was != is_now:
            yield f"{name}: {was} before, {is_now} after; some differences may come from that"
    if before.inconclusive and before.inconclusive == after.inconclusive:
        yield f"both runs were inconclusive: {'; '.join(before.inconclusive)}"
    if before.contract != after.contract and before.contract and after.contract:
        yield "contract: the results were judged by different contracts; compare recordings to judge both by one"


def doubts(before: Side, after: Side, compared: Compared | None) -> Iterator[str]:
    """Yield a line for every reason why the comparison is not conclusive."""
    for side, when in ((before, "before"), (after, "after")):
        if side.inconclusive and before.inconclusive != after.inconclusive:
            yield f"the run {when} was inconclusive: {'; '.join(side.inconclusive)}"
    if compared is None:
        return
    undecided = [each for each in compared.undecided if not each.neither]
    number = compared.pairs + len(undecided)
    one_sided = sum(each.reason in ONE_SIDED for each in undecided)
    if compared.pairs == 0 and compared.undecided and not undecided:
        yield f"no response could be compared: {compared.undecided[0].reason}"
    elif compared.pairs == 0:
        yield "no request was sent both before and after"
    elif one_sided > number * ONE_SIDED_AT_MOST:
        yield (
            f"{one_sided} of {number} requests were sent on one side only: a recording is cut short, "
            "or the two are of different profiles or versions"
        )
    elif len(undecided) > compared.pairs:
        yield f"more requests could not be compared ({len(undecided)}) than could ({compared.pairs})"
