"""README and docs are true: their commands run, their options, files and figures exist."""

import ast
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import click
import pytest

from exports_conformance.cli import main as cli
from exports_conformance.client import settings
from exports_conformance.contract.edition import editions
from exports_conformance.reference.server import serving
from exports_conformance.results.verdicts import EXIT_CODES
from exports_conformance.run import choosing, project_settings
from exports_conformance.run.options import KINDS, OPTIONS
from exports_conformance.strategies.profiles import PROFILES
from exports_conformance.upgrade.usage import read_uses
from tests.documented import PAGES, commands, write_reader_files
from tests.drift.documents import published
from tests.mutants import MUTANTS
from tests.suite_runs import reference
from tests.test_runs import ACCESS, ENDPOINT

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


TAKEN = {option.name.removeprefix("--") for option in OPTIONS}
CHOICES = {"endpoint": KINDS, "hypothesis-profile": PROFILES, "edition": ("auto", *editions())}
ALL = [(page.name, words) for page in PAGES for words in commands(page)]
OURS = {f"{page}: {shlex.join(words)}": words[1:] for page, words in ALL if words[0] == "exports-conformance"}
RUNS = {name: words for name, words in OURS.items() if not words or words[0] == "run" or words[0].startswith("-")}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Start in a folder with the files that a reader has, or made by an earlier command, and a live endpoint."""
    write_reader_files(tmp_path)
    (tmp_path / "openapi.json").write_text(json.dumps(published()), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    app = reference(time_scale=1000)  # so that the documented pace takes no time of a test's
    with serving(app) as base_url:
        monkeypatch.setenv(ENDPOINT, f"{base_url}/api")
        monkeypatch.setenv(ACCESS, app.issue())
        yield tmp_path


def _code(words: list[str]) -> int:
    try:
        return cli.main(words)
    except SystemExit as done:
        return int(done.code or 0)


@pytest.mark.parametrize("words", RUNS.values(), ids=RUNS.keys())
def test_run_is_set_up_as_it_is_written(words: list[str]) -> None:
    """Every option is one of ours with a value that it takes; what pytest would take stands behind `--`."""
    with mock.patch("exports_conformance.cli.run.run", return_value=0) as run:
        assert _code(words) == 0
    sent = run.call_args.args[0] if run.called else []
    given = [word.removeprefix("--").partition("=") for word in sent if word.startswith("--")]
    assert {name for name, _, _ in given} <= {*TAKEN, "hypothesis-profile", "maxfail"}
    assert [value for name, _, value in given if name in CHOICES and value not in CHOICES[name]] == []
    choosing.chosen_requirements([value for name, _, value in given if name == "requirement"], edition=None)
    choosing.check_flaws([value for name, _, value in given if name == "flaw"])
    assert {value for name, _, value in given if name == "case"} <= {
        case for each in choosing.values().values() for case in each.cases
    }


def test_run_of_a_page_selects_tests(folder: Path) -> None:
    """What the words above become is taken by pytest; `folder` has the recording that is judged."""
    words = ["--endpoint", "recorded", "--recording", "before.har", "--", "--collect-only", "-q", "-k", "documented"]
    assert _code(words) == 0
    assert not (folder / "reports").exists()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "words",
    [words for name, words in OURS.items() if name not in RUNS and words[0] != "serve"],
    ids=[name for name, words in OURS.items() if name not in RUNS and words[0] != "serve"],
)
def test_command_runs_as_it_is_written(words: list[str]) -> None:
    assert _code([*words, *(["--profile", "smoke"] if words == ["plan"] else [])]) == 0  # a plan is a rehearsal


@pytest.mark.parametrize("words", [words for words in OURS.values() if words[:1] == ["serve"]], ids=" ".join)
def test_reference_is_served_with_the_options_that_are_written(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["0" if option == "8080" else option for option in words]
    with mock.patch("exports_conformance.cli.serve.threading") as threading:
        threading.Event.return_value.wait.side_effect = KeyboardInterrupt
        cli.main(options)
    assert f"export {ENDPOINT}=http://127.0.0.1:" in capsys.readouterr().out


@pytest.mark.parametrize("target", sorted({words[1] for _, words in ALL if words[0] == "make"}))
def test_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_shell_finds_the_command_after_the_lines_before_it() -> None:
    """In a checkout, `make conformance` installs the script where the next line puts the shell's path."""
    checkout = [shlex.join(words) for page, words in ALL if page == "README.md" and words[0] in {"make", "."}]
    assert checkout[:2] == ["make conformance", ". .venv/bin/activate"]


def test_exit_codes_are_those_of_the_verdicts() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| (\d) \|", README, re.MULTILINE))
    assert {name: int(code) for name, code in rows.items()} == EXIT_CODES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [name for name in links if not (page.parent / name).exists()] == []


def test_every_page_is_linked_from_the_readme() -> None:
    assert [page.name for page in PAGES[1:] if f"docs/{page.name}" not in README] == []


def test_options_that_are_named_exist() -> None:
    known = {name for command in cli.commands.commands.values() for option in command.params for name in option.opts}
    known |= {"--help", "--help-run", "--version", "--hypothesis-profile", "--pyargs", "--maxfail"}
    named = {
        name
        for page in PAGES[:1] + [each for each in PAGES if each.name in {"options.md", "choosing.md", "exit-codes.md"}]
        for name in re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text(encoding="utf-8"))
    }
    assert sorted(named - known - {"--from", "--spec"}) == []  # of uvx and pipx


def test_variables_are_those_that_are_read() -> None:
    named = set(re.findall(r"^\| .*$", (ROOT / "docs" / "environment.md").read_text(encoding="utf-8"), re.MULTILINE))
    found = {name for line in named for name in re.findall(r"`COMMERCELAYER_(\w+)`", line)}
    assert found == {name.upper() for name in settings.LiveSettings.model_fields}


def test_settings_that_are_written_are_settings(tmp_path: Path) -> None:
    (table,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "options.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "pyproject.toml").write_text(table, encoding="utf-8")
    assert project_settings.settings_words(tmp_path) == [
        "--hypothesis-profile=smoke",
        "--fail-on=partial",
        "--deviations=deviations.toml",
        "--anonymise",
    ]


def test_messages_that_are_explained_are_messages() -> None:
    """Each message of troubleshooting.md stands in the code, but for that of the shell."""
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `(.*?)` \|", page, re.MULTILINE)
    folders = ("cli", "client", "run", "results")
    code = [ast.parse(file.read_text(encoding="utf-8")) for name in folders for file in (ROOT / name).rglob("*.py")]
    said = "\n".join(
        ast.unparse(each) for tree in code for each in ast.walk(tree) if isinstance(each, (ast.Constant, ast.JoinedStr))
    ).replace("{_PREFIX}", "COMMERCELAYER_")
    assert len(explained) > 10
    assert [each for each in explained if each not in said] == ["exports-conformance: command not found"]


def test_example_of_uses_can_be_read() -> None:
    assert read_uses(ROOT / "docs" / "examples" / "uses.toml").formats == ["csv"]


def test_help_of_a_run_fits_a_screen_and_names_the_profiles() -> None:
    command = cli.commands.commands["run"]
    text = command.get_help(click.Context(command, info_name="run", terminal_width=110))
    assert len(text.splitlines()) <= 55
    assert [name for name in ("smoke", "quick", "sweep", "thorough") if name not in text] == []


def test_figures_hold() -> None:
    assert len(MUTANTS) > 200
    assert len(README.splitlines()) <= 125
