"""A model of the lives of exports: what the documentation promises to be seen of each, at any time.

Decision: docs/decisions/0031-state-machine-knows-durations.md.
"""

from dataclasses import replace
from typing import Literal

from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference.policy import Pace
from exports_conformance.suites.expectations import retrieval

PACE = Pace(pending=2, running=4)
"""Whole seconds, so that the model's times are exact."""

Status = Literal["pending", "in_progress", "completed", "interrupted"]
STATUSES: tuple[Status, ...] = ("pending", "in_progress", "completed", "interrupted")


class Life:
    """One created export; times are in seconds since the model began."""

    def __init__(self, created: Exchange, queued_at: int) -> None:
        self.created = created
        self.queued_at = queued_at
        self.interrupted_at: int | None = None
        self.gone = False
        self.changed: dict[str, Json] = {}

    def __repr__(self) -> str:
        return f"<the export of {self.tag}>"

    @property
    def id(self) -> str:
        """The export's id."""
        return str(self.created.data["id"])

    @property
    def tag(self) -> str:
        """The reference that the export was created with."""
        return self.created.expectation.tag

    def status(self, now: int) -> Status:
        """Return the status expected at `now`: pending, in progress, completed, or interrupted."""
        if self.interrupted_at is not None:
            return "interrupted"
        if not self.started(now):
            return "pending"
        return "in_progress" if now - self.queued_at < PACE.pending + PACE.running else "completed"

    def started(self, now: int) -> bool:
        """Return whether the export has been in progress since it was last queued."""
        until = now if self.interrupted_at is None else self.interrupted_at
        return until - self.queued_at >= PACE.pending

    def runs(self, now: int) -> bool:
        """Return whether the export counts as one of those that may run at a time."""
        return not self.gone and self.status(now) in {"pending", "in_progress"}

    def state(self, now: int) -> str:
        """Return the status, or say that the export is gone."""
        return "gone" if self.gone else self.status(now)

    def shown(self, now: int) -> dict[str, bool | str]:
        """Return the status, and which of the attributes that come with one are to be seen."""
        status = self.status(now)
        return {
            "status": status,
            "started_at": self.started(now),
            "completed_at": status == "completed",
            "interrupted_at": status == "interrupted",
            "attachment_url": status == "completed",
        }

    def retrieval(self) -> Expectation:
        """Mean to be shown the export as it was created, but for what an update changed."""
        meant = retrieval(self.created)
        shown: dict[str, Json] = meant.expected
        return replace(meant, expected={**shown, "attributes": {**shown["attributes"], **self.changed}})


def seen(attributes: dict[str, Json]) -> dict[str, bool | str]:
    """Return what `Life.shown` returns, as read from a response."""
    times = ("started_at", "completed_at", "interrupted_at", "attachment_url")
    return {"status": attributes["status"], **{name: attributes[name] is not None for name in times}}
