"""The page of promises names tests that exist."""

import ast
import re

from exports_conformance.contract.requirements import FOLDER

ROOT = FOLDER.parent
PAGE = ROOT / "docs" / "security.md"


def test_every_promise_names_a_test_that_exists() -> None:
    """Each row of the table, in a file of the attacks."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 10
    for row in rows:
        named = re.findall(r"`(tests/attacks/\w+\.py)::(\w+)`", row)
        assert named, row
        for file, function in named:
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, (file, function)
