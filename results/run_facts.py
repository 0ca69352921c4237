"""The facts of a run: who was asked, with what, and how the run was set up."""

import platform
from dataclasses import dataclass, field
from importlib.metadata import version

from exports_conformance.exchange.edition import EditionChoice
from exports_conformance.exchange.model import Provenance
from exports_conformance.exchange.strict_json import Json


def versions() -> dict[str, str]:
    """Give the versions of what decides which requests are sent."""
    names = ("exports-conformance", "hypothesis", "schemathesis", "pytest", "httpx")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known of a run; `started` in seconds since the epoch, `recording` is said of what was replayed."""

    run_id: str
    kind: Provenance
    base_url: str
    profile: str
    seed: str
    started: float
    edition: EditionChoice = "auto"
    mode: str = "unknown"
    repeat: str = ""
    versions: dict[str, str] = field(default_factory=versions)
    recording: dict[str, Json] | None = None
