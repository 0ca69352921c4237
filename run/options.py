"""The options of a run: their declaration, their checks, and the command that repeats a run."""

import re
import secrets
import shlex
import sys
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast, get_args

import pytest

from exports_conformance.contract.edition import editions
from exports_conformance.results.observations import seconds_for
from exports_conformance.results.verdicts import FailOn
from exports_conformance.strategies.profiles import DEFAULT, PROFILES, Profile, night_of
from exports_conformance.upgrade.document import COMPARISON_FAIL_ON

KINDS = ("reference", "live", "recorded")
SWITCHES = ("allow_live_mode", "anonymise", "keep", "download_any", "hostile", "refusals_only", "allow_http")
DERANDOMISED = ("smoke", "quick")


SUITES = Path(__file__).parent.parent / "suites"
ALL_SUITES = "exports_conformance.suites"

PLUGINS = {"xdist": "dist", "hypothesispytest": "hypothesis_profile"}
"""Plugins of pytest that the suites need, each with an option that it adds."""


@dataclass(frozen=True, slots=True)
class RunOption:
    """An option of a run, as pytest and the command `run` take it; without `metavar` it is a switch.

    `many`: it may be given several times. `guards`: it lowers a guard, so that no file may set it.
    """

    name: str
    metavar: str
    help: str
    default: Any = None
    many: bool = False
    guards: bool = False
    type: Callable[[str], Any] = str

    @property
    def key(self) -> str:
        """The name under which pytest keeps the value."""
        return self.name.removeprefix("--").replace("-", "_")


OPTIONS = (
    RunOption("--endpoint", "|".join(KINDS), "which endpoint to test (default: reference)", "reference"),
    RunOption(
        "--requirement",
        "ID|GLOB|TOPIC",
        "test these requirements only; repeatable",
        many=True,
    ),
    RunOption("--flaw", "NAME|GLOB", "send these invalid requests only; repeatable", many=True),
    RunOption("--case", "NAME|GLOB", "run the tests that send these cases of a report; repeatable", many=True),
    RunOption("--budget", "N|Ns", "send the N most valuable requests, or for N seconds; then clean up"),
    RunOption("--rotate", "N", "also send an Nth of what quick leaves to thorough, each day (UTC) another one"),
    RunOption("--report-dir", "DIR", "where reports go (default: reports/latest)", Path("reports/latest"), type=Path),
    RunOption("--edition", "auto|EDITION", "version of the documentation; auto: that of the first export", "auto"),
    RunOption(
        "--fail-on",
        "CONDITION",
        "what else fails the run: partial, intermittent, advice; with --replay: "
        "breaking, breaks-me, any (default: violates)",
        "violates",
    ),
    RunOption("--record", "FILE", "store requests and responses as HAR, to replay, judge or compare", type=Path),
    RunOption("--recording", "FILE", "HAR or WireMock mappings that `--endpoint recorded` judges", type=Path),
    RunOption("--max-age", "DAYS", "reports call an older recording old (default: 90)", "90"),
    RunOption("--deviations", "FILE", "known violations, waived until they expire or are fixed", type=Path),
    RunOption("--replay", "FILE", "send a recording again, and compare the responses", type=Path),
    RunOption("--uses", "FILE", "what your client uses; with --replay: does the upgrade break it?", type=Path),
    RunOption("--allow-live-mode", "", "create exports in an organisation in live mode, too", guards=True),
    RunOption("--allow-http", "", "plain http to a host that is not loopback, for a mock", guards=True),
    RunOption("--refusals-only", "", "send only requests that must be refused"),
    RunOption("--max-exports", "N", "create at most N exports; tests that need more are skipped"),
    RunOption("--plan", "", "print what would be sent; send nothing"),
    RunOption("--anonymise", "", "hide the organisation in everything that is kept"),
    RunOption("--keep", "", "do not delete the exports that were created", guards=True),
    RunOption("--download-any", "", "download files that may have personal data, too (not stored)", guards=True),
    RunOption("--hostile", "", "on a live endpoint, also send text that looks like code", guards=True),
)


HTTP_IN_LIVE_MODE = "--allow-http with --allow-live-mode: plain http is for a mock; omit one of them"

CHECKS = 4
"""The requests that check a live endpoint before anything is created."""

LEAST_BUDGET = 4
"""Requests that a verdict takes: a created export, a refused body, a refused token, a retrieval."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The most requests that the tests of a run may send, or the seconds in which they may."""

    number: int
    in_seconds: bool = False

    def requests(self, *, live: bool) -> int:
        """Return the number of requests for tests: on a live endpoint without those that check it first.

        Seconds are requests there at the documented rate; elsewhere there is none, and all tests are begun in time.
        """
        if not self.in_seconds:
            return self.number - (CHECKS if live else 0)
        if not live:
            return sys.maxsize
        sent = range(1, 10_000)
        return bisect_right([seconds_for(number, 100, 60) for number in sent], float(self.number)) - CHECKS

    def __str__(self) -> str:
        return f"{self.number}{'s' if self.in_seconds else ''}"


def add_options(parser: pytest.Parser) -> None:
    """Add the suites' options to pytest's."""
    group = parser.getgroup("exports-conformance", "exports-conformance: contract tests of `create an export`")
    for each in OPTIONS:
        if not each.metavar:
            group.addoption(each.name, action="store_true", help=each.help)
        elif each.many:
            group.addoption(each.name, action="append", default=[], metavar=each.metavar, help=each.help)
        else:
            group.addoption(each.name, type=each.type, default=each.default, metavar=each.metavar, help=each.help)


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


