"""File: an export runs to its end, and its file is what the export says it is."""

from contextlib import suppress

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.contract.resources import IMPERSONAL_TYPES, ResourceType, deep_include, resource_type
from exports_conformance.exchange.exports import has_ended, has_record_count, may_be_stale
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import read_json
from exports_conformance.exchange.tags import untagged
from exports_conformance.strategies.bodies import Body, enveloped
from exports_conformance.strategies.covering import (
    deep_body,
    dry_body,
    narrow_body,
    nested_body,
    part_body,
    table_body,
)
from exports_conformance.strategies.halves import (
    Half,
    halves,
    metadata_half,
    single_halves,
    table_halves,
    with_related,
    without_reference,
)
from exports_conformance.suites import FirstAccepted, Judge, is_shown
from exports_conformance.suites.expectations import creation, export_file, following

COMPLETION = (
    "status-moves-on",
    "started-when-running",
    "completed-when-completed",
    "started-after-creation",
    "completed-after-start",
    "ended-stays",
    "attachment-when-completed",
    "attachment-fresh",
)

SINGLE = (
    "reference_present",
    "reference_blank",
    "reference_not_null",
    "reference_null",
    "code_eq",
    "code_not_eq",
    "code_in",
    "code_not_in",
    "code_start",
)
"""Filters that thorough sends alone beside the ids; the first eight are four pairs of complements."""


@pytest.fixture(scope="session")
def nested_file(narrow: Exchange, accepted: Body, endpoint: Endpoint, first_accepted: FirstAccepted) -> Exchange:
    """The file of a json export without `fields` that includes related resources; `narrow` has the same type."""
    created = first_accepted("nested", nested_body(accepted))
    endpoint.spare(created.data["id"])
    ended = endpoint.follow(created, expectation=following(created), ended=has_ended)
    file = endpoint.download(ended, expectation=export_file(created, ended))
    if file is None or file.file is None:
        pytest.skip(f"the file of a plain {narrow.sent_attributes['resource_type']} export could not be downloaded")
    return file


@pytest.fixture(scope="session")
def parts(nested_file: Exchange) -> tuple[Half, Half]:
    """Two selections of records whose ids are known, which are fewer than there are."""
    file = nested_file.file
    if file is None or len(file.ids) < 2 or file.records <= 2:  # noqa: PLR2004  so that two ids select a part
        pytest.skip("a file with three records and their ids is needed, so that a filter can select a part of them")
    kind = _exported_type(nested_file)
    codes = file.codes if "code" in kind.filterable else ()
    late, early = halves(file.ids, file.created, codes, without_reference(file))
    return with_related(late, file, kind), early


@pytest.fixture(scope="session")
def table_parts(nested_file: Exchange) -> list[Half]:
    """Selections for a table, the first through a relationship, as far as the file of all records has what it takes."""
    return table_halves(nested_file.file, _exported_type(nested_file)) if nested_file.file else []


@pytest.fixture(scope="session")
def metadata_part(nested_file: Exchange) -> Half | None:
    """A selection by a member of `metadata`, if the file of all records has one that some have."""
    return metadata_half(nested_file.file) if nested_file.file else None


@pytest.fixture(scope="session")
def single_parts(nested_file: Exchange) -> dict[str, Half]:
    """Selections by one filter each, by its name, as far as the file of all records has what it takes."""
    return single_halves(nested_file.file, _exported_type(nested_file)) if nested_file.file else {}


def _exported_type(file: Exchange) -> ResourceType:
    return resource_type(file.expectation.expected["attributes"]["resource_type"])


@pytest.fixture(scope="session")
def csv_export(
    endpoint: Endpoint, export: Exchange, accepted: Body, first_accepted: FirstAccepted, request: pytest.FixtureRequest
) -> Exchange:
    """The creation of a csv export of a part of the records, or else of one with every argument, or with few."""
    with suppress(pytest.skip.Exception):
        late, _ = request.getfixturevalue("parts")
        tables = [*request.getfixturevalue("table_parts"), late]
        created = first_accepted("table", *(table_body(accepted, half.filters) for half in tables), selects=tables)
        endpoint.spare(created.data["id"])
        return created
    if export.sent_attributes.get("format") == "csv":
        return export
    return first_accepted("csv", enveloped({**accepted["data"]["attributes"], "format": "csv"}))


@pytest.mark.verifies(
    *COMPLETION, "file-served", "file-gzip", "file-json", "file-count", "file-fields", "file-no-other-fields"
)
def test_json_export_ends_with_its_file(endpoint: Endpoint, judge: Judge, narrow: Exchange) -> None:
    """A json export ends with a file of the records and fields that it says it has."""
    _judge_end_and_file(endpoint, judge, narrow)


@pytest.mark.verifies(
    *COMPLETION,
    "file-served",
    "file-gzip",
    "file-csv",
    "file-csv-readable",
    "file-count",
    "file-fields",
    "file-no-other-fields",
    "file-filters",
)
def test_csv_export_ends_with_its_file(
    endpoint: Endpoint, judge: Judge, csv_export: Exchange, pytestconfig: pytest.Config
) -> None:
    """A csv export that is filtered by times and a relationship ends with a file of the records that it says it has."""
    kind = csv_export.sent_attributes["resource_type"]
    if kind not in IMPERSONAL_TYPES and not pytestconfig.getoption("download_any"):
        pytest.skip(f"{kind} may hold personal data; --download-any downloads such files too")
    _judge_end_and_file(endpoint, judge, csv_export)


