"""The vendor's own client works with the reference, and finds servers that it could not work with.

Decision: docs/decisions/0030-clock-of-the-sdk-test.md.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exports_conformance.contract.edition import Edition
from exports_conformance.reference import (
    VARIANTS,
    Clock,
    Middleware,
    Reference,
    Respond,
    ServerRequest,
    ServerResponse,
    serving,
)
from exports_conformance.reference.policy import Pace
from tests.broken_lives import (
    cutting_files_short,
    forbidding,
    ignoring_interruptions,
    ignoring_starts,
    keeping,
    never_completing,
    unexplained,
    without,
)
from tests.mutants import MUTANTS

WITNESS = Path(__file__).parent / "node" / "witness.mjs"
CLIENT = WITNESS.parent / "node_modules" / "@commercelayer" / "sdk" / "package.json"
PACE = Pace(pending=2, running=2)
STEPS = [
    "create",
    "retrieve until completed",
    "file",
    "file in CSV",
    "list",
    "sparse fields",
    "events",
    "update",
    "interrupt",
    "start",
    "delete",
    "unknown id",
    "empty selection",
    "invalid token",
]

pytestmark = pytest.mark.skipif(
    "CI" not in os.environ and not (shutil.which("node") and CLIENT.exists()),
    reason="the vendor's client is not here: install node 20, then `make test`",
)


def heard(edition: Edition = "page", *broken: Middleware, variants: Sequence[str] = ()) -> tuple[int, list[str]]:
    """Return the exit code and the lines of a witness; every retrieval takes a second of the reference's clock."""
    clock = Clock(at=datetime.now(UTC))

    def passing(request: ServerRequest, respond: Respond) -> ServerResponse:
        if request.method == "GET" and request.path.startswith("/api/exports/"):
            clock.advance(1)
        return respond(request)

    reference = Reference(clock=clock, edition=edition, pace=PACE, middlewares=[passing, *broken], variants=variants)
    with serving(reference) as base_url:
        ended = subprocess.run(  # noqa: S603  our own script
            ["node", str(WITNESS), edition],  # noqa: S607  where node is, the user's path says
            env={
                "PATH": os.environ["PATH"],
                "COMMERCELAYER_API_ENDPOINT": f"{base_url}/api",
                "COMMERCELAYER_ACCESS_TOKEN": reference.token,
            },
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    assert ended.stdout, ended.stderr
    return ended.returncode, ended.stdout.splitlines()


def passed(lines: Sequence[str]) -> list[str]:
    """Return the steps that passed."""
    return [match[1] for line in lines if (match := re.match(r"ok +([^:]+): .", line))]


@pytest.mark.parametrize("variants", [(), *((name,) for name in VARIANTS if name.startswith("rails"))], ids="-".join)
@pytest.mark.parametrize("edition", ["page", "7.10"])
def test_vendors_client_follows_an_export_through_its_life(edition: Edition, variants: tuple[str, ...]) -> None:
    ended, lines = heard(edition, variants=variants)
    print("\n".join(lines))  # noqa: T201  to be read with -s
    assert (ended, passed(lines)) == (0, [step for step in STEPS if step != "start" or edition == "7.10"])


BROKEN: Mapping[str, tuple[str, Middleware]] = {
    "metadata lost": ("create", MUTANTS["metadata-lost"].middleware),
    "not persisted": ("retrieve until completed", MUTANTS["not-persisted"].middleware),
    "never completed": ("retrieve until completed", never_completing),
    "a record short": ("file", cutting_files_short),
    "unsorted": ("list", without("sort")),
    "unfiltered": ("list", without("filter[q][status_in]")),
    "sparse is whole": ("sparse fields", MUTANTS["sparse-is-whole"].middleware),
    "nothing included": ("events", without("include")),
    "update ignored": ("update", MUTANTS["update-is-ignored"].middleware),
    "interruption ignored": ("interrupt", ignoring_interruptions),
    "start ignored": ("start", ignoring_starts),
    "deletion keeps": ("delete", keeping),
    "unknown is an error": ("unknown id", MUTANTS["unknown-is-an-error"].middleware),
    "refusal unexplained": ("empty selection", unexplained),
    "token forbidden": ("invalid token", forbidding),
}


@pytest.mark.parametrize("name", BROKEN)
def test_vendors_client_finds_the_undocumented_step(name: str) -> None:
    step, middleware = BROKEN[name]
    ended, lines = heard("7.10", middleware)
    assert (ended, passed(lines)) == (1, STEPS[: STEPS.index(step)])
    assert re.match(rf"failed +{step}: .", lines[-1])