def check_plugins(config: pytest.Config) -> None:
    """Raise `pytest.UsageError` if the command line switches a plugin off that the suites need.

    Before options are parsed, since those of such a plugin would be unknown.
    """
    for plugin in PLUGINS:
        if config.pluginmanager.is_blocked(plugin):
            raise pytest.UsageError(_without(plugin))


def _without(plugin: str) -> str:
    return f"-p no:{plugin}: the suites need this plugin; omit the option"


def settle(config: pytest.Config) -> Profile:
    """Check the options, and choose the profile and the seed of a run before Hypothesis reads them.

    Raises:
        pytest.UsageError: an option cannot be used.
    """
    for plugin, option in PLUGINS.items():
        if not hasattr(config.option, option):
            raise pytest.UsageError(_without(plugin))
    profile = config.option.hypothesis_profile or DEFAULT
    _check("--hypothesis-profile", profile, PROFILES)
    _check("--endpoint", config.option.endpoint, KINDS)
    _check("--edition", config.option.edition, ("auto", *editions()))
    _check("--fail-on", config.option.fail_on, (*get_args(FailOn), *COMPARISON_FAIL_ON))
    _check_recording(config)
    _check_replay(config)
    config.option.budget = budget_of(config.option.budget)
    config.option.rotate = _night(config.option.rotate, profile)
    _check_choice(config)
    config.option.max_age = _number("--max-age", config.option.max_age, at_least=0)
    if config.option.max_exports is not None:
        hint = "; --refusals-only creates none"
        config.option.max_exports = _number("--max-exports", config.option.max_exports, at_least=1, hint=hint)
    config.option.hypothesis_profile = profile
    if profile not in DERANDOMISED and config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(secrets.randbelow(2**32))
    return cast("Profile", profile)


def _night(text: str | None, profile: str) -> str | None:
    """Return the night of a rotation as text, which a repetition on another day takes, too."""
    if text is None:
        return None
    if profile not in {"quick", "sweep"}:
        raise pytest.UsageError(f"--rotate with --hypothesis-profile {profile}: it adds to quick; omit one of them")
    try:
        return str(night_of(text, day=datetime.now(UTC).date()))
    except ValueError:
        raise pytest.UsageError(
            f"--rotate {text}: give the number of nights, 2 or more, or one of them as in 3/7"
        ) from None


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


def budget_of(text: str | Budget | None) -> Budget | None:
    """Return the budget of a run from the text of its option: `40` are requests, `60s` seconds.

    Raises:
        pytest.UsageError: it is neither, or too small for a verdict.
    """
    if text is None or isinstance(text, Budget):
        return text
    in_seconds = text.endswith("s")
    number = _number("--budget", text.removesuffix("s"), at_least=1, hint=" (requests), or seconds as in 60s")
    return Budget(number, in_seconds=in_seconds)


def _check_choice(config: pytest.Config) -> None:
    option = config.option
    given = [f"--{name}" for name in ("requirement", "flaw", "case", "budget") if getattr(option, name)]
    for other in ("replay", "recording"):
        if given and getattr(option, other):
            raise pytest.UsageError(
                f"{given[0]} with --{other}: the recording decides which requests there are; omit one of them"
            )
    if option.allow_http and option.allow_live_mode:
        raise pytest.UsageError(HTTP_IN_LIVE_MODE)
    least = LEAST_BUDGET + (CHECKS if option.endpoint == "live" else 0)
    if option.budget and not option.budget.in_seconds and option.budget.number < least:
        raise pytest.UsageError(
            f"--budget {option.budget}: is too small for a verdict, which takes {least} requests; give more"
        )
    if option.budget and len(given) > 1:
        raise pytest.UsageError(f"--budget with {given[0]}: what is chosen is sent whole; omit one of them")
    if option.budget and option.hypothesis_profile == "smoke":
        raise pytest.UsageError("--budget with --hypothesis-profile smoke: smoke is 12 requests; omit one of them")
    if option.budget and option.dist != "no":
        raise pytest.UsageError("-n with --budget: one process keeps the budget; omit -n")


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
        ("budget", None),
        ("rotate", None),
        ("max_exports", None),
        ("deviations", None),
        ("replay", None),
        ("uses", None),
    ):
        if (value := getattr(config.option, option)) != plain:
            words += ["-k" if option == "keyword" else f"--{option.replace('_', '-')}", str(value)]
    for option in ("requirement", "flaw", "case"):
        words += [word for name in getattr(config.option, option) for word in (f"--{option}", name)]
    words += [f"--deselect={each}" for each in config.option.deselect or ()]
    words += [f"--{option.replace('_', '-')}" for option in SWITCHES if getattr(config.option, option)]
    return shlex.join(words)


def _paths(config: pytest.Config) -> list[str]:
    """Return the arguments that select suites; none if they select all of them."""
    named = [each for each in config.args if each not in {ALL_SUITES, str(config.invocation_params.dir)}]
    paths = {each: (config.invocation_params.dir / each.partition("::")[0]).resolve() for each in named}
    if any(path in {SUITES, *SUITES.parents} for path in paths.values()):
        return []
    return [each for each in named if SUITES in paths[each].parents or each.startswith(f"{ALL_SUITES}.")]


def exports_at_most(config: pytest.Config) -> int | None:
    """Return how many exports a run may create, None if there is no limit."""
    at_most: int | None = config.option.max_exports
    return 0 if config.option.refusals_only else at_most


def process_name(config: pytest.Config) -> str:
    """Return the name of this process among those of a run: `main`, or that of an xdist worker."""
    worker: dict[str, str] = getattr(config, "workerinput", {})
    return worker.get("workerid", "main")
