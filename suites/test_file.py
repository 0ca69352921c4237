"""File: an export runs to its end, and its file is what the export says it is."""

import pytest

from exports_conformance.client.endpoint import Endpoint
from exports_conformance.contract.resources import IMPERSONAL_TYPES
from exports_conformance.exchange.exports import has_ended, has_record_count
from exports_conformance.exchange.model import Exchange
from exports_conformance.exchange.strict_json import read_json
from exports_conformance.exchange.tags import untagged
from exports_conformance.suites import Judge
from exports_conformance.suites.expectations import creation, export_file, following

COMPLETION = (
    "status-moves-on",
    "started-when-running",
    "completed-when-completed",
    "completed-after-start",
    "attachment-when-completed",
)


@pytest.mark.verifies(*COMPLETION, "file-served", "file-gzip", "file-json", "file-count", "file-fields")
def test_json_export_ends_with_its_file(endpoint: Endpoint, judge: Judge, narrow: Exchange) -> None:
    """A json export ends with a file of the records and fields that it says it has."""
    _judge_end_and_file(endpoint, judge, narrow)


@pytest.mark.verifies(*COMPLETION, "file-served", "file-gzip", "file-csv", "file-count")
def test_csv_export_ends_with_its_file(
    endpoint: Endpoint, judge: Judge, csv_export: Exchange, pytestconfig: pytest.Config
) -> None:
    """A csv export ends with a file of the records that it says it has."""
    kind = csv_export.sent_attributes["resource_type"]
    if kind not in IMPERSONAL_TYPES and not pytestconfig.getoption("download_any"):
        pytest.skip(f"{kind} may hold personal data; --download-any downloads such files too")
    _judge_end_and_file(endpoint, judge, csv_export)


def _judge_end_and_file(endpoint: Endpoint, judge: Judge, created: Exchange) -> None:
    """Judge an export's end and its file; if the record count differs, repeat both with an export like it."""
    for again in (False, True):
        ended = endpoint.follow(created, expectation=following(created), ended=has_ended)
        judge(ended)
        if has_ended(ended):
            judge(endpoint.follow(ended, expectation=following(created), ended=has_ended))
        file = endpoint.download(ended, expectation=export_file(created, ended, again=again))
        if file is None:
            return
        judge(file)
        shown = ended.attributes
        if again or file.file is None or shown.get("records_count") is None:
            return
        if has_record_count(shown, file.file.records):
            return
        body = read_json(untagged(created.request.body or b"")).value
        created = endpoint.create(body, expectation=creation("counted-again", body))
        if not isinstance(created.data.get("id"), str):
            return
