"""Unknown data: which types have records is found out by few requests, and said."""

from dataclasses import replace
from pathlib import Path

import pytest

from exports_conformance.contract.resources import certain_types
from exports_conformance.exchange.exports import ALL_SELECTING
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.reference.organisation import Organisation
from exports_conformance.reports.phrases import records_line
from exports_conformance.reports.site.result_page import render_result
from exports_conformance.reports.text import terminal
from exports_conformance.results.observations import NO_RECORDS, types_with_records
from tests.exchanges import CERTAIN, created, error_object, refused
from tests.results import conforming
from tests.suite_runs import conformance, reference

SENT = {"resource_type": "skus"}
EMPTY = error_object(422, "/data/attributes/records_count", meta={"error": "greater_than"})
TOO_MANY = error_object(422, "/data/attributes/records_count", meta={"error": "less_than_or_equal_to"})
ACCEPTED, REFUSED = created(SENT, records_count=None), refused(422, EMPTY, sent=SENT)
COUNTED = created(SENT, records_count=3)
COUNTED_NONE = created(SENT, records_count=0, status="completed")
RETRIEVED_NONE = replace(COUNTED_NONE, expectation=Expectation("life/end", "retrieve"))
SOME_LEFT_OUT = {**SENT, "filters": {"code_eq": "AAA"}}


@pytest.mark.parametrize(
    ("exchanges", "found", "none"),
    [
        ([], [], []),
        ([ACCEPTED], ["skus"], []),
        ([COUNTED], ["skus"], []),
        ([refused(422, TOO_MANY, sent=SENT)], ["skus"], []),
        ([REFUSED], [], ["skus"]),
        ([COUNTED_NONE], [], ["skus"]),
        ([created(SENT, records_count=0)], ["skus"], []),  # nothing was counted yet
        ([ACCEPTED, RETRIEVED_NONE], [], ["skus"]),
        ([RETRIEVED_NONE, COUNTED], ["skus"], []),
        ([REFUSED, ACCEPTED], ["skus"], []),  # somebody created a record meanwhile
        ([refused(422, EMPTY, sent={**SENT, "filters": ALL_SELECTING[0]})], [], ["skus"]),
        ([refused(422, EMPTY, sent=SOME_LEFT_OUT)], [], []),
        ([created(SOME_LEFT_OUT)], ["skus"], []),
        ([created(SOME_LEFT_OUT, records_count=0, status="completed")], ["skus"], []),
        ([refused(422, sent=SENT)], [], []),
        ([refused(401, sent=SENT)], [], []),
        ([created(SENT, expectation=replace(CERTAIN, flaw="format-unknown"))], [], []),
        ([created({"resource_type": "imports"}), created({"resource_type": ["skus"]})], [], []),
        ([created({"resource_type": "prices"}), ACCEPTED], ["prices", "skus"], []),
    ],
)
def test_exports_show_which_types_have_records(exchanges: list[Exchange], found: list[str], none: list[str]) -> None:
    assert types_with_records(exchanges) == {"found": found, "none": none}


@pytest.mark.parametrize("profile", ["smoke", "quick"])
def test_empty_organisation_is_inconclusive_for_a_reason_of_its_own_and_few_requests(
    profile: str, tmp_path: Path
) -> None:
    app = reference(organisation=Organisation(only=()))
    result = conformance(app, tmp_path, "--hypothesis-profile", profile)
    assert (result["verdict"], result["reasons"]) == ("inconclusive", [NO_RECORDS])
    assert result["records"] == {"found": [], "none": list(certain_types())}
    assert result["counts"]["exchanges"] <= len(certain_types()) + 5
    assert "resource types without: addresses, bundles" in "\n".join(terminal.run_summary(result))


def test_organisation_in_which_one_type_has_records_is_judged(tmp_path: Path) -> None:
    app = reference(organisation=Organisation(only=("transactions",)))
    result = conformance(app, tmp_path, "--hypothesis-profile", "smoke", "--download-any")
    assert result["verdict"] == "partial"  # as smoke always is
    assert result["records"]["found"] == ["transactions"]
    assert len(result["records"]["none"]) == len(certain_types()) - 1
    assert not any("too little" in reason for reason in result["reasons"])


def test_record_counts_are_shown_on_terminal_and_page() -> None:
    result = conforming()
    said = "with records: skus, prices; without: returns"
    assert f"resource types {said}" in list(terminal.run_summary(result))
    assert f"<dt>resource types</dt><dd>{said}</dd>" in render_result(result)
    del result["records"]  # of a run before this was kept
    assert records_line(result) == ""
    assert "<dt>resource types</dt>" not in render_result(result)
    many = conforming() | {"records": {"found": list(certain_types()), "none": []}}
    assert records_line(many).endswith(" and 14 more")
