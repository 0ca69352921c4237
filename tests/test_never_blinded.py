"""One fault does not blind a run: whatever the endpoint still allows is tested, and the rest says why it was not."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from exports_conformance.contract.resources import IMPERSONAL_TYPES, certain_types
from exports_conformance.reference.messages import Middleware, Respond, ServerRequest, ServerResponse
from exports_conformance.reference.organisation import FIRST, Organisation, Record, letters, records_of, timestamp
from tests.mutants.mutant import is_creation, refuse, refused, sent
from tests.suite_runs import Result, judged, stepping


def crashes_on_csv_with_includes(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers 500 to csv exports with includes, which the complete body is."""
    response = respond(request)
    asked = sent(request)
    crashes = is_creation(request) and asked.get("format") == "csv" and asked.get("includes")
    return refused(500, "INTERNAL_SERVER_ERROR") if crashes else response


def refuses_csv(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Refuses every csv export."""
    if sent(request).get("format") != "csv":
        return respond(request)
    return refuse(request, respond, refused(422, "VALIDATION_ERROR", pointer="/data/attributes/format"))


def crashes_on_references(request: ServerRequest, respond: Respond) -> ServerResponse:
    """Answers 500 to every creation with a reference."""
    response = respond(request)
    crashes = is_creation(request) and sent(request).get("reference") and response.status == 201
    return refused(500, "INTERNAL_SERVER_ERROR") if crashes else response


WAIVER = """
[[deviations]]
requirement = "create-accepts-documented"
owner = "team"
reason = "csv with includes crashes"
since = 2026-01-01
until = 9999-01-01
witness = ""
ticket = "T-1"
"""


def verdicts_of(result: Result) -> dict[str, set[str]]:
    """Return the requirements of a result by verdict."""
    names = ("verified", "violated", "waived", "unverified")
    return {name: {each["id"] for each in result["requirements"] if each["verdict"] == name} for name in names}


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The requirements that a run without a fault verifies."""
    return verdicts_of(judged(stepping(), tmp_path_factory.mktemp("clean")))["verified"]


@pytest.mark.parametrize(
    ("fault", "violated", "unverified", "because"),
    [
        (
            refuses_csv,
            {"argument-format-accepted"},
            {"file-csv", "file-csv-readable"},
            {"no valid request was accepted that it could start from (1 tried)"},
        ),
        (
            crashes_on_references,
            {"create-accepts-documented", "request-repeated-keys", "text-long"},
            {
                "list-shows-created",
                "list-filtered",
                "list-sorted",
                "list-sparse",
                "list-pages-disjoint",
                "include-sparse",
                "include-linked",
                "delete-unlists",
            },
            {"no body with a reference was accepted, by which the list could be filtered"},
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_one_fault_leaves_most_requirements_verified(
    fault: Middleware,
    violated: set[str],
    unverified: set[str],
    because: set[str],
    verified: set[str],
    tmp_path: Path,
) -> None:
    result = judged(stepping(middlewares=[fault]), tmp_path)
    found = verdicts_of(result)
    assert found["violated"] == violated
    assert verified - violated - found["verified"] == unverified
    reasons = {each["reason"] for each in result["requirements"] if each["id"] in unverified}
    assert reasons - {"only checked when it occurs"} == because


def test_waived_fault_leaves_a_green_run_that_verifies_the_rest(verified: set[str], tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text(WAIVER)
    app = stepping(middlewares=[crashes_on_csv_with_includes])
    result = judged(app, tmp_path / "run", "--deviations", str(tmp_path / "known.toml"))
    found = verdicts_of(result)
    assert (result["verdict"], found["violated"], found["waived"]) == (
        "conforms",
        set(),
        {"create-accepts-documented"},
    ), result["reasons"]
    assert verified - found["verified"] == found["waived"]


def having(count: int, kinds: Collection[str]) -> Callable[[Organisation, str], tuple[Record, ...]]:
    """Return what organisations have whose types have so many records, which are like those of the reference."""

    @cache
    def records(kind: str) -> tuple[Record, ...]:
        plain = records_of(kind)
        like = (plain[number % len(plain)] for number in range(count))
        return tuple(
            replace(each, attributes={**each.attributes, "id": letters(number), "created_at": timestamp(_at(number))})
            for number, each in enumerate(like)
        )

    return lambda organisation, kind: records(kind) if kind in kinds else ORIGINAL(organisation, kind)


def _at(number: int) -> datetime:
    return FIRST + timedelta(hours=number)


ORIGINAL = Organisation.records
A_PART = "a file with three records and their ids is needed, so that a filter can select a part of them"


@pytest.mark.parametrize(
    ("count", "kinds", "because"),
    [
        (0, IMPERSONAL_TYPES, "only addresses are known to have records, which may hold personal data"),
        (0, certain_types(), "no resource type has records here, so that nothing can be exported"),
        (1, ("skus",), A_PART),
        (2, ("skus",), A_PART),
        (3, ("skus",), ""),
        (5_000, ("skus",), ""),
    ],
    ids=["none", "none of any type", "one", "two", "three", "5000"],
)
def test_filters_are_tested_if_they_can_select_a_part(
    count: int, kinds: Collection[str], because: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else their family is not tested, and says so."""
    monkeypatch.setattr(Organisation, "records", having(count, kinds))
    result = judged(stepping(), tmp_path, "-k", "test_file")
    assert (result["counts"]["left"], result["errors"]) == (0, [])
    assert verdicts_of(result)["violated"] == set()
    (filters,) = [each for each in result["requirements"] if each["id"] == "file-filters"]
    assert filters["verdict"] == ("unverified" if because else "verified")
    assert because in str(filters.get("reason"))


def test_export_with_the_file_of_another_is_found(tmp_path: Path) -> None:
    """A storage that keeps one file for each format serves the first of them for every export."""
    kept: dict[str, ServerResponse] = {}

    def middleware(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if not request.path.startswith("/files/") or response.status != 200:
            return response
        return kept.setdefault(request.path.rpartition("/")[2].partition(".")[2], response)

    result = judged(stepping(middlewares=[middleware]), tmp_path, "-k", "test_file")
    assert {"file-filters", "file-related-ids", "file-dry-data"} <= verdicts_of(result)["violated"]
