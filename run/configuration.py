"""The configuration of a run: its options, environment variables and files, read before anything is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, get_args

import pytest

from exports_conformance.client.limits import Retries
from exports_conformance.client.settings import ConfigurationError, LiveSettings
from exports_conformance.contract.openapi import openapi
from exports_conformance.contract.requirements import requirements
from exports_conformance.contract.tables import ContractError
from exports_conformance.exchange.untrusted import harmless
from exports_conformance.results.result import ResultError
from exports_conformance.results.verdicts import Deviation, DeviationError, FailOn, read_deviations
from exports_conformance.run.options import exports_at_most, process_name, repeat_command
from exports_conformance.run.recordings import Gate, Recorded
from exports_conformance.upgrade.document import COMPARISON_FAIL_ON, ComparisonFailOn
from exports_conformance.upgrade.sides import UnusableSideError
from exports_conformance.upgrade.usage import UsesError


@dataclass(frozen=True, slots=True)
class InProcess:
    """A WSGI application to test in this process, the token it accepts, and how long to wait for it."""

    app: Any
    token: str
    retries: Retries


APP = pytest.StashKey[InProcess]()
"""The key under which tests pass an application that a run tests in place of a server."""


def rehearsal() -> InProcess:
    """Return the built-in reference for the rehearsal of a plan, in this process."""
    from exports_conformance.reference.app import Reference  # noqa: PLC0415  live runs do not need it

    app = Reference()
    return InProcess(app, app.token, Retries(sleep=lambda _: None))


@dataclass(frozen=True, slots=True)
class Configuration:
    """How a run is set up.

    `option` has pytest's options, `started_in` is the folder that their paths are relative to, `process` names this
    process among those of the run. `settings` are those of a live endpoint, `recorded` is the recording that is
    judged, `gate` the recording that is replayed.
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
        """Whether other processes send the requests."""
        return self.process == "main" and self.option.dist != "no"

    @property
    def kind(self) -> Literal["reference", "live", "recorded"]:
        """The kind of endpoint; a plan is rehearsed with the reference."""
        kind: Literal["reference", "live", "recorded"] = self.option.endpoint
        return "reference" if self.option.plan else kind

    @property
    def fail_on(self) -> FailOn:
        """What makes a run fail besides a violated promise; a replay's comparison has a condition of its own."""
        return self.option.fail_on if self.option.fail_on in get_args(FailOn) else "violates"

    def path(self, path: Path) -> Path:
        """Return a path relative to the folder in which the run was started."""
        return self.started_in / path

    def refuses_mode(self, mode: str) -> str:
        """Return why nothing may be created in an organisation of this mode; empty if it may."""
        if mode == "test" or self.option.allow_live_mode:
            return ""
        what = "is in live mode" if mode == "live" else "does not show its mode"
        return f"the organisation {what}: add --allow-live-mode to create exports there"


def read_configuration(config: pytest.Config, *, profile: str) -> Configuration:
    """Read the configuration of a run.

    Raises:
        pytest.UsageError: the contract, an option, a variable or a file cannot be used.
    """
    option, here = config.option, config.invocation_params.dir
    process = process_name(config)
    live = option.endpoint == "live" and not option.plan
    if option.dist != "no" and option.plan:
        raise pytest.UsageError("--plan cannot be combined with -n; omit it")
    if option.dist != "no" and live:
        raise pytest.UsageError(
            "--endpoint live cannot be combined with -n: the API limits requests and exports per organisation; omit it"
        )
    try:
        requirements()
        openapi()
        import_module("exports_conformance.contract.resources")  # it reads its file on import
        deviations = (
            read_deviations(here / option.deviations, today=datetime.now(UTC).date()) if option.deviations else {}
        )
        return Configuration(
            option=option,
            profile=profile,
            process=process,
            started_in=here,
            settings=LiveSettings.read(allow_http=option.allow_http) if live else None,
            recorded=Recorded(here / option.recording, max_age=option.max_age) if option.recording else None,
            deviations=deviations,
            gate=_gate(option, here, tuple(deviations.values())),
            exports_at_most=exports_at_most(config),
            repeat=repeat_command(config),
        )
    except (ConfigurationError, ContractError, DeviationError, ResultError, UnusableSideError, UsesError) as error:
        raise pytest.UsageError(harmless(str(error))) from None


def _gate(option: Any, here: Path, deviations: Sequence[Deviation]) -> Gate | None:
    if option.replay is None:
        return None
    uses = None if option.uses is None else here / option.uses
    fail_on: ComparisonFailOn = option.fail_on if option.fail_on in COMPARISON_FAIL_ON else "breaking"
    return Gate.open(here / option.replay, uses=uses, fail_on=fail_on, deviations=deviations)
