"""The strategies, tested against an oracle that they do not share: the OpenAPI document's schema of a creation."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from exports_conformance.contract.requirements import FOLDER, requirements
from exports_conformance.contract.resources import certain_types, resource_types
from exports_conformance.exchange.strict_json import Json, equal, read_json
from exports_conformance.strategies.bodies import (
    DOCUMENTED,
    LONGEST_TEXT,
    TELLING,
    creation_attributes,
    creation_bodies,
    enveloped,
    metadata,
    references,
    texts,
)
from exports_conformance.strategies.covering import complete_body, covering_cases
from exports_conformance.suites.expectations import creation

DOCUMENT: dict[str, Any] = yaml.safe_load((FOLDER / "openapi.yaml").read_text(encoding="utf-8"))
ORACLE = Draft202012Validator(
    {"$ref": "#/components/schemas/ExportCreate", "components": DOCUMENT["components"]},
    format_checker=Draft202012Validator.FORMAT_CHECKER,
)
DRAWN = settings(max_examples=150, deadline=None, derandomize=True, database=None)


@DRAWN
@given(body=creation_bodies())
def test_drawn_body_is_valid(body: Json) -> None:
    ORACLE.validate(body)
    assert body["data"]["attributes"]["resource_type"] in certain_types()


@DRAWN
@given(body=creation_bodies(attributes=creation_attributes(resource_types=st.sampled_from(sorted(resource_types())))))
def test_body_of_any_exportable_type_is_valid(body: Json) -> None:
    ORACLE.validate(body)


@DRAWN
@given(body=creation_bodies())
def test_drawn_body_is_json_that_comes_back(body: Json) -> None:
    reading = read_json(json.dumps(body, ensure_ascii=False).encode())
    assert (reading.problem, reading.repeated_keys) == ("", ())
    assert equal(reading.value, body)


@pytest.mark.parametrize("strength", [2, 3])
def test_covering_bodies_are_valid(strength: int) -> None:
    for case in covering_cases(strength):
        ORACLE.validate(case.body)


@pytest.mark.parametrize("kind", certain_types())
def test_complete_body_is_valid(kind: str) -> None:
    ORACLE.validate(complete_body(kind))


def test_documented_request_is_valid() -> None:
    ORACLE.validate(DOCUMENTED)
    examples = DOCUMENT["components"]["requestBodies"]["ExportCreate"]["content"]["application/vnd.api+json"][
        "examples"
    ]
    assert examples["documented"]["value"] == DOCUMENTED


def test_oracle_can_say_no() -> None:
    assert not ORACLE.is_valid(enveloped({"resource_type": "skus", "format": "xml"}))
    assert not ORACLE.is_valid(enveloped({}))


CLASSES: dict[str, tuple[Json, ...]] = {
    "format": ("json", "csv"),
    "includes": ([],),
    "fields": ([],),
    "filters": (),
    "dry_data": (True, False),
    "reference": ("",),
    "reference_origin": ("",),
    "metadata": ({},),
}
SCALARS = ("format", "dry_data")


def test_every_attribute_is_drawn_absent_empty_and_full() -> None:
    """The whole documented domain is in reach: no class of any attribute is left out."""
    seen: dict[str, list[Json]] = {name: [] for name in CLASSES}
    absent: set[str] = set()

    @settings(DRAWN, max_examples=300)
    @given(attributes=creation_attributes())
    def draw(attributes: dict[str, Json]) -> None:
        absent.update(set(CLASSES) - set(attributes))
        for name in set(CLASSES) & set(attributes):
            seen[name].append(attributes[name])

    draw()
    assert absent == set(CLASSES)
    for name, values in CLASSES.items():
        for value in values:
            assert value in seen[name], (name, value)
        assert name in SCALARS or any(value and len(value) > 1 for value in seen[name]), name


@settings(DRAWN, max_examples=400)
@given(text=texts() | texts(max_size=10))
def test_text_is_never_blank_and_has_no_nul_and_no_half_of_a_pair(text: str) -> None:
    assert text.strip()
    assert "\0" not in text
    text.encode("utf-8")  # a surrogate would raise
    assert len(text) <= LONGEST_TEXT


@DRAWN
@given(size=st.integers(3, 30), data=st.data())
def test_text_keeps_within_its_size(size: int, data: st.DataObject) -> None:
    assert len(data.draw(texts(max_size=size))) <= size


def test_special_texts_are_all_drawn_and_differ_when_mangled() -> None:
    assert all(text.strip() and text.isascii() == text.encode().isascii() for text in TELLING)
    assert any(text != text.strip() for text in TELLING)
    assert any(text != text.casefold() and text != text.lower() for text in TELLING)
    assert any(ord(letter) > 0xFFFF for text in TELLING for letter in text)
    assert any(len(text) > 200 for text in TELLING)


@DRAWN
@given(reference=references(), data=metadata())
def test_reference_begins_with_the_tag_and_metadata_is_an_object(reference: str, data: Json) -> None:
    assert reference.startswith("exports-conformance-00000000-00000")
    assert ORACLE.is_valid(enveloped({"resource_type": "skus", "reference": reference, "metadata": data}))


def test_creation_is_expected_only_of_a_certain_body() -> None:
    certain = creation("documented", DOCUMENTED)
    assert (certain.case, certain.operation, certain.outcome) == ("creation/documented", "create", "success")
    assert certain.certain
    doubtful = creation("drawn", enveloped({"resource_type": "voids"}))
    assert (doubtful.outcome, doubtful.certain, doubtful.breaks) == ("either", False, "")


def test_every_argument_that_can_be_drawn_has_its_promise() -> None:
    for name in ("resource_type", *CLASSES):
        assert f"argument-{name.replace('_', '-')}-accepted" in requirements()
