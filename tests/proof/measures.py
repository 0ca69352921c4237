"""Measures of what conforms: what a run of each profile costs, and that no variant is flagged."""

import time
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from exports_conformance.cli.run import run
from exports_conformance.reference.variants import VARIANTS
from exports_conformance.strategies.profiles import Profile
from tests.proof.hunting import quietly
from tests.suite_runs import Result, judged, reference, result_of, violated
from tests.test_variants import DEVIATES, FASTER, RAILS, WAITS


def variants() -> list[str]:
    """Return the names of the variants that suit a run in this process, and that keep to the advice too."""
    return sorted(set(VARIANTS) - WAITS - DEVIATES)


def measured(profile: Profile) -> dict[str, Any]:
    """Run a profile against the clean reference over HTTP, from start to verdict; give what it cost."""
    with TemporaryDirectory() as folder, redirect_stdout(StringIO()):
        started, worked = time.perf_counter(), time.process_time()
        run(["-q", "-q", "--report-dir", folder, "--hypothesis-profile", profile, "--hypothesis-seed", "0"])
        wall, cpu = time.perf_counter() - started, time.process_time() - worked
        result = result_of(Path(folder))
    exchanges = result["counts"]["exchanges"]
    return {"profile": profile, "verdict": result["verdict"], "exchanges": exchanges, "wall": wall, "cpu": cpu}


def _judged(variant: str, profile: Profile) -> Result:
    with TemporaryDirectory() as folder, quietly():
        app = reference(variants=[variant], time_scale=FASTER)
        return judged(app, Path(folder), "--hypothesis-profile", profile)


def conforms(variant: str) -> dict[str, Any]:
    """Run quick against a variant, and thorough against one of the vendor's framework; return what was said of it."""
    results = [_judged(variant, profile) for profile in (("quick", "thorough") if variant in RAILS else ("quick",))]
    result, advice = results[0], VARIANTS[variant].advice
    flagged = sorted({name for each in results for name in violated(each) if name not in advice})
    said = {
        "name": variant,
        "summary": VARIANTS[variant].summary,
        "verdict": result["verdict"],
        "flagged": flagged,
    }
    return said | {"exchanges": result["counts"]["exchanges"]}
