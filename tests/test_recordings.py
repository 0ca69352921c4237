"""The shipped recordings: well-formed, without secrets, and of the requests that suites send today."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from exports_conformance.client.redaction import secrets_in
from exports_conformance.exchange.tags import RequestIdentities
from exports_conformance.results.har import HAR_SCHEMA_FILE
from exports_conformance.results.recording import Recording, read_recording, write_recording
from tests.record import FILE
from tests.suite_runs import TOKEN, replayed, violated

DOCUMENTATION = FILE.parent / "documentation.har"
SHIPPED = sorted(FILE.parent.glob("*"))


DRAWN = {"creation/drawn", "schemathesis/createExport"}
"""Cases whose bodies Hypothesis draws, in part from the constants of every loaded module: any change changes them."""


def _requested(recording: Recording) -> Counter[object]:
    identities = RequestIdentities(recording.exchanges)
    return Counter(
        exchange.expectation.case
        if exchange.expectation.case in DRAWN
        else identities.of(exchange.request, exchange.expectation.case)
        for exchange in recording.exchanges
    )


def test_shipped_recording_has_the_requests_of_today(tmp_path: Path) -> None:
    # In a process of its own: what Hypothesis draws depends on the modules that are loaded.
    making = [sys.executable, "-m", "tests.record", str(tmp_path / "today.har")]
    subprocess.run(making, cwd=FILE.parents[1], check=True, stdout=subprocess.DEVNULL)  # noqa: S603  our own
    shipped, today = _requested(read_recording(FILE)), _requested(read_recording(tmp_path / "today.har"))
    new, gone = today - shipped, shipped - today
    assert (new, gone) == (Counter(), Counter()), "the suites ask something else: `make record`, and look at its diff"


def test_recording_is_written_as_it_was_read(tmp_path: Path) -> None:
    for file in SHIPPED:
        write_recording(tmp_path / file.name, read_recording(file))
        assert (tmp_path / file.name).read_text() == file.read_text()


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_shipped_recording_is_har_without_secrets(file: Path) -> None:
    schema = json.loads(HAR_SCHEMA_FILE.read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(file.read_text()))
    assert secrets_in(file) == []
    assert TOKEN not in file.read_text()


def test_nothing_else_is_shipped() -> None:
    assert [file.name for file in SHIPPED] == ["documentation.har", "reference.har"]


def test_example_of_the_page_passes_for_its_shape(tmp_path: Path) -> None:
    result = replayed(DOCUMENTATION, tmp_path)
    assert (violated(result), result["errors"], result["verdict"]) == ({}, [], "partial")
    verdicts = {each["id"]: each["verdict"] for each in result["requirements"]}
    assert (verdicts["answer-errors-log"], verdicts["create-echoes-resource-type"]) == ("verified", "unverified")
    assert result["recording"]["kind"] == "documentation"
