"""Replay: what was asked before an upgrade is asked again; collected where a run is given a recording to replay."""

from collections.abc import Callable
from typing import get_args

import pytest

from exports_conformance.contract.requirements import Topic
from exports_conformance.exchange.model import Exchange
from exports_conformance.suites import Judge, about


@pytest.mark.examples(smoke=1)  # what was recorded decides what is asked, whatever the profile
@pytest.mark.verifies(*about(*get_args(Topic)))
def test_recorded_question_is_answered(again: Callable[[Exchange], Exchange], judge: Judge, question: Exchange) -> None:
    """What was asked before is asked again, judged by the contract, and compared with what was answered then."""
    judge(again(question))
