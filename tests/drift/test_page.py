"""The saved page: each row of its table and each member of its example counts, in text and in HTML."""

from collections.abc import Callable
from copy import deepcopy

import pytest

from exports_conformance.upgrade.drift.description import UnreadableDocumentError
from exports_conformance.upgrade.drift.documents import describe_page
from exports_conformance.upgrade.drift.drifting import Drift
from exports_conformance.upgrade.drift.known_schema import comparable, contract_drifts, known_schemas
from tests.drift.documents import PAGE_FORMS, ROWS, SHOWN, page_text

FIRST = known_schemas()[0]
Form = Callable[..., str]


def on_page(text: str) -> list[Drift]:
    return contract_drifts(describe_page(text), FIRST)


@pytest.mark.parametrize("form", PAGE_FORMS.values(), ids=PAGE_FORMS)
def test_page_of_our_contract_shows_no_drift(form: Form) -> None:
    assert comparable(describe_page(form())) == FIRST
    assert on_page(form()) == []


@pytest.mark.parametrize("form", PAGE_FORMS.values(), ids=PAGE_FORMS)
@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_removed_row_is_that_argument(form: Form, row: tuple[str, str, str]) -> None:
    (found,) = on_page(form([each for each in ROWS if each != row]))
    assert found.key == ("argument", row[0], "removed")


@pytest.mark.parametrize("form", PAGE_FORMS.values(), ids=PAGE_FORMS)
def test_changed_and_added_rows_are_named(form: Form) -> None:
    changed = [
        ("attributes.dry_data", "string", "Required") if row[0] == "attributes.dry_data" else row for row in ROWS
    ]
    found = on_page(form([*changed, ("attributes.jobs", "array", "Optional")]))
    assert [(each.name, each.aspect, each.old, each.new) for each in found] == [
        ("attributes.dry_data", "required", "no", "yes"),
        ("attributes.dry_data", "types", "boolean", "string"),
        ("attributes.jobs", "added", "", ""),
    ]


@pytest.mark.parametrize("form", PAGE_FORMS.values(), ids=PAGE_FORMS)
def test_example_that_differs_is_named(form: Form) -> None:
    response = deepcopy(SHOWN)
    del response["data"]["attributes"]["errors_log"]
    del response["data"]["relationships"]["versions"]
    response["data"]["attributes"] |= {"records_count": "300", "owner": "x"}
    assert [each.key for each in on_page(form(ROWS, response))] == [
        ("attribute", "errors_log", "removed"),
        ("attribute", "records_count", "types"),
        ("relationship", "versions", "removed"),
        ("attribute", "owner", "added"),
    ]


def test_whole_number_in_an_example_may_be_of_a_number() -> None:
    response = deepcopy(SHOWN)
    schema = known_schemas()[-1]
    added = {
        "jwt_filters": True,
        "progress": 30,
        "processed_count": 3,
        "estimated_completion_at": "2018-01-01T12:00:00Z",
    }
    response["data"]["attributes"] |= added
    del response["data"]["relationships"]["versions"]
    rows = [*ROWS, ("attributes.jwt_filters", "boolean", "Optional")]
    page = describe_page(page_text(rows, response))
    assert comparable(page).edition == schema.edition
    assert {each.aspect for each in contract_drifts(page, schema)} <= {"values"}


def test_page_without_its_operation_is_named() -> None:
    (found,) = on_page(page_text().replace("POST https", "PUT https"))
    assert str(found) == "breaking: operation POST /exports: removed"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Hello", "no table of Body Parameter"),
        (page_text([]), "no table of Body Parameter"),
        (page_text().partition("Example")[0], "no example of an export"),
        (page_text(response={"data": {}}), "no example of an export"),
    ],
)
def test_incomplete_page_is_not_read(text: str, problem: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=problem):
        describe_page(text)
