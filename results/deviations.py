"""Known deviations: violations that somebody answers for, until a day, so that they do not make a run red."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, ValidationError
from pydantic.dataclasses import dataclass

from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.untrusted import parse_toml
from exports_conformance.results.evidence import Seen
from exports_conformance.results.verdicts import Decided

State = Literal["waived", "stale", "not asked"]


class DeviationError(Exception):
    """A deviations file that cannot be used: which entry, why, and what to do, in one line."""


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid", strict=True))
class Deviation:
    """One requirement that an endpoint is known to break.

    `owner` answers for it, for `reason` and under `ticket`, from `since` until the end of the day `until`.
    `witness` is a JSON pointer into the answer, where that is the only place that deviates, `case` the case that shows
    it (`refusal/format-object`), where it is the only one; empty: any.
    """

    requirement: str
    owner: str
    reason: str
    since: date
    until: date
    ticket: str
    witness: str = ""
    case: str = ""

    def covers(self, case: str, at: str) -> bool:
        """Say whether a violation by a case, at a place of its answer, is this deviation."""
        there = not self.witness or at == self.witness or at.startswith(f"{self.witness}/")
        return there and self.case in {"", case}


def load(file: Path, *, today: date) -> Mapping[str, Deviation]:
    """Read deviations from a TOML file, `[[deviations]]` each; give them by their requirements.

    Raises:
        DeviationError: the file cannot be read, or an entry is malformed, unknown, doubled or out of its time.
    """
    try:
        document = parse_toml(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise DeviationError(f"{file}: cannot be read as deviations: {reason}") from None
    entries = document.get("deviations")
    if document.keys() != {"deviations"} or not isinstance(entries, list):
        raise DeviationError(f"{file}: has something else than [[deviations]] tables; each deviation is such a table")
    known: dict[str, Deviation] = {}
    for number, entry in enumerate(entries, 1):
        try:
            deviation = _deviation(entry, today, known)
        except ValueError as error:
            raise DeviationError(f"{file}: deviation {number}: {error}") from None
        known[deviation.requirement] = deviation
    return known


def _deviation(entry: Any, today: date, known: Mapping[str, Deviation]) -> Deviation:
    try:
        deviation = Deviation(**entry)
    except (TypeError, ValidationError) as error:
        raise ValueError(_said(error)) from None
    name = deviation.requirement
    if name not in requirements():
        near = get_close_matches(name, requirements(), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f'"{name}" is no requirement of contract/requirements.toml{hint}')
    if name in known:
        raise ValueError(f"{name} is there already; keep one of them")
    if empty := [each for each in ("owner", "reason", "ticket") if not getattr(deviation, each).strip()]:
        raise ValueError(f"{empty[0]} is empty; a deviation without one is nobody's")
    if deviation.until < deviation.since:
        raise ValueError(f"until {deviation.until} is before since {deviation.since}; change one of them")
    if deviation.since > today:
        raise ValueError(f"of {name} begins on {deviation.since}; leave it out until then")
    if deviation.until < today:
        raise ValueError(f"of {name} has expired on {deviation.until}; mend it, or have {deviation.owner} renew it")
    return deviation


def _said(error: TypeError | ValidationError) -> str:
    if not isinstance(error, ValidationError):
        return "is not a table of a deviation"
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def waived(
    decided: Mapping[str, Decided], gathered: Mapping[str, Seen], known: Iterable[Deviation]
) -> dict[str, Decided]:
    """Give the verdicts with those waived that are known deviations, and deviate nowhere else."""
    verdicts = dict(decided)
    for deviation in known:
        name = deviation.requirement
        if verdicts[name].verdict == "violated" and all(
            deviation.covers(case, at) for case, at in gathered[name].broken_at
        ):
            said = f"{deviation.reason} ({deviation.ticket}, {deviation.owner}, until {deviation.until})"
            verdicts[name] = Decided("waived", said)
    return verdicts


def told(gathered: Mapping[str, Seen], known: Iterable[Deviation]) -> list[dict[str, Json]]:
    """Give what became of each deviation: still broken, no longer broken, or not asked in this run."""
    return [
        {
            "requirement": each.requirement,
            "owner": each.owner,
            "reason": each.reason,
            "since": each.since.isoformat(),
            "until": each.until.isoformat(),
            "ticket": each.ticket,
            "witness": each.witness,
            "case": each.case,
            "state": _state(each, gathered[each.requirement]),
        }
        for each in known
    ]


def _state(deviation: Deviation, seen: Seen) -> State:
    """Say what became of a deviation where it was asked about: by its own case, or else by any."""
    if any(deviation.covers(case, at) for case, at in seen.broken_at):
        return "waived"
    asked = deviation.case in seen.asked_in if deviation.case else seen.exchanges > 0
    return "stale" if asked else "not asked"


def stale(deviations: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Give a line for each deviation that no longer deviates."""
    return tuple(
        f"the deviation of {each['requirement']} is stale: what it waives held; take it out ({each['ticket']})"
        for each in deviations
        if each["state"] == "stale"
    )
