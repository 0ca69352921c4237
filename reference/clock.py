"""The reference's clock: the real time, or a time that a test sets."""

import time
from datetime import UTC, datetime, timedelta


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
