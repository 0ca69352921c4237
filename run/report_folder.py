"""The folder of a run's reports: cleared of what an earlier run left there."""

import shutil
import time
from pathlib import Path

from exports_conformance.reports import writing
from exports_conformance.reports.comparison.page import COMPARISON_FILES
from exports_conformance.results.ledger import remains


def make_room(folder: Path) -> None:
    """Take an earlier run's result away, so that it is not taken for this one's.

    The journal of a run that left exports behind is set aside: it alone knows which they are.

    Raises:
        OSError: the folder cannot be written.
    """
    for name in ("result.json", *writing.REPORT_FILES, *COMPARISON_FILES):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "witnesses", ignore_errors=True)
    kept = folder / "journal"
    if kept.exists() and remains(kept):
        kept.rename(folder / f"journal-unfinished-{time.time_ns()}")
    shutil.rmtree(kept, ignore_errors=True)
