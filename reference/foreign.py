"""Strangers: exports that others in the organisation have running."""

from collections.abc import Iterator
from datetime import datetime

from exports_conformance.reference.export import Arguments, Export, queued
from exports_conformance.reference.organisation import Organisation
from exports_conformance.reference.policy import Pace

A_DAY = Pace(pending=0, running=86_400)
TYPES = ("orders", "customers", "stock_items")


def foreign_exports(organisation: Organisation, now: datetime, count: int) -> Iterator[Export]:
    """Give so many exports of others, in progress for a day."""
    for number in range(count):
        resource = TYPES[number % len(TYPES)]
        arguments = Arguments(resource, reference=f"nightly-{number}", metadata={"owner": "another team"})
        yield queued(organisation.new_id(), arguments, organisation.records(resource), now, A_DAY)
