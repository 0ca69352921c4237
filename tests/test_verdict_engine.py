"""One engine decides: tests, terminal, JUnit, result, recording, replay and upgrade gate show the same verdicts."""

from datetime import date
from pathlib import Path

from junitparser import JUnitXml

from exports_conformance.reports.text import junit_xml, run_summary
from exports_conformance.results.journal import read_journal
from exports_conformance.results.recording import read_recording
from exports_conformance.results.verdicts import read_deviations
from exports_conformance.upgrade.sides import side_of_recording, side_of_result
from tests.mutants import MUTANTS
from tests.suite_runs import judged, replayed, stepping, verdicts

NAMES = BROKEN, WAIVED, HELD = "create-echoes-metadata", "create-echoes-reference", "create-status-201"
KNOWN = f"""
[[deviations]]
requirement = "{WAIVED}"
owner = "me@example.com"
reason = "references are swapped"
since = 2026-01-01
until = 2099-12-31
ticket = "T-1"
"""
CHOSEN = tuple(word for name in NAMES for word in ("--requirement", name))


def test_one_engine_decides_everywhere(tmp_path: Path) -> None:
    """A violated, a waived and a verified requirement are decided alike wherever a verdict is shown or counts."""
    (tmp_path / "known.toml").write_text(KNOWN, encoding="utf-8")
    options = ("--deviations", str(tmp_path / "known.toml"))
    broken = stepping(middlewares=[MUTANTS[name].middleware for name in ("metadata-lost", "references-swapped")])
    recorded = tmp_path / "run.har"
    result = judged(broken, tmp_path / "run", *CHOSEN, *options, "--record", str(recorded))
    decided = {name: verdicts(result)[name][0] for name in NAMES}
    assert decided == {BROKEN: "violated", WAIVED: "waived", HELD: "verified"}

    failed = [line for line in read_journal(tmp_path / "run" / "journal") if line["line"] == "failed"]
    assert {name for line in failed for name in line["requirements"]} == {BROKEN}
    terminal = "\n".join(run_summary(result))
    assert [f"\n{name}  “" in terminal for name in NAMES] == [True, False, False]
    suite = next(iter(JUnitXml.fromstring(junit_xml(result))))
    assert [each.name for each in suite if each.result and each.is_failure] == [BROKEN]

    again = replayed(recorded, tmp_path / "again", *options)
    assert {name: verdicts(again)[name][0] for name in NAMES} == decided
    known = read_deviations(tmp_path / "known.toml", today=date(2026, 6, 1)).values()
    before = side_of_recording("run.har", read_recording(recorded), deviations=known)
    after = side_of_result("result.json", result)
    assert [before.decisions[name] for name in NAMES] == [after.decisions[name] for name in NAMES]
