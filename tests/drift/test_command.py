"""The command: what it prints and writes, how it ends, and what it accepts."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from exports_conformance.cli.main import main
from exports_conformance.upgrade.drift.drifting import (
    AcceptedDrift,
    AcceptedDriftsError,
    Drift,
    judge_drifts,
    read_accepted,
)
from tests.drift.documents import ROWS, page_html, page_text, published, resources, vendor_document

TODAY = datetime.now(UTC).date()

WITHOUT = "without a schema version; compared with our edition"
WRITTEN: dict[str, tuple[Callable[[], str], str]] = {
    "JSON": (lambda: json.dumps(published()), f"OpenAPI 3.1.0, {WITHOUT} page"),
    "YAML": (lambda: yaml.safe_dump(published()), f"OpenAPI 3.1.0, {WITHOUT} page"),
    "the vendor's 7.10.1": (
        lambda: json.dumps(vendor_document("7.10.1")),
        "schema 7.10.1; compared with our edition 7.10",
    ),
    "the vendor's newest": (lambda: json.dumps(vendor_document()), "schema 7.10.3; compared with our edition 7.10"),
    "resources": (lambda: json.dumps(resources()), f"resources.json, {WITHOUT} 7.10 as of schema 7.9.15"),
    "text": (page_text, f"saved page, {WITHOUT} page"),
    "HTML": (page_html, f"saved page, {WITHOUT} page"),
}


def write(file: Path, whole: Any) -> str:
    file.write_text(whole if isinstance(whole, str) else json.dumps(whole), encoding="utf-8")
    return str(file)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    status = main(["drift", *words])
    said = capsys.readouterr()
    return status, [*said.out.splitlines(), *said.err.splitlines()]


@pytest.mark.parametrize(("written", "headline"), WRITTEN.values(), ids=WRITTEN)
def test_document_that_does_not_differ_ends_with_0(
    written: Callable[[], str], headline: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, lines = run(capsys, write(tmp_path / "document", written()))
    assert status == 0
    assert len(lines) == 1
    assert headline in lines[0]
    assert lines[0].endswith("; no drift")


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("7.11.0", "schema 7.11.0, newer than 7.10.3, the newest that our contract knows; compared with"),
        ("3.6.0", "schema 3.6.0, before 7.9.15, the first change that our contract knows; compared with"),
        ("7.10.1", "schema 7.10.1; compared with our edition 7.10 as of schema 7.10.1"),
        ("latest", "schema latest, which is not a version number; compared with"),
    ],
)
def test_headline_places_the_version_of_the_document(
    version: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = vendor_document()
    whole["info"]["version"] = version
    assert said in run(capsys, write(tmp_path / "document", whole))[1][0]


def test_drift_ends_with_1_and_is_one_harmless_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = page_text([*ROWS, ("attributes.\x1b[31m", "string", "Optional"), ("attributes.jobs", "array", "Required")])
    status, lines = run(capsys, write(tmp_path / "page.txt", page))
    assert status == 1
    assert lines[0].endswith("1 drift: 1 breaking")
    assert lines[1:] == ["breaking: argument attributes.jobs: added"]
    assert run(capsys, str(tmp_path / "page.txt"), "--edition", "7.10")[1][0].count("our edition 7.10") == 1


def test_name_from_a_document_cannot_move_the_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = published()
    whole["paths"]["/exports"]["post"]["responses"]["\x1b[2J\n"] = {"description": ""}
    _, lines = run(capsys, write(tmp_path / "document", whole))
    assert len(lines) == 2
    assert "\x1b" not in "".join(lines)


def test_two_documents_are_compared_with_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = (write(tmp_path / version, vendor_document(version)) for version in ("7.10.1", "7.10.3"))
    status, lines = run(capsys, old, new)
    assert status == 1
    assert (
        lines[0] == f"{old}: OpenAPI 3.1.0, schema 7.10.1 → {new}: OpenAPI 3.1.0, schema 7.10.3; 2 drifts: 2 breaking"
    )
    assert lines[1].startswith("breaking: argument attributes.format: values: any value → only csv, json (req")
    assert run(capsys, old, old) == (
        0,
        [f"{old}: OpenAPI 3.1.0, schema 7.10.1 → {old}: OpenAPI 3.1.0, schema 7.10.1; no drift"],
    )


def test_cosmetic_drifts_are_shown_and_end_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = vendor_document()
    old = write(tmp_path / "old", whole)
    whole["paths"]["/exports"]["post"]["summary"] = "Make"
    status, lines = run(capsys, old, write(tmp_path / "new", whole))
    assert status == 0
    assert lines[1:] == ["cosmetic: operation POST /exports: summary: Create → Make"]


@pytest.mark.parametrize("option", ["--edition=7.10", "--write-edition=7.11"])
def test_two_documents_and_our_contract_exclude_each_other(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "document", vendor_document())
    status, (line,) = run(capsys, file, file, option)
    assert status == 4
    assert option.partition("=")[0] in line


def changed() -> Any:
    """Return our own document with one change beyond wording: a maximum length."""
    whole = published()
    whole["components"]["schemas"]["ExportCreateAttributes"]["properties"]["reference"]["maxLength"] = 255
    return whole


def entry(**more: Any) -> str:
    keys = {
        "part": "argument",
        "name": "attributes.reference",
        "aspect": "maxLength",
        "owner": "a person",
        "reason": "The API does not enforce it.",
        "new": "255",
    } | more
    until = keys.pop("until", TODAY)
    lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    return "\n".join(["[[accepted]]", *lines, f"until = {until}", ""])


def test_accepted_drift_ends_with_0_until_its_day_has_passed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "document", changed())
    assert run(capsys, file)[0] == 1
    status, lines = run(capsys, file, "--accepted", write(tmp_path / "accepted.toml", entry()))
    assert status == 0
    assert lines[0].endswith("1 drift: 1 breaking; 1 accepted")
    assert lines[1].startswith(f"accepted until {TODAY} by a person (The API does not enforce it.): breaking: argument")
    yesterday = write(tmp_path / "accepted.toml", entry(until=TODAY - timedelta(days=1)))
    status, lines = run(capsys, file, "--accepted", yesterday)
    assert status == 1
    assert lines[1].startswith("breaking: argument attributes.reference")
    assert f"expired on {TODAY - timedelta(days=1)}; have a person renew it" in lines[2]


def test_accepted_drift_that_is_gone_is_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "document", published())
    status, lines = run(capsys, file, "--accepted", write(tmp_path / "accepted.toml", entry()))
    assert status == 1
    assert lines[1] == (
        "the accepted drift of argument attributes.reference (maxLength) is stale: the document no longer differs so; "
        "delete the entry"
    )


def test_accepted_drift_that_has_changed_counts_again() -> None:
    drift = Drift("argument", "attributes.reference", "maxLength", "breaking", "not stated", "100")
    accepted = AcceptedDrift("argument", "attributes.reference", "maxLength", "a", "b", TODAY, new="255")
    judged = judge_drifts([drift], [accepted], today=TODAY)
    assert judged.counting == (drift,)
    assert "is stale" in judged.problems[0]
    assert judge_drifts([drift], [AcceptedDrift(*drift.key, "a", "b", TODAY)], today=TODAY).counting == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("accepted = 1", "write one such table for each drift"),
        ("[[drifts]]", "write one such table for each drift"),
        ("accepted = [1]", "accepted drift 1: is not a table"),
        ("[", "cannot be read as accepted drifts"),
        ("[[accepted]]\nowner = 1", "accepted drift 1: "),
        (entry(more=1), "accepted drift 1: more: "),
        (entry(owner=" "), "accepted drift 1: owner is empty"),
        (entry() + entry(), "accepted drift 2: is listed twice"),
        (None, "No such file"),
    ],
)
def test_useless_file_of_accepted_drifts_is_refused(
    text: str | None, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "accepted.toml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(AcceptedDriftsError, match=problem):
        read_accepted(file)
    status, (line,) = run(capsys, write(tmp_path / "document", published()), "--accepted", str(file))
    assert status == 4
    assert problem in line


def test_markdown_shows_the_same_and_interprets_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = changed()
    whole["paths"]["/exports"]["post"]["responses"]["@someone|<img>"] = {"description": ""}
    file, markdown = write(tmp_path / "document", whole), tmp_path / "drift.md"
    accepted = write(tmp_path / "accepted.toml", entry() + entry(name="attributes.gone"))
    status, _ = run(capsys, file, "--accepted", accepted, "--markdown", str(markdown))
    text = markdown.read_text(encoding="utf-8")
    assert status == 1
    assert "2 drifts: 1 breaking, 1 compatible; 1 accepted." in text
    row = "| compatible | `operation POST /exports` | `errors` |  | `@someone\\|<img>` |  |"
    assert row in text
    assert f"- accepted until {TODAY} by a person" in text
    assert "is stale" in text
    assert run(capsys, file, "--markdown", str(tmp_path))[0] == 4


def test_markdown_of_many_drifts_fits_into_an_issue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = changed()
    sent = whole["components"]["schemas"]["ExportCreateAttributes"]["properties"]
    sent |= {f"{'k' * 200}{number}": {"type": "string"} for number in range(1_000)}
    file, markdown = write(tmp_path / "document", whole), tmp_path / "drift.md"
    _, lines = run(capsys, file, "--markdown", str(markdown))
    text = markdown.read_text(encoding="utf-8")
    assert len(lines) == 1_002
    assert 40_000 < len(text) < 65_536
    more = 1_001 - sum(line.startswith(("| breaking", "| compatible")) for line in text.splitlines())
    assert text.endswith(f"\n{more} more are in the command's output.\n")


def test_markdown_of_no_drift_has_no_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    markdown = tmp_path / "drift.md"
    run(capsys, write(tmp_path / "document", published()), "--markdown", str(markdown))
    assert "no drift." in markdown.read_text(encoding="utf-8")
    assert "|" not in markdown.read_text(encoding="utf-8")
