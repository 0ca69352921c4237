"""Interruption: once a signal has asked a run to stop, nothing waits any longer.

Decision: docs/decisions/0041-late-interruptions.md.
"""

import time

_SLICE = 0.1  # seconds; a lock would be safer to wake by, but not within a signal's handler


class Interruption:
    """Whether a run was asked to stop; its `sleep` ends then."""

    def __init__(self) -> None:
        self.requested = False

    def request(self) -> None:
        """End the wait that is under way, and every later one; safe within a signal's handler."""
        self.requested = True

    def clear(self) -> None:
        """Allow waits again, for the clean-up."""
        self.requested = False

    def sleep(self, seconds: float) -> None:
        """Sleep, or less if the run is asked to stop."""
        until = time.monotonic() + seconds
        while not self.requested and (left := until - time.monotonic()) > 0:
            time.sleep(min(_SLICE, left))
