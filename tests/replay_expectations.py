"""What replays of the shipped recording show of each variant, and of some mutants, each and nothing else."""

import re
from collections.abc import Iterable, Mapping

from exports_conformance.contract.edition import changes
from exports_conformance.reference.variants import VARIANTS
from exports_conformance.upgrade.comparing import Compared
from tests.mutants import MUTANTS
from tests.replays import replayed, said
from tests.suite_runs import stepping
from tests.test_variants import RAILS

Said = set[tuple[str, str, str, str, str]]
"""Differences as `said` has them."""

ATTRIBUTES = "/data/attributes"
STATES = "pending or in_progress or completed or interrupted"

PROSE: Said = {("cosmetic", "prose", f"/errors/*/{name}", "a string", "a string") for name in ("detail", "title")}
CHARSET = ("compatible", "header", "Content-Type", "no parameters", "charset=utf-8")
POINTER = "/errors/*/source/pointer"

OF_VARIANTS: Mapping[str, Said] = {
    "bad-requests-only": {
        ("compatible", "status", "", "422", "400"),
        ("compatible", "code", "/errors/*/code", '"VALIDATION_ERROR"', '"INVALID_FIELD_VALUE"'),
        ("compatible", "code", "/errors/*/code", '"VALIDATION_ERROR"', '"PARAM_MISSING"'),
    },
    "coarse-pointers": {
        ("compatible", "member added", "/errors/*", "absent", "an object"),
        ("compatible", "value", "/errors/*/meta/error", "a string", "a string"),
        ("compatible", "member removed", "/errors/*/meta/value", "a string", "absent"),
        ("compatible", "pointer", POINTER, '"/data/attributes/*"', '"/data"'),
        *PROSE,
    },
    "charset": {CHARSET},
    "coercing": {("loosened", "status", "", "422", "201"), *PROSE},
    "empties-for-null": {
        ("compatible", "no longer null", f"{ATTRIBUTES}/{name}", "null", "a string")
        for name in ("reference", "reference_origin")
    },
    "includes-from-fields": {("compatible", "value", f"{ATTRIBUTES}/includes", "an array", "an array")},
    "late-validation": {("loosened", "status", "", "422", "201")},
    "missing-methods-404": {
        ("compatible", "status", "", "405", "404"),
        ("compatible", "code", "/errors/*/code", '"PARAM_NOT_ALLOWED"', '"RECORD_NOT_FOUND"'),
        *PROSE,
    },
    "more-members": {
        ("compatible", "member added", f"{ATTRIBUTES}/priority", "absent", "an object"),
        ("compatible", "member added", "/data/meta/cell", "absent", "a string"),
        ("compatible", "member added", "/data/relationships/tags", "absent", "an object"),
        ("compatible", "member added", "/errors/*/id", "absent", "a string"),
        ("compatible", "member added", "/errors/*/links", "absent", "an object"),
        ("compatible", "member added", "/jsonapi", "absent", "an object"),
    },
    "nulls-for-defaults": {
        ("compatible", "newly null", f"{ATTRIBUTES}/dry_data", "a boolean", "null"),
        ("compatible", "newly null", f"{ATTRIBUTES}/format", "a string", "null"),
    },
    "nulls-for-empty": {
        ("compatible", "newly null", f"{ATTRIBUTES}/{name}", kind, "null")
        for name, kind in (
            ("fields", "an array"),
            ("filters", "an object"),
            ("includes", "an array"),
            ("metadata", "an object"),
        )
    },
    "other-wording": PROSE,
    "recorded-404": {
        CHARSET,
        ("compatible", "media type", "", "application/vnd.api+json", "application/json"),
        ("compatible", "retyped", "/errors", "an array", "an object"),
    },
    "slow": {
        (
            "compatible",
            "timing",
            f"{ATTRIBUTES}/completed_at",
            "most exports complete within a second",
            "most exports complete within 10 seconds",
        ),
    },
    "strict-negotiation": {("compatible", "status", "", "201", "406")},
    "type-conflicts": {("compatible", "status", "", "400", "409"), *PROSE},
}
"""What a variant shows; the others show nothing at all."""

BY_DRAWN_BODIES: Mapping[str, Said] = {
    "strict-texts": {("compatible", "status", "", "201", "422")},
    "unknown-is-ignored": {("loosened", "status", "", "400", "201")},
}
"""What is certain of variants that refuse bodies with several flaws for another of them.

Which flaw an error names depends on the bodies that Schemathesis drew for the recording.
"""

KINDS: Mapping[str, str] = {
    "estimated_completion_at": "an RFC 3339 time",
    "jwt_filters": "a boolean",
    "processed_count": "a non-negative integer",
    "progress": "a number",
}
"""What a comparison calls the values that are added."""


def documented() -> Said:
    """Return the documented differences of the later edition: members added, members dropped, and their links."""
    shown = [each for each in changes("7.10") if each.of == "response" and each.value is None]
    names = {each.at: each.at.rpartition("/")[2] for each in shown}
    added = {
        ("compatible", "member added", each.at, "absent", KINDS[names[each.at]]) for each in shown if each.how == "adds"
    }
    gone = {("breaking", "member removed", each.at, "an object", "absent") for each in shown if each.how == "drops"}
    led = {("breaking", "status", "", "200", "404") for _ in gone}
    return added | gone | led


CHANGED = (("metadata", "an object"), ("reference_origin", "a string"))
"""The attributes that the suites' updates change, and their kinds."""

