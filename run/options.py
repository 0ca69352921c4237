"""The options of a run: their declaration, their checks, and the command that repeats a run."""

import re
import secrets
import shlex
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import cast, get_args

import pytest

from exports_conformance.contract.editions import editions
from exports_conformance.results.verdicts import FailOn
from exports_conformance.strategies.profiles import DEFAULT, PROFILES, Profile
from exports_conformance.upgrade.document import COMPARISON_FAIL_ON

KINDS = ("reference", "live", "recorded")
SWITCHES = ("allow_live_mode", "anonymise", "keep", "download_any", "hostile", "refusals_only")
DERANDOMISED = ("smoke", "quick")


SUITES = Path(__file__).parent.parent / "suites"
ALL_SUITES = "exports_conformance.suites"

PLUGINS = {"xdist": "dist", "hypothesispytest": "hypothesis_profile"}
"""Plugins of pytest that the suites need, each with an option that it adds."""


def add_options(parser: pytest.Parser) -> None:
    """Add the suites' options to pytest's."""
    group = parser.getgroup("exports-conformance", "exports-conformance: contract tests of `create an export`")
    group.addoption(
        "--endpoint",
        metavar="|".join(KINDS),
        default="reference",
        help="which endpoint to test (default: %(default)s)",
    )
    group.addoption(
        "--report-dir",
        type=Path,
        default=Path("reports/latest"),
        metavar="DIR",
        help="where result.json, index.html and the journal go (default: %(default)s)",
    )
    group.addoption(
        "--edition",
        metavar="auto|EDITION",
        default="auto",
        help="version of the documentation to judge by; auto: as the first export shows (default: %(default)s)",
    )
    group.addoption(
        "--fail-on",
        metavar="|".join((*get_args(FailOn), *COMPARISON_FAIL_ON)),
        default="violates",
        help="what makes the run fail, besides a violated promise; with --replay also which differences "
        "(default: %(default)s, and with --replay breaking)",
    )
    group.addoption(
        "--record", type=Path, metavar="FILE", help="write every exchange to a HAR, to replay, judge or compare"
    )
    group.addoption(
        "--recording",
        type=Path,
        metavar="FILE",
        help="the HAR or WireMock mappings that `--endpoint recorded` judges",
    )
    group.addoption(
        "--max-age",
        default="90",
        metavar="DAYS",
        help="reports call an older recording old (default: %(default)s)",
    )
    group.addoption(
        "--deviations",
        type=Path,
        metavar="FILE",
        help="known violations, which are waived until they expire or are fixed",
    )
    group.addoption(
        "--replay",
        type=Path,
        metavar="FILE",
        help="send again what was recorded before an upgrade, and compare the responses",
    )
    group.addoption(
        "--uses",
        type=Path,
        metavar="FILE",
        help="TOML that lists what your client uses; with --replay: does the upgrade break it?",
    )
    group.addoption(
        "--allow-live-mode", action="store_true", help="create exports in an organisation in live mode, too"
    )
    group.addoption(
        "--refusals-only",
        action="store_true",
        help="send only requests that must be refused; an export created nevertheless is removed and ends the run",
    )
    group.addoption("--max-exports", metavar="N", help="create at most N exports; tests that need more are skipped")
    group.addoption(
        "--plan",
        action="store_true",
        help="print what would be sent, from a rehearsal with the built-in reference; send nothing",
    )
    group.addoption(
        "--anonymise",
        action="store_true",
        help="replace the host, slug and id of the organisation in everything that is kept",
    )
    group.addoption("--keep", action="store_true", help="do not delete the exports that were created")
    group.addoption(
        "--download-any", action="store_true", help="also download files that may contain personal data (not stored)"
    )
    group.addoption("--hostile", action="store_true", help="on a live endpoint, also send text that looks like code")


def check_known(parser: pytest.Parser, words: Sequence[str]) -> None:
    """Check that pytest and its plugins know every option of a command line.

    Raises:
        pytest.UsageError: they do not; the message suggests a similar option.
    """
    _, unknown = parser.parse_known_and_unknown_args(words)
    for word in unknown:
        option = word.partition("=")[0]
        known = sorted(set(re.findall(r"--[a-z][a-z-]*[a-z]", parser.optparser.format_help())))
        near = get_close_matches(option, known, n=1)
        hint = f"did you mean {near[0]}?" if near else "`exports-conformance --help-run` lists all options"
        raise pytest.UsageError(f"{option}: is not an option; {hint}")


