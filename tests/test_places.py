"""What a requirement is about is marked in the requests and answers that show it."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from exports_conformance.contract.requirements import Where, requirements, where_of
from exports_conformance.reports.messages import BodyLine, request_lines, response_lines
from exports_conformance.results.result import FileShown, RequestShown, ResponseShown

FILE = {"size": 359, "layers": 1, "form": "json", "problem": "", "records": 1, "names": ["code", "id"]}


NOWHERE = {"answer-json", "answer-no-byte-order-mark", "answer-unique-keys", "error-unique-keys", "ten-running"}
"""Requirements about a whole body, or about a list that another request returned."""


def test_nearly_every_requirement_has_a_place() -> None:
    without = {name for name, each in requirements().items() if each.where == Where()}
    assert without >= NOWHERE
    assert len(without) <= 0.05 * len(requirements())
    assert where_of("no-such-requirement") == Where()


def test_real_exchange_shows_the_place_of_its_requirement(conforming_run: Path) -> None:
    """Every place exists in the exchange that a run keeps for its requirement."""
    result = json.loads((conforming_run / "result.json").read_text(encoding="ascii"))
    shown = [entry for entry in result["requirements"] if entry["example"] and where_of(entry["id"]) != Where()]
    assert len(shown) > 120
    for entry in shown:
        exchange, place = result["exchanges"][entry["example"]], where_of(entry["id"])
        asked = [line for line in request_lines(exchange["request"], place, at=exchange["at"]) if line.tagged]
        answered = [line for line in response_lines(exchange["response"], place) if line.tagged]
        assert asked or answered, entry["id"]
        assert answered or not (place.response or place.response_header or place.status or place.file), entry["id"]
        assert asked or not place.line, entry["id"]


@pytest.mark.parametrize(
    ("pointer", "line", "belongs"),
    [
        ("/data", "/data", True),
        ("/data", "/data/id", True),
        ("/data/id", "/data", False),
        ("/data", "/database", False),
        ("/data/*/id", "/data/1/id", True),
        ("/data/*/id", "/data/1/type", False),
        ("/data/*/id", "/data", False),
        ("", "/data", False),
    ],
)
def test_line_belongs_to_what_a_pointer_points_at(pointer: str, line: str, belongs: bool) -> None:  # noqa: FBT001  a parameter of the case
    assert BodyLine("x", line).belongs_to(pointer) is belongs


@pytest.mark.parametrize(
    ("body", "at", "lines"),
    [
        ('{"data":{"id":"a","attributes":{"status":7}}}', "/data/attributes/status", ['"status": 7']),
        ('{"data":{"id":"a","attributes":{"status":7}}}', "/data/attributes/format", ['"attributes": {', "}"]),
        ('{"data":{"id":"a","attributes":{"status":7}}}', "/data/links/self", ['"data": {', "}"]),
        ('{"meta":{}}', "/data/id", ["{", "}"]),
        ("<html>", "/data/id", []),
    ],
)
def test_of_an_absent_member_the_object_that_lacks_it_is_marked(body: str, at: str, lines: list[str]) -> None:
    response: ResponseShown = {"status": 201, "headers": [], "body": body}
    assert [line.text.strip() for line in response_lines(response, at=at) if line.tagged] == lines


def tagged(place: Where, **file: Any) -> list[str]:
    """Return the highlighted lines of the response that served a file."""
    shown = cast("FileShown", FILE | file)
    response: ResponseShown = {"status": 200, "headers": [], "body": None, "file": shown}
    return [line.text for line in response_lines(response, place) if line.tagged]


@pytest.mark.parametrize(
    ("requirement", "file", "lines"),
    [
        ("file-served", {"size": 1_234}, ["200", "a file of 1,234 bytes"]),
        ("file-gzip", {}, ["gzipped once"]),
        ("file-gzip", {"layers": 0}, ["not gzipped"]),
        ("file-gzip", {"layers": 2}, ["gzipped 2 times"]),
        ("file-csv", {"form": "csv"}, ["csv"]),
        ("file-json", {"form": "", "problem": "it ends too early"}, ["neither json nor csv: it ends too early"]),
        ("file-count", {}, ["1 record"]),
        ("file-count", {"records": 2_000}, ["2,000 records"]),
        ("file-fields", {}, ["every record has: code, id"]),
        ("file-fields", {"names": []}, ["every record has: no field in common"]),
    ],
)
def test_of_a_file_its_facts_are_shown(requirement: str, file: dict[str, Any], lines: list[str]) -> None:
    assert tagged(where_of(requirement), **file) == lines


def test_file_is_requested_by_its_whole_address() -> None:
    request: RequestShown = {
        "method": "GET",
        "path": "https://files.example/x.gz",
        "query": "",
        "headers": [],
        "body": None,
    }
    assert request_lines(request, base_url="https://x.example/api")[0].text == "GET https://files.example/x.gz"
    request["path"] = "/exports"
    assert request_lines(request, base_url="https://x.example/api")[0].text == "GET /api/exports"
