"""A run is chosen by requirement, flaw, case or budget, also from another project's pytest and settings."""

import shlex
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock
from unittest.mock import Mock

import pytest

from exports_conformance.cli import report
from exports_conformance.cli.main import main
from exports_conformance.client.guards import base_url_of
from exports_conformance.client.settings import ConfigurationError, LiveSettings
from exports_conformance.results.journal import read_journal, read_judged
from exports_conformance.run.choosing import cost, values, within
from exports_conformance.run.options import SUITES, Budget
from exports_conformance.run.project_settings import SettingsError, settings_words
from exports_conformance.strategies.covering import covering_cases
from exports_conformance.strategies.flaw import Flaw
from exports_conformance.strategies.flaws import FLAWS
from exports_conformance.strategies.profiles import night_of
from exports_conformance.strategies.requests import CREDENTIALS, NEGOTIATIONS, ODD_METHODS, OddRequest
from exports_conformance.suites.fixtures import LEFT_TO_THOROUGH, _is_dealt
from tests.mutants import MUTANTS
from tests.proof.__main__ import BUDGETS
from tests.suite_runs import judged, reference, stepping, violated

pytest_plugins = ["pytester"]

LIVE_TOKEN = "e30.eyJ0ZXN0IjogZmFsc2V9.c2ln"  # a JWT whose claims are {"test": false}


ALL_FLAWS: tuple[Flaw | OddRequest, ...] = (*FLAWS.values(), *CREDENTIALS, *NEGOTIATIONS, *ODD_METHODS)


def test_one_requirement_takes_few_requests_and_is_concluded_for_alone(tmp_path: Path) -> None:
    broken = reference(middlewares=[MUTANTS["metadata-lost"].middleware])
    result = judged(broken, tmp_path, "--requirement", "create-echoes-metadata")
    assert violated(result) == {"create-echoes-metadata": "promise"}
    assert result["counts"]["exchanges"] < 15
    result = judged(broken, tmp_path / "other", "--requirement", "create-echoes-format")
    assert (result["verdict"], result["reasons"]) == ("conforms", [])
    assert {each["verdict"] for each in result["requirements"] if each["id"] != "create-echoes-format"} == {"not seen"}


def test_repeat_line_repeats_exactly_the_files_that_were_named(tmp_path: Path) -> None:
    """`pytest suites/test_retrieval.py` ends with a command that runs the same tests and names itself."""
    named = str(SUITES / "test_retrieval.py")
    first = judged(reference(), tmp_path / "first", named, "--hypothesis-profile", "smoke")
    command, *words = shlex.split(first["repeat"])
    assert (command, words[0]) == ("exports-conformance", named)
    again = judged(reference(), tmp_path / "again", *words)
    assert again["repeat"] == first["repeat"]
    ran = [
        {line["item"] for line in read_journal(tmp_path / folder / "journal") if line["line"] == "item"}
        for folder in ("first", "again")
    ]
    assert ran[0] == ran[1]
    assert {name.partition("::")[0].rpartition("/")[2] for name in ran[0]} == {"test_retrieval.py"}


def test_flaw_that_the_profile_leaves_out_is_sent_alone(tmp_path: Path) -> None:
    result = judged(reference(), tmp_path, "--flaw", "metadata-number", "--case", "life/unknown")
    cases = {each["case"] for each in result["exchanges"].values()}
    assert {"refusal/metadata-number", "life/unknown"} <= cases
    assert not any(case.startswith("refusal/") and case != "refusal/metadata-number" for case in cases)


def test_budget_is_kept_and_the_result_lists_what_was_left_out(tmp_path: Path) -> None:
    result = judged(stepping(), tmp_path, "--budget", "25", "--keep")
    assert 12 < result["counts"]["exchanges"] - 1 <= 25  # one looks for what is left
    assert result["verdict"] == "partial"
    assert result["reasons"][-1].startswith("--budget 25 left out ")
    assert result["repeat"].endswith("--budget 25 --keep")


