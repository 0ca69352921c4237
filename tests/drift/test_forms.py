"""The same facts in another form of OpenAPI are no drift: 3.0 to 3.2, references, split files, combined schemas."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from exports_conformance.upgrade.drift.description import UnreadableDocumentError
from exports_conformance.upgrade.drift.documents import describe
from exports_conformance.upgrade.drift.drifting import drifts
from exports_conformance.upgrade.drift.known_schema import contract_at
from tests.drift.documents import (
    described,
    keys_against_contract,
    newest_schema,
    vendor_document,
)


def arguments(whole: Any) -> Any:
    return whole["components"]["schemas"]["exportCreate"]["properties"]["data"]["properties"]["attributes"]


def types_of_3_1(node: Any) -> Any:
    """Return a document in which `nullable` is a type, as OpenAPI 3.1 writes it."""
    if isinstance(node, list):
        return [types_of_3_1(each) for each in node]
    if not isinstance(node, dict):
        return node
    written = {key: types_of_3_1(value) for key, value in node.items() if key != "nullable"}
    return written | ({"type": [node["type"], "null"]} if node.get("nullable") is True else {})


def alternatives(node: Any) -> Any:
    """Return a document in which null is an alternative."""
    if isinstance(node, list):
        return [alternatives(each) for each in node]
    if not isinstance(node, dict):
        return node
    written = {key: alternatives(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [written, {"type": "null"}]} if node.get("nullable") is True else written


def prefixed(whole: Any) -> Any:
    whole["paths"] = {f"/api{path}": item for path, item in whole["paths"].items()}
    whole["servers"] = [{"url": "https://{organization}.commercelayer.io"}]
    return whole


def in_parts(whole: Any) -> Any:
    attributes = arguments(whole)
    properties = attributes.pop("properties")
    first, *others = properties
    part = {"properties": {first: properties[first]}}
    others_part = {"$ref": "#/components/schemas/others"}
    whole["components"]["schemas"]["others"] = {"properties": {name: properties[name] for name in others}}
    attributes["allOf"] = [part, others_part]
    return whole


def shared_parts(whole: Any) -> Any:
    """Refer to whatever OpenAPI lets a document refer to."""
    post = whole["paths"]["/exports"]["post"]
    whole["components"] |= {
        "requestBodies": {"create": post["requestBody"]},
        "responses": {"created": post["responses"]["201"]},
        "pathItems": {"exports": {**whole["paths"]["/exports"]}},
    }
    post["requestBody"] = {"$ref": "#/components/requestBodies/create"}
    post["responses"] = {201: {"$ref": "#/components/responses/created"}}
    whole["paths"]["/exports"] = {"$ref": "#/components/pathItems/exports"}
    return whole


def numbered(version: str) -> Callable[[Any], Any]:
    return lambda whole: whole | {"openapi": version}


FORMS: dict[str, Callable[[Any], Any]] = {
    "OpenAPI 3.0": numbered("3.0.3"),
    "OpenAPI 3.1": numbered("3.1.1"),
    "OpenAPI 3.2": numbered("3.2.0"),
    "types with null": types_of_3_1,
    "null as an alternative": alternatives,
    "the path in the paths": prefixed,
    "schemas in parts": in_parts,
    "shared parts": shared_parts,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_form_is_no_drift(form: Callable[[Any], Any]) -> None:
    whole = form(vendor_document())
    assert drifts(described(vendor_document()), described(whole)) == []
    assert keys_against_contract(whole, newest_schema()) == set()


def test_exclusive_bounds_of_3_0_and_3_1_are_the_same() -> None:
    one, other = vendor_document(), vendor_document()
    reference = arguments(one)["properties"]["reference"]
    reference |= {"minimum": 3, "exclusiveMinimum": True, "exclusiveMaximum": False}
    arguments(other)["properties"]["reference"] |= {"exclusiveMinimum": 3}
    assert drifts(described(one), described(other)) == []


def test_alternatives_allow_what_each_of_them_allows() -> None:
    whole = vendor_document()
    arguments(whole)["properties"]["dry_data"] = {"oneOf": [{"type": "boolean"}, {"type": "string", "enum": ["yes"]}]}
    (found,) = [each for each in drifts(described(vendor_document()), described(whole)) if each.impact != "cosmetic"]
    assert (found.key, found.impact) == (("argument", "attributes.dry_data", "types"), "loosened")


def test_constant_is_a_closed_list_of_one() -> None:
    whole = vendor_document()
    kind = whole["components"]["schemas"]["exportCreate"]["properties"]["data"]["properties"]["type"]
    kind["const"] = kind.pop("enum")[0]
    assert drifts(described(vendor_document()), described(whole)) == []


def test_attributes_are_taken_from_wherever_the_document_shows_the_resource() -> None:
    """One generated document shows only what was sent when an export is created, and all when it is retrieved."""
    whole = vendor_document("7.6.1")
    names = {name for part, name in described(whole).places if part == "attribute"}
    assert {"status", "started_at", "records_count", "resource_type"} <= names


@pytest.mark.parametrize("shown", ["GET /exports/{id}", "PATCH /exports/{id}", "GET /exports", "schema"])
def test_one_place_that_shows_the_resource_is_enough(shown: str) -> None:
    whole = vendor_document()
    everywhere = described(whole)
    schema = whole["components"]["schemas"].pop("export")["properties"]["data"]["properties"]["attributes"]
    full = whole["components"]["schemas"].pop("exportResponse")["properties"]["data"]
    full["properties"]["attributes"] = schema
    for item in whole["paths"].values():
        for operation in item.values():
            for response in operation.get("responses", {}).values() if isinstance(operation, dict) else ():
                response.pop("content", None)
    method, _, path = shown.partition(" ")
    if path:
        data = {"type": "array", "items": full} if path == "/exports" else full
        operation = whole["paths"][path.replace("{id}", "{exportId}")][method.lower()]
        operation["responses"]["200"]["content"] = {"application/json": {"schema": {"properties": {"data": data}}}}
    else:
        whole["components"]["schemas"]["Export"] = full
    shows = {place for place in everywhere.places if place[0] in {"attribute", "relationship", "member"}}
    assert {place for place in described(whole).places if place[0] in {"attribute", "relationship", "member"}} == shows


def split(folder: Path, whole: Any) -> Path:
    """Write a document as files that refer to each other by relative references, and return the first one."""
    schemas = whole["components"].pop("schemas")
    text = json.dumps(schemas).replace('"#/components/schemas/', '"all.yaml#/')
    (folder / "schemas").mkdir()
    (folder / "schemas" / "all.yaml").write_text(yaml.safe_dump(json.loads(text)), encoding="utf-8")
    (folder / "paths").mkdir()
    paths = whole["paths"]
    item = json.dumps(paths["/exports"]).replace('"#/components/schemas/', '"../schemas/all.yaml#/')
    (folder / "paths" / "the exports.json").write_text(item, encoding="utf-8")
    paths["/exports"] = {"$ref": "paths/the%20exports.json"}
    whole = json.loads(json.dumps(whole).replace('"#/components/schemas/', '"./schemas/all.yaml#/'))
    file = folder / "openapi.json"
    file.write_text(json.dumps(whole), encoding="utf-8")
    return file


def test_split_files_are_one_document(tmp_path: Path) -> None:
    file = split(tmp_path, vendor_document())
    assert drifts(described(vendor_document()), describe(file)) == []


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("#/components/schemas/none", "refers to document.json#/components/schemas/none, which does not exist"),
        ("missing.yaml#/a", "refers to missing.yaml#/a: No such file"),
        ("../secret.yaml#/a", "refers to secret.yaml#/a, outside its folder"),
        ("https://example.com/a.yaml#/a", "refers to https://example.com/a.yaml#/a, which is not fetched"),
        ("broken.json", "refers to broken.json#, which is not valid JSON"),
        ("#/components/schemas/itself", "references that lead in a circle"),
    ],
)
def test_reference_to_nothing_is_named(reference: str, problem: str, tmp_path: Path) -> None:
    whole = vendor_document()
    schemas = whole["components"]["schemas"]
    schemas["itself"] = {"$ref": "#/components/schemas/itself"}
    arguments(whole)["properties"]["format"] = {"$ref": reference}
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    (tmp_path / "document.json").write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(UnreadableDocumentError) as caught:
        describe(tmp_path / "document.json")
    assert problem in str(caught.value)


def test_reference_that_nothing_needs_is_not_followed(tmp_path: Path) -> None:
    whole = vendor_document()
    whole["paths"]["/orders"] = {"$ref": "missing.yaml"}
    (tmp_path / "document.json").write_text(json.dumps(whole), encoding="utf-8")
    assert drifts(described(vendor_document()), describe(tmp_path / "document.json")) == []


def test_schema_within_itself_is_read_once() -> None:
    whole = vendor_document()
    node = {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/node"}}}
    whole["components"]["schemas"]["node"] = node
    arguments(whole)["properties"]["tree"] = {"$ref": "#/components/schemas/node"}
    (found,) = drifts(described(vendor_document()), described(whole))
    assert found.key == ("argument", "attributes.tree", "added")


@pytest.mark.parametrize(
    ("whole", "problem"),
    [
        ({}, "neither an OpenAPI document"),
        ({"swagger": "2.0"}, "Swagger 2.0"),
        ({"openapi": "4.0.0"}, "OpenAPI 4.0.0"),
        ({"openapi": "3.1.0", "paths": []}, "without POST /exports"),
        ({"openapi": "3.1.0", "paths": {"/orders": {"post": {}}}}, "without POST /exports"),
        ({"openapi": "3.1.0", "paths": {"/exports": {"post": {}}}}, "has no attributes"),
    ],
)
def test_document_of_something_else_is_not_read(whole: Any, problem: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=problem):
        described(whole)


def test_contract_is_read_as_every_document_is() -> None:
    """The comparison would show nothing if our own document were read as empty."""
    ours = contract_at(newest_schema()).places
    assert {part for part, _ in ours} == {
        "server",
        "operation",
        "parameter",
        "argument",
        "update argument",
        "attribute",
        "relationship",
        "member",
    }
    assert ours["argument", "attributes.format"]["values"] == {"csv", "json"}


def with_argument(schema: Any, **schemas: Any) -> Any:
    """Return a document with one argument more, and schemas that it may refer to."""
    whole = vendor_document()
    whole["components"]["schemas"] |= schemas
    arguments(whole)["properties"]["owner"] = schema
    return described(whole).places


PLAIN = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 9}}, "required": ["name"]}
COMBINED: dict[str, tuple[Any, dict[str, Any]]] = {
    "a member in two parts": (
        {
            "allOf": [
                {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
                {"properties": {"name": {"maxLength": 9}}},
            ]
        },
        {},
    ),
    "keys beside a reference": (
        {"$ref": "#/components/schemas/base", "required": ["name"]},
        {"base": {**PLAIN, "required": []}},
    ),
    "a reference through a reference": (
        {"$ref": "#/components/schemas/alias/properties/it"},
        {"alias": {"$ref": "#/components/schemas/real"}, "real": {"properties": {"it": PLAIN}}},
    ),
    "an escaped reference": ({"$ref": "#/components/schemas/a~1b%20c"}, {"a/b c": PLAIN}),
    "a reference to an entry of a list": (
        {"$ref": "#/components/schemas/list/oneOf/1"},
        {"list": {"oneOf": [{}, PLAIN]}},
    ),
    "one alternative": ({"oneOf": [PLAIN]}, {}),
    "alternatives that agree": ({"anyOf": [PLAIN, PLAIN]}, {}),
    "no types": ({key: value for key, value in PLAIN.items() if key != "type"}, {}),
}


@pytest.mark.parametrize(("schema", "schemas"), COMBINED.values(), ids=COMBINED)
def test_combined_schema_is_what_it_amounts_to(schema: Any, schemas: Any) -> None:
    assert with_argument(schema, **schemas) == with_argument(PLAIN)


def test_alternatives_that_differ_allow_either() -> None:
    one = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a", "b"]}
    other = {"type": "object", "properties": {"a": {"type": "string"}, "c": {"type": "string"}}, "required": ["a", "c"]}
    places = with_argument({"oneOf": [one, other]})
    required = {name: said["required"] for (part, name), said in places.items() if name.startswith("attributes.owner.")}
    assert required == {"attributes.owner.a": True, "attributes.owner.b": False, "attributes.owner.c": False}


@pytest.mark.parametrize(
    ("branches", "values"),
    [
        ([{"enum": ["a"]}, {"enum": ["b", None]}], {"a", "b"}),
        ([{"enum": ["a"]}, {"type": "string"}], set()),
    ],
)
def test_alternatives_close_a_list_only_if_each_does(branches: Any, values: set[str]) -> None:
    said = with_argument({"anyOf": branches})["argument", "attributes.owner"]
    assert said["values"] == values
