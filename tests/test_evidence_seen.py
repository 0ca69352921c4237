"""What was seen: how often, in which cases, the first samples, the smallest witness, and what did not come again."""

import pytest

from exports_conformance.contract.requirements import requirements
from exports_conformance.results.evidence import Evidence, gather
from exports_conformance.results.journal import JournalLine
from exports_conformance.rules import Violation
from tests.exchanges import journal_line

ID = "create-status-201"
OTHER = "answer-type"


def _seen(*lines: JournalLine, name: str = ID) -> Evidence:
    return gather(lines)[name]


def test_every_requirement_has_its_place_without_a_line() -> None:
    gathered = gather([])
    assert list(gathered) == list(requirements())
    assert all(each == Evidence() for each in gathered.values())
    assert not Evidence().intermittent


def test_exchanges_count_whether_they_held_or_broke() -> None:
    entry = _seen(journal_line(held=[ID]), journal_line(broken=[ID]), journal_line(held=[OTHER]), {"line": "gone"})
    assert (entry.exchanges, entry.violations) == (2, 1)


def test_requirement_broken_in_several_places_of_an_exchange_is_broken_once() -> None:
    entry = _seen(journal_line(broken=[ID, ID, OTHER]))
    assert (entry.exchanges, entry.violations, entry.cases.total()) == (1, 1, 1)
    assert len(entry.samples) == 1


def test_cases_are_counted_by_what_the_requests_were() -> None:
    cases = ("creation/pairs-01", "creation/pairs-02", "refusal/type-null", "life")
    assert _seen(*(journal_line(case, held=[ID]) for case in cases)).cases == {"creation": 2, "refusal": 1, "life": 1}


def test_first_three_exchanges_are_the_samples() -> None:
    lines = [journal_line(id=f"x-{number}", held=[ID]) for number in range(2)]
    lines += [journal_line(id=f"x-{number}", broken=[ID]) for number in range(2, 5)]
    samples = _seen(*lines).samples
    assert samples[0] == {"exchange": "x-0", "case": "creation/x", "status": 201, "held": True}
    assert [(each["exchange"], each["held"]) for each in samples] == [("x-0", True), ("x-1", True), ("x-2", False)]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_smallest_request_is_the_witness_whenever_it_came(order: tuple[int, ...]) -> None:
    broken = [
        journal_line(id="large", body=b"x" * 30, broken=[ID]),
        journal_line(id="b", body=b"x" * 9, broken=[ID]),
        journal_line(id="a", body=b"y" * 9, broken=[ID]),
    ]
    held = journal_line(id="held", body=b"", held=[ID])
    entry = _seen(held, *(broken[at] for at in order))
    assert entry.witness
    assert entry.witness.exchange.id == "a"
    assert entry.witness.violation == Violation(ID, "e", f"a {ID}", "/data")
    assert _seen(held).witness is None


def test_request_without_a_body_is_the_smallest() -> None:
    entry = _seen(journal_line(id="x-1", broken=[ID]), journal_line(id="x-2", body=None, broken=[ID]))
    assert entry.witness
    assert entry.witness.exchange.id == "x-2"


def test_requirement_selects_the_tests_that_cite_it() -> None:
    gathered = gather([{"line": "item", "item": "suites/test_x.py::test_y", "verifies": [ID]}])
    assert gathered[ID].cited
    assert not gathered[OTHER].cited


FIRST = journal_line(id="x-1", broken=[ID])


@pytest.mark.parametrize(
    ("later", "intermittent"),
    [
        ([], False),
        ([journal_line(id="x-2", confirms="x-1", held=[ID])], True),
        ([journal_line(id="x-2", confirms="x-1", broken=[ID])], False),
        ([journal_line(id="x-2", confirms="x-1")], True),
        ([journal_line(id="x-2", confirms="x-0", held=[ID])], False),
        ([journal_line(id="x-2", held=[ID])], False),
        ([journal_line(id="x-2", confirms="x-1", held=[ID]), journal_line(id="x-3", broken=[ID])], True),
        (
            [
                journal_line(id="x-2", confirms="x-1", held=[ID]),
                journal_line(id="x-3", broken=[ID]),
                journal_line(id="x-4", confirms="x-3", held=[ID]),
            ],
            True,
        ),
    ],
    ids=["alone", "held", "again", "undecided", "of-another", "no-repetition", "another-unasked", "both-held"],
)
def test_violation_is_intermittent_if_it_never_came_again(later: list[JournalLine], *, intermittent: bool) -> None:
    assert _seen(FIRST, *later).intermittent is intermittent


def test_repetition_settles_each_requirement_by_itself() -> None:
    gathered = gather(
        [journal_line(id="x-1", broken=[ID, OTHER]), journal_line(id="x-2", confirms="x-1", held=[ID], broken=[OTHER])]
    )
    assert (gathered[ID].confirmations, gathered[ID].repetitions, gathered[ID].intermittent) == (0, 1, True)
    assert (gathered[OTHER].confirmations, gathered[OTHER].repetitions, gathered[OTHER].intermittent) == (1, 1, False)
    assert gathered[OTHER].violations == 2
