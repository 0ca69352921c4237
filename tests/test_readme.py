"""The README is true: its commands run, its options, files and figures exist."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from exports_conformance.reference.server import serving
from exports_conformance.results.verdicts import EXIT_CODES
from tests.drift.documents import published
from tests.mutants import MUTANTS
from tests.suite_runs import reference
from tests.test_runs import ACCESS, ENDPOINT, asked

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line, comments=True)
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]
OURS = [words[1:] for words in COMMANDS if words[:1] == ["exports-conformance"] and "serve" not in words]


def _put_what_is_named(folder: Path) -> None:
    """Put the files there that a reader has, or made by an earlier command."""
    for name in ("before.har", "after.har"):
        shutil.copy(ROOT / "recordings" / "reference.har", folder / name)
    (folder / "openapi.json").write_text(json.dumps(published()), encoding="utf-8")
    (uses,) = re.findall(r"`(attributes = .*?)`", README)
    (folder / "uses.toml").write_text(uses, encoding="utf-8")


@pytest.mark.parametrize("words", OURS, ids=" ".join)
def test_command_runs_as_it_is_written(words: list[str], tmp_path: Path) -> None:
    _put_what_is_named(tmp_path)
    shutil.copy(ROOT / "recordings" / "reference.har", tmp_path / "staging.har")
    app = reference(time_scale=1000)  # so that the documented pace takes no time of a test's
    with serving(app) as base_url:
        run = asked(*words, folder=tmp_path, env={ENDPOINT: f"{base_url}/api", ACCESS: app.issue()})
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("words", [words for words in COMMANDS if "serve" in words], ids=" ".join)
def test_reference_is_served_with_the_options_that_are_written(words: list[str]) -> None:
    options = ["0" if option == "8080" else option for option in words[1:]]
    command = [sys.executable, "-m", "exports_conformance.cli.main", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:  # noqa: S603  our own commands
        assert server.stdout is not None
        said = [server.stdout.readline() for _ in range(4)]
        server.terminate()
    assert any(f"export {ENDPOINT}=http://127.0.0.1:" in line for line in said)


@pytest.mark.parametrize("target", [words[1] for words in COMMANDS if words[:1] == ["make"]])
def test_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_exit_codes_are_those_of_the_verdicts() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| (\d) \|", README, re.MULTILINE))
    assert {name: int(code) for name, code in rows.items()} == EXIT_CODES


def test_files_that_are_named_exist() -> None:
    links = re.findall(r"\]\((?!https)([^)]+)\)", README) + re.findall(
        r"`((?:contract|strategies|tests)/[^`]*)`", README
    )
    assert [name for name in links if not (ROOT / name).exists()] == []


def test_figures_hold() -> None:
    assert len(MUTANTS) > 200
    assert len(README.splitlines()) < 100
