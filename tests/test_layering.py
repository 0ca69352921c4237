"""The layers: imports run one way, from what is promised to what is reported."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from exports_conformance.contract.requirements import FOLDER

PACKAGE = "exports_conformance"
ROOT = FOLDER.parent
ALLOWED: Mapping[str, frozenset[str]] = {
    "contract": frozenset(),
    "exchange": frozenset({"contract"}),
    "rules": frozenset({"contract", "exchange"}),
    "strategies": frozenset({"contract", "exchange"}),
    "reference": frozenset({"contract", "exchange"}),
    "client": frozenset({"contract", "exchange", "reference"}),
    "suites": frozenset({"contract", "exchange", "strategies", "client"}),
    "results": frozenset({"contract", "exchange", "rules"}),
    "upgrade": frozenset({"contract", "exchange", "rules", "results"}),
    "reports": frozenset({"contract", "exchange", "rules", "results", "upgrade"}),
    "run": frozenset(
        {
            "contract",
            "exchange",
            "rules",
            "strategies",
            "reference",
            "client",
            "suites",
            "results",
            "upgrade",
            "reports",
        }
    ),
    "cli": frozenset(
        {"contract", "exchange", "rules", "reference", "client", "suites", "results", "upgrade", "reports", "run"}
    ),
}
"""The layers that each may import, besides itself."""


def _imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the dotted name of everything that a module imports, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{'.' * node.level}{node.module or ''}.{alias.name}") for alias in node.names)


def _problem(layer: str, name: str) -> str:
    """Return what is wrong with an import in a layer; an empty text if nothing is."""
    first, _, rest = name.partition(".")
    if not first:
        return f"{name} is relative: say {PACKAGE}"
    if "conftest" in name.split(".") or first in {"tests", *ALLOWED}:
        return f"{name} is no part of {PACKAGE}"
    if first == "httpx" and layer != "client":
        return "httpx stays in client"
    target = rest.partition(".")[0]
    if first == PACKAGE and target not in ALLOWED[layer] | {layer}:
        return f"{layer} may not import {target or 'the whole package'}"
    return ""


def _problems(root: Path) -> list[str]:
    """Return every import under a root that runs against the layers."""
    found = []
    for layer in ALLOWED:
        for file in sorted((root / layer).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
            place = file.relative_to(root)
            named = [(line, _problem(layer, name)) for line, name in _imported(tree)]
            found += [f"{place}:{line}: {problem}" for line, problem in named if problem]
    return found


def test_imports_run_one_way() -> None:
    assert _problems(ROOT) == []


def test_every_layer_is_looked_at() -> None:
    """No other test would notice a folder that is missing from `ALLOWED`."""
    folders = {file.parent.name for file in ROOT.glob("*/__init__.py")}
    assert folders - {"tests"} == set(ALLOWED)


@pytest.mark.parametrize(
    ("layer", "line", "problem_says"),
    [
        ("contract", "import exports_conformance.client.client", "contract may not import client"),
        ("contract", "from exports_conformance import strategies", "contract may not import strategies"),
        (
            "strategies",
            "from exports_conformance.results.reproduction import curl",
            "strategies may not import results",
        ),
        ("client", "from exports_conformance.strategies import texts", "client may not import strategies"),
        ("results", "from exports_conformance.reports import page", "results may not import reports"),
        ("suites", "from exports_conformance.results import seen", "suites may not import results"),
        ("reports", "from exports_conformance.client import endpoint", "reports may not import client"),
        ("reports", "from exports_conformance.cli import run", "reports may not import cli"),
        ("reports", "import exports_conformance", "reports may not import the whole package"),
        ("results", "import httpx", "httpx stays in client"),
        ("cli", "from httpx import Client", "httpx stays in client"),
        ("cli", "from tests.exchanges import created", "tests.exchanges.created is no part"),
        ("suites", "import conftest", "conftest is no part"),
        ("suites", "from exports_conformance.suites import conftest", "suites.conftest is no part"),
        ("suites", "import contract.exchange", "contract.exchange is no part"),
        ("client", "from .client import Client", ".client.Client is relative"),
        ("client", "def late() -> None:\n    import exports_conformance.cli", "may not import cli"),
    ],
)
def test_import_against_the_way_is_found(layer: str, line: str, problem_says: str, tmp_path: Path) -> None:
    for each in ALLOWED:
        (tmp_path / each / "below").mkdir(parents=True)
        (tmp_path / each / "below" / "module.py").write_text("import json\n", encoding="utf-8")
    assert _problems(tmp_path) == []
    (tmp_path / layer / "below" / "module.py").write_text(line + "\n", encoding="utf-8")
    (problem,) = _problems(tmp_path)
    assert problem.startswith(f"{layer}/below/module.py:{len(line.splitlines())}: ")
    assert problem_says in problem


@pytest.mark.parametrize(
    ("layer", "line"),
    [
        ("client", "import httpx"),
        ("client", "from exports_conformance.client.client import Client"),
        ("reports", "from exports_conformance.results.reproduction import curl"),
        ("cli", "from exports_conformance.suites import promised_about"),
        ("contract", "import httpx_is_another_name"),
    ],
)
def test_import_along_the_way_is_none(layer: str, line: str, tmp_path: Path) -> None:
    (tmp_path / layer).mkdir()
    (tmp_path / layer / "module.py").write_text(line, encoding="utf-8")
    assert _problems(tmp_path) == []


def test_conftest_only_names_the_plugin() -> None:
    tree = ast.parse((ROOT / "conftest.py").read_text(encoding="utf-8"))
    docstring, named = tree.body
    assert isinstance(docstring, ast.Expr)
    assert ast.unparse(named) == f"pytest_plugins = ['{PACKAGE}.run.plugin']"
