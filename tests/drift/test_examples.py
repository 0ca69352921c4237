"""The example workflow and the example of accepted drifts work as they stand."""

import os
import shlex
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from exports_conformance.cli.main import main
from exports_conformance.contract.requirements import FOLDER
from exports_conformance.upgrade.drift.drifting import read_accepted
from tests.drift.documents import published
from tests.drift.test_command import changed, write

EXAMPLES = FOLDER.parent / "docs" / "examples"
WORKFLOW: Any = yaml.safe_load((EXAMPLES / "drift.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, str]] = WORKFLOW["jobs"]["drift"]["steps"]


def step(name: str) -> str:
    (found,) = [each["run"] for each in STEPS if each.get("name") == name]
    return found


def run_step(folder: Path, whole: Any) -> str:
    """Run the comparing step in a folder, and return the status that it reports."""
    write(folder / "openapi.json", whole)
    (folder / "accepted-drifts.toml").write_text("", encoding="utf-8")
    program = folder / "exports-conformance"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m exports_conformance.cli.main "$@"\n', "utf-8")
    program.chmod(0o755)
    output = folder / "output"
    env = {**os.environ, **WORKFLOW["env"], "GITHUB_OUTPUT": str(output), "PATH": f"{folder}:{os.environ['PATH']}"}
    shell = ["bash", "-e", "-c", step("Compare it with the contract")]
    subprocess.run(shell, cwd=folder, env=env, check=True, capture_output=True, timeout=60)  # noqa: S603  our own step
    return output.read_text(encoding="utf-8")


@pytest.mark.parametrize(("whole", "status"), [(published, "0"), (changed, "1"), (dict, "4")])
def test_workflow_reports_how_the_comparison_ended(whole: Any, status: str, tmp_path: Path) -> None:
    assert run_step(tmp_path, whole()) == f"status={status}\n"
    assert (tmp_path / "drift.md").exists() is (status != "4")


def test_workflow_takes_nothing_but_the_right_to_open_issues() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read", "issues": "write"}
    assert "drift.md" in step("Open an issue, or bring the open one up to date")


def test_example_of_accepted_drifts_accepts_the_drift_it_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (accepted,) = read_accepted(EXAMPLES / "accepted-drifts.toml")
    assert accepted.until > date(2026, 12, 31)
    file = write(tmp_path / "document", changed())
    assert main(["drift", file, "--accepted", str(EXAMPLES / "accepted-drifts.toml")]) == 0
    assert "1 accepted" in capsys.readouterr().out
