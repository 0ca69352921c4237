"""The reference's clock: the real time, or a time that a test sets."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """A clock in UTC, to the millisecond: it runs with the real time, or stands where it was set."""

    def __init__(self, *, at: datetime | None = None) -> None:
        self._start = at or datetime.now(UTC)
        self._stands = at is not None
        self._origin = time.monotonic()
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Give the time."""
        # Monotonic, so that a correction of the machine's clock never lets an export go back.
        ran = 0.0 if self._stands else time.monotonic() - self._origin
        now = self._start + timedelta(seconds=ran) + self._ahead
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self._ahead += timedelta(seconds=seconds)


def timestamp(moment: datetime | None) -> str | None:
    """Give a time as the API shows it: ISO 8601 in UTC with three digits of a second; null stays null."""
    if moment is None:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
