"""Variants that choose another policy than the plain reference does."""

from exports_conformance.contract.editions import latest_edition
from exports_conformance.reference.policy import Pace
from exports_conformance.reference.variants.variant import Variant

POLICIES = (
    Variant(
        "edition-7-10",
        "Speaks the later edition: without `versions`, with `jwt_filters`, `progress`, counts and the status `failed`.",
        {"edition": latest_edition()},
    ),
    Variant(
        "coercing",
        'Reads "true" as true, a number as a string and a string as a list, and shows the value that it read.',
        {"coerces": True},
    ),
    Variant("completed-at-once", "Completes an export before it responds to the creation.", {"pace": Pace(0, 0)}),
    Variant(
        "in-progress-at-once",
        "Shows an export in progress in the response to its creation; it completes a moment later.",
        {"pace": Pace(pending=0, running=0.01)},
    ),
    Variant(
        "never-completes-soon",
        "Leaves every export pending for ten minutes.",
        {"pace": Pace(pending=600, running=60)},
    ),
    Variant(
        "slow",
        "Leaves an export pending for half a second and completes it two seconds later.",
        {"pace": Pace(pending=0.5, running=2)},
    ),
    Variant(
        "late-validation",
        "Creates exports of unknown types, fields, includes and filters; they end with an `errors_log`.",
        {"validates_late": True},
    ),
    Variant("other-ids", "Uses UUIDs as ids.", {"identifiers": "uuid"}),
    Variant(
        "empty-allowed",
        "Creates exports that select no records; they complete with a `records_count` of 0.",
        {"admits_empty": True},
    ),
    Variant("counts-later", "Shows `records_count` only once an export has started.", {"counts_late": True}),
    Variant("no-upper-limit", "Exports any number of records.", {"unlimited": True}),
    Variant("only-skus", "Has records of one resource type only.", {"only": frozenset({"skus"})}),
    Variant("busy", "Has three foreign exports running all the time.", {"foreign_exports": 3}),
    Variant(
        "clock-ahead", "Runs a clock that is ten minutes ahead, in its `Date` header and its documents.", {"ahead": 600}
    ),
    Variant("documented-limits", "Enforces the documented rate limits of test mode with 429.", {"throttles": True}),
    Variant("short-tokens", "Issues tokens that expire after three seconds.", {"token_seconds": 3}),
    Variant(
        "lagging-reads",
        "Reads from a replica that is a second behind: a new export is a 404 at first, a deleted one still shown.",
        {"read_lag": 1.0},
    ),
    Variant(
        "lagging-lists",
        "Lists from an index that is two seconds behind: a new export is missing at first, a deleted one still listed.",
        {"list_lag": 2.0},
    ),
    Variant(
        "late-failures-7-10",
        "Speaks the later edition, and creates exports of unknown types or without records, which end `failed`.",
        {"edition": latest_edition(), "validates_late": True, "fails_empty": True},
    ),
    Variant(
        "file-lags",
        "Completes an export a second before its storage serves the file; until then the file is a 404.",
        {"file_lag": 1.0},
    ),
    Variant(
        "unlocks-late",
        "Refuses to delete an export with 423 for a second after its interruption.",
        {"unlock_lag": 1.0},
    ),
    Variant(
        "csv-row-per-included",
        "Writes a CSV row for each included record instead of nesting them in a cell.",
        {"splits_csv_rows": True},
    ),
    Variant(
        "blanks-omitted",
        "Leaves null and empty values out of the records in files.",
        {"omits_blanks": True},
    ),
    Variant(
        "dry-data-with-related-ids",
        "Keeps the ids of related resources in dry data, by which an import can find them.",
        {"keeps_related_ids": True},
    ),
    Variant(
        "coarse-links",
        "Signs the addresses of files by the second, so that two retrievals within a second show the same one.",
        {"coarse_links": True},
    ),
    Variant(
        "stops-late",
        "Lets an interrupted export run for another second; an export that ends meanwhile completes.",
        {"stop_lag": 1.0},
    ),
)
"""Each changes members of `Policy`; durations are in seconds."""
