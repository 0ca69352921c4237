"""Stakes: a body that somebody else made is about the requirements of the flaws it has, and of no others."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from exports_conformance.exchange.strict_json import Json
from exports_conformance.strategies.bodies import DOCUMENTED, creation_bodies, enveloped
from exports_conformance.strategies.derived import requirements_at_stake
from exports_conformance.strategies.flaw import Flaw
from exports_conformance.strategies.flaws import FLAWS

LAST = "create-accepts-documented"
ACCEPTED = enveloped({"resource_type": "skus", "reference": "A"})
UNSEEN = {
    *(
        "text-of-2-kb",
        "text-of-100-kb",
        "text-of-100-kb-reference",
        "text-of-100-kb-metadata",
        "text-like-code",
    ),  # which no name, type or letter shows
    *("document-with-bom", "document-in-utf-16"),  # read as any other, or not at all
    "metadata-reserved-keys",  # of which `constructor` is one to some servers only
}
"""Flaws that the body alone does not, or not always, show."""


def _of(**attributes: Json) -> tuple[str, ...]:
    return _staked(enveloped({"resource_type": "skus", **attributes}))


def _staked(document: Json) -> tuple[str, ...]:
    *found, last = requirements_at_stake(json.dumps(document).encode())
    assert last == LAST
    return tuple(found)


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        ({}, ()),
        ({"resource_type": None}, ("argument-resource-type-required",)),
        ({"resource_type": 7}, ("argument-resource-type-typed",)),
        ({"resource_type": "sku"}, ("argument-resource-type-known",)),
        ({"format": None}, ()),
        ({"metadata": {"a": {"b\0": 1}}}, ("metadata-odd-keys", "text-nul")),
        ({"format": "csv"}, ()),
        ({"format": "CSV"}, ("argument-format-known",)),
        ({"format": ["csv"]}, ("argument-format-typed",)),
        ({"includes": []}, ()),
        ({"includes": ["prices"]}, ()),
        ({"includes": ["prices", "price"]}, ("argument-includes-known",)),
        ({"includes": ["prices", 7]}, ("argument-includes-typed",)),
        ({"includes": "prices"}, ("argument-includes-typed",)),
        ({"includes": 7}, ("argument-includes-castable",)),
        ({"fields": {"code": True}}, ("argument-fields-castable",)),
        ({"includes": ["prices"], "resource_type": "sku"}, ("argument-resource-type-known", "argument-includes-known")),
        ({"fields": ["code", "*"]}, ()),
        ({"fields": ["code", "cod"]}, ("argument-fields-known",)),
        ({"fields": [None]}, ("argument-fields-typed",)),
        ({"fields": ["code"], "resource_type": None}, ("argument-resource-type-required", "argument-fields-known")),
        ({"filters": {"code_eq": "A"}}, ()),
        ({"filters": {"code_eq": "A", "code_equals": "A"}}, ("argument-filters-known",)),
        (
            {"filters": {"code_eq": "A"}, "resource_type": "sku"},
            ("argument-resource-type-known", "argument-filters-known"),
        ),
        ({"filters": []}, ("argument-filters-typed",)),
        ({"dry_data": True}, ()),
        ({"dry_data": 1}, ("argument-dry-data-typed",)),
        ({"reference": "A", "reference_origin": "B", "metadata": {"a": 1}}, ()),
        ({"reference": 7}, ("argument-reference-typed",)),
        ({"reference_origin": False}, ("argument-reference-origin-typed",)),
        ({"metadata": [1]}, ("argument-metadata-typed",)),
        ({"metadata": {"a": {"__proto__": 1}}}, ("metadata-odd-keys",)),
        ({"metadata": {"a b": 1}}, ("metadata-odd-keys",)),
        ({"reference": "a\0b"}, ("text-nul",)),
        ({"reference": "\ud800"}, ("text-surrogates",)),
        ({"reference": "\udfff \0"}, ("text-nul", "text-surrogates")),
        ({"reference": "\ud7ff \ue000"}, ()),
        ({"metadata": {"a": ["b", {"c": "\0"}]}}, ("text-nul",)),
        ({"status": "completed"}, ("read-only-attributes",)),
        ({"colour": "red"}, ("request-members",)),
        (
            {"colour": "red", "status": None, "format": 7},
            ("request-members", "read-only-attributes", "argument-format-typed"),
        ),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_attributes_are_about(attributes: dict[str, Json], found: tuple[str, ...]) -> None:
    assert _of(**attributes) == found


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (DOCUMENTED, ()),
        ([], ("request-data-object",)),
        ({}, ("request-data-object",)),
        ({"data": []}, ("request-data-object",)),
        ({"data": {"attributes": {"resource_type": "skus"}}}, ("request-type-required",)),
        ({"data": {"type": None, "attributes": {"resource_type": "skus"}}}, ("request-type-required",)),
        ({"data": {"type": "skus", "attributes": {"resource_type": "skus"}}}, ("request-type-exports",)),
        ({"data": {"type": "exports"}}, ("request-attributes-object",)),
        ({"data": {"type": "exports", "attributes": None}}, ("request-attributes-shape",)),
        (
            {"data": {**DOCUMENTED["data"], "relationships": None}},
            ("request-relationships-shape",),
        ),
        ({**DOCUMENTED, "jsonapi": {}}, ("request-members",)),
        ({"data": {**DOCUMENTED["data"], "id": "A"}}, ("request-members",)),
        (
            {"data": {"type": 7, "id": "A", "attributes": 7}},
            ("request-type-string", "request-members", "request-attributes-shape"),
        ),
        ({"data": {"type": "exports", "attributes": {}}}, ("argument-resource-type-required",)),
    ],
)
def test_document_is_about(document: Json, found: tuple[str, ...]) -> None:
    assert _staked(document) == found


@pytest.mark.parametrize("body", [b"", b"{", b'{"data": NaN}', b"\xff"])
def test_text_that_is_not_json_is_about_that(body: bytes) -> None:
    assert requirements_at_stake(body) == ("request-json", "request-encoding", "request-json-lenient")


def test_repeated_key_comes_first_and_each_requirement_once() -> None:
    body = b'{"data":{"type":"exports","attributes":{"resource_type":"skus","a":1,"a":"\\u0000","b":"\\u0000"}}}'
    assert requirements_at_stake(body) == ("request-repeated-keys", "request-members", "text-nul", LAST)


@settings(max_examples=50, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
@given(body=creation_bodies())
def test_documented_body_is_about_itself_or_fields_of_related_resources(body: dict[str, Any]) -> None:
    assert set(_staked(body)) <= {"argument-fields-known"}


@pytest.mark.parametrize(
    "flaw", [each for each in FLAWS.values() if each.name not in UNSEEN], ids=lambda flaw: flaw.name
)
@settings(
    max_examples=3,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(data=st.data())
def test_flaw_is_at_stake_where_it_was_planted(flaw: Flaw, data: st.DataObject) -> None:
    body = data.draw(flaw.bodies(accepted=st.just(ACCEPTED)))
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert flaw.breaks in requirements_at_stake(written)
