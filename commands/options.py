"""The options of a run, as pytest gets them."""

import secrets
import shlex
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import cast, get_args

import pytest

from exports_conformance.contract.editions import EditionChoice
from exports_conformance.evidence.verdicts import FailOn
from exports_conformance.strategies.profiles import DEFAULT, PROFILES, Profile

KINDS = ("reference", "live")
SWITCHES = ("allow_live_mode", "keep", "download_any", "hostile")
DERANDOMISED = ("smoke", "quick")


def add_options(parser: pytest.Parser) -> None:
    """Add the suites' options to pytest's."""
    group = parser.getgroup("exports-conformance", "exports-conformance: contract tests of `create an export`")
    group.addoption(
        "--endpoint",
        metavar="|".join(KINDS),
        default="reference",
        help="who answers (default: %(default)s)",
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
        metavar="|".join(get_args(EditionChoice)),
        default="auto",
        help="edition of the documentation to judge by; auto: the first export created tells (default: %(default)s)",
    )
    group.addoption(
        "--fail-on",
        metavar="|".join(get_args(FailOn)),
        default="violates",
        help="what makes the run fail, besides a violated promise (default: %(default)s)",
    )
    group.addoption("--allow-live-mode", action="store_true", help="create exports in an organisation in live mode too")
    group.addoption("--keep", action="store_true", help="leave the exports that were created")
    group.addoption("--download-any", action="store_true", help="download files of records of persons, too, unkept")
    group.addoption("--hostile", action="store_true", help="on a live endpoint, send text that looks like code as well")


def settle(config: pytest.Config) -> Profile:
    """Settle the profile and the seed of a run, before Hypothesis reads them.

    Raises:
        pytest.UsageError: an option's value is none of its choices.
    """
    profile = config.option.hypothesis_profile or DEFAULT
    _check("--hypothesis-profile", profile, PROFILES)
    _check("--endpoint", config.option.endpoint, KINDS)
    _check("--edition", config.option.edition, get_args(EditionChoice))
    _check("--fail-on", config.option.fail_on, get_args(FailOn))
    config.option.hypothesis_profile = profile
    if profile not in DERANDOMISED and config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(secrets.randbelow(2**32))
    return cast("Profile", profile)


def _check(option: str, value: str, choices: Sequence[str]) -> None:
    """Say in a line what is meant by an option's value, where argparse takes five."""
    if value not in choices:
        near = get_close_matches(value, choices, n=1)
        hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(choices)} is meant"
        raise pytest.UsageError(f"{option} {value}: there is no such choice; {hint}")


def repeat_command(config: pytest.Config) -> str:
    """Give the command that asks the same again."""
    words = ["exports-conformance", "--endpoint", config.option.endpoint]
    words += ["--hypothesis-profile", config.option.hypothesis_profile]
    if config.option.hypothesis_seed is not None:
        words += ["--hypothesis-seed", str(config.option.hypothesis_seed)]
    for option, plain in (("edition", "auto"), ("fail_on", "violates"), ("keyword", "")):
        if (value := getattr(config.option, option)) != plain:
            words += ["-k" if option == "keyword" else f"--{option.replace('_', '-')}", value]
    words += [f"--{option.replace('_', '-')}" for option in SWITCHES if getattr(config.option, option)]
    return shlex.join(words)


def process_name(config: pytest.Config) -> str:
    """Give the name of this process among those of a run: `main`, or that of an xdist worker."""
    worker: dict[str, str] = getattr(config, "workerinput", {})
    return worker.get("workerid", "main")
