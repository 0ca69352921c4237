"""An organisation: its time, its records, its limits, its ids, and its exports with their statuses."""

import hashlib
import secrets
import time
import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Literal

from exports_conformance.contract.resources import ResourceType, certain_types, resource_type
from exports_conformance.exchange.strict_json import Json


class Clock:
    """A clock in UTC, to the millisecond: it follows the real time, or stands still at `at`."""

    def __init__(self, *, at: datetime | None = None) -> None:
        self._start = at or datetime.now(UTC)
        self._stands = at is not None
        self._origin = time.monotonic()
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the current time."""
        # Monotonic, so that a correction of the machine's clock never moves an export backwards.
        ran = 0.0 if self._stands else time.monotonic() - self._origin
        now = self._start + timedelta(seconds=ran) + self._ahead
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self._ahead += timedelta(seconds=seconds)


def timestamp(moment: datetime | None) -> str | None:
    """Return a time as the API writes it: ISO 8601 in UTC with milliseconds; None stays None."""
    if moment is None:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


WITHOUT_RECORDS = frozenset({"gift_cards", "returns"})
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# The first records of each type have what a file must quote or encode, except line breaks, because the
# vendor's own client counts the lines of a CSV file to count its records.
_TEXTS = ("plain", 'with "quotes", commas', "Größe 40 — 🧦", "semicolon; tab\there")
GAPS = 2  # the record of each type in which some texts are null
FIRST = datetime(2024, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its index among those of its type, and its attributes."""

    type: str
    index: int
    attributes: Mapping[str, Json]

    @property
    def id(self) -> str:
        """The record's id, ten letters."""
        return str(self.attributes["id"])


def letters(number: int) -> str:
    """Return the id of ten ASCII letters that stands for a number."""
    drawn = ""
    for _ in range(10):
        number, rest = divmod(number, len(LETTERS))
        drawn += LETTERS[rest]
    return drawn


@cache
def count_of(name: str) -> int:
    """Return the number of records of a type: three to twelve for a certainly exportable type, else three."""
    if name in WITHOUT_RECORDS:
        return 0
    return 3 + certain_types().index(name) * 7 % 10 if name in certain_types() else 3


@cache
def records_of(name: str) -> tuple[Record, ...]:
    """Return the records of a type."""
    kind = resource_type(name)
    return tuple(Record(name, index, _attributes(kind, index)) for index in range(count_of(name)))


def related_records(record: Record, relationship: str) -> tuple[Record, ...]:
    """Return the related records of a record; a to-many relationship mirrors the to-one of its target, if any."""
    kind = resource_type(record.type)
    target = kind.relationships[relationship].target
    if target is None or not count_of(target):
        return ()  # None: polymorphic
    if not kind.relationships[relationship].many:
        return (records_of(target)[record.index % count_of(target)],)
    back = [link.target for link in resource_type(target).relationships.values() if not link.many]
    if record.type in back:
        mine = (other for other in records_of(target) if other.index % count_of(record.type) == record.index)
        return tuple(mine)
    return (records_of(target)[record.index % count_of(target)],)


def _attributes(kind: ResourceType, index: int) -> dict[str, Json]:
    digest = hashlib.blake2b(f"{kind.name}/{index}".encode(), digest_size=8).digest()
    made = {name: _value(name, value_type, index) for name, value_type in kind.fields.items()}
    made["id"] = letters(int.from_bytes(digest))
    return made


def _value(name: str, value_type: str, index: int) -> Json:
    created = FIRST + timedelta(days=index, hours=index)
    made: dict[str, Json] = {
        "string": _text(name, index),
        "integer": 100 * (index + 1),
        "float": 1.5 * (index + 1),
        "boolean": index % 2 == 0,
        "datetime": timestamp(created + timedelta(hours=1) if name == "updated_at" else created),
        "object": {"season": f"s{index}", "ranks": [index, index + 1]} if index != 1 else {},
        "array": [f"{name}-{index}"],
    }
    return made[value_type]


