"""The policy of a reference: what it chooses wherever the documentation leaves a choice."""

from dataclasses import dataclass, replace
from typing import Literal

from exports_conformance.contract.editions import Edition


@dataclass(frozen=True, slots=True)
class Pace:
    """How many seconds an export is pending, then in progress, and how many more if it is of `LARGE` rows."""

    pending: float
    running: float
    large: float = 0.0


DEFAULT_PACE = Pace(pending=0.001, running=0.002, large=0.5)
"""So quick that a client which sends one request after another never has ten exports running.

Only a large export can be seen running, and stopped.
"""

LARGE = 50
"""Rows, those of related records included, beyond which an export is large."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices of one reference; the defaults are those of the plain one.

    `coerces`: values of another JSON type are read as the documented one where they can be.
    `validates_late`: unknown types, formats, fields, includes and filters are found out by the running export.
    `admits_empty`: a selection without records is exported. `counts_late`: `records_count` is null until an
    export has started. `only`: the resource types that have records; None means all but two. `strangers`: how
    many exports of others are running. `ahead`: seconds by which the server's clock is ahead.
    `throttles`: the documented rate limits are enforced. `token_seconds`: the life of an issued token.
    `read_lag`, `list_lag`: seconds by which what is shown of one export, or listed, is behind what was done.
    `stop_lag`: seconds after which an export that was told to stop does, unless it has ended by then.
    `time_scale`: how many times faster than really everything goes that takes time.
    """

    edition: Edition = "page"
    pace: Pace = DEFAULT_PACE
    coerces: bool = False
    validates_late: bool = False
    admits_empty: bool = False
    counts_late: bool = False
    unlimited: bool = False
    only: frozenset[str] | None = None
    identifiers: Literal["letters", "uuid"] = "letters"
    foreign_exports: int = 0
    ahead: float = 0.0
    throttles: bool = False
    token_seconds: int = 7200
    read_lag: float = 0.0
    list_lag: float = 0.0
    stop_lag: float = 0.0
    time_scale: float = 1.0

    def scaled(self, times: float) -> "Policy":
        """Give the policy with every duration so many times shorter, and rates as many times higher."""
        return replace(
            self,
            pace=Pace(self.pace.pending / times, self.pace.running / times, self.pace.large / times),
            token_seconds=max(1, round(self.token_seconds / times)),
            read_lag=self.read_lag / times,
            list_lag=self.list_lag / times,
            stop_lag=self.stop_lag / times,
            time_scale=times,
        )
