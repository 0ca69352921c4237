"""A drafted edition is one that the contract can read, and that makes the document's drift disappear."""

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from exports_conformance.cli.console import EditionParameter
from exports_conformance.cli.main import main
from exports_conformance.contract import edition
from exports_conformance.contract.edition import changes, editions, has, load_edition, statuses
from exports_conformance.upgrade.drift import known_schema
from exports_conformance.upgrade.drift.known_schema import KnownSchema, draft_edition, known_schemas
from tests.drift.documents import described, keys_against_contract, vendor_document
from tests.drift.test_command import run, write

NEWEST = known_schemas()[-1].edition


def next_document() -> Any:
    """Return what the vendor may publish next: an attribute, an argument and a status more, a closed list, one less."""
    whole = vendor_document()
    whole["info"]["version"] = "7.11.0"
    schemas = whole["components"]["schemas"]
    shown = schemas["export"]["properties"]["data"]["properties"]["attributes"]["properties"]
    shown["owner"] = {"type": "string", "nullable": True}
    shown["status"]["enum"].append("paused")
    del shown["errors_log"]
    sent = schemas["exportCreate"]["properties"]["data"]["properties"]["attributes"]["properties"]
    sent["owner"] = {"type": "string"}
    sent["format"]["enum"].append("xlsx")
    schemas["exportResponse"]["properties"]["data"]["properties"]["relationships"]["properties"].pop("events")
    whole["paths"].pop("/exports/{exportId}/events")
    return whole


def drafted(tmp_path: Path, whole: Any, name: str = "7.11") -> Path:
    file = tmp_path / f"{name}.toml"
    file.write_text(draft_edition(name, described(whole), source="openapi.json"), encoding="utf-8")
    return file


def test_draft_has_what_the_document_changes(tmp_path: Path) -> None:
    found = {
        (each.how, each.of == "request", each.at, each.value)
        for each in load_edition(drafted(tmp_path, next_document()))[1]
    }
    earlier = {(each.how, each.of == "request", each.at, each.value) for each in changes(NEWEST)}
    assert earlier - found == set()
    assert found - earlier == {
        ("adds", False, "/data/attributes/owner", None),
        ("adds", False, "/data/attributes/status", "paused"),
        ("adds", True, "/data/attributes/owner", None),
        ("drops", False, "/data/attributes/errors_log", None),
        ("drops", False, "/data/relationships/events", None),
    }


def test_draft_keeps_earlier_entries_and_marks_new_ones(tmp_path: Path) -> None:
    entries = {
        (each.of == "request", each.at, each.value): each
        for each in load_edition(drafted(tmp_path, next_document()))[1]
    }
    known = next(each for each in changes(NEWEST) if each.at.endswith("/progress"))
    assert entries[False, known.at, None] == known
    new = entries[False, "/data/attributes/owner", None]
    assert (new.since, new.source, new.type) == ("7.11.0", "openapi.json", ["string", "null"])
    assert new.statement == "TO COMPLETE: `owner` is new."
    assert entries[False, "/data/attributes/errors_log", None].requirement == "answer-errors-log"
    assert entries[True, "/data/attributes/format", None].values == ["csv", "json", "xlsx"]


def test_document_fits_its_own_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = next_document()
    draft = load_edition(drafted(tmp_path, whole))[1]
    monkeypatch.setattr(known_schema, "changes", lambda edition: draft if edition == "7.11" else changes(edition))
    monkeypatch.setattr(known_schema, "editions", lambda: (*editions(), "7.11"))
    known_schema.contract_at.cache_clear()
    try:
        assert keys_against_contract(whole, KnownSchema("7.11", "7.11.0")) == set()
    finally:
        known_schema.contract_at.cache_clear()


def test_drafted_edition_is_one_of_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line, the rules and the report know an edition as soon as its file exists."""
    for file in edition.EDITIONS_FOLDER.glob("*.toml"):
        shutil.copy(file, tmp_path)
    drafted(tmp_path, next_document())
    monkeypatch.setattr(edition, "EDITIONS_FOLDER", tmp_path)
    editions.cache_clear()
    try:
        assert list(editions())[-1] == "7.11"
        assert EditionParameter().convert("7.11", None, None) == "7.11"
        assert statuses("7.11")[-2:] == ("failed", "paused")
        assert not has("7.11", "/data/relationships/events")
    finally:
        editions.cache_clear()
        changes.cache_clear()


def test_what_no_edition_can_state_is_a_comment(tmp_path: Path) -> None:
    whole = next_document()
    whole["paths"]["/exports"]["post"]["responses"]["418"] = {"description": "\n[[adds]]"}
    text = drafted(tmp_path, whole).read_text(encoding="utf-8")
    by_hand = "# Not expressed here, correct contract/openapi.yaml by hand: "
    assert f"{by_hand}compatible: operation POST /exports: errors: " in text
    assert "/exports/{id}/events" not in text  # goes with its relationship, which is dropped


def test_hostile_names_stay_strings(tmp_path: Path) -> None:
    whole = next_document()
    name = 'x"\n[[drops]]\x7f'
    shown = whole["components"]["schemas"]["export"]["properties"]["data"]["properties"]["attributes"]["properties"]
    shown[name] = {"type": "string"}
    tables = tomllib.loads(drafted(tmp_path, whole).read_text(encoding="utf-8"))
    assert f"/data/attributes/{name}" in {each["at"] for each in tables["adds"]}


def test_command_writes_the_draft_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "document", next_document())
    status, lines = run(capsys, file, "--write-edition", "7.11", "--into", str(tmp_path))
    assert status == 1
    assert lines[-1].startswith(f"{tmp_path / '7.11.toml'}: complete what is marked TO COMPLETE")
    facts, _ = load_edition(tmp_path / "7.11.toml")
    assert facts.order == max(each.order for each in editions().values()) + 1
    assert run(capsys, file, "--write-edition", "7.11", "--into", str(tmp_path))[0] == 4


@pytest.mark.parametrize("name", [NEWEST, "../7.11", "", "Å"])
def test_name_that_is_no_new_edition_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "document", next_document())
    assert main(["drift", file, f"--write-edition={name}", "--into", str(tmp_path)]) == 4
    assert capsys.readouterr().err.startswith(f"ERROR: --write-edition {name}")
