"""Exports live as documented at the reference, whatever is done with them; the machine that says so sees who errs."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from exports_conformance.client.guards import ExportLimitError
from exports_conformance.contract.edition import Edition
from exports_conformance.reference import Middleware
from tests.broken_lives import going_back, ignoring_interruptions, ignoring_starts, keeping, never_completing, without
from tests.life_machine import LifeMachine
from tests.life_model import STATUSES
from tests.mutants import MUTANTS

SITUATIONS = {
    *STATUSES,
    *(f"list of {status}" for status in STATUSES),
    *("created", "one too many", "refused", "gone", "found", "not found", "page"),
    *("change", "refused change", "interruption", "refused interruption", "deletion", "refused deletion"),
}
LATER = {"start", "refused start"}

Make = Callable[[], Middleware]


def _mutant(name: str) -> Make:
    return lambda: MUTANTS[name].middleware


BROKEN: Mapping[str, tuple[Make, str]] = {
    "interruption ignored": (lambda: ignoring_interruptions, "'status': 'interrupted'.*got .*'status': '(pending|in_)"),
    "start ignored": (lambda: ignoring_starts, "'status': '(pending|in_).*got .*'status': 'interrupted'"),
    "goes back": (going_back, "'status': 'completed'.*got .*'status': 'pending'"),
    "never completed": (lambda: never_completing, "'status': 'completed'.*got .*'status': 'in_progress'"),
    "not persisted": (_mutant("not-persisted"), "expected 200, got 404|does not show what its creation sent"),
    "deletion keeps": (
        lambda: keeping,
        r"expected 404|refusal-creates-nothing|pages|record_count|(completed|interrupted): expected \[",
    ),
    "found twice": (_mutant("found-twice"), "list-shows-created"),
    "unfiltered": (lambda: without("filter[q][status_eq]"), "(pending|in_progress|completed|interrupted): expected"),
    "unsorted": (lambda: without("sort"), "order: expected|list-links-keep"),
    "pages of ten": (lambda: without("page[size]"), "list-page-size|pages: expected"),
    "update ignored": (_mutant("update-is-ignored"), "update-takes|refused start: expected 422"),
    "format forgotten": (_mutant("retrieval-forgets-format"), "retrieve-as-created"),
    "created last year": (_mutant("created-last-year"), "created-now"),
}


def live(
    edition: Edition,
    *,
    examples: int,
    broken: Make | None = None,
    phases: Collection[Phase] = (Phase.generate,),
    **options: Any,
) -> None:
    """Run the state machine for `examples` examples; raise what it finds."""
    chosen = settings(
        max_examples=examples,
        stateful_step_count=40,
        derandomize=True,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=phases,
    )

    class Machine(LifeMachine):
        def __init__(self) -> None:
            super().__init__(edition, middlewares=[broken()] if broken else [], **options)

    run_state_machine_as_test(Machine, settings=chosen)


@pytest.mark.parametrize("edition", ["page", "7.10"])
def test_exports_live_as_documented(edition: Edition) -> None:
    """Nothing is violated, and everything that the machine looks for has come up."""
    situations: set[str] = set()
    live(edition, examples=60, phases=(Phase.generate, Phase.shrink), situations=situations)
    assert situations == SITUATIONS | (LATER if edition == "7.10" else set())


@pytest.mark.parametrize("name", BROKEN)
def test_machine_sees_a_life_that_is_not_as_documented(name: str) -> None:
    broken, words = BROKEN[name]
    with pytest.raises((AssertionError, ExportLimitError), match=rf"\A.*({words})"):
        live("7.10", examples=60, broken=broken)


def test_machine_sees_that_eleven_run() -> None:
    with pytest.raises(AssertionError, match="one too many"):
        live("7.10", examples=60, running_at_most=11)
