"""The peer: Schemathesis with our OpenAPI document, run against the same servers and tuned as well as possible.

Decision: docs/decisions/0034-comparing-with-schemathesis.md.
"""

import time
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events

from exports_conformance.contract.openapi import openapi
from exports_conformance.reference.messages import Middleware, Respond, ServerRequest, ServerResponse
from exports_conformance.reference.server import serving
from tests.mutants import MUTANTS
from tests.suite_runs import TOKEN, reference
from tests.test_variants import FASTER

CONFIGURATION = Path(__file__).parent / "schemathesis.toml"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the peer says of a server: the check that failed, if one did, and what it took to come to that.

    The server is a mutant or a variant, or the clean reference where neither is named.
    """

    mutant: str
    variant: str
    check: str
    requests: int
    wall: float
    cpu: float
    errors: tuple[str, ...]


def opinion(mutant: str = "", variant: str = "", seed: int = 1) -> Opinion:
    """Ask the peer for a mutant or a variant, else for the clean reference, until a check of it fails.

    Over HTTP, as the peer's own transport of WSGI applications does not take all that its checks give it.
    """
    asked = 0

    def counted(request: ServerRequest, respond: Respond) -> ServerResponse:
        nonlocal asked
        asked += 1
        return respond(request)

    middlewares: list[Middleware] = [counted] + ([MUTANTS[mutant].middleware] if mutant else [])
    variants = MUTANTS[mutant].variants if mutant else (variant,) if variant else ()
    scale = FASTER if variant else 1
    failed, errors = "", []
    started, worked = time.perf_counter(), time.process_time()
    with serving(reference(middlewares=middlewares, variants=variants, time_scale=scale)) as address:
        for event in engine.from_schema(_schema(address, seed)).execute():
            if isinstance(event, events.NonFatalError):
                errors.append(f"{type(event.value).__name__}: {event.value}")
            if isinstance(event, events.ScenarioFinished) and not failed:
                failed = next(iter(_failures(event)), "")
    spent = time.perf_counter() - started, time.process_time() - worked
    return Opinion(mutant, variant, failed, asked, *spent, tuple(errors))


def _schema(address: str, seed: int) -> Any:
    config = SchemathesisConfig.from_str(CONFIGURATION.read_text(encoding="utf-8"))
    config.update(seed=seed, max_failures=1)
    project = config.projects.default
    project.update(base_url=f"{address}/api", headers={"Authorization": f"Bearer {TOKEN}"})
    return schemathesis.openapi.from_dict(deepcopy(openapi()), config=config)


def _failures(event: events.ScenarioFinished) -> list[str]:
    return [node.name for nodes in event.recorder.checks.values() for node in nodes if node.failure_info]
