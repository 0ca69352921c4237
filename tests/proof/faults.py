"""The faults of every mutant: how many a run reports, and what the scripts and `reproduce` say of each.

`python -m tests.proof.faults [MUTANT ...]`, or `make faults`. Decision: docs/decisions/0061-reproduction-scripts.md.
"""

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import Progress

from exports_conformance.client.limits import Retries
from exports_conformance.client.opening import open_reference
from exports_conformance.reference.app import Reference
from exports_conformance.results.har import from_json
from exports_conformance.run.reproducing import Reproducing
from tests.mutants import MUTANTS
from tests.proof.hunting import quietly
from tests.proof.hunts import parallel
from tests.suite_runs import judged, stepping
from tests.test_reproduction import run_script

OUTCOMES = {0: "not shown", 1: "shown", 2: "not checked"}


@dataclass(frozen=True, slots=True)
class FaultsFound:
    """The faults of a mutant: their names, conditions, and outcomes against the mutant and a clean reference."""

    mutant: str
    names: tuple[str, ...]
    conditions: tuple[str, ...]
    scripts: tuple[str, ...]
    reproduced: tuple[str, ...]

    @property
    def problems(self) -> list[str]:
        """What is wrong: another number of faults than one, a false outcome."""
        found = [] if len(self.names) == 1 else [f"{len(self.names)} faults: {', '.join(self.names)}"]
        for what, outcomes in (("script", self.scripts), ("reproduce", self.reproduced)):
            for outcome in outcomes:
                broken, _, clean = outcome.partition(" / ")
                if broken == "not shown" or clean == "shown":
                    found.append(f"{what}: {outcome}")
        return found


def faults_of(mutant: str) -> FaultsFound:
    """Run the suites against a mutant, then reproduce its faults against it and against a clean reference."""
    with TemporaryDirectory() as folder:
        with quietly():
            result = judged(_server(mutant, broken=True), Path(folder), *MUTANTS[mutant].options)
        faults, scripts, reproduced = result["faults"], [], []
        for fault in faults:
            file = Path(folder) / "script.sh"
            file.write_text(fault["script"], encoding="ascii")
            codes = [run_script(file, _server(mutant, broken=broken))[0] for broken in (True, False)]
            scripts.append(" / ".join(OUTCOMES.get(code, f"exit {code}") for code in codes))
            outcomes = [_reproduced(fault, result, _server(mutant, broken=broken)) for broken in (True, False)]
            reproduced.append(" / ".join(outcomes))
    names = tuple(fault["name"] for fault in faults)
    conditions = tuple(fault["condition"]["text"] for fault in faults)
    return FaultsFound(mutant, names, conditions, tuple(scripts), tuple(reproduced))


def _server(mutant: str, *, broken: bool) -> Reference:
    middlewares = [MUTANTS[mutant].middleware] if broken else []
    return stepping(middlewares=middlewares, variants=MUTANTS[mutant].variants)


def _reproduced(fault: dict[str, object], result: dict[str, object], app: Reference) -> str:
    judging = Reproducing(str(fault["name"]), result["contract"]["edition"])  # type: ignore[index]
    retries = Retries(sleep=app.clock.advance)
    with open_reference(app=app, token=app.token, observe=judging.observe, retries=retries) as endpoint:
        judging.send([from_json(each) for each in fault["steps"]], endpoint)  # type: ignore[attr-defined]
        endpoint.clean()
    return judging.outcome


def main(names: list[str]) -> int:
    """Print what is wrong with the faults of the mutants, and counts; return 1 if a script or `reproduce` misleads."""
    console = Console(soft_wrap=True)
    with Progress(console=console) as progress:
        found = list(parallel(faults_of, [(name,) for name in names or MUTANTS], progress, "faults"))
    wrong = 0
    for each in found:
        for problem in each.problems:
            wrong += "faults:" not in problem
            console.print(f"{each.mutant}: {problem}")
    for what in ("scripts", "reproduced"):
        counts = Counter(outcome for each in found for outcome in getattr(each, what))
        console.print(f"{what}, against the mutant / a clean server: {dict(counts)}")
    console.print(f"{len(found)} mutants, {sum(len(each.names) == 1 for each in found)} with one fault")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
