"""The largest number of requests that a quick run sends, over every server that the tests have."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from exports_conformance.exchange.model import BOOKKEEPING
from exports_conformance.reference.messages import Middleware
from exports_conformance.reference.variants import VARIANTS
from exports_conformance.results.journal import read_journal
from tests import broken_lives, odd_servers
from tests.mutants import MUTANTS
from tests.proof.hunting import quietly
from tests.suite_runs import judged, stepping
from tests.test_variants import WAITS

PEAK = Path("/proc/self/clear_refs")
"""What is written here makes Linux forget the most memory that this process took."""

BROKEN_LIVES: Mapping[str, Middleware] = {
    "ignoring-interruptions": broken_lives.ignoring_interruptions,
    "ignoring-starts": broken_lives.ignoring_starts,
    "keeping": broken_lives.keeping,
    "going-back": broken_lives.going_back(),
    "never-completing": broken_lives.never_completing,
    "cutting-files-short": broken_lives.cutting_files_short,
    "forbidding": broken_lives.forbidding,
    "unexplained": broken_lives.unexplained,
}
"""The servers at which exports do not live as they should."""


@dataclass(frozen=True, slots=True)
class Sent:
    """How many requests a quick run sent to a server, in all and for the tests, and the memory it took."""

    server: str
    requests: int
    asked: int
    megabytes: float


def servers() -> Iterator[tuple[str, str]]:
    """Yield the kind and name of every server."""
    yield from (("mutant", name) for name in MUTANTS)
    yield from (("variant", name) for name in sorted(set(VARIANTS) - WAITS))
    yield from (("odd", name) for name in {**BROKEN_LIVES, **odd_servers.SERVERS})


def sent(kind: str, name: str) -> Sent:
    """Run quick against a server, and count what it sends."""
    middlewares: list[Middleware] = []
    variants: tuple[str, ...] = ()
    if kind == "mutant":
        middlewares, variants = [MUTANTS[name].middleware], MUTANTS[name].variants
    elif kind == "variant":
        variants = (name,)
    else:
        middlewares = [BROKEN_LIVES[name] if name in BROKEN_LIVES else odd_servers.SERVERS[name]()]
    PEAK.write_text("5", encoding="ascii")  # forget the peak of the servers before
    with TemporaryDirectory() as folder, quietly():
        judged(stepping(middlewares=middlewares, variants=variants), Path(folder))
        lines = [line for line in read_journal(Path(folder) / "journal") if line["line"] == "exchange"]
    cases = [line["exchange"]["intent"]["case"] for line in lines]
    asked = sum(1 for case in cases if case.partition("/")[0] not in BOOKKEEPING)
    return Sent(name, len(cases), asked, _peak())


def _peak() -> float:
    """Return the most megabytes that this process took since its peak was forgotten."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024
