"""Comparison: two answers differ in what means something, and each difference is classed by the rule that decides."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from exports_conformance.exchange.model import JSON_API, Exchange, Expectation, Request
from exports_conformance.exchange.strict_json import Json
from exports_conformance.exchange.tags import Tags
from exports_conformance.upgrade.comparing import DifferenceFound, compare_exchanges
from exports_conformance.upgrade.usage import Uses
from tests.exchanges import (
    ABSENT,
    EVERY_ARGUMENT,
    SELF,
    created,
    document,
    edited,
    error_object,
    put,
    refused,
    violated,
    with_answer,
    with_header,
)
from tests.replays import said

FLAWED = Expectation(
    "refusal/format-unknown",
    "create",
    outcome="either",
    certain=False,
    breaks="argument-format-known",
    flaw="format-unknown",
    at="/data/attributes/format",
    answers=frozenset({400, 409, 422}),
)
DEMANDED = replace(FLAWED, outcome="refusal", breaks="argument-resource-type-required", case="refusal/demanded")
OTHER = Expectation("life/other", "other")
ATTRIBUTES = "/data/attributes"


def one(before: Exchange, after: Exchange, uses: Uses | None = None) -> DifferenceFound:
    """Return the only difference between two exchanges."""
    compared = compare_exchanges([before], [after], uses=uses)
    assert compared.pairs == 1
    (difference,) = compared.differences
    return difference


def none(before: Exchange, after: Exchange) -> bool:
    compared = compare_exchanges([before], [after])
    return (compared.pairs, compared.same, compared.differences, compared.undecided) == (1, 1, (), ())


def to(pointer: str, value: object) -> Callable[[Exchange], Exchange]:
    return lambda exchange: put(exchange, pointer, value)


NOTHING = {
    "another time": to(f"{ATTRIBUTES}/created_at", "2026-03-01T13:00:00+01:00"),
    "started": to(f"{ATTRIBUTES}/started_at", "2026-03-01T12:00:00.000Z"),
    "completed": to(f"{ATTRIBUTES}/status", "completed"),
    "a count": to(f"{ATTRIBUTES}/records_count", 12),
    "a signed URL": to(f"{ATTRIBUTES}/attachment_url", "https://s3.example/x?X-Amz-Signature=redacted"),
    "a log": to(f"{ATTRIBUTES}/errors_log", {"RuntimeError": "query timeout"}),
    "another trace": to("/data/meta/trace_id", "0000"),
    "another organisation": to("/data/meta/organization_id", "AAAAAAAAAA"),
    "1.0 for 1": to(f"{ATTRIBUTES}/metadata", {"foo": "bar"}),
    "another header": lambda each: with_header(each, "X-Request-Id", "17"),
    "another order of members": lambda each: edited(each, _reverse),
}


def _reverse(whole: Json) -> None:
    whole["data"]["attributes"] = dict(reversed(whole["data"]["attributes"].items()))


@pytest.mark.parametrize("change", NOTHING.values(), ids=NOTHING)
def test_volatile_or_free_value_is_not_a_difference(change: Callable[[Exchange], Exchange]) -> None:
    assert none(created(), change(created()))


def test_another_id_is_no_difference() -> None:
    whole = json.dumps(document(EVERY_ARGUMENT)).replace("XAyRWNUzyN", "YZabcdefgh").replace("yourdomain", "other")
    assert none(created(), with_answer(created(), body=whole.encode()))


def test_other_tag_is_not_a_difference() -> None:
    one_run, other = (created({**EVERY_ARGUMENT, "reference": f"{Tags(run).next()} x"}) for run in ("a" * 8, "b" * 8))
    assert none(one_run, other)


DIFFERENCES = {
    "a member more": (to(f"{ATTRIBUTES}/priority", 1), ("compatible", "member added", f"{ATTRIBUTES}/priority")),
    "a member less": (to("/data/jsonapi", ABSENT), None),
    "a promised member less": (
        to(f"{ATTRIBUTES}/status", ABSENT),
        ("breaking", "member removed", f"{ATTRIBUTES}/status"),
    ),
    "another type": (to(f"{ATTRIBUTES}/dry_data", "true"), ("breaking", "retyped", f"{ATTRIBUTES}/dry_data")),
    "true for 1": (to(f"{ATTRIBUTES}/metadata", {"foo": 1}), ("breaking", "value", f"{ATTRIBUTES}/metadata")),
    "null where it may": (to(f"{ATTRIBUTES}/errors_log", None), None),
    "null where it may not": (
        to(f"{ATTRIBUTES}/created_at", None),
        ("breaking", "newly null", f"{ATTRIBUTES}/created_at"),
    ),
    "a value of none": (to(f"{ATTRIBUTES}/status", "queued"), ("breaking", "enum value", f"{ATTRIBUTES}/status")),
    "a text for a time": (to(f"{ATTRIBUTES}/updated_at", "noon"), ("breaking", "retyped", f"{ATTRIBUTES}/updated_at")),
    "another order": (
        to(f"{ATTRIBUTES}/fields", ["name", "code", "prices.*"]),
        ("breaking", "value", f"{ATTRIBUTES}/fields"),
    ),
    "another mode": (to("/data/meta/mode", "live"), ("compatible", "enum value", "/data/meta/mode")),
    "a relative link": (to("/data/links/self", "/exports/XAyRWNUzyN"), ("breaking", "retyped", "/data/links/self")),
    "another path": (
        to("/data/relationships/events/links/related", "https://x.example/api/exports/XAyRWNUzyN/happenings"),
        ("breaking", "value", "/data/relationships/events/links/related"),
    ),
    "another media type": (
        lambda each: with_header(each, "Content-Type", "application/json"),
        ("breaking", "media type", ""),
    ),
    "a link that repeats the base path": (
        to("/data/links/self", "https://x.example/api/api/exports/XAyRWNUzyN"),
        ("breaking", "value", "/data/links/self"),
    ),
    "a link outside the API": (
        to("/data/relationships/events/links/related", "https://x.example/exports/XAyRWNUzyN/events"),
        ("breaking", "value", "/data/relationships/events/links/related"),
    ),
    "a parameter of the media type": (
        lambda each: with_header(each, "Content-Type", f"{JSON_API}; charset=utf-8"),
        ("compatible", "header", "Content-Type"),
    ),
    "a Location": (
        lambda each: with_header(each, "Location", "https://x.example/api/exports/XAyRWNUzyN"),
        ("compatible", "header added", "Location"),
    ),
    "no rate limit": (
        lambda each: with_header(each, "X-Ratelimit-Remaining", None),
        ("compatible", "header removed", "X-Ratelimit-Remaining"),
    ),
    "a rate limit in words": (
        lambda each: with_header(each, "X-Ratelimit-Limit", "plenty"),
        ("compatible", "header", "X-Ratelimit-Limit"),
    ),
    "no document": (lambda each: with_answer(each, body=b"<html>"), ("breaking", "document", "")),
    "another status": (lambda each: with_answer(each, status=200), ("breaking", "status", "")),
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [each for each in DIFFERENCES.values() if each[1]],
    ids=[name for name, each in DIFFERENCES.items() if each[1]],
)
def test_difference_is_found_and_classed(
    change: Callable[[Exchange], Exchange], expected: tuple[str, str, str]
) -> None:
    difference = one(created(), change(created()))
    assert said(difference)[:3] == expected
    assert (difference.count, difference.cases, difference.operations) == (1, ["creation/certain"], {"create"})


def _located(path: str | None) -> Exchange:
    return with_header(created(), "Location", path and f"https://x.example{path}/exports/XAyRWNUzyN")


@pytest.mark.parametrize(
    ("after", "expected"), [("/api/api", ("breaking", "header")), (None, ("breaking", "header removed"))]
)
def test_location_that_leads_elsewhere_or_is_gone_breaks_clients(after: str | None, expected: tuple[str, str]) -> None:
    assert said(one(_located("/api"), _located(after)))[:3] == (*expected, "Location")
    assert none(_located("/api"), with_header(created(), "Location", SELF))


def _list(*days: int, sort: str = "", path: str = "/api/exports") -> Exchange:
    listed = [
        {"id": f"XAyRWNUzy{day}", "type": "exports", "attributes": {"created_at": f"2026-03-0{day}T12:00:00.000Z"}}
        for day in days
    ]
    links = {"first": f"https://x.example{path}?page[number]=1"}
    whole = {"data": listed, "meta": {"record_count": len(days), "page_count": 1}, "links": links}
    request = Request("GET", "/exports", f"sort={sort}" if sort else "", (("Accept", JSON_API),))
    answered = with_answer(created(expectation=Expectation("life/list", "list", "either")), status=200)
    return replace(with_answer(answered, body=json.dumps(whole).encode()), request=request)


def test_order_of_a_list_is_compared_where_its_entries_show_it() -> None:
    difference = one(_list(1, 2, 3, 4, 5), _list(5, 4, 3, 2, 1))
    assert said(difference)[1:3] == ("order", "/data")
    assert said(difference)[3:] == ("in ascending order of created_at", "in descending order of created_at")
    assert none(_list(1, 2, 3, 4, 5), _list(3, 1, 2, 5, 4))  # without a sort key, any order is one
    assert one(_list(1, 2, 3, 4, 5, sort="created_at"), _list(3, 1, 2, 5, 4, sort="created_at")).finding.at == "/data"
    assert none(_list(1, 2), _list(2, 1))  # too few to show an order


def test_links_to_pages_are_compared_by_where_they_lead() -> None:
    difference = one(_list(1), _list(1, path="/api/api/exports"))
    assert said(difference)[0] == "breaking"
    assert said(difference)[2:] == ("/links/*", "absent", "a link to /api/exports")


def test_reordered_array_is_named_as_such() -> None:
    fields = EVERY_ARGUMENT["fields"]
    difference = one(created(), put(created(), f"{ATTRIBUTES}/fields", fields[::-1]))
    assert (difference.finding.what, difference.requirements) == ("order", ["create-echoes-fields"])


def test_nesting_of_metadata_is_one_difference() -> None:
    sent = {**EVERY_ARGUMENT, "metadata": {"a": {"b": [1, {"c": True}]}, "d/e": 1}}
    difference = one(created(sent), put(created(sent), f"{ATTRIBUTES}/metadata", {"a": {"b": [1, {"c": 1}]}}))
    assert difference.finding.at == f"{ATTRIBUTES}/metadata"
    assert difference.finding.is_now == {"a": {"b": [1, {"c": 1}]}}


def test_number_of_another_kind_is_the_same_and_a_boolean_is_not() -> None:
    sent = {**EVERY_ARGUMENT, "metadata": {"n": 1}}
    assert none(created(sent), put(created(sent), f"{ATTRIBUTES}/metadata", {"n": 1.0}))
    assert one(created(sent), put(created(sent), f"{ATTRIBUTES}/metadata", {"n": True})).finding.what == "value"


def _refusal(status: int, expectation: Expectation = FLAWED, **members: Json) -> Exchange:
    return refused(status, error_object(status, "/data/attributes/format", **members), expectation=expectation)


STATUSES = {
    "a body that is documented is refused": (created(), refused(422), "promise-violated"),
    "a body in doubt is refused": (
        created(
            expectation=Expectation(
                "creation/x", "create", "either", certain=False, may_break=("create-accepts-documented",)
            )
        ),
        refused(
            422,
            expectation=Expectation(
                "creation/x", "create", "either", certain=False, may_break=("create-accepts-documented",)
            ),
        ),
        "valid-body-refused",
    ),
    "a flaw is refused otherwise": (_refusal(422), _refusal(400), "refusal-free"),
    "a flaw is accepted": (_refusal(422), created(expectation=FLAWED), "refusal-accepted"),
    "a flaw is no longer accepted": (created(expectation=FLAWED), _refusal(422), "flaw-refused"),
    "a flaw crashes": (_refusal(422), _refusal(500), "promise-violated"),
    "a flaw is refused as it may not be": (_refusal(422), _refusal(404), "promise-violated"),
    "what must be refused is accepted": (_refusal(422, DEMANDED), created(expectation=DEMANDED), "promise-violated"),
    "a crash is fixed": (_refusal(500), _refusal(422), "promise-kept"),
    "a valid request crashes": (
        replace(_refusal(400), expectation=Expectation("x/y", "other", may_break=("create-accepts-documented",))),
        replace(_refusal(500), expectation=Expectation("x/y", "other", may_break=("create-accepts-documented",))),
        "server-error",
    ),
    "a success has another status": (
        with_answer(created(expectation=OTHER), status=200),
        with_answer(created(expectation=OTHER), status=203),
        "status-changed",
    ),
}


@pytest.mark.parametrize(("before", "after", "rule"), STATUSES.values(), ids=STATUSES)
def test_status_is_classified_by_its_request(before: Exchange, after: Exchange, rule: str) -> None:
    rulings = {
        each.ruling.rule for each in compare_exchanges([before], [after]).differences if each.finding.what == "status"
    }
    assert rulings == {rule}


def test_code_that_is_documented_is_missed_and_another_is_not() -> None:
    gone = one(_refusal(422), _refusal(422, code="SAVE_FAILED"))
    assert (gone.finding.what, gone.ruling.rule, gone.finding.before) == ("code", "code-changed", '"VALIDATION_ERROR"')
    free = one(_refusal(400, code="PARAM_MISSING"), _refusal(400, code="SAVE_FAILED"))
    assert (free.ruling.severity, free.ruling.rule) == ("compatible", "value-free")


def test_pointer_may_move_within_the_flaw_and_not_elsewhere() -> None:
    at_parent = refused(422, error_object(422, "/data/attributes"), expectation=FLAWED)
    assert said(one(_refusal(422), at_parent))[:3] == ("compatible", "pointer", "/errors/*/source/pointer")
    elsewhere = refused(422, error_object(422, "/data/attributes/metadata"), expectation=FLAWED)
    assert one(_refusal(422), elsewhere).requirements == ["error-pointer"]


def test_errors_have_no_order() -> None:
    errors = [error_object(422, f"/data/attributes/{name}") for name in ("format", "fields")]
    assert none(refused(422, *errors, expectation=FLAWED), refused(422, *errors[::-1], expectation=FLAWED))


def test_one_error_more_or_less_is_free() -> None:
    errors = [error_object(422, f"/data/attributes/{name}") for name in ("format", "zeal")]
    more, fewer = refused(422, *errors, expectation=FLAWED), refused(422, errors[0], expectation=FLAWED)
    assert one(more, fewer).ruling.rule == "errors-free"
    assert one(fewer, more).ruling.rule == "member-added"


def test_prose_is_cosmetic_and_an_id_in_it_is_nothing() -> None:
    assert one(_refusal(422), _refusal(422, detail="non va")).ruling.severity == "cosmetic"


def test_document_of_an_edge_is_free() -> None:
    expectation = Expectation("life/gone", "retrieve", "refusal", breaks="delete-removes", answers=frozenset({404}))
    poorer = with_answer(_refusal(404, expectation), body=b'{"errors": {"title": "Not Found", "status": 404}}')
    rules = {each.ruling.rule for each in compare_exchanges([_refusal(404, expectation)], [poorer]).differences}
    assert rules == {"edge-document"}


def test_newly_violated_advice_is_reported_and_not_breaking() -> None:
    difference = one(created(), with_header(created(), "X-Ratelimit-Limit", None))
    assert (difference.ruling.rule, difference.requirements) == ("advice-broken", ["rate-limit-headers"])
    assert violated(difference.witness.after) == {"rate-limit-headers"}


def test_promise_broken_before_and_after_is_not_a_difference() -> None:
    broken = put(created(), "/data/meta/mode", "sandbox")
    assert none(broken, broken)
    assert one(broken, created()).ruling.rule == "promise-kept"


def test_later_edition_explains_what_it_drops_and_adds() -> None:
    def later(exchange: Exchange) -> Exchange:
        return replace(put(exchange, f"{ATTRIBUTES}/jwt_filters", None), edition="7.10")

    (added,) = compare_exchanges([created()], [later(created())]).differences
    assert added.ruling.documented
    assert added.ruling.documented.since == "7.9.15"
    dropped = one(created(), replace(put(created(), "/data/relationships/versions", ABSENT), edition="7.10"))
    assert (dropped.ruling.rule, dropped.requirements) == ("member-gone", [])
    assert dropped.ruling.documented
    failed = one(created(), replace(put(created(), f"{ATTRIBUTES}/status", "failed"), edition="7.10"))
    assert failed.ruling.documented
    assert (failed.ruling.rule, failed.finding.after) == ("export-fails", '"failed"')
    within = one(created(), put(created(), "/data/relationships/versions", ABSENT))
    assert (within.ruling.documented, within.requirements) == (None, ["relationship-versions"])


def test_type_outside_the_closed_list_is_explained() -> None:
    expectation = Expectation("creation/x", "create", "either", certain=False, may_break=("create-accepts-documented",))
    sent = {**EVERY_ARGUMENT, "resource_type": "authorizations"}
    refusal = replace(
        refused(422, error_object(422, "/data/attributes/resource_type"), sent=sent, expectation=expectation)
    )
    difference = one(created(sent, expectation=expectation), replace(refusal, edition="7.10"))
    assert difference.ruling.rule == "valid-body-refused"
    assert difference.ruling.documented
    assert (difference.ruling.documented.how, difference.ruling.documented.since) == ("closes", "7.10.3")
    assert one(created(sent, expectation=expectation), refusal).ruling.documented is None


def test_responses_with_nothing_in_common_have_at_most_200_differences() -> None:
    before = edited(created(), lambda whole: whole["data"].update({f"k{number}": 1 for number in range(300)}))
    after = edited(created(), lambda whole: whole["data"].update({f"k{number}": "1" for number in range(300)}))
    assert len(compare_exchanges([before], [after]).differences) == 200


@pytest.mark.parametrize("place", ["/data/deep", f"{ATTRIBUTES}/metadata"])
def test_deep_documents_are_compared(place: str) -> None:
    def nested(leaf: Json) -> Json:
        for _ in range(200):
            leaf = {"a": leaf}
        return leaf

    before, after = (put(created(), place, nested(leaf)) for leaf in (1, 2))
    assert [each.finding.what for each in compare_exchanges([before], [after]).differences] == ["value"]


def test_array_that_was_sent_is_one_place() -> None:
    before, after = (put(created(), "/data/list", [*range(start, start + 3_000)]) for start in (0, 1))
    assert said(one(before, after))[:3] == ("compatible", "value", "/data/list")
