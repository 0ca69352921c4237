"""The options of a run, as pytest gets them."""

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
        metavar="auto|EDITION",
        default="auto",
        help="edition of the documentation to judge by; auto: the first export created tells (default: %(default)s)",
    )
    group.addoption(
        "--fail-on",
        metavar="|".join((*get_args(FailOn), *COMPARISON_FAIL_ON)),
        default="violates",
        help="what makes the run fail, besides a violated promise; of a replay also what its comparison shows "
        "(default: %(default)s, and with --replay breaking)",
    )
    group.addoption(
        "--record", type=Path, metavar="FILE", help="keep every exchange as HAR, to be replayed, judged and compared"
    )
    group.addoption(
        "--recording",
        type=Path,
        metavar="FILE",
        help="what `--endpoint recorded` answers from: HAR or WireMock mappings",
    )
    group.addoption(
        "--max-age",
        type=int,
        default=90,
        metavar="DAYS",
        help="a recording that is older is called old in the headline (default: %(default)s)",
    )
    group.addoption(
        "--deviations", type=Path, metavar="FILE", help="known deviations, which are waived until they expire or end"
    )
    group.addoption(
        "--replay", type=Path, metavar="FILE", help="ask again what was recorded before an upgrade, and compare"
    )
    group.addoption(
        "--uses", type=Path, metavar="FILE", help="TOML that says what your client uses; with --replay: whom it breaks"
    )
    group.addoption("--allow-live-mode", action="store_true", help="create exports in an organisation in live mode too")
    group.addoption(
        "--refusals-only",
        action="store_true",
        help="send only what has to be refused; a creation in spite of that is removed, and ends the run",
    )
    group.addoption(
        "--max-exports", type=int, metavar="N", help="create no more than N exports; what is not asked then is skipped"
    )
    group.addoption(
        "--plan", action="store_true", help="say what would be sent, from a rehearsal in this process; send nothing"
    )
    group.addoption(
        "--anonymise", action="store_true", help="keep no name of the organisation: host, slug and id have pseudonyms"
    )
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
    _check("--edition", config.option.edition, ("auto", *editions()))
    _check("--fail-on", config.option.fail_on, (*get_args(FailOn), *COMPARISON_FAIL_ON))
    _check_recording(config)
    if (config.option.max_exports or 0) < 0:
        raise pytest.UsageError(f"--max-exports {config.option.max_exports}: give a number from 0 on")
    _check_replay(config)
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


def _check_recording(config: pytest.Config) -> None:
    """Say in a line what a recording needs, before anything is asked."""
    kind, recording, record = config.option.endpoint, config.option.recording, config.option.record
    if kind == "recorded" and recording is None:
        raise pytest.UsageError("--endpoint recorded: say which recording answers with --recording FILE")
    if kind != "recorded" and recording is not None:
        raise pytest.UsageError(f"--recording {recording}: is asked by --endpoint recorded only; add that")
    if kind == "recorded" and config.option.anonymise:
        raise pytest.UsageError(
            "--anonymise with --endpoint recorded: a recording is judged as it is; leave it away, or record with it"
        )
    if record is not None and not (config.invocation_params.dir / record).parent.is_dir():
        raise pytest.UsageError(f"--record {record}: there is no folder {record.parent}; make it, or give another file")


def _check_replay(config: pytest.Config) -> None:
    """Say in a line what a replay needs, before anything is asked."""
    replay, uses, fail_on = config.option.replay, config.option.uses, config.option.fail_on
    if replay is None:
        for option, given in (("--uses", uses), (f"--fail-on {fail_on}", fail_on in COMPARISON_FAIL_ON)):
            if given:
                raise pytest.UsageError(f"{option}: is about a comparison; add --replay FILE")
        return
    if config.option.endpoint == "recorded":
        raise pytest.UsageError(
            "--replay: asks a live endpoint or the reference; `exports-conformance compare` needs none"
        )
    if config.option.refusals_only:
        raise pytest.UsageError(
            "--refusals-only with --replay: all that was recorded is asked again; leave one of them away"
        )
    if config.option.dist != "no":
        raise pytest.UsageError("-n with --replay: what was recorded is asked again in its order; leave -n away")
    if fail_on == "breaks-me" and uses is None:
        raise pytest.UsageError("--fail-on breaks-me: says nothing without --uses FILE; add what your client uses")


def repeat_command(config: pytest.Config) -> str:
    """Give the command that asks the same again."""
    words = ["exports-conformance", "--endpoint", config.option.endpoint]
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
    words += [f"--{option.replace('_', '-')}" for option in SWITCHES if getattr(config.option, option)]
    return shlex.join(words)


def exports_at_most(config: pytest.Config) -> int | None:
    """Give how many exports a run may create; None where that was not bounded."""
    at_most: int | None = config.option.max_exports
    return 0 if config.option.refusals_only else at_most


def process_name(config: pytest.Config) -> str:
    """Give the name of this process among those of a run: `main`, or that of an xdist worker."""
    worker: dict[str, str] = getattr(config, "workerinput", {})
    return worker.get("workerid", "main")
