"""The terms of a run: what its options and variables ask for, read before anything is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, get_args

import pytest

from exports_conformance.client.settings import ConfigurationError, LiveSettings
from exports_conformance.contract.errors import ContractError
from exports_conformance.contract.openapi import openapi
from exports_conformance.contract.requirements import requirements
from exports_conformance.results.deviations import Deviation, DeviationError, read_deviations
from exports_conformance.results.verdicts import FailOn
from exports_conformance.run.gate import Gate
from exports_conformance.run.options import exports_at_most, process_name, repeat_command
from exports_conformance.run.recorded import Recorded
from exports_conformance.upgrade.document import FAIL_ON
from exports_conformance.upgrade.sides import UnusableSide
from exports_conformance.upgrade.usage import UsesError


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run is given.

    `option` has pytest's options, `started_in` is the folder that their paths are seen from, `process` names this
    process among those of the run. `settings` are there on a live endpoint, `recorded` is what answers in an
    endpoint's place, `gate` has what was recorded before an upgrade.
    """

    option: Any
    profile: str
    process: str
    started_in: Path
    settings: LiveSettings | None
    recorded: Recorded | None
    gate: Gate | None
    deviations: Mapping[str, Deviation]
    exports_at_most: int | None
    repeat: str

    @property
    def is_controller(self) -> bool:
        """Whether other processes do the asking."""
        return self.process == "main" and self.option.dist != "no"

    @property
    def kind(self) -> Literal["reference", "live", "recorded"]:
        """Who answers; a plan is rehearsed with the reference."""
        kind: Literal["reference", "live", "recorded"] = self.option.endpoint
        return "reference" if self.option.plan else kind

    @property
    def fail_on(self) -> FailOn:
        """What fails a run besides a violated promise, what its comparison shows apart."""
        return self.option.fail_on if self.option.fail_on in get_args(FailOn) else "violates"

    def path(self, path: Path) -> Path:
        """Give a path as seen from where the run was started."""
        return self.started_in / path

    def refuses_mode(self, mode: str) -> str:
        """Say why nothing is created in an organisation of this mode; empty where it may be."""
        if mode == "test" or self.option.allow_live_mode:
            return ""
        what = "is in live mode" if mode == "live" else "does not tell its mode"
        return f"the organisation {what}: nothing is created there without --allow-live-mode"


def read_terms(config: pytest.Config, *, profile: str) -> Terms:
    """Read what a run is given.

    Raises:
        pytest.UsageError: the contract, an option, a variable or a file cannot be used.
    """
    option, here = config.option, config.invocation_params.dir
    process = process_name(config)
    live = option.endpoint == "live" and not option.plan
    if option.dist != "no" and option.plan:
        raise pytest.UsageError("-n with --plan: a rehearsal takes one process; leave -n away")
    if option.dist != "no" and live:
        raise pytest.UsageError(
            "-n with --endpoint live: one address has one rate limit and ten exports; leave -n away"
        )
    try:
        requirements()
        openapi()
        import_module("exports_conformance.contract.resources")  # which reads its file as it is loaded
        return Terms(
            option=option,
            profile=profile,
            process=process,
            started_in=here,
            settings=LiveSettings.read() if live else None,
            recorded=Recorded(here / option.recording, max_age=option.max_age) if option.recording else None,
            deviations=read_deviations(here / option.deviations, today=datetime.now(UTC).date())
            if option.deviations
            else {},
            gate=_gate(option, here),
            exports_at_most=exports_at_most(config),
            repeat=repeat_command(config),
        )
    except (ConfigurationError, ContractError, DeviationError, UnusableSide, UsesError) as error:
        raise pytest.UsageError(str(error)) from None


def _gate(option: Any, here: Path) -> Gate | None:
    if option.replay is None:
        return None
    uses = None if option.uses is None else here / option.uses
    return Gate.open(
        here / option.replay, uses=uses, fail_on=option.fail_on if option.fail_on in FAIL_ON else "breaking"
    )
