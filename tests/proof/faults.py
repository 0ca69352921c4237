"""The faults of every mutant: how many, when they occur, and what the scripts and `reproduce` say of each.

`python -m tests.proof.faults [MUTANT ...]`, or `make faults`, which writes docs/faults.md.
Decisions: docs/decisions/0060-faults-and-failing-combinations.md, docs/decisions/0061-reproduction-scripts.md.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import Progress

from exports_conformance.client.limits import Retries
from exports_conformance.client.opening import open_reference
from exports_conformance.exchange.model import Exchange
from exports_conformance.reference.app import Reference
from exports_conformance.results.faults import Fault, find_faults
from exports_conformance.results.har import from_json
from exports_conformance.results.journal import read_journal, read_judged
from exports_conformance.rules import judge
from exports_conformance.run.localising import localise
from exports_conformance.run.reproducing import Reproducing
from tests.mutants import MUTANTS
from tests.mutants.conditions import CONDITIONS
from tests.proof import faults_page
from tests.proof.faults_page import OUTCOMES, FaultsFound
from tests.proof.hunting import quietly
from tests.proof.hunts import parallel
from tests.proof.kept import Kept
from tests.suite_runs import Result, judged, stepping
from tests.test_reproduction import run_script

AT_ONCE = 6  # the scripts mostly wait
PAGE = Path(__file__).parent.parent.parent / "docs" / "faults.md"


def faults_of(mutant: str) -> FaultsFound:
    """Run the suites against a mutant, narrow its faults down, and reproduce them against it and a clean reference."""
    with TemporaryDirectory() as folder:
        with quietly():
            result = judged(_server(mutant, broken=True), Path(folder), *MUTANTS[mutant].options)
        narrowed, requests = _narrowed(mutant, result, Path(folder))
        faults, scripts, reproduced = result["faults"], [], []
        for fault in faults:
            file = Path(folder) / "script.sh"
            file.write_text(fault["script"], encoding="ascii")
            codes = [run_script(file, _server(mutant, broken=broken))[0] for broken in (True, False)]
            scripts.append(" / ".join(OUTCOMES.get(code, f"exit {code}") for code in codes))
            outcomes = [_reproduced(fault, result, _server(mutant, broken=broken)) for broken in (True, False)]
            reproduced.append(" / ".join(outcomes))
    return FaultsFound(
        mutant,
        tuple(fault["name"] for fault in faults),
        tuple(fault["condition"]["trigger"] for fault in faults),
        tuple(fault["condition"]["text"] for fault in faults),
        _named(mutant, [each for fault in faults for each in fault["condition"]["combinations"]]),
        _named(mutant, [each for fault in narrowed for each in fault.condition.combinations]),
        requests,
        tuple(scripts),
        tuple(reproduced),
    )


def _named(mutant: str, combinations: Sequence[Sequence[str]]) -> str:
    """Return whether the mutant's own combination is named; empty if its condition is none."""
    if mutant not in CONDITIONS:
        return ""
    if CONDITIONS[mutant] not in map(frozenset, combinations):
        return "not named"
    return "alone" if len(combinations) == 1 else f"one of {len(combinations)}"


def _narrowed(mutant: str, result: Result, folder: Path) -> tuple[list[Fault], int]:
    """Send the further requests that a live run sends; return the faults after them, and how many they were."""
    known = [read_judged(line) for line in read_journal(folder / "journal") if line["line"] == "exchange"]
    app = _server(mutant, broken=True)

    def observe(exchange: Exchange) -> None:
        known.append((exchange, judge(exchange)))

    retries = Retries(sleep=app.clock.advance)
    with open_reference(app=app, token=app.token, observe=observe, retries=retries, prefix="narrowing") as endpoint:
        requests = localise(endpoint, list(known))
    return find_faults(known, [fault["name"] for fault in result["faults"]]), requests


def _server(mutant: str, *, broken: bool) -> Reference:
    middlewares = [MUTANTS[mutant].middleware] if broken else []
    return stepping(middlewares=middlewares, variants=MUTANTS[mutant].variants)


def _reproduced(fault: dict[str, object], result: Result, app: Reference) -> str:
    judging = Reproducing(str(fault["name"]), result["contract"]["edition"])
    retries = Retries(sleep=app.clock.advance)
    with open_reference(app=app, token=app.token, observe=judging.observe, retries=retries) as endpoint:
        judging.send([from_json(each) for each in fault["steps"]], endpoint)  # type: ignore[attr-defined]
        endpoint.clean()
    return judging.outcome


def main(names: list[str]) -> int:
    """Print what is wrong with the faults of the mutants, and write the page of all; return 1 if anything is wrong."""
    console = Console(soft_wrap=True)
    tasks = [(name,) for name in names or MUTANTS]
    with Progress(console=console) as progress:
        found = sorted(
            parallel(faults_of, tasks, progress, "faults", at_once=AT_ONCE, kept=Kept(FaultsFound)),
            key=lambda each: each.mutant,
        )
    problems = [f"{each.mutant}: {problem}" for each in found for problem in each.problems]
    for line in problems:
        console.print(line)
    for line in faults_page.counts(found):
        console.print(line)
    if not names:
        PAGE.write_text(faults_page.rendered(found), encoding="utf-8")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