@pytest.mark.verifies("file-related-ids", "file-includes-nested", "file-no-duplicates", "file-value-types")
def test_records_have_related_ids_and_nest_what_is_included(judge: Judge, nested_file: Exchange) -> None:
    """A json export without fields has the ids of related resources, and the included ones as nested objects."""
    judge(nested_file)


@pytest.mark.examples(quick=0, thorough=1)
@pytest.mark.verifies("file-includes-deep")
def test_resources_are_included_three_levels_deep(
    endpoint: Endpoint, judge: Judge, accepted: Body, first_accepted: FirstAccepted, parts: tuple[Half, Half]
) -> None:
    """A json export that includes a path of three levels nests a resource within another that is itself nested."""
    kind = accepted["data"]["attributes"]["resource_type"]
    if not deep_include(kind):
        pytest.skip(f"the schema has no path of three levels that could certainly begin in {kind}")
    _judge_file(endpoint, judge, first_accepted("deep", deep_body(accepted, parts[0].filters), selects=parts[:1]))


@pytest.mark.verifies("file-filters", "file-star")
def test_filters_and_stars_select_records_and_fields(
    endpoint: Endpoint, judge: Judge, accepted: Body, first_accepted: FirstAccepted, parts: tuple[Half, Half]
) -> None:
    """A json export filtered by ids, time, code and reference has these records, and all fields of what `*` names."""
    created = first_accepted("two-records", part_body(accepted, parts[0].filters), selects=parts[:1])
    _judge_file(endpoint, judge, created)


@pytest.mark.verifies("file-dry-data", "file-filters")
def test_dry_data_leaves_out_ids_and_times(
    endpoint: Endpoint,
    judge: Judge,
    accepted: Body,
    first_accepted: FirstAccepted,
    parts: tuple[Half, Half],
    metadata_part: Half | None,
) -> None:
    """A json export with dry data has no ids and times of its records, which are those with a member of `metadata`."""
    several = [half for half in (metadata_part, parts[1]) if half]
    created = first_accepted("dry", *(dry_body(accepted, half.filters) for half in several), selects=several)
    _judge_file(endpoint, judge, created)


@pytest.mark.examples(quick=0, thorough=1)
@pytest.mark.verifies("file-filters")
@pytest.mark.parametrize("name", SINGLE)
def test_filter_selects_what_its_predicate_says(
    endpoint: Endpoint,
    judge: Judge,
    accepted: Body,
    first_accepted: FirstAccepted,
    single_parts: dict[str, Half],
    name: str,
) -> None:
    """A json export with one filter beside the ids has the records that satisfy it."""
    if name not in single_parts:
        pytest.skip(f"{name} was not tested: it would select all or none of the records that are known")
    half = single_parts[name]
    _judge_file(endpoint, judge, first_accepted(f"by-{name}", narrow_body(accepted, half.filters), selects=[half]))


@pytest.mark.examples(quick=0, thorough=1)
@pytest.mark.verifies("file-filters", "file-csv")
def test_same_selection_in_csv_has_the_same_records(
    endpoint: Endpoint, judge: Judge, accepted: Body, first_accepted: FirstAccepted, parts: tuple[Half, Half]
) -> None:
    """A csv export with the filters of a json one has the records with the same ids."""
    created = first_accepted("two-records-csv", table_body(accepted, parts[0].filters), selects=parts[:1])
    _judge_file(endpoint, judge, created)


def _judge_file(endpoint: Endpoint, judge: Judge, created: Exchange) -> None:
    endpoint.spare(created.data["id"])
    ended = endpoint.follow(created, expectation=following(created), ended=has_ended)
    judge(ended)
    if file := endpoint.download(ended, expectation=export_file(created, ended)):
        judge(file)


def _shows_no_old_link(exchange: Exchange) -> bool:
    """Return True unless a retrieval is of a stale replica, or has the address of the file that was shown before."""
    return not may_be_stale(exchange) and not exchange.lookups.link_age


def _judge_end_and_file(endpoint: Endpoint, judge: Judge, created: Exchange) -> None:
    """Judge an export's end and its file; if the record count differs, repeat both with an export like it."""
    is_csv = created.sent_attributes.get("format") == "csv"  # its links are those of any format
    for again in (False, True):
        after = following(created)
        looked = ended = endpoint.follow(created, expectation=after, ended=has_ended)
        judge(ended)
        if has_ended(ended) and not is_csv:
            looked = endpoint.retrieve(ended.data["id"], expectation=after(ended), until=_shows_no_old_link)
            judge(looked)
        file = endpoint.download(ended, expectation=export_file(created, ended, again=again))
        if file is None:
            return
        judge(file)
        if not is_csv:
            judge(endpoint.retrieve(ended.data["id"], expectation=after(looked), until=is_shown))
        shown = ended.attributes
        if again or file.file is None or shown.get("records_count") is None:
            return
        if has_record_count(shown, file.file.records):
            return
        body = read_json(untagged(created.request.body or b"")).value
        created = endpoint.create(body, expectation=creation("counted-again", body))
        if not isinstance(created.data.get("id"), str):
            return
