"""Causes of differences: what has one cause is one entry, with the arguments that trigger it."""

import json
from dataclasses import replace
from typing import Any

from exports_conformance.exchange.model import Exchange, Expectation, Request
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reports.text.upgrade import causes, comparison_lines, comparison_markdown
from exports_conformance.upgrade.causes import Cause, find_causes
from exports_conformance.upgrade.comparing import compare_exchanges
from tests.exchanges import ABSENT, EVERY_ARGUMENT, NOON, created, error_object, put, refused, with_answer
from tests.test_comparison_life import shown
from tests.test_comparison_reports import comparison_of

ATTRIBUTES = "/data/attributes"


def _creations(**change: Json) -> list[Exchange]:
    """Return eight creations, every other one to csv; `change` is put into the responses of those to csv."""
    found = []
    for number in range(8):
        sent = {**EVERY_ARGUMENT, "format": ("csv", "json")[number % 2], "dry_data": number >= 4}
        each = replace(created(sent, expectation=Expectation(f"creation/{number}", "create")), id=f"x-{number}")
        for name, value in change.items() if sent["format"] == "csv" else ():
            each = put(each, f"{ATTRIBUTES}/{name}", value)
        found.append(each)
    return found


def _causes(before: list[Exchange], after: list[Exchange]) -> tuple[Cause, ...]:
    return find_causes(compare_exchanges(before, after))


def _whats(cause: Cause) -> list[str]:
    return [each.finding.what for each in cause.differences]


def test_differences_of_the_same_requests_are_one_entry_with_their_combination() -> None:
    (cause,) = _causes(_creations(), _creations(reference=1, reference_origin=2))
    assert [each.finding.at for each in cause.differences] == [
        f"{ATTRIBUTES}/reference",
        f"{ATTRIBUTES}/reference_origin",
    ]
    assert cause.condition
    assert cause.condition.text.startswith("only if `format` is csv")
    assert cause.condition.text.endswith("4 of 4; otherwise 0 of 4")


def test_differences_of_all_requests_are_entries_of_their_own() -> None:
    before = _creations()
    after = [put(put(each, "/data/meta/cell", "eu"), f"{ATTRIBUTES}/priority", 1) for each in before]
    assert [_whats(each) for each in _causes(before, after)] == [["member added"], ["member added"]]
    assert [each.condition for each in _causes(before, after)] == [None, None]


def test_what_follows_a_changed_status_belongs_to_it() -> None:
    flawed = Expectation(
        "refusal/format",
        "create",
        "either",
        certain=False,
        breaks="argument-format-known",
        answers=frozenset({400, 422}),
    )
    before = refused(422, error_object(422, f"{ATTRIBUTES}/format"), expectation=flawed)
    after = refused(400, error_object(400, "/data"), expectation=flawed)
    (cause,) = _causes([before], [after])
    assert sorted(_whats(cause)) == ["code", "pointer", "status"]
    assert _whats(cause)[0] == "status"


def test_same_refusal_for_several_reasons_is_one_entry_if_one_combination_explains_all() -> None:
    doubtful = Expectation("creation/5", "create", "either", certain=False, may_break=("create-accepts-documented",))
    before = [
        replace(each, expectation=doubtful) if each.expectation.case == doubtful.case else each for each in _creations()
    ]
    refusal = refused(422, error_object(422, f"{ATTRIBUTES}/format"))
    after = [
        replace(each, response=refusal.response) if each.sent_attributes["format"] == "json" else each
        for each in before
    ]
    (cause,) = _causes(before, after)
    assert [each.count for each in cause.differences] == [3, 1]
    assert cause.condition
    assert cause.condition.text == "only if `format` is json: 4 of 4; otherwise 0 of 4"


def test_refusals_of_two_arguments_are_two_entries() -> None:
    def refuse(each: Exchange) -> Exchange:
        sent = each.sent_attributes
        named = "format" if sent["format"] == "csv" else "dry_data" if sent["dry_data"] else ""
        refusal = refused(422, error_object(422, f"{ATTRIBUTES}/{named}"))
        return replace(each, response=refusal.response) if named else each

    before = _creations()
    found = _causes(before, [refuse(each) for each in before])
    assert {cause.differences[0].requirements[0]: cause.condition and cause.condition.text for cause in found} == {
        "argument-format-accepted": "only if `format` is csv: 4 of 4; otherwise 0 of 4",
        "argument-dry-data-accepted": "only if `dry_data` is true and `format` is json: 2 of 2; otherwise 0 of 6",
    }


def test_server_errors_of_drawn_bodies_belong_to_the_one_flaw_that_is_known() -> None:
    def flawed(case: str, status: int, **expectation: Any) -> Exchange:
        meant = Expectation(case, "create", "either", certain=False, answers=frozenset({400, 422}), **expectation)
        return replace(refused(status, error_object(status, f"{ATTRIBUTES}/filters"), expectation=meant), id=case)

    def run(status: int, of_drawn: int, of_other: int) -> list[Exchange]:
        return [
            flawed("refusal/filters-array", status, breaks="argument-filters-typed", at=f"{ATTRIBUTES}/filters"),
            flawed("schemathesis/createExport", of_drawn, may_break=("argument-filters-typed", "request-members")),
            flawed("refusal/format-unknown", of_other, breaks="argument-format-known", at=f"{ATTRIBUTES}/format"),
        ]

    before = run(422, 400, 422)
    assert [len(each.differences) for each in _causes(before, run(500, 500, 422))] == [2]
    assert len(_causes(before, run(500, 500, 500))) == 3  # two flaws explain it