def test_budgets_are_nested_and_the_first_requests_are_worth_most() -> None:
    """A larger budget sends what the smaller ones send, which the curve of the kill matrix relies on."""
    items: Any = [Mock(nodeid=name) for name in sorted(values())]
    sent = [{item.nodeid for item in within(items, number)} for number in BUDGETS]
    assert all(smaller < larger for smaller, larger in pairwise(sent))
    assert all(cost(names) <= number for names, number in zip(sent, BUDGETS, strict=True))
    assert next(iter(values())) == "test_creation.py::test_complete_body_is_created"
    assert cost(values()) <= 250


def test_nights_of_a_rotation_hold_every_case_once() -> None:
    def held(text: str) -> list[str]:
        config: Any = Mock(getoption={"rotate": text}.get)
        flaws = [each.name for each in ALL_FLAWS if _is_dealt(each, config)]
        night = night_of(text, day=date(2026, 11, 27))
        return flaws + [each.name for place, each in enumerate(covering_cases(3)) if night.deals(place)]

    nights = [held(f"{number}/7") for number in range(1, 8)]
    every = sorted(name for night in nights for name in night)
    assert every == sorted({*LEFT_TO_THOROUGH, *(each.name for each in covering_cases(3))})
    assert max(map(len, nights)) - min(map(len, nights)) <= 2


def test_day_decides_which_night_it_is() -> None:
    days = [date(2026, 11, 27) + timedelta(days=number) for number in range(7)]
    assert {night_of("7", day=day).number for day in days} == set(range(1, 8))
    assert (
        night_of("7", day=days[0])
        == night_of("7", day=days[0])
        == night_of(str(night_of("7", day=days[0])), day=days[3])
    )
    for wrong in ("", "0", "1", "0/7", "8/7", "7/", "a", "3/7/9", "-3"):
        with pytest.raises(ValueError, match=f"^{wrong}$"):
            night_of(wrong, day=days[0])


def test_night_adds_to_quick_and_is_repeated(tmp_path: Path) -> None:
    result = judged(reference(), tmp_path, "--rotate", "2/50", "-k", "flawed or identifiers or other_media")
    lines = [line for line in read_journal(tmp_path / "journal") if line["line"] == "exchange"]
    cases = {read_judged(line)[0].expectation.case for line in lines}
    expected = sorted(LEFT_TO_THOROUGH)[1::50]
    assert len(expected) == 2
    assert all(any(case.endswith(f"/{name}") for case in cases) for name in expected)
    assert "--rotate 2/50" in result["repeat"]


def test_seconds_are_requests_at_the_documented_rate() -> None:
    assert Budget(10, in_seconds=True).requests(live=True) < Budget(60, in_seconds=True).requests(live=True) <= 200


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--budget", "0"], "--budget 0: give a whole number, 1 or more (requests), or seconds as in 60s"),
        (["--budget", "3"], "--budget 3: is too small for a verdict, which takes 4 requests"),
        (["--budget", "soon"], "--budget soon: give a whole number"),
        (["--budget", "40", "--requirement", "file"], "--budget with --requirement"),
        (["--budget", "40", "--profile", "smoke"], "smoke is 12 requests"),
        (["--requirement", "create-echos-metadata"], "did you mean create-echoes-metadata"),
        (["--requirement", "start-restarts", "--edition", "page"], "edition page does not have it"),
        (["--rotate", "1"], "--rotate 1: give the number of nights, 2 or more"),
        (["--rotate", "8/7"], "or one of them as in 3/7"),
        (["--rotate", "7", "--profile", "smoke"], "it adds to quick"),
        (["--flaw", "metadata-nmber"], "did you mean metadata-number"),
        (["--case", "life/unknwn"], "did you mean life/unknown"),
        (["--requirement", "file", "--replay", "x.har"], "--requirement with --replay"),
        (["--allow-http", "--allow-live-mode"], "plain http is for a mock"),
    ],
)
def test_contradiction_or_unknown_name_is_a_line_and_4(
    words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["-q", *words]) == 4
    captured = capfd.readouterr()
    lines = [line for line in (captured.out + captured.err).splitlines() if "ERROR" in line]
    assert len(lines) == 1
    assert says in lines[0]