def _text(name: str, index: int) -> str | None:
    if index == GAPS and name in {"reference", "reference_origin", "description"}:
        return None
    known = {
        "currency_code": "EUR",
        "country_code": "IT",
        "code": "ABCDEFGHIJKL"[index] * 3,  # AAA is in the filter of the documentation's example
        "email": f"customer{index}@example.com",
        "url": f"https://img.example.com/{name}/{index}.png",
    }
    plain = f"{name} {index} {_TEXTS[index % len(_TEXTS)]}"
    return next((text for end, text in known.items() if name == end or name.endswith(f"_{end}")), plain)


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


class Organisation:
    """The state behind one reference; `only` names the types with records, None means all but two.

    `max_records` limits the records of one export, `max_running` the exports that run at a time; both are documented.
    """

    def __init__(
        self,
        *,
        organisation_id: str | None = None,
        slug: str = "reference",
        mode: Literal["test", "live"] = "test",
        max_records: int = 10_000,
        max_running: int = 10,
        only: Collection[str] | None = None,
        identifiers: Literal["letters", "uuid"] = "letters",
    ) -> None:
        self.identifiers = identifiers
        self.id = organisation_id or self.new_id()
        self.slug = slug
        self.mode = mode
        self.max_records = max_records
        self.max_running = max_running
        self.only = only
        self.signing_key = secrets.token_bytes(32)
        self.exports: dict[str, Export] = {}
        self._running: set[str] = set()
        self._dropped: dict[str, tuple[Export, datetime]] = {}  # deleted exports, and when they were deleted

    def new_id(self) -> str:
        """Return a new id: ten ASCII letters, or a UUID if `identifiers` is "uuid"."""
        return str(uuid.uuid4()) if self.identifiers == "uuid" else letters(secrets.randbits(64))

    def records(self, resource_type: str) -> tuple[Record, ...]:
        """Return the records of a type."""
        if self.only is not None and resource_type not in self.only:
            return ()
        return records_of(resource_type)

    def keep(self, export: Export) -> None:
        """Store a new or changed export."""
        self.exports[export.id] = export
        self._running.add(export.id)

    def drop(self, export_id: str, now: datetime | None = None) -> None:
        """Delete an export; reads that lag behind still see it as it was until `now`."""
        export = self.exports.pop(export_id)
        self._running.discard(export_id)
        if now:
            self._dropped[export_id] = (export, now)

    def seen(self, now: datetime, *, lag: float) -> dict[str, Export]:
        """Return by id the exports that existed `lag` seconds ago, in their current state."""
        if not lag:
            return self.exports
        then = now - timedelta(seconds=lag)
        dropped = {one: export for one, (export, at) in self._dropped.items() if at > then}
        return {one: each for one, each in {**self.exports, **dropped}.items() if each.created_at <= then}

    def running(self, now: datetime) -> int:
        """Count the exports that are pending or in progress."""
        # Looks only at those that may still run, so that a creation costs the same after ten thousand others.
        self._running = {one for one in self._running if self.exports[one].stage(now).running}
        return len(self._running)

    def related(self, record: Record, relationship: str) -> tuple[Record, ...]:
        """Return the related records of a record that have not been left out by `only`."""
        return tuple(other for other in related_records(record, relationship) if self.records(other.type))


A_DAY = Pace(pending=0, running=86_400)
FOREIGN_TYPES = ("orders", "customers", "stock_items")


def foreign_exports(organisation: Organisation, now: datetime, count: int) -> Iterator[Export]:
    """Return `count` foreign exports that are in progress for a day."""
    for number in range(count):
        resource = FOREIGN_TYPES[number % len(FOREIGN_TYPES)]
        arguments = Arguments(resource, reference=f"nightly-{number}", metadata={"owner": "another team"})
        yield queued(organisation.new_id(), arguments, organisation.records(resource), now, A_DAY)