def test_server_errors_of_drawn_bodies_alone_are_one_entry() -> None:
    def run(*statuses: int) -> list[Exchange]:
        drawn = Expectation(
            "schemathesis/createExport", "create", "either", certain=False, may_break=("request-members",)
        )
        return [replace(refused(status, expectation=drawn), id=f"x-{number}") for number, status in enumerate(statuses)]

    (cause,) = _causes(run(400, 422), run(500, 500))
    assert {each.finding.before for each in cause.differences} == {"400", "422"}


def test_export_that_can_be_found_and_deleted_again_is_one_entry() -> None:
    def run(retrieved: int, deleted: int, of_other: int) -> list[Exchange]:
        return [
            _asked("GET", "/exports/XAyRWNUzyN", retrieved, Expectation("life/gone", "retrieve", "refusal")),
            _asked("DELETE", "/exports/XAyRWNUzyN", deleted, Expectation("life/deleted-again", "delete", "refusal")),
            _asked("GET", "/exports/AAAAAAAAAA", of_other, Expectation("life/unknown", "retrieve", "refusal")),
        ]

    before = run(404, 404, 404)
    (cause,) = _causes(before, run(200, 204, 404))
    assert [each.finding.after for each in cause.differences if each.finding.what == "status"] == ["200", "204"]
    assert len(_causes(before, run(404, 204, 200))) == 2


def test_values_of_an_update_that_is_no_longer_refused_belong_to_it() -> None:
    def run(status: int, **shown: Json) -> list[Exchange]:
        other_id = Expectation("life/other-id", "update", "refusal", flaw="other-id")
        sent = {"data": {"type": "exports", "id": "other", "attributes": {"reference_origin": "x"}}}
        update = _asked("PATCH", "/exports/XAyRWNUzyN", status, other_id, json.dumps(sent).encode())
        later = _asked("GET", "/exports/XAyRWNUzyN", 200, Expectation("life/update-kept", "retrieve"))
        for name, value in shown.items():
            later = put(later, f"{ATTRIBUTES}/{name}", value)
        return [update, later]

    before = run(400, reference_origin=None)
    assert len(_causes(before, run(200, reference_origin="x"))) == 1
    assert len(_causes(before, run(200, reference_origin=None, format=None))) == 2


def _asked(method: str, path: str, status: int, expectation: Expectation, body: bytes = b"") -> Exchange:
    answered = with_answer(created(), status=status) if status == 200 else refused(status)
    request = Request(method, path, "", answered.request.headers, body or None)
    return replace(answered, id=expectation.case, request=request, expectation=expectation)


def test_time_and_count_that_are_computed_from_a_changed_member_belong_to_it() -> None:
    def run(created_at: str, records_count: int) -> list[Exchange]:
        found = []
        for number in range(3):
            id_ = f"{number}" * 10
            creation = replace(created(expectation=Expectation(f"creation/{number}", "create")), id=f"c-{number}")
            retrieval = replace(
                shown("completed", expected=None), id=f"r-{number}", request=Request("GET", f"/exports/{id_}")
            )
            retrieval = put(retrieval, f"{ATTRIBUTES}/records_count", records_count)
            for each in (creation, retrieval):
                assert each.response
                body = each.response.body.replace(b"XAyRWNUzyN", id_.encode())
                found.append(put(with_answer(each, body=body), f"{ATTRIBUTES}/created_at", created_at))
        return found

    found = _causes(run(NOON, 3), run("2025-03-01T12:00:00.000Z", 3))
    assert [{each.finding.what for each in cause.differences} for cause in found] == [{"promise", "timing"}]


def test_member_in_the_place_of_another_is_one_entry() -> None:
    before = _creations()
    renamed = [put(put(each, "/data/links", ABSENT), "/data/href", "x") for each in before]
    (cause,) = _causes(before, renamed)
    assert sorted(_whats(cause)) == ["member added", "member removed"]
    also_more = [put(each, "/data/more", 1) for each in renamed]
    assert len(_causes(before, also_more)) == 3  # which one stands in its place is unknown


def test_what_another_kind_of_document_lacks_belongs_to_it() -> None:
    before = [put(each, "/meta", {"count": 1}) for each in _creations()]
    (cause,) = _causes(before, [put(put(each, "/data", []), "/meta", ABSENT) for each in before])
    assert _whats(cause)[0] == "retyped"
    assert {each.finding.at for each in cause.differences} >= {"/data", "/meta"}


def test_position_at_which_a_document_ends_makes_no_second_entry() -> None:
    before = _creations()
    after = [with_answer(each, body=each.response.body[: -3 - at]) for at, each in enumerate(before) if each.response]
    (cause,) = _causes(before, after)
    assert [(each.finding.what, each.count) for each in cause.differences] == [("document", 8)]


def test_entry_is_reported_once_with_all_that_belongs_to_it() -> None:
    found: Any = comparison_of(_creations(), _creations(reference=1, reference_origin=2))
    assert [each["cause"] for each in found["differences"]] == ["D1", "D1"]
    assert len(causes(found["differences"])) == 1
    said = list(comparison_lines(found))
    assert "8 requests compared, 4 with the same response; 1 breaking" in said
    assert any("D2 with it, breaking: retyped /data/attributes/reference_origin" in line for line in said)
    assert any("; only if `format` is csv" in line for line in said)
    assert "D2, with D1" in comparison_markdown(found)
