"""Collection of the suites' files in any project: imported by name, whatever the settings, with their own fixtures."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from exports_conformance.run.options import ALL_SUITES, SUITES

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
