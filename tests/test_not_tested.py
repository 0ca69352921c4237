"""What was not tested is counted, and the reason names the option or the event that prevented it."""

from pathlib import Path

import pytest

from exports_conformance.reports.text.terminal import run_summary
from tests.suite_runs import Result, judged, stepping

FEW = ("-k", "metadata or text-of or resource-type-missing")


def reasons(result: Result) -> dict[str, set[str]]:
    """Return the requirements that were not tested, by reason."""
    found: dict[str, set[str]] = {}
    for each in result["requirements"]:
        if each["verdict"] == "unverified":
            found.setdefault(each["reason"], set()).add(each["id"])
    return found


@pytest.mark.parametrize(
    ("options", "reason", "name"),
    [
        (("--max-exports", "1"), "limited to 1 export (--max-exports)", "argument-metadata-typed"),
        (
            ("--refusals-only",),
            "it needs an accepted creation, which --refusals-only does not send",
            "argument-metadata-typed",
        ),
    ],
    ids=["max-exports", "refusals-only"],
)
def test_requirement_of_a_test_that_was_not_run_has_a_reason(
    options: tuple[str, ...], reason: str, name: str, tmp_path: Path
) -> None:
    result = judged(stepping(), tmp_path, *FEW, *options)
    found = reasons(result)
    assert name in found[reason]
    assert "tested, but no response could be evaluated" not in found
    lines = "\n".join(run_summary({**result, "verdict": "partial"})).replace("\n  ", " ")
    assert f": {reason} (" in lines
