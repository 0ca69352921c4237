"""Citations are checked at collection, both ways."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from exports_conformance.contract.requirements import requirements
from exports_conformance.run.choosing import cited
from exports_conformance.run.collection import check_citations, is_whole

PROMISES = [name for name, each in requirements().items() if each.weight == "promise" and not each.when_seen]


@dataclass
class Marker:
    """What a `verifies` marker has."""

    args: tuple[str, ...]


@dataclass
class FakeItem:
    """What of a collected test the check looks at."""

    citations: tuple[tuple[str, ...], ...]
    nodeid: str = "suites/test_x.py::test_y"
    path: Path = Path("suites/test_x.py")

    def iter_markers(self, name: str) -> list[Marker]:
        """Yield the test's markers with this name."""
        return [Marker(args) for args in self.citations] if name == "verifies" else []


def item(*citations: tuple[str, ...], path: str = "suites/test_x.py") -> pytest.Item:
    return cast("pytest.Item", FakeItem(citations, path=Path(path)))


def test_citations_of_a_test_and_its_parameters_add_up() -> None:
    assert cited(item(("answer-id",), ("answer-type", "answer-id"))) == ("answer-id", "answer-type")


def test_test_without_a_citation_stops_collection() -> None:
    with pytest.raises(pytest.UsageError, match=r"test_x.py::test_y cites no requirement; add @pytest"):
        check_citations([item()], requirements(), whole=False)


def test_unknown_requirement_stops_collection_and_names_the_nearest() -> None:
    with pytest.raises(
        pytest.UsageError, match=r"cites 'create-status-210', which .*; did you mean 'create-status-201'"
    ):
        check_citations([item(("create-status-210",))], requirements(), whole=False)


def test_promise_that_nothing_cites_stops_a_whole_collection() -> None:
    forgetful = [item(tuple(PROMISES[1:]))]
    check_citations(forgetful, requirements(), whole=False)
    with pytest.raises(pytest.UsageError, match=f"no test cites {PROMISES[0]} of"):
        check_citations(forgetful, requirements(), whole=True)
    check_citations([item(tuple(PROMISES))], requirements(), whole=True)


def test_suites_are_whole_when_every_file_has_a_test(tmp_path: Path) -> None:
    for name in ("test_a.py", "test_b.py", "conftest.py"):
        (tmp_path / name).touch()
    some = [item(path=str(tmp_path / "test_a.py"))]
    assert not is_whole(some, tmp_path)
    assert is_whole([*some, item(path=str(tmp_path / "test_b.py"))], tmp_path)
