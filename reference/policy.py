"""The policy of a reference: what it does wherever the documentation leaves a choice."""

from dataclasses import dataclass, field, replace
from typing import Literal

from exports_conformance.contract.editions import Edition, first_edition
from exports_conformance.reference.export import DEFAULT_PACE, LARGE, Pace
from exports_conformance.reference.framework import PLAIN, Framework

__all__ = ["DEFAULT_PACE", "LARGE", "Pace", "Policy"]


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices of one reference; the defaults are those of the plain reference.

    `coerces`: values of another JSON type are converted to the documented one if possible.
    `validates_late`: unknown types, fields, includes and filters are found only by the running export.
    `admits_empty`: selections without records are exported. `counts_late`: `records_count` is null until an
    export has started. `unlimited`: no upper limit of records. `only`: the resource types that have records, None
    for all but two. `foreign_exports`: how many run all the time. `ahead`: seconds by which the clock is ahead.
    `throttles`: the documented rate limits are enforced. `token_seconds`: the lifetime of an issued token.
    `read_lag`, `list_lag`: seconds by which reads of one export, or of the list, lag behind writes.
    `stop_lag`: seconds until an interruption takes effect, unless the export has ended by then.
    `file_lag`: seconds after its completion until the storage serves a file. `unlock_lag`: seconds after its
    interruption until an export can be deleted. `fails_empty`: an export without records is created and fails.
    `splits_csv_rows`: CSV has a row for each included record. `omits_blanks`: records in files have no null or empty
    values. `keeps_related_ids`: dry data has the ids of related resources. `coarse_links`: the signature of a file's
    address has the time in whole seconds.
    `framework`: how requests are read and errors written.
    `time_scale`: how many times faster than real everything runs.
    """

    edition: Edition = field(default_factory=first_edition)
    pace: Pace = DEFAULT_PACE
    coerces: bool = False
    validates_late: bool = False
    admits_empty: bool = False
    counts_late: bool = False
    unlimited: bool = False
    only: frozenset[str] | None = None
    identifiers: Literal["letters", "uuid"] = "letters"
    foreign_exports: int = 0
    ahead: float = 0.0
    throttles: bool = False
    token_seconds: int = 7200
    read_lag: float = 0.0
    list_lag: float = 0.0
    stop_lag: float = 0.0
    framework: Framework = PLAIN
    file_lag: float = 0.0
    unlock_lag: float = 0.0
    fails_empty: bool = False
    splits_csv_rows: bool = False
    omits_blanks: bool = False
    keeps_related_ids: bool = False
    coarse_links: bool = False
    time_scale: float = 1.0

    def scaled(self, times: float) -> "Policy":
        """Return the policy with every duration divided by `times`."""
        return replace(
            self,
            pace=Pace(self.pace.pending / times, self.pace.running / times, self.pace.large / times),
            token_seconds=max(1, round(self.token_seconds / times)),
            read_lag=self.read_lag / times,
            list_lag=self.list_lag / times,
            stop_lag=self.stop_lag / times,
            file_lag=self.file_lag / times,
            unlock_lag=self.unlock_lag / times,
            time_scale=times,
        )