def test_plugin_is_inert_until_the_suites_are_named(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("def pytest_addoption(parser):\n    parser.addoption('--endpoint', default='mine')\n")
    pytester.makepyfile("def test_it(pytestconfig):\n    assert pytestconfig.getoption('--endpoint') == 'mine'\n")
    pytester.runpytest_inprocess("-p", "no:schemathesis").assert_outcomes(passed=1)


def test_suites_run_beside_the_tests_and_fixtures_of_a_project(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml(
        '[tool.pytest.ini_options]\naddopts = "--strict-markers -p no:schemathesis"\nfilterwarnings = ["error"]\n'
        '[tool.exports-conformance]\nrequirement = ["create-default-format"]\n'
    )
    pytester.makeconftest("import pytest\n\n@pytest.fixture(scope='session')\ndef endpoint():\n    return 'mine'\n")
    pytester.makepyfile(
        "import sys\n\ndef test_mine(endpoint, exports_endpoint):\n"
        "    assert (endpoint, exports_endpoint.kind) == ('mine', 'reference')\n"
        "    assert not any(path.endswith('exports_conformance') for path in sys.path)\n"
    )
    result = pytester.runpytest_inprocess(str(pytester.path), "--pyargs", "exports_conformance.suites")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*repeat: exports-conformance*--requirement create-default-format*"])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("profil = 'smoke'", "profil: is not a setting; did you mean profile?"),
        ("allow-live-mode = true", "allow-live-mode: is given on the command line only"),
        ("allow_http = true", "is given on the command line only"),
        ("anonymise = 'yes'", "anonymise: is not true or false"),
        ("budget = [1]", "budget: is not a text or a number"),
        ("endpoint =", "is not TOML"),
    ],
)
def test_setting_that_cannot_be_used_is_a_line(line: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.exports-conformance]\n{line}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=says):
        settings_words(tmp_path)


def test_project_without_settings_is_left_alone(tmp_path: Path) -> None:
    assert settings_words(tmp_path) == []
    (tmp_path / "pyproject.toml").write_text("not toml", encoding="utf-8")
    assert settings_words(tmp_path) == []


def test_plain_http_is_allowed_to_a_mock_but_not_with_live_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    address = "http://mock:8080/api"
    with pytest.raises(ValueError, match="--allow-http"):
        base_url_of(address)
    monkeypatch.setenv("COMMERCELAYER_API_ENDPOINT", address)
    monkeypatch.setenv("COMMERCELAYER_ACCESS_TOKEN", "of-the-mock")
    assert LiveSettings.read(allow_http=True).base_url == address
    monkeypatch.setenv("COMMERCELAYER_ACCESS_TOKEN", LIVE_TOKEN)
    with pytest.raises(ConfigurationError, match="live organisation"):
        LiveSettings.read(allow_http=True)
    monkeypatch.delenv("COMMERCELAYER_ACCESS_TOKEN")
    monkeypatch.setenv("COMMERCELAYER_CLIENT_ID", "id")
    monkeypatch.setenv("COMMERCELAYER_CLIENT_SECRET", "secret")
    with pytest.raises(ConfigurationError, match="CLIENT_SECRET is not sent over plain http"):
        LiveSettings.read(allow_http=True)


@pytest.mark.parametrize(
    "words",
    [
        ["check"],
        ["clean"],
        ["clean", "--older-than", "1h"],
        ["reproduce", "create-status-201"],
        ["run", "--endpoint", "live", "-q"],
    ],
    ids=" ".join,
)
def test_every_command_for_a_live_endpoint_can_allow_plain_http(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(report, "read_result", lambda _: {})
    monkeypatch.setattr(report, "_fault", lambda *_: {})
    with mock.patch.object(LiveSettings, "read", side_effect=ConfigurationError("no address is set")) as read:
        assert main([*words, "--allow-http"]) == 4
    read.assert_called_once_with(allow_http=True)
    captured = capfd.readouterr()
    assert "ERROR: no address is set" in captured.out + captured.err
    assert main(["reproduce", "create-status-201", "--allow-http", "--allow-live-mode"]) == 4