OF_MUTANTS: Mapping[str, Said] = {
    "answers-200": {("breaking", "status", "", "201", "200")},
    "success-is-plain-json": {
        ("breaking", "media type", "", "application/vnd.api+json", "application/json"),
    },
    "answers-a-key-twice": {("breaking", "promise", "", "held", "violated")},
    "answers-nan": {("breaking", "document", "", "a JSON document", "not JSON: NaN is not a JSON value")},
    "id-is-a-number": {("breaking", "retyped", "/data/id", "a non-empty string", "an integer")},
    "self-link-of-another": {
        ("breaking", "value", "/data/links/self", "a link to /exports/{id}", "a link to /exports/XAyRWNUzyN"),
    },
    "created-at-without-zone": {
        ("breaking", "retyped", f"{ATTRIBUTES}/created_at", "an RFC 3339 time", "a string"),
    },
    "status-unknown": {("breaking", "enum value", f"{ATTRIBUTES}/status", STATES, '"queued"')},
    "relationship-events-missing": {
        ("breaking", "member removed", "/data/relationships/events", "an object", "absent"),
    },
    "metadata-lost": {("breaking", "newly null", f"{ATTRIBUTES}/metadata", "an object", "null")},
    "reference-re-encoded": {("breaking", "value", f"{ATTRIBUTES}/reference", "a string", "a string")},
    "includes-reordered": {("breaking", "order", f"{ATTRIBUTES}/includes", "an array", "an array")},
    "default-format-wrong": {("breaking", "enum value", f"{ATTRIBUTES}/format", '"json"', '"csv"')},
    "filters-refused": {("breaking", "status", "", "201", "422")},
    "combination-crashes": {("breaking", "status", "", "201", "500")},
    "error-without-detail": {("breaking", "member removed", "/errors/*/detail", "a string", "absent")},
    "error-status-is-a-number": {("breaking", "retyped", "/errors/*/status", "a string", "an integer")},
    "auth-token-valid-accepts": {("breaking", "status", "", "401", "201")},
    "never-listed": {("breaking", "value", "/data", "an array", "0 exports instead of 1")},
    "deletion-keeps": {("breaking", "status", "", "404", "200"), ("breaking", "status", "", "404", "204")},
    "update-is-ignored": {
        *(("breaking", "value", f"{ATTRIBUTES}/{name}", kind, kind) for name, kind in CHANGED),
        ("breaking", "no longer null", f"{ATTRIBUTES}/reference_origin", "null", "a string"),
        ("loosened", "status", "", "400", "200"),
    },
    "tells-no-limit": {("compatible", "header removed", "X-Ratelimit-Remaining", "a whole number", "absent")},
}
"""What the replay says of a broken server, and nothing else."""

FOLLOWS: Mapping[str, set[str]] = {
    "deletion-keeps": {"delete-again-404"},
    "combination-crashes": {"never-server-error"},
}
"""What else a broken server breaks: a replay sends what was recorded, even where a test would have gone no further.

A crash on a body with filters that need not be accepted breaks the requirement of those.
"""

OF_THEIR_OWN = {"documented-limits", "edition-7-10", "late-failures-7-10", "csv-row-per-included", *RAILS}
"""Variants that answer much otherwise than the plain reference, or slowly."""


OTHER_FILES = {"blanks-omitted", "dry-data-with-related-ids"}
"""Variants whose records have other keys, which clients that read files would see."""


REPLAYED_VARIANTS = tuple(sorted(set(VARIANTS) - OF_THEIR_OWN))


def variant_compared(variant: str) -> Compared:
    """Replay the shipped recording against a variant; what takes time for its own sake takes a thousandth of it."""
    return replayed(stepping(variants=[variant], time_scale=1000 if variant == "latency" else 1))[0]


def unexpected_of_variant(variant: str, compared: Compared) -> list[str]:
    """Return what a comparison with a variant shows beyond its freedom, or lacks; empty if it is as expected."""
    found = {_of_any_argument(said(each)) for each in compared.differences}
    expected = OF_VARIANTS.get(variant, set())
    grave = {each for each in found if each[0] not in {"loosened", "compatible", "cosmetic"}}
    if variant in OTHER_FILES:
        return _lines(each for each in found - expected if not each[2].startswith("/file")) or (
            [] if found - expected else ["no difference of its files"]
        )
    if variant in BY_DRAWN_BODIES:
        needed = BY_DRAWN_BODIES[variant]
        beyond = {each for each in found - needed if not (each[1] == "status" or each[2].startswith("/errors/*"))}
        return _lines((grave - needed) | beyond | (needed - found))
    return _lines(grave | (found ^ expected))


def unexpected_of_mutant(mutant: str, compared: Compared) -> list[str]:
    """Return what a comparison with a mutant of `OF_MUTANTS` shows beyond its fault, or lacks."""
    named = {name for each in compared.differences for name in each.requirements}
    blamed = named - {MUTANTS[mutant].requirement, *FOLLOWS.get(mutant, ())}
    return [*_lines(set(map(said, compared.differences)) ^ OF_MUTANTS[mutant]), *sorted(blamed)]


def _lines(found: Iterable[tuple[str, str, str, str, str]]) -> list[str]:
    return [" ".join(each) for each in sorted(found)]


def _of_any_argument(difference: tuple[str, str, str, str, str]) -> tuple[str, str, str, str, str]:
    """Leave out to which argument an error points: which of several faults is named depends on the bodies drawn."""
    severity, what, at, *values = difference
    before, after = (re.sub(r"^\"/data/attributes/\w+", f'"{ATTRIBUTES}/*', value) for value in values)
    return severity, what, at, before, after
