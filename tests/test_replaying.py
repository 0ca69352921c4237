"""A replay of an export's life: updates are sent again, statuses are followed as they are now, the file is fetched."""

from pathlib import Path
from typing import Any

import pytest

from exports_conformance.client.replaying import Terms
from exports_conformance.exchange.model import Exchange, Expectation
from exports_conformance.exchange.tags import run_of
from exports_conformance.reference.messages import Respond, ServerRequest, ServerResponse
from exports_conformance.results import recording
from exports_conformance.upgrade.pairing import counting
from tests.mutants import MUTANTS
from tests.mutants.mutant import is_creation, refused
from tests.replays import REFERENCE, before, replayed, said, unchanged
from tests.suite_runs import conformance, reference

LATER = ["edition-7-10", "slow"]


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record the life of an export in the later edition, at a pace at which it can be stopped and started."""
    folder = tmp_path_factory.mktemp("later")
    conformance(reference(variants=LATER), folder, "--record", str(folder / "later.har"), "-k", "test_control")
    return folder / "later.har"


def cases(exchanges: list[Exchange]) -> list[str]:
    """Return the cases of the requests, each once."""
    return list(dict.fromkeys(each.expectation.case for each in exchanges))


def by_case(exchanges: list[Exchange], case: str) -> list[Exchange]:
    """Return the exchanges of a case."""
    return [each for each in exchanges if each.expectation.case == case]


def test_what_was_started_again_is_started_again(later: Path) -> None:
    assert "life/started" in cases(list(recording.read_recording(later).exchanges))
    compared, exchanges = replayed(reference(variants=LATER), recording=later)
    assert (compared.differences, compared.undecided) == ((), ())
    assert {"life/told-to-interrupt", "life/told-to-start", "life/started", "life/gone"} <= set(cases(exchanges))


def test_restart_is_tested_only_in_editions_that_have_it(later: Path) -> None:
    compared, exchanges = replayed(reference(variants=["slow"]), recording=later)
    assert not {"life/told-to-start", "life/started"} & set(cases(exchanges))
    assert [(each.case, each.reason) for each in compared.undecided] == [("life/started", "not sent after")]


def test_export_that_had_ended_is_not_judged_by_whether_it_stops(later: Path) -> None:
    at_once = reference(variants=["edition-7-10", "completed-at-once"])
    compared, exchanges = replayed(at_once, recording=later)
    assert compared.differences == ()
    assert [each.status for each in by_case(exchanges, "life/deleted")] == [204]
    assert not at_once.organisation.exports


def test_export_that_does_not_stop_is_named_and_not_deleted_while_it_runs(later: Path) -> None:
    mutant = MUTANTS["interruption-is-ignored"]
    app = reference(variants=["edition-7-10", "never-completes-soon"], middlewares=[mutant.middleware])
    compared, exchanges = replayed(app, recording=later)
    assert {name for each in compared.differences for name in each.requirements} == {mutant.requirement}
    assert not {"life/deleted", "life/gone"} & set(cases(exchanges))


def test_export_that_never_ends_is_polled_once_and_its_file_not_requested() -> None:
    compared, exchanges = replayed(reference(variants=["never-completes-soon"]))
    assert compared.differences == ()
    assert not by_case(exchanges, "life/file")
    assert {each.case for each in compared.undecided} == {"life/followed", "life/file"}


def test_file_of_this_run_is_fetched_and_judged() -> None:
    _, exchanges, _ = unchanged()
    files = by_case(exchanges, "life/file")
    created = {each.data["id"] for each in exchanges if each.expectation.operation == "create" and each.data}
    recorded = by_case(counting(before(REFERENCE).exchanges or ()), "life/file")
    assert [each.file.form for each in files if each.file] == [each.file.form for each in recorded if each.file]
    assert {each.file.form for each in files if each.file} == {"json", "csv"}
    assert {each.expectation.expected["id"] for each in files} < created


def test_list_of_a_run_searches_the_tags_of_this_one() -> None:
    _, exchanges, _ = unchanged()
    (listed,) = by_case(exchanges, "life/in-order")
    (old,) = by_case(counting(before(REFERENCE).exchanges or ()), "life/in-order")
    tag = next(each.expectation.tag for each in exchanges if each.expectation.tag)
    assert f"={run_of(tag)}&" in listed.request.query
    assert len(listed.reading.value["data"]) == len(old.reading.value["data"]) > 0


def test_what_a_recording_deletes_while_it_runs_is_stopped_first(tmp_path: Path) -> None:
    """A recording made when exports ran faster contains no interruption."""
    kept = [each for each in before(REFERENCE).exchanges or () if not _is_update(each)]
    file = tmp_path / "without-updates.har"
    recording.write_recording(file, recording.Recording(recording.read_recording(REFERENCE).provenance, tuple(kept)))
    app: Any = reference(variants=["slow"])
    _, exchanges = replayed(app, recording=file)
    assert by_case(exchanges, "scenario/stop")
    assert [each.status for each in by_case(exchanges, "life/deleted")] == [204]


def test_difference_that_does_not_come_again_is_not_believed() -> None:
    """One creation answers otherwise, once."""
    seen: list[bytes] = []

    def once(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        if is_creation(request) and response.status == 201 and not seen:
            seen.append(request.body)
            return response.with_header("content-type", "application/json")
        return response

    compared, exchanges = replayed(reference(middlewares=[once]))
    assert seen
    assert compared.differences == ()
    assert [each.reason for each in compared.undecided] == ["differed, but not when the request was repeated"]
    assert sum(bool(each.expectation.confirms) for each in exchanges) == 1


def test_requests_about_an_export_that_was_not_created_are_not_sent() -> None:
    def nothing_is_created(request: ServerRequest, respond: Respond) -> ServerResponse:
        response = respond(request)
        return refused(422, "VALIDATION_ERROR") if is_creation(request) and response.status == 201 else response

    compared, exchanges = replayed(reference(middlewares=[nothing_is_created]))
    assert ("breaking", "status", "", "201", "422") in {said(each) for each in compared.differences}
    assert not [
        each for each in exchanges if each.expectation.case in {"life/retrieved", "life/updated", "life/deleted"}
    ]
    assert {each.case for each in compared.undecided} >= {"life/retrieved", "life/listed", "life/deleted", "life/gone"}


def _is_update(exchange: Exchange) -> bool:
    return exchange.expectation.case == "life/told-to-interrupt" or bool(exchange.expectation.action)


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ((), {"selects"}),
        (("created_at_gteq", "code_not_eq", "reference_present"), {"selects", "without"}),
        (("created_at_gteq", "prices_id_in"), set()),
        (("metadata_jcont",), set()),
    ],
    ids=["ids", "what lasts", "a relationship", "metadata"],
)
def test_replay_of_an_older_recording_demands_what_its_filters_still_select(
    filters: tuple[str, ...], kept: set[str]
) -> None:
    """Records keep their ids and times; what they are related to, and their metadata, may have changed."""
    expected: dict[str, Any] = {"selects": ["A"], "related": ["prices"]}
    expected |= {"without": {name: ["A", "B"] for name in filters}} if filters else {}
    recorded = Expectation("creation/two-records", "create", expected=expected)
    assert Terms([], aged=False).expectation(recorded, "").expected == expected
    assert set(Terms([], aged=True).expectation(recorded, "").expected or ()) == kept
