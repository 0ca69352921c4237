"""An organisation: its records, its exports, those of others, its limits, and the ids it gives."""

import secrets
import uuid
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Literal

from exports_conformance.reference.export import Arguments, Export, queued
from exports_conformance.reference.policy import Pace
from exports_conformance.reference.records import Record, letters, records_of, related_records


class Organisation:
    """The state behind one reference; `only` are the types that have records, None means all but two.

    `max_records` bounds one export and `max_running` how many run at a time; both are documented limits.
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
        self._dropped: dict[str, tuple[Export, datetime]] = {}  # what was there until when

    def new_id(self) -> str:
        """Give an id that nothing has: ten ASCII letters, or a UUID where the organisation gives those."""
        return str(uuid.uuid4()) if self.identifiers == "uuid" else letters(secrets.randbits(64))

    def records(self, resource_type: str) -> tuple[Record, ...]:
        """Give the records of a type."""
        if self.only is not None and resource_type not in self.only:
            return ()
        return records_of(resource_type)

    def keep(self, export: Export) -> None:
        """Keep an export, new or changed."""
        self.exports[export.id] = export
        self._running.add(export.id)

    def drop(self, export_id: str, now: datetime | None = None) -> None:
        """Forget an export; whoever reads behind the time is shown it until `now`."""
        export = self.exports.pop(export_id)
        self._running.discard(export_id)
        if now:
            self._dropped[export_id] = (export, now)

    def seen(self, now: datetime, *, lag: float) -> dict[str, Export]:
        """Give the exports that there were so many seconds ago, by their ids, as they are now."""
        if not lag:
            return self.exports
        then = now - timedelta(seconds=lag)
        dropped = {one: export for one, (export, at) in self._dropped.items() if at > then}
        return {one: each for one, each in {**self.exports, **dropped}.items() if each.created_at <= then}

    def running(self, now: datetime) -> int:
        """Count the exports that are pending or in progress."""
        # Only those that may still run are asked, so that a creation costs the same after ten thousand others.
        self._running = {one for one in self._running if self.exports[one].stage(now).running}
        return len(self._running)

    def related(self, record: Record, relationship: str) -> tuple[Record, ...]:
        """Give the records that a record is related to."""
        return tuple(other for other in related_records(record, relationship) if self.records(other.type))


A_DAY = Pace(pending=0, running=86_400)
FOREIGN_TYPES = ("orders", "customers", "stock_items")


def foreign_exports(organisation: Organisation, now: datetime, count: int) -> Iterator[Export]:
    """Give so many exports of others, in progress for a day."""
    for number in range(count):
        resource = FOREIGN_TYPES[number % len(FOREIGN_TYPES)]
        arguments = Arguments(resource, reference=f"nightly-{number}", metadata={"owner": "another team"})
        yield queued(organisation.new_id(), arguments, organisation.records(resource), now, A_DAY)
