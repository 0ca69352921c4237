"""Collection: the suites' files in any project, which tests a run keeps, how many examples each draws."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, cast
from zlib import crc32

import pytest
from hypothesis import is_hypothesis_test, settings

from exports_conformance.contract.requirements import Requirement, requirements
from exports_conformance.run.choosing import CHOICE, by_value, choose, cited, short
from exports_conformance.run.options import ALL_SUITES, SUITES
from exports_conformance.strategies.profiles import Profile, examples, night_of
from exports_conformance.suites.sources import RECORDED

FIXTURES = ("exports_conformance.run.fixtures", f"{ALL_SUITES}.fixtures")


class SuiteFolder(pytest.Directory):
    """The folder of the suites.

    pytest's own class for a package would put the folder above it on `sys.path`, before a project's own modules.
    """

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Register the fixtures, and collect the files of tests, or another file that an argument names."""
        _register_fixtures(self)
        for path in sorted(self.path.glob("*.py")):
            if path.name.startswith("test_") or self.session.isinitpath(path):
                yield SuiteFile.from_parent(self, path=path)


class SuiteFile(pytest.Module):
    """A file of the suites, imported as a module of the package, whatever the import mode."""

    def _getobj(self) -> ModuleType:
        return import_module(f"{ALL_SUITES}.{self.path.stem}")

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Register the fixtures if the file was named without its folder, and collect the tests."""
        if self.getparent(SuiteFolder) is None:
            _register_fixtures(self)
        return super().collect()


def _register_fixtures(node: pytest.Collector) -> None:
    """Make the fixtures of the suites visible below a node, where they win over a project's of the same names."""
    manager: Any = node.session._fixturemanager  # noqa: SLF001  pytest.register_fixture is younger than pytest 9.1
    for name in FIXTURES:
        module = import_module(name)
        try:
            manager.parsefactories(holder=module, node=node)
        except TypeError:  # before pytest 9.1
            manager.parsefactories(module, node.nodeid)


def folder(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Return the collector of a folder if it is that of the suites."""
    return SuiteFolder.from_parent(parent, path=path) if path == SUITES else None


def file(path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Return the collector of a file if it is one of the suites."""
    return SuiteFile.from_parent(parent, path=path) if path.parent == SUITES else None


_CONTRACT_FILE = "contract/requirements.toml"
_COUNTED: set[Any] = set()  # functions whose examples are counted; a process may run the suites more than once


def is_of_suites(item: pytest.Item) -> bool:
    """Return whether a test belongs to the suites."""
    return SUITES in item.path.parents


def runs_suites(config: pytest.Config) -> bool:
    """Return whether pytest's arguments name the suites, a part of them, or a folder above them."""
    here = config.invocation_params.dir
    paths = [(here / argument.partition("::")[0]).resolve() for argument in config.args]
    named = any(argument.startswith(ALL_SUITES) for argument in config.args)
    return named or any(path == SUITES or SUITES in path.parents or path in SUITES.parents for path in paths)


def select(config: pytest.Config, items: list[pytest.Item]) -> list[pytest.Item]:
    """Check the citations of the suites' tests, set their numbers of examples, and deselect what the run leaves out.

    Return the tests that are left out because of --refusals-only.

    Raises:
        pytest.UsageError: a test cites nothing, a citation is unknown, or no test cites a promise.
    """
    suite = [item for item in items if is_of_suites(item)]
    if not suite:
        return []
    profile, recorded = cast("Profile", config.option.hypothesis_profile), config.stash.get(RECORDED, None)
    if recorded is None:  # a recording may lack the requests of some tests
        whole = profile != "smoke" and is_whole(suite, SUITES)
        check_citations(suite, requirements(), whole=whole)
    counts = {item: _set_examples(item, profile) or _is_dealt(item, config) for item in suite}
    # In a replay, the recording decides what is sent, whatever the profile.
    planned = [item for item in suite if (counts[item] if recorded is None else recorded)]
    creating = [item for item in planned if config.option.refusals_only and not _must_be_refused(item)]
    kept = [item for item in planned if item not in set(creating)]
    choice = config.stash[CHOICE] = choose(config, kept)
    if config.option.budget and recorded is None and not config.option.replay:
        # Without a budget the tests keep their order: lists are judged once there is something to list.
        choice = config.stash[CHOICE] = replace(choice, items=tuple(by_value(choice.items)))
    if left_out := [item for item in suite if item not in set(choice.items)]:
        config.hook.pytest_deselected(items=left_out)
    items[:] = [*(item for item in items if not is_of_suites(item)), *choice.items]
    return creating


def _must_be_refused(item: pytest.Item) -> bool:
    """Return whether a test sends only a flaw that the documentation says is refused."""
    parameters = getattr(item, "callspec", None)
    values = parameters.params.values() if parameters else ()
    return any(getattr(value, "outcome", "") == "refusal" for value in values)


def _set_examples(item: pytest.Item, profile: Profile) -> int:
    """Set the number of examples that a test draws in a profile, and return it."""
    marker = item.get_closest_marker("examples")
    count = examples(marker.kwargs if marker else {}, profile)
    function = getattr(item, "obj", None)
    if count and is_hypothesis_test(function) and function not in _COUNTED:
        settings(max_examples=count)(function)
        _COUNTED.add(function)
    return count


def _is_dealt(item: pytest.Item, config: pytest.Config) -> int:
    """Return 1 for a test of thorough that is sent in this night of a rotation, unless its bodies are drawn."""
    marker, nights = item.get_closest_marker("examples"), config.option.rotate
    if not nights or marker is None or is_hypothesis_test(getattr(item, "obj", None)):
        return 0
    place = crc32(short(item.nodeid).encode())
    return int(marker.kwargs.get("thorough", 0) > 0 and night_of(nights, day=date.min).deals(place))


def check_citations(items: Sequence[pytest.Item], contract: Mapping[str, Requirement], *, whole: bool) -> None:
    """Check that every test cites known requirements and, if all suites were collected, that all promises are cited.

    Raises:
        pytest.UsageError: a test cites nothing, a citation is unknown, or no test cites a promise.
    """
    for item in items:
        names = cited(item)
        if not names:
            raise pytest.UsageError(
                f"{item.nodeid} cites no requirement; add @pytest.mark.verifies(...) with an id of {_CONTRACT_FILE}"
            )
        for name in names:
            if name not in contract:
                raise pytest.UsageError(
                    f"{item.nodeid} cites {name!r}, which {_CONTRACT_FILE} does not have{_near(name, contract)}"
                )
    cited_names = {name for item in items for name in cited(item)}
    promises = [name for name, each in contract.items() if each.weight == "promise" and not each.when_seen]
    uncited = [name for name in promises if name not in cited_names]
    if whole and uncited:
        raise pytest.UsageError(f"no test cites {', '.join(uncited)} of {_CONTRACT_FILE}; add a test for each")


def is_whole(items: Iterable[pytest.Item], folder: Path) -> bool:
    """Return whether the tests come from every suite file of a folder."""
    return set(folder.glob("test_*.py")) <= {item.path for item in items}


def _near(name: str, contract: Mapping[str, Requirement]) -> str:
    near = get_close_matches(name, contract, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
