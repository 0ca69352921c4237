"""The folder of a run's reports: claimed by one run at a time, and cleared of what an earlier one left there."""

import os
import shutil
import time
from contextlib import suppress
from errno import EISDIR, ELOOP, ENOTEMPTY
from pathlib import Path
from typing import Final, Self

from exports_conformance.reports import writing
from exports_conformance.reports.history import RUNS_FILE
from exports_conformance.reports.site.comparison_page import COMPARISON_FILES, MATRIX_FILES
from exports_conformance.results.journal import remains

MARKER: Final = ".exports-conformance"
"""The file that marks a folder as a report folder; a run locks it."""

_OF_COMPARISONS = (*COMPARISON_FILES, *MATRIX_FILES)
_FILES: Final = frozenset({MARKER, "result.json", "history.json", RUNS_FILE, *writing.REPORT_FILES, *_OF_COMPARISONS})
_KNOWN: Final = _FILES | {"journal", "witnesses", "faults"}
_TELLING: Final = frozenset({"result.json", "history.json", RUNS_FILE})
"""Files that a run reads and others hardly have; a CI job may have restored the last two only."""

UNFINISHED: Final = "journal-unfinished-"
"""Begins the name of a journal that was set aside, where `clean` finds it."""


class ReportFolder:
    """A report folder that this process has claimed.

    Raises:
        OSError: the folder cannot be written, is a symbolic link, holds files of others or something else in the place
            of a file, or belongs to a running run.
    """

    def __init__(self, path: Path) -> None:
        if path.is_symlink():
            raise OSError(ELOOP, "is a symbolic link, which is not followed")
        path.mkdir(parents=True, exist_ok=True)
        foreign = [] if (path / MARKER).is_file() else _foreign(path)
        if foreign:
            raise OSError(ENOTEMPTY, f"is not empty and not a report folder (it has {min(foreign)!r})")
        if misplaced := [name for name in sorted(_FILES) if _is_special(path / name)]:
            raise OSError(EISDIR, f"has no regular file in the place of {misplaced[0]}")
        self.path = path
        self._lock = _locked(path / MARKER)

    @classmethod
    def cleared(cls, path: Path) -> Self:
        """Claim a folder, and remove the result of an earlier run, so that it is not mistaken for this run's.

        The journal of a run that left exports behind is set aside, since `clean` needs it.

        Raises:
            OSError: as for the class.
        """
        folder = cls(path)
        try:
            folder._clear()
        except OSError:
            folder.close()
            raise
        return folder

    def _clear(self) -> None:
        for name in ("result.json", *writing.REPORT_FILES, *_OF_COMPARISONS):
            (self.path / name).unlink(missing_ok=True)
        for name in ("witnesses", "faults"):
            _remove(self.path / name)
        kept = self.path / "journal"
        if kept.is_dir() and not kept.is_symlink() and remains(kept):
            kept.rename(self.path / f"{UNFINISHED}{time.time_ns()}")
        _remove(kept)

    def close(self) -> None:
        """Release the folder, so that another run can use it."""
        os.close(self._lock)


def unfinished_journals(path: Path) -> list[Path]:
    """Return the journals that were set aside in a report folder, the earliest first."""
    return [each for each in sorted(path.glob(f"{UNFINISHED}*")) if each.is_dir() and not each.is_symlink()]


def _is_special(file: Path) -> bool:
    """Return True if a path names a folder, a fifo or a device; the file of a link is replaced, not followed."""
    return not file.is_symlink() and file.exists() and not file.is_file()


def _foreign(path: Path) -> list[str]:
    """Return the names in a folder without a marker that show that it is not a report folder of an earlier version.

    A site has an `index.html`, too, and others keep a `journal`: ours has `*.jsonl` only.
    """
    names = [each.name for each in path.iterdir()]
    journal = path / "journal"
    entries = [each.name for each in journal.iterdir()] if journal.is_dir() and not journal.is_symlink() else []
    foreign = [name for name in names if name not in _KNOWN and not name.startswith(UNFINISHED)]
    foreign += [f"journal/{name}" for name in entries if not name.endswith(".jsonl")]
    return foreign if foreign or entries or not _TELLING.isdisjoint(names) else names


def _remove(folder: Path) -> None:
    """Remove a folder of ours; of a symbolic link, only the link."""
    if folder.is_symlink():
        folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)


def _locked(file: Path) -> int:
    """Open and lock a file until it is closed.

    Raises:
        OSError: another process has locked it.
    """
    number = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
    with suppress(ImportError):  # without fcntl (Windows), a folder is not locked
        import fcntl  # noqa: PLC0415  not everywhere

        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(number)
            raise OSError(error.errno, "is in use by another run") from None
    return number
