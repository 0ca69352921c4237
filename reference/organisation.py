"""An organisation: its records, its exports, its limits, and its ids."""

import secrets
import uuid
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Literal

from exports_conformance.reference.export import Arguments, Export, Pace, queued
from exports_conformance.reference.records import Record, letters, records_of, related_records


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
