"""The end of a run: what its journal kept becomes a result, pages, a comparison, and an exit code."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from exports_conformance.reports import kill_matrix, writing
from exports_conformance.results import recording
from exports_conformance.results.building import RunFacts, build_result
from exports_conformance.results.journal import JournalLine
from exports_conformance.results.recording import RecordingError
from exports_conformance.results.result import RunResult, write_result
from exports_conformance.results.verdicts import Decision, exit_code_of_run, stale_deviations
from exports_conformance.run.terms import Terms
from exports_conformance.upgrade.document import Comparison


@dataclass(frozen=True, slots=True)
class Concluded:
    """What a run came to; `comparison` is that of a replay."""

    result: RunResult
    comparison: Comparison | None
    exit_code: int


def conclude(terms: Terms, lines: Sequence[JournalLine], facts: RunFacts, *, folder: Path, trouble: str) -> Concluded:
    """Write everything that is made of a run into its folder.

    Raises:
        OSError: a file cannot be written.
    """
    trouble = trouble or _recorded(terms, lines, folder)
    result = build_result(lines, facts, finished=time.time(), trouble=trouble, deviations=terms.deviations.values())
    write_result(result, lines, folder)
    compared = terms.gate.finish(lines, folder, trouble=trouble) if terms.gate else None
    comparison, says = compared or (None, 0)
    writing.write_report(result, folder, matrix=kill_matrix.of_this_checkout())
    decided = {each["id"]: Decision(each["verdict"], each["reason"]) for each in result["requirements"]}
    stale = bool(stale_deviations(result["deviations"]))
    code = exit_code_of_run(result["verdict"], decided, fail_on=terms.fail_on, stale=stale)
    return Concluded(result, comparison, code or says)


def facts_of(terms: Terms, lines: Sequence[JournalLine], *, started: float, not_asked: tuple[str, ...]) -> RunFacts:
    """Give what a result says of its run; `started` in seconds since 1970."""
    told = next((line for line in lines if line["line"] == "run"), {"base_url": "", "mode": "unknown"})
    return RunFacts(
        run_id=uuid.uuid4().hex,
        kind=terms.option.endpoint,
        base_url=told["base_url"],
        profile=terms.profile,
        seed=str(terms.option.hypothesis_seed or ""),
        started=started,
        edition=terms.option.edition,
        mode=told["mode"],
        repeat=terms.repeat,
        recording=terms.recorded.facts(not_asked) if terms.recorded else None,
    )


def _recorded(terms: Terms, lines: Sequence[JournalLine], folder: Path) -> str:
    """Keep what happened in the file that was asked for; say what is in the way of it."""
    if terms.option.record is not None:
        try:
            recording.write_recording(terms.path(terms.option.record), recording.of_journal(lines))
        except RecordingError as error:
            return f"{error}; `exports-conformance recover {folder}` makes it, too"
    return ""
