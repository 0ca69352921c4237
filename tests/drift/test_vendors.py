"""Documents with the facts of the vendor's schemas: the version chooses what they are compared with, and each fits."""

from typing import Any

import pytest

from exports_conformance.upgrade.drift.description import UnreadableDocumentError
from exports_conformance.upgrade.drift.documents import describe_resources, is_resources
from exports_conformance.upgrade.drift.drifting import drifts
from exports_conformance.upgrade.drift.known_schema import (
    KnownSchema,
    comparable,
    contract_drifts,
    first_change,
    known_schemas,
    newest_known,
)
from tests.drift.documents import (
    VERSIONS,
    described,
    keys_against_contract,
    published,
    resources,
    vendor_document,
)

FIRST, NEWEST = known_schemas()[0], known_schemas()[-1]
SINCE_THE_PAGE = {
    ("relationship", "versions", "removed"),
    ("relationship", "event_stores", "removed"),
    ("operation", "GET /exports/{id}/versions", "removed"),
    ("operation", "GET /exports/{id}/event_stores", "removed"),
}
BEFORE_UPDATES = {
    *SINCE_THE_PAGE,
    ("operation", "PATCH /exports/{id}", "removed"),
    ("argument", "attributes.fields", "removed"),
    ("attribute", "fields", "removed"),
    ("attribute", "errors_log", "removed"),
    ("attribute", "status", "values"),
}
SKIPS = ("skip_ids", "skip_rel_ids", "skip_timestamps", "skip_blanks", "skip_amount_formats")
EXPECTED: dict[str, set[tuple[str, str, str]]] = {
    "3.0.0": {
        *BEFORE_UPDATES,
        ("argument", "attributes.dry_data", "removed"),
        ("attribute", "dry_data", "removed"),
        *(("argument", f"attributes.{name}", "added") for name in SKIPS),
        *(("attribute", name, "added") for name in SKIPS),
    },
    "3.6.0": BEFORE_UPDATES,
    "7.6.1": SINCE_THE_PAGE,
    "7.10.1": set(),
    "7.10.3": set(),
}


@pytest.mark.parametrize("version", VERSIONS)
def test_document_of_a_version_differs_by_the_facts_of_that_version(version: str) -> None:
    whole = vendor_document(version)
    assert keys_against_contract(whole, comparable(described(whole))) == EXPECTED[version]


@pytest.mark.parametrize(
    ("version", "schema"),
    [
        ("3.0.0", ""),
        ("7.9.14", ""),
        ("7.9.15", "7.9.15"),
        ("7.9.16", "7.9.15"),
        ("7.10.1", "7.10.1"),
        ("7.10.2", "7.10.1"),
        ("7.10.3", "7.10.3"),
        ("7.11.0", "7.10.3"),
    ],
)
def test_version_chooses_the_schema(version: str, schema: str) -> None:
    whole = vendor_document()
    whole["info"]["version"] = version
    assert comparable(described(whole)).version == schema


def test_edition_restricts_the_choice() -> None:
    whole = described(vendor_document())
    assert comparable(whole, edition=FIRST.edition) == FIRST
    assert comparable(described(vendor_document("3.6.0")), edition=NEWEST.edition).version == first_change()


def test_newest_known_schema_is_the_last_one() -> None:
    assert (first_change(), newest_known()) == ("7.9.15", "7.10.3")


def test_document_without_a_version_is_compared_with_the_schema_it_fits() -> None:
    whole = described(published())
    assert whole.version == ""
    assert comparable(whole) == FIRST
    assert keys_against_contract(published(), FIRST) == set()


@pytest.mark.parametrize("form", [resources, lambda version: {"data": resources(version)}], ids=["list", "document"])
def test_resources_of_a_schema_fit_it(form: Any) -> None:
    whole = form("7.9.16")
    assert is_resources(whole)
    found = describe_resources(whole)
    schema = comparable(found)
    assert schema.version == "7.9.15"
    assert keys_of_resources(whole, schema) == set()


def keys_of_resources(whole: Any, schema: KnownSchema) -> set[tuple[str, str, str]]:
    return {each.key for each in contract_drifts(describe_resources(whole), schema)}


RESOURCES: dict[str, tuple[Any, tuple[str, str, str]]] = {
    "an action less": (lambda it: it["actions"].remove("delete"), ("operation", "DELETE /exports/{id}", "removed")),
    "a field less": (lambda it: it["fields"].pop("errors_log"), ("attribute", "errors_log", "removed")),
    "a type": (
        lambda it: it["fields"]["records_count"].update(type="string"),
        ("attribute", "records_count", "types"),
    ),
    "not creatable": (
        lambda it: it["fields"]["dry_data"].update(creatable=False),
        ("argument", "attributes.dry_data", "removed"),
    ),
    "updatable": (
        lambda it: it["fields"]["format"].update(updatable=True),
        ("update argument", "attributes.format", "added"),
    ),
    "required": (
        lambda it: it["fields"]["format"].update(required="required, unless CSV"),
        ("argument", "attributes.format", "required"),
    ),
    "a relationship more": (lambda it: it["relationships"].update(tags={}), ("relationship", "tags", "added")),
}


@pytest.mark.parametrize(("edit", "expected"), RESOURCES.values(), ids=RESOURCES)
def test_one_change_of_resources_is_reported(edit: Any, expected: tuple[str, str, str]) -> None:
    whole = resources()
    edit(whole[1]["attributes"])
    assert keys_of_resources(whole, comparable(describe_resources(resources()))) == {expected}


def test_deprecated_resource_deprecates_its_operations() -> None:
    whole = resources()
    whole[1]["attributes"]["deprecated"] = True
    found = keys_of_resources(whole, comparable(describe_resources(resources())))
    assert {aspect for _, _, aspect in found} == {"deprecated"}
    assert len(found) == len(whole[1]["attributes"]["actions"])


@pytest.mark.parametrize("whole", [[], [{"type": "resources", "id": "order"}], [{"type": "orders"}], {"data": {}}])
def test_list_without_exports_is_not_read(whole: Any) -> None:
    if is_resources(whole):
        with pytest.raises(UnreadableDocumentError, match="without the fields of exports"):
            describe_resources(whole)


def test_resources_and_openapi_of_one_schema_do_not_differ() -> None:
    """Each is silent on what its form cannot state: statuses here, versions of the schema there."""
    one, other = described(vendor_document("7.9.16")), describe_resources(resources("7.9.16"))
    assert [each for each in drifts(one, other) if each.impact != "cosmetic" and each.aspect != "format"] == []
    assert drifts(described(vendor_document("7.10.1")), other)
