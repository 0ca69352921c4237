"""The end of a run: its journal becomes a result, reports, a comparison and an exit code."""

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
from exports_conformance.results.result import RunResult, decisions_of, write_result
from exports_conformance.results.verdicts import RunScope, exit_code_of_run, stale_deviations
from exports_conformance.run.configuration import Configuration
from exports_conformance.upgrade.document import Comparison


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The outcome of a run; `comparison` is that of a replay."""

    result: RunResult
    comparison: Comparison | None
    exit_code: int


def conclude(
    configuration: Configuration,
    lines: Sequence[JournalLine],
    facts: RunFacts,
    *,
    folder: Path,
    trouble: str,
    failed_tests: int,
    problems: Sequence[str],
) -> Conclusion:
    """Write the result and the reports of a run into its folder.

    `trouble` is why the endpoint could not be judged, `failed_tests` the number of failed tests by pytest's count, and
    `problems` are errors of the suite itself that the journal does not list.

    Raises:
        OSError: a file cannot be written.
    """
    trouble = trouble or _recorded(configuration, lines, folder)
    result = build_result(
        lines,
        facts,
        finished=time.time(),
        trouble=trouble,
        deviations=configuration.deviations.values(),
        fail_on=configuration.fail_on,
        failed_tests=failed_tests,
        problems=problems,
    )
    write_result(result, lines, folder)
    compared = configuration.gate.finish(lines, folder, trouble=trouble) if configuration.gate else None
    comparison, comparison_code = compared or (None, 0)
    writing.write_report(result, folder, matrix=kill_matrix.of_this_checkout())
    verdict = result["verdict"]
    if verdict == "inconclusive" and comparison and comparison["verdict"] != "inconclusive" and not trouble:
        verdict = "partial"  # it decided no less than the run before, which may have been limited
    code = exit_code_of_run(
        verdict,
        decisions_of(result),
        fail_on=configuration.fail_on,
        stale=bool(stale_deviations(result["deviations"])),
        left=bool(result["cleanup"]["left"]) and not configuration.option.keep,
    )
    return Conclusion(result, comparison, code or comparison_code)


def facts_of(
    configuration: Configuration,
    lines: Sequence[JournalLine],
    *,
    started: float,
    not_asked: tuple[str, ...],
    scope: RunScope,
) -> RunFacts:
    """Return the facts about the run that a result keeps; `started` is in seconds since the epoch."""
    run_line = next((line for line in lines if line["line"] == "run"), {"base_url": "", "mode": "unknown"})
    return RunFacts(
        run_id=uuid.uuid4().hex,
        kind=configuration.option.endpoint,
        base_url=run_line["base_url"],
        profile=configuration.profile,
        seed=str(configuration.option.hypothesis_seed or ""),
        started=started,
        edition=configuration.option.edition,
        mode=run_line["mode"],
        repeat=configuration.repeat,
        recording=configuration.recorded.facts(not_asked) if configuration.recorded else None,
        scope=scope,
    )


def _recorded(configuration: Configuration, lines: Sequence[JournalLine], folder: Path) -> str:
    """Write the recording if --record is given; return why that failed, empty if it did not."""
    if configuration.option.record is not None:
        try:
            recording.write_recording(configuration.path(configuration.option.record), recording.of_journal(lines))
        except RecordingError as error:
            return f"{error}; `exports-conformance recover {folder}` makes it from the journal"
    return ""
