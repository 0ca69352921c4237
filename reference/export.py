"""An export: its arguments, its records, and its status at any time."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.records import Record

Status = Literal["pending", "in_progress", "completed", "interrupted", "failed"]
RUNNING_STATUSES: frozenset[Status] = frozenset({"pending", "in_progress"})


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds for which an export is pending, then in progress, and the extra seconds of one with over `LARGE` rows."""

    pending: float
    running: float
    large: float = 0.0


DEFAULT_PACE = Pace(pending=0.001, running=0.002, large=0.5)
"""Fast enough that a client which sends one request after another never has ten exports running.

Only a large export runs long enough to be observed and interrupted.
"""

LARGE = 50
"""Rows, related records included, above which an export is large."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """The attributes of a creation as the export shows them, of any JSON type where nothing checks it."""

    resource_type: Json
    format: Json = "json"
    includes: Json = field(default_factory=list)
    fields: Json = field(default_factory=list)
    filters: Json = field(default_factory=dict)
    dry_data: Json = False
    jwt_filters: Json = False
    reference: Json = None
    reference_origin: Json = None
    metadata: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """The status that a failing export ends with, and its `errors_log`."""

    status: Literal["interrupted", "failed"]
    log: dict[str, str]


@dataclass(frozen=True, slots=True)
class Stage:
    """The state of an export at one time; `done` is the share of its records already written, 0 to 1."""

    status: Status
    changed_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    interrupted_at: datetime | None = None
    done: float = 0.0
    log: dict[str, str] | None = None

    @property
    def running(self) -> bool:
        """True if the export counts towards the limit of running exports."""
        return self.status in RUNNING_STATUSES


@dataclass(frozen=True, slots=True)
class Export:
    """One export; its status is not stored but computed from the time since it was queued.

    `past` has the stage at each interruption that was followed by a restart.
    """

    id: str
    arguments: Arguments
    records: tuple[Record, ...]
    created_at: datetime
    updated_at: datetime
    queued_at: datetime
    pace: Pace
    interrupted_at: datetime | None = None
    failure: Failure | None = None
    past: tuple[Stage, ...] = ()

    @property
    def ends_at(self) -> datetime:
        """The time at which the export ends unless it is interrupted."""
        return self.queued_at + timedelta(seconds=self.pace.pending + self.pace.running)

    def stage(self, now: datetime) -> Stage:
        """Return the state of the export at a time."""
        starts_at = self.queued_at + timedelta(seconds=self.pace.pending)
        stopped = self.interrupted_at is not None and self.interrupted_at <= now and self.interrupted_at < self.ends_at
        until = self.interrupted_at if self.interrupted_at and stopped else now
        started_at = starts_at if starts_at <= until else None
        if stopped:
            return Stage("interrupted", until, started_at, None, until, self._done(until))
        if started_at is None:
            return Stage("pending", self.queued_at)
        if now < self.ends_at:
            return Stage("in_progress", starts_at, started_at, done=self._done(now))
        if self.failure is None:
            return Stage("completed", self.ends_at, started_at, self.ends_at, done=1.0)
        stopped_at = self.ends_at if self.failure.status == "interrupted" else None
        return Stage(self.failure.status, self.ends_at, started_at, None, stopped_at, log=self.failure.log)

    def interrupted(self, now: datetime, *, after: float = 0.0) -> "Export":
        """Return the export as interrupted `after` seconds from now, if it still runs then."""
        at = now + timedelta(seconds=after)
        return replace(self, interrupted_at=min(self.interrupted_at or at, at), updated_at=now)

    def restarted(self, now: datetime) -> "Export":
        """Return the export as restarted: pending again, with the same records."""
        return replace(self, interrupted_at=None, queued_at=now, updated_at=now, past=(*self.past, self.stage(now)))

    def _done(self, until: datetime) -> float:
        if not self.pace.running:
            return 0.0
        elapsed = (until - self.queued_at).total_seconds() - self.pace.pending
        return min(max(elapsed / self.pace.running, 0.0), 1.0)


def queued(
    export_id: str,
    arguments: Arguments,
    records: tuple[Record, ...],
    now: datetime,
    pace: Pace,
    *,
    failure: Failure | None = None,
) -> Export:
    """Return a new export that is pending."""
    return Export(export_id, arguments, records, now, now, now, pace, failure=failure)
