"""Stopping: a signal ends a run behind the test that is under way, so that everything is cleaned up."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType

import pytest


@contextmanager
def stopped_by_signals(running: pytest.Session) -> Iterator[None]:
    """Have SIGINT and SIGTERM stop a run; they are what they were before in the end."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {number: signal.signal(number, partial(_stop, running)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(running: pytest.Session, number: int, frame: FrameType | None) -> None:
    """End a run behind the test that is under way; who cannot wait for that sends the signal again.

    An exception from a signal would come at any line, pytest's own included, and end some runs without a result.
    """
    if running.shouldstop:
        signal.default_int_handler(number, frame)
    running.shouldstop = f"stopped by {signal.Signals(number).name}"
