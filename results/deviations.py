"""Known violations with an owner and an expiry date, read from a TOML file; they do not fail a run until then.

Decision: docs/decisions/0042-deviations-name-a-case.md.
"""

from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypedDict

from pydantic import ConfigDict, ValidationError
from pydantic.dataclasses import dataclass

from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.untrusted import parse_toml

DeviationState = Literal["waived", "stale", "not asked"]


class DeviationError(Exception):
    """A deviations file cannot be used; the message is one line: which entry, why, and what to do."""


class DeviationOutcome(TypedDict):
    """A deviation as `result.json` has it, with its state after the run."""

    requirement: str
    owner: str
    reason: str
    since: str
    until: str
    ticket: str
    witness: str
    case: str
    state: DeviationState


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid", strict=True))
class Deviation:
    """One requirement that an endpoint is known to break, from `since` until the end of the day `until`.

    `witness` narrows it to a JSON pointer into the response, `case` to the case that shows it
    (`refusal/format-object`); empty: any.
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
        """Return whether a violation in a case, at a JSON pointer into its response, is this deviation."""
        there = not self.witness or at == self.witness or at.startswith(f"{self.witness}/")
        return there and self.case in {"", case}


def read_deviations(file: Path, *, today: date) -> Mapping[str, Deviation]:
    """Return the deviations of a TOML file of `[[deviations]]` tables, by their requirements.

    Raises:
        DeviationError: the file cannot be read, or an entry is malformed, unknown, repeated, expired or not yet valid.
    """
    try:
        document = parse_toml(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise DeviationError(f"{file}: cannot be read: {reason}; give a TOML file of [[deviations]] tables") from None
    entries = document.get("deviations")
    if document.keys() != {"deviations"} or not isinstance(entries, list):
        raise DeviationError(
            f"{file}: must consist of [[deviations]] tables and nothing else; write each deviation as such a table"
        )
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
        raise ValueError(_reason(error)) from None
    name = deviation.requirement
    if name not in requirements():
        near = get_close_matches(name, requirements(), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f'"{name}" is not in contract/requirements.toml{hint}')
    if name in known:
        raise ValueError(f"{name} has an earlier entry; keep one of them")
    if empty := [each for each in ("owner", "reason", "ticket") if not getattr(deviation, each).strip()]:
        raise ValueError(f"{empty[0]} is empty; fill it in")
    if deviation.until < deviation.since:
        raise ValueError(f"until {deviation.until} is before since {deviation.since}; change one of them")
    if deviation.since > today:
        raise ValueError(f"of {name} begins on {deviation.since}; remove it until then")
    if deviation.until < today:
        raise ValueError(
            f"of {name} expired on {deviation.until}; fix the violation, or have {deviation.owner} extend `until`"
        )
    return deviation


def _reason(error: TypeError | ValidationError) -> str:
    if not isinstance(error, ValidationError):
        return "is not a table with the members of a deviation"
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
