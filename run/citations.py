"""Citations: every test says which requirements it asks for, and every requirement is asked for."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

import pytest

from exports_conformance.contract.requirements import Requirement

CONTRACT = "contract/requirements.toml"


def cited(item: pytest.Item) -> tuple[str, ...]:
    """Give the requirements that a test cites; the nearest citation of one of its parameters stands for all."""
    markers = list(item.iter_markers("verifies"))
    return tuple(dict.fromkeys(name for marker in markers for name in marker.args))


def check(items: Sequence[pytest.Item], contract: Mapping[str, Requirement], *, whole: bool) -> None:
    """Check that every test cites requirements that exist and, where `whole` suites were collected, every promise.

    Raises:
        pytest.UsageError: a citation is missing, or names no requirement.
    """
    for item in items:
        names = cited(item)
        if not names:
            raise pytest.UsageError(
                f"{item.nodeid} cites no requirement; mark it with @pytest.mark.verifies(...), ids are in {CONTRACT}"
            )
        for name in names:
            if name not in contract:
                raise pytest.UsageError(
                    f"{item.nodeid} cites {name!r}, which {CONTRACT} does not have{_near(name, contract)}"
                )
    everything = {name for item in items for name in cited(item)}
    promises = [name for name, each in contract.items() if each.weight == "promise" and not each.when_seen]
    forgotten = [name for name in promises if name not in everything]
    if whole and forgotten:
        raise pytest.UsageError(f"no test cites {', '.join(forgotten)} of {CONTRACT}; a suite must ask for each")


def is_whole(items: Iterable[pytest.Item], folder: Path) -> bool:
    """Say whether the tests are those of all suites of a folder."""
    return set(folder.glob("test_*.py")) <= {item.path for item in items}


def _near(name: str, contract: Mapping[str, Requirement]) -> str:
    near = get_close_matches(name, contract, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
