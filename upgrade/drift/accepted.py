"""Accepted drifts: those that an owner answers for until a day do not count."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from exports_conformance.exchange.untrusted import parse_toml
from exports_conformance.upgrade.drift.drifting import Drift


class AcceptedDriftsError(Exception):
    """A file of accepted drifts that cannot be used: which entry, why, and what to do, in one line."""


@checked_dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid", strict=True))
class AcceptedDrift:
    """One accepted drift: `part`, `name` and `aspect` as `drift` prints them, `new` what the document says now.

    `owner` accepted it because of `reason`, until the end of the day `until`.
    """

    part: str
    name: str
    aspect: str
    owner: str
    reason: str
    until: date
    new: str = ""

    def covers(self, drift: Drift) -> bool:
        """Return True if a drift is this one, and the document still says what was accepted."""
        return (self.part, self.name, self.aspect) == drift.key and self.new in {"", drift.new}


@dataclass(frozen=True, slots=True)
class JudgedDrifts:
    """Drifts that count, drifts that are accepted, and a line for each expired or stale entry."""

    counting: tuple[Drift, ...]
    accepted: tuple[tuple[Drift, AcceptedDrift], ...]
    problems: tuple[str, ...]


def read_accepted(file: Path) -> tuple[AcceptedDrift, ...]:
    """Return the accepted drifts of a TOML file, `[[accepted]]` each.

    Raises:
        AcceptedDriftsError: the file cannot be read, or an entry is malformed, listed twice, or incomplete.
    """
    try:
        document = parse_toml(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise AcceptedDriftsError(f"{file}: cannot be read as accepted drifts: {reason}; correct the file") from None
    entries = document.get("accepted", [])
    if document.keys() - {"accepted"} or not isinstance(entries, list):
        raise AcceptedDriftsError(f"{file}: has more than [[accepted]] tables; write one such table for each drift")
    found: list[AcceptedDrift] = []
    for number, entry in enumerate(entries, 1):
        accepted = _accepted(f"{file}: accepted drift {number}", entry)
        if any(
            (each.part, each.name, each.aspect) == (accepted.part, accepted.name, accepted.aspect) for each in found
        ):
            raise AcceptedDriftsError(f"{file}: accepted drift {number}: is listed twice; keep one of the entries")
        found.append(accepted)
    return tuple(found)


def _accepted(place: str, entry: Any) -> AcceptedDrift:
    try:
        accepted = AcceptedDrift(**entry)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise AcceptedDriftsError(
            f"{place}: {'.'.join(map(str, first['loc']))}: {first['msg']}; correct the entry"
        ) from None
    except TypeError:
        raise AcceptedDriftsError(f"{place}: is not a table; write [[accepted]] above its keys") from None
    for key in ("part", "name", "aspect", "owner", "reason"):
        if not getattr(accepted, key).strip():
            raise AcceptedDriftsError(f"{place}: {key} is empty; fill it in")
    return accepted


def judge_drifts(drifts: Iterable[Drift], accepted: Iterable[AcceptedDrift], *, today: date) -> JudgedDrifts:
    """Return which drifts count: cosmetic ones never do, accepted ones from the day after `until`."""
    entries, found = list(accepted), [each for each in drifts if each.impact != "cosmetic"]
    valid = [each for each in entries if each.until >= today]
    covered = [(drift, next((each for each in valid if each.covers(drift)), None)) for drift in found]
    return JudgedDrifts(
        counting=tuple(drift for drift, entry in covered if entry is None),
        accepted=tuple((drift, entry) for drift, entry in covered if entry is not None),
        problems=tuple(
            _problem(each, today) for each in entries if each.until < today or not any(map(each.covers, found))
        ),
    )


def _problem(accepted: AcceptedDrift, today: date) -> str:
    what = f"the accepted drift of {accepted.part} {accepted.name} ({accepted.aspect})"
    if accepted.until < today:
        return f"{what} expired on {accepted.until}; have {accepted.owner} renew it, or correct the contract"
    return f"{what} is stale: the document no longer differs so; delete the entry"
