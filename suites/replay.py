"""Replay: requests that were recorded before an upgrade are sent again; collected only with `--replay`.

Decision: docs/decisions/0028-replay-sends-requests-anew.md.
"""

from collections.abc import Callable
from typing import get_args

import pytest

from exports_conformance.contract.requirements import Topic
from exports_conformance.exchange.model import Exchange
from exports_conformance.suites import Judge, promised_about


@pytest.mark.examples(smoke=1)  # the recording decides what is sent, whatever the profile
@pytest.mark.verifies(*promised_about(*get_args(Topic)))
def test_recorded_request_gets_its_response(
    again: Callable[[Exchange], Exchange], judge: Judge, question: Exchange
) -> None:
    """A recorded request is sent again, and its response judged and compared with the recorded one."""
    judge(again(question))