def settle(config: pytest.Config) -> Profile:
    """Check the options, and choose the profile and the seed of a run before Hypothesis reads them.

    Raises:
        pytest.UsageError: an option cannot be used.
    """
    for plugin, option in PLUGINS.items():
        if not hasattr(config.option, option):
            raise pytest.UsageError(f"-p no:{plugin}: the suites need this plugin; omit the option")
    profile = config.option.hypothesis_profile or DEFAULT
    _check("--hypothesis-profile", profile, PROFILES)
    _check("--endpoint", config.option.endpoint, KINDS)
    _check("--edition", config.option.edition, ("auto", *editions()))
    _check("--fail-on", config.option.fail_on, (*get_args(FailOn), *COMPARISON_FAIL_ON))
    _check_recording(config)
    _check_replay(config)
    config.option.max_age = _number("--max-age", config.option.max_age, at_least=0)
    if config.option.max_exports is not None:
        hint = "; --refusals-only creates none"
        config.option.max_exports = _number("--max-exports", config.option.max_exports, at_least=1, hint=hint)
    config.option.hypothesis_profile = profile
    if profile not in DERANDOMISED and config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(secrets.randbelow(2**32))
    return cast("Profile", profile)


def _check(option: str, value: str, choices: Sequence[str]) -> None:
    """Check an option's value; argparse would print five lines about a wrong one."""
    if value not in choices:
        near = get_close_matches(value, choices, n=1)
        hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(choices)}"
        raise pytest.UsageError(f"{option} {value}: is not a choice; {hint}")


def _number(option: str, value: str, *, at_least: int, hint: str = "") -> int:
    if not re.fullmatch(r"[0-9]{1,9}", str(value)) or int(value) < at_least:
        raise pytest.UsageError(f"{option} {value}: give a whole number, {at_least} or more{hint}")
    return int(value)


def _check_recording(config: pytest.Config) -> None:
    kind, recording, record = config.option.endpoint, config.option.recording, config.option.record
    if kind == "recorded" and recording is None:
        raise pytest.UsageError("--endpoint recorded: needs --recording FILE, the recording to judge")
    if kind != "recorded" and recording is not None:
        raise pytest.UsageError(f"--recording {recording}: needs --endpoint recorded; add that")
    if kind == "recorded" and config.option.anonymise:
        raise pytest.UsageError(
            "--anonymise with --endpoint recorded: a recording is judged as it is; omit it, or use it when recording"
        )
    if record is not None:
        place = config.invocation_params.dir / record
        if place.is_dir():
            raise pytest.UsageError(f"--record {record}: is a folder; give a file in it")
        if not place.parent.is_dir():
            raise pytest.UsageError(
                f"--record {record}: the folder {record.parent} does not exist; create it, or give another file"
            )


def _check_replay(config: pytest.Config) -> None:
    replay, uses, fail_on = config.option.replay, config.option.uses, config.option.fail_on
    if replay is None:
        for option, given in (("--uses", uses), (f"--fail-on {fail_on}", fail_on in COMPARISON_FAIL_ON)):
            if given:
                raise pytest.UsageError(f"{option}: is about a comparison; add --replay FILE")
        return
    if config.option.endpoint == "recorded":
        raise pytest.UsageError(
            "--replay with --endpoint recorded: a replay needs a live endpoint or the reference; "
            "`exports-conformance compare` compares two recordings"
        )
    if config.option.refusals_only:
        raise pytest.UsageError("--refusals-only with --replay: a replay sends everything again; omit one of them")
    if config.option.dist != "no":
        raise pytest.UsageError("-n with --replay: a replay keeps the recorded order; omit -n")
    if fail_on == "breaks-me" and uses is None:
        raise pytest.UsageError("--fail-on breaks-me: needs --uses FILE, which lists what your client uses")


def repeat_command(config: pytest.Config) -> str:
    """Return the command that sends the same requests again."""
    words = ["exports-conformance", *_paths(config), "--endpoint", config.option.endpoint]
    words += ["--hypothesis-profile", config.option.hypothesis_profile]
    if config.option.recording is not None:
        words += ["--recording", str(config.option.recording)]
    if config.option.hypothesis_seed is not None:
        words += ["--hypothesis-seed", str(config.option.hypothesis_seed)]
    for option, plain in (
        ("edition", "auto"),
        ("fail_on", "violates"),
        ("keyword", ""),
        ("max_exports", None),
        ("deviations", None),
        ("replay", None),
        ("uses", None),
    ):
        if (value := getattr(config.option, option)) != plain:
            words += ["-k" if option == "keyword" else f"--{option.replace('_', '-')}", str(value)]
    words += [f"--deselect={each}" for each in config.option.deselect or ()]
    words += [f"--{option.replace('_', '-')}" for option in SWITCHES if getattr(config.option, option)]
    return shlex.join(words)


def _paths(config: pytest.Config) -> list[str]:
    """Return the arguments that select suites; none if they select all of them."""
    named = [each for each in config.args if each not in {ALL_SUITES, str(config.invocation_params.dir)}]
    whole = {SUITES, *SUITES.parents}
    return [] if any((config.invocation_params.dir / each).resolve() in whole for each in named) else named


def exports_at_most(config: pytest.Config) -> int | None:
    """Return how many exports a run may create, None if there is no limit."""
    at_most: int | None = config.option.max_exports
    return 0 if config.option.refusals_only else at_most


def process_name(config: pytest.Config) -> str:
    """Return the name of this process among those of a run: `main`, or that of an xdist worker."""
    worker: dict[str, str] = getattr(config, "workerinput", {})
    return worker.get("workerid", "main")
