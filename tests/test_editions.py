"""Editions as data: what the later one changes is said once, and everything else reads it there."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from exports_conformance.contract.editions import Edition, changes, explanation
from exports_conformance.contract.editions.changes import FOLDER, load
from exports_conformance.contract.errors import ContractError
from exports_conformance.contract.openapi import openapi
from exports_conformance.contract.requirements import requirements
from exports_conformance.contract.resources import resource_types
from exports_conformance.exchange.edition import LATER_ATTRIBUTES, STATUSES
from exports_conformance.rules.attributes import LATER_SHAPES


def test_page_changes_nothing_of_itself() -> None:
    assert changes("page") == ()


def test_every_later_edition_has_its_file() -> None:
    assert {file.stem for file in FOLDER.glob("*.toml")} == {"7.10"}


def test_attributes_that_are_added_have_shapes_and_requirements() -> None:
    assert set(LATER_ATTRIBUTES) == set(LATER_SHAPES)
    since = {name for name, each in requirements().items() if each.since == "7.10" and each.topic == "answer"}
    assert since == {f"answer-{name.replace('_', '-')}" for name in LATER_ATTRIBUTES}


def test_what_is_dropped_has_a_requirement_that_ends() -> None:
    dropped = {each.requirement for each in changes("7.10") if each.how == "drops"}
    assert dropped == {name for name, each in requirements().items() if each.until == "7.10"}


def test_types_that_are_added_are_those_of_the_transcription() -> None:
    shown = openapi()["components"]["schemas"]["ExportAttributes"]["properties"]
    added = [each for each in changes("7.10") if each.how == "adds" and each.of == "answer" and each.type]
    assert {each.at.rpartition("/")[2]: each.type for each in added} == {
        name: shown[name]["type"] for name in LATER_ATTRIBUTES
    }


def test_statuses_are_those_of_the_page_and_what_is_added() -> None:
    assert STATUSES == {
        "page": ("pending", "in_progress", "interrupted", "completed"),
        "7.10": ("pending", "in_progress", "interrupted", "completed", "failed"),
    }


def test_closed_list_is_that_of_the_resources() -> None:
    (closed,) = [each for each in changes("7.10") if each.list]
    named = {name for name, each in resource_types().items() if closed.list in each.listed_in}
    examples = openapi()["components"]["schemas"]["ExportCreateAttributes"]["properties"]["resource_type"]["examples"]
    assert len(named) == 86
    assert named == set(examples)


@pytest.mark.parametrize(
    ("at", "facts", "since"),
    [
        ("/data/relationships/versions", {}, "7.10.1"),
        ("/data/relationships/versions/links/self", {}, "7.10.1"),
        ("/data/attributes/progress", {}, "7.9.15"),
        ("/data/attributes/status", {"value": "failed"}, "7.9.15"),
        ("/data/attributes/status", {"value": "queued"}, None),
        ("/data/attributes/status", {}, None),
        ("/data/relationships/versions_of_mine", {}, None),
        ("/data/attributes/jwt_filters", {"of": "request"}, "7.9.15"),
        ("/data/attributes/resource_type", {"of": "request"}, "7.10.3"),
        ("/data/attributes/resource_type", {}, None),
    ],
)
def test_change_explains_what_is_at_its_place(at: str, facts: Mapping[str, str], since: str | None) -> None:
    editions: list[tuple[Edition, Edition]] = [("page", "7.10"), ("7.10", "page")]
    for before, after in editions:
        found = explanation(at, before=before, after=after, **facts)
        assert (found.since if found else None) == since
    assert explanation(at, before="7.10", after="7.10", **facts) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[adds", "cannot be read as an edition"),
        ("[[renames]]\nat = '/data'", "renames is nothing that an edition does"),
        ("[[adds]]\nat = 7\nsince = '1'\nstatement = 's'\nsource = 'x'", "adds[0] at: "),
        ("[[adds]]\nat = '/data'", "adds[0]"),
        ("[[adds]]\nhow = 'adds'", "adds[0]"),
        ("[[adds]]\nwhere = '/data'", "adds[0]"),
    ],
)
def test_edition_that_cannot_be_read_is_said(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "8.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as raised:
        load(file)
    assert told in str(raised.value)
    assert str(file) in str(raised.value)
