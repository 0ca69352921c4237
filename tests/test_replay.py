"""A replay against candidates: what is the same shows nothing, what is free breaks nobody, what is broken is named."""

import re
from collections.abc import Mapping

import pytest

from exports_conformance.client.limits import Retries
from exports_conformance.contract.editions import changes
from exports_conformance.exchange.tags import PREFIX
from exports_conformance.reference.clock import Clock
from exports_conformance.reference.variants import VARIANTS
from exports_conformance.upgrade.pairing import counting
from exports_conformance.upgrade.usage import Uses
from tests.mutants import MUTANTS
from tests.replays import REFERENCE as RECORDING
from tests.replays import before, replayed, said, unchanged
from tests.suite_runs import reference
from tests.test_variants import RAILS

Said = set[tuple[str, str, str, str, str]]

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
    "strict-negotiation": {("compatible", "status", "", "201", status) for status in ("406", "415")},
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
    "deletion-keeps": {("breaking", "status", "", "404", "200")},
    "update-is-ignored": {
        ("breaking", "value", f"{ATTRIBUTES}/{name}", kind, kind) for name, kind in (("metadata", "an object"),)
    },
    "tells-no-limit": {("compatible", "header removed", "X-Ratelimit-Remaining", "a whole number", "absent")},
}
"""What the replay says of a broken server, and nothing else."""


def test_same_edition_shows_nothing() -> None:
    compared, exchanges, left = unchanged()
    assert compared.differences == ()
    assert compared.undecided == ()
    assert compared.same == compared.pairs > 150
    assert not any(exchange.expectation.confirms for exchange in exchanges)
    assert left == 0


def test_questions_come_in_the_order_in_which_they_were_recorded() -> None:
    _, exchanges, _ = unchanged()
    asked = [each.expectation.case for each in counting(exchanges)]
    assert asked == [each.expectation.case for each in counting(before(RECORDING).exchanges or ())]


def test_replay_has_marks_and_ids_of_its_own() -> None:
    _, exchanges, _ = unchanged()
    recorded = before(RECORDING).exchanges or ()
    old_marks = {each.expectation.tag for each in recorded if each.expectation.tag}
    old_ids = {each.data["id"] for each in recorded if each.expectation.operation == "create" and each.data}
    new_marks = {each.expectation.tag for each in exchanges if each.expectation.tag}
    assert old_marks
    assert new_marks
    assert not old_marks & new_marks
    assert all(tag.startswith(PREFIX) for tag in new_marks)
    texts = [f"{each.request.path}?{each.request.query} {each.request.body!r}" for each in exchanges]
    assert not [text for text in texts if any(old in text for old in (*old_marks, *old_ids))]


OF_THEIR_OWN = {"documented-limits", "edition-7-10", "late-failures-7-10", "csv-row-per-included", *RAILS}
"""Variants that answer much otherwise than the plain reference, or slowly."""


OTHER_FILES = {"blanks-omitted", "dry-data-with-related-ids", "only-skus"}
"""Variants whose records have other keys, which clients that read files would see."""


@pytest.mark.parametrize("variant", sorted(OTHER_FILES))
def test_variant_with_other_files_differs_in_files_only(variant: str) -> None:
    compared, _ = replayed(reference(variants=[variant]))
    places = {at for _, _, at, *_ in map(said, compared.differences)} - {
        at for _, _, at, *_ in OF_VARIANTS.get(variant, set())
    }
    assert places
    assert all(at.startswith("/file") for at in places)


@pytest.mark.parametrize("variant", sorted(set(VARIANTS) - OF_THEIR_OWN - OTHER_FILES - set(BY_DRAWN_BODIES)))
def test_variant_shows_its_freedom_and_breaks_nobody(variant: str) -> None:
    # What takes time for its own sake takes a thousandth of it.
    compared, _ = replayed(reference(variants=[variant], time_scale=1000 if variant == "latency" else 1))
    assert {_of_any_argument(said(each)) for each in compared.differences} == OF_VARIANTS.get(variant, set())
    assert {each.ruling.severity for each in compared.differences} <= {"loosened", "compatible", "cosmetic"}


@pytest.mark.parametrize("variant", BY_DRAWN_BODIES)
def test_variant_may_name_another_flaw_of_a_body_with_several(variant: str) -> None:
    compared, _ = replayed(reference(variants=[variant]))
    shown = set(map(said, compared.differences))
    assert shown >= BY_DRAWN_BODIES[variant]
    for severity, what, at, *_ in shown - BY_DRAWN_BODIES[variant]:
        assert severity in {"compatible", "cosmetic"}
        assert what == "status" or at.startswith("/errors/*")


def _of_any_argument(difference: tuple[str, str, str, str, str]) -> tuple[str, str, str, str, str]:
    """Leave out to which argument an error points: which of several faults is named depends on the bodies drawn."""
    severity, what, at, *values = difference
    before, after = (re.sub(r"^\"/data/attributes/\w+", f'"{ATTRIBUTES}/*', value) for value in values)
    return severity, what, at, before, after


def test_limits_are_waited_for() -> None:
    clock = Clock()
    app = reference(variants=["documented-limits"], clock=clock)
    compared, exchanges = replayed(app, retries=Retries(seconds=3600, sleep=clock.advance))
    assert any(exchange.status == 429 for exchange in exchanges)
    assert compared.differences == ()
    assert compared.undecided == ()


def test_later_edition_shows_exactly_what_is_documented() -> None:
    compared, _ = replayed(reference(variants=["edition-7-10"]))
    assert set(map(said, compared.differences)) == documented()
    assert all(each.ruling.documented for each in compared.differences)
    assert not [name for each in compared.differences for name in each.requirements]
    (status,) = [each for each in compared.differences if each.finding.what == "status"]
    assert (status.cases, status.operations) == (["life/versions"], {"the relationship versions"})
    assert compared.undecided == ()


@pytest.mark.parametrize("mutant", OF_MUTANTS)
def test_mutant_is_named_and_nothing_else(mutant: str) -> None:
    compared, _ = replayed(reference(middlewares=[MUTANTS[mutant].middleware]))
    assert set(map(said, compared.differences)) == OF_MUTANTS[mutant]
    assert {name for each in compared.differences for name in each.requirements} == {MUTANTS[mutant].requirement}


def test_enough_mutants_are_replayed() -> None:
    assert len(OF_MUTANTS) >= 20


def test_replay_says_whom_a_difference_breaks() -> None:
    uses = Uses(attributes=["status", "records_count"], relationships=["events"], types=["skus"])
    compared, _ = replayed(reference(variants=["edition-7-10"]), uses=uses)
    assert {each.breaks_you for each in compared.differences} == {False}
    uses = Uses(relationships=["versions"])
    compared, _ = replayed(reference(variants=["edition-7-10"]), uses=uses)
    yours = [(each.finding.what, each.finding.at) for each in compared.differences if each.breaks_you]
    assert yours == [("status", ""), ("member removed", "/data/relationships/versions")]
