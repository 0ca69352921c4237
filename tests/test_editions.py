"""Editions are data: each one's changes stand in its file, and everything else is derived from them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from exports_conformance.contract.edition import (
    EDITIONS_FOLDER,
    Edition,
    added_attributes,
    changes,
    edition_with,
    editions,
    explanation,
    first_edition,
    has,
    latest_edition,
    load_edition,
    statuses,
)
from exports_conformance.contract.openapi import openapi
from exports_conformance.contract.requirements import requirements
from exports_conformance.contract.resources import resource_types
from exports_conformance.contract.tables import ContractError

LATER_ATTRIBUTES = added_attributes("7.10")


def test_first_edition_changes_nothing() -> None:
    assert changes("page") == ()
    assert added_attributes("page") == ()


def test_editions_are_the_files_in_the_order_of_time() -> None:
    assert list(editions()) == ["page", "7.10"]
    assert {file.stem for file in EDITIONS_FOLDER.glob("*.toml")} == set(editions())
    assert (first_edition(), latest_edition()) == ("page", "7.10")


def test_added_attributes_have_a_requirement_with_a_shape() -> None:
    shaped = {name for name, each in requirements().items() if each.shape and each.since == "7.10"}
    assert shaped == {f"answer-{name.replace('_', '-')}" for name in LATER_ATTRIBUTES}
    since = {name for name, each in requirements().items() if each.since == "7.10" and each.topic == "answer"}
    assert since == {f"answer-{name.replace('_', '-')}" for name in LATER_ATTRIBUTES}


def test_dropped_member_has_a_requirement_that_ends() -> None:
    dropped = {each.requirement for each in changes("7.10") if each.how == "drops"}
    assert dropped == {name for name, each in requirements().items() if each.until == "7.10"}


def test_types_of_added_attributes_are_those_of_the_openapi_document() -> None:
    shown = openapi()["components"]["schemas"]["ExportAttributes"]["properties"]
    added = [each for each in changes("7.10") if each.how == "adds" and each.of == "response" and each.type]
    assert {each.at.rpartition("/")[2]: each.type for each in added} == {
        name: shown[name]["type"] for name in LATER_ATTRIBUTES
    }


def test_later_edition_has_the_statuses_of_the_first_and_its_own() -> None:
    assert statuses("page") == ("pending", "in_progress", "interrupted", "completed")
    assert statuses("7.10") == (*statuses("page"), "failed")


@pytest.mark.parametrize(
    ("at", "of", "found"),
    [
        ("/data/relationships/events", "response", {"page", "7.10"}),
        ("/data/relationships/versions", "response", {"page"}),
        ("/data/attributes/progress", "response", {"7.10"}),
        ("/data/attributes/status", "response", {"page", "7.10"}),
        ("/data/attributes/_start", "request", {"7.10"}),
        ("/data/attributes/_start", "response", {"page", "7.10"}),
    ],
)
def test_edition_has_what_it_adds_or_does_not_drop(at: str, of: str, found: set[Edition]) -> None:
    assert {edition for edition in editions() if has(edition, at, of=of)} == found


@pytest.mark.parametrize("attribute", LATER_ATTRIBUTES)
def test_attribute_of_a_later_edition_shows_it(attribute: str) -> None:
    assert edition_with({"status", attribute}) == ("7.10", (attribute,))
    assert edition_with({"status"}) == ("page", ())


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
    for before, after in (("page", "7.10"), ("7.10", "page")):
        found = explanation(at, before=before, after=after, **facts)
        assert (found.since if found else None) == since
    assert explanation(at, before="7.10", after="7.10", **facts) is None


EDITION = "[edition]\norder = 3\ntitle = 'The eighth.'\n"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[[adds", "cannot be read"),
        ("[[renames]]\nat = '/data'", "renames is unknown; an edition adds, drops or closes"),
        ("[edition]\norder = 1", "[edition] title: Field required"),
        ("[[adds]]\nat = '/data'", "[edition]: is not a table"),
        (EDITION + "[[adds]]\nat = 7\nsince = '1'\nstatement = 's'\nsource = 'x'", "adds[0] at: "),
        (EDITION + "[[adds]]\nat = '/data'", "adds[0] since: Field required"),
        (EDITION + "[[adds]]\nhow = 'adds'", "adds[0]: is not a table of this file; its how"),
        (EDITION + "[[adds]]\nwhere = '/data'", "adds[0] at: Field required"),
        (EDITION + "[adds]\nat = '/data'", "adds is not an array of tables"),
    ],
)
def test_faulty_edition_is_one_clear_line(text: str, hint: str, tmp_path: Path) -> None:
    file = tmp_path / "8.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as raised:
        load_edition(file)
    assert hint in str(raised.value)
    assert str(file) in str(raised.value)
