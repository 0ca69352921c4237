"""The OpenAPI document: valid, strict in what it lets be sent, open in what may be answered, cited throughout."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import schemathesis
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from exports_conformance.contract.requirements import FOLDER
from exports_conformance.contract.resources import resource_types

DOCUMENT: dict[str, Any] = yaml.safe_load((FOLDER / "openapi.yaml").read_text(encoding="utf-8"))
COMPONENTS: dict[str, Any] = DOCUMENT["components"]
PATHS: dict[str, Any] = DOCUMENT["paths"]
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, item in PATHS.items()
    for method, operation in item.items()
    if method != "parameters"
]
REQUESTS = ("ExportCreate", "ExportUpdate")

DOCUMENTED_REQUEST = {"data": {"type": "exports", "attributes": {"resource_type": "skus"}}}
DOCUMENTED_ATTRIBUTES = {
    "resource_type": "skus",
    "format": "json",
    "status": "in_progress",
    "includes": ["prices.price_tiers"],
    "fields": ["code", "name", "prices.*", "prices.price_tiers.price_amount_cents"],
    "filters": {"code_eq": "AAA"},
    "dry_data": False,
    "started_at": "2018-01-01T12:00:00.000Z",
    "completed_at": "2018-01-01T12:00:00.000Z",
    "interrupted_at": "2018-01-01T12:00:00.000Z",
    "records_count": 300,
    "attachment_url": "http://cl_exports.s3.amazonaws.com/",
    "errors_log": {"RuntimeError": "query timeout"},
    "created_at": "2018-01-01T12:00:00.000Z",
    "updated_at": "2018-01-01T12:00:00.000Z",
    "reference": "ANY-EXTERNAL-REFEFERNCE",
    "reference_origin": "ANY-EXTERNAL-REFEFERNCE-ORIGIN",
    "metadata": {"foo": "bar"},
}
ARGUMENTS = (
    "resource_type",
    "format",
    "includes",
    "fields",
    "filters",
    "dry_data",
    "reference",
    "reference_origin",
    "metadata",
)
LATER = {"jwt_filters": True, "progress": 30.0, "processed_count": 3, "estimated_completion_at": None}


def _is_valid(schema: str, value: object) -> bool:
    validator = Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": COMPONENTS},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    return validator.is_valid(value)


def _creation(**changes: object) -> dict[str, Any]:
    body = deepcopy(DOCUMENTED_REQUEST)
    return {"data": {**body["data"], "attributes": {"resource_type": "skus", **changes}}}


def _answer(**changes: object) -> dict[str, Any]:
    address = "https://yourdomain.commercelayer.io/api/exports/XAyRWNUzyN"
    return {
        "data": {
            "id": "XAyRWNUzyN",
            "type": "exports",
            "links": {"self": address},
            "attributes": {**DOCUMENTED_ATTRIBUTES, **changes},
            "relationships": {
                name: {"links": {"self": f"{address}/relationships/{name}", "related": f"{address}/{name}"}}
                for name in ("events", "versions", "event_stores")
            },
            "meta": {"mode": "test", "organization_id": "xRRkjDFafe", "trace_id": "69ab"},
        }
    }


def test_document_is_valid_openapi() -> None:
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1")


def test_schemathesis_reads_every_operation_the_creation_first() -> None:
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    assert OPERATIONS[0][0] == "POST /exports"
    assert len(OPERATIONS) == 11
    for label, operation in OPERATIONS:
        method, path = label.split()
        assert schema[path][method].definition.raw["operationId"] == operation["operationId"]


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, operation in OPERATIONS]
    assert len(set(names)) == len(names)
    assert names[:5] == ["createExport", "listExports", "retrieveExport", "updateExport", "deleteExport"]


def _cited() -> Iterator[Any]:
    for label, operation in OPERATIONS:
        yield pytest.param(operation, id=label)
    for section, parts in COMPONENTS.items():
        for name, part in parts.items():
            yield pytest.param(part, id=f"{section}/{name}")


@pytest.mark.parametrize("part", [*_cited()])
def test_every_part_cites_its_source(part: dict[str, Any]) -> None:
    source = part["x-source"]
    for address in [source] if isinstance(source, str) else source:
        assert address.startswith(("https://docs.commercelayer.io/", "https://jsonapi.org/", "https://github.com/"))


def test_every_argument_of_the_page_is_there_and_no_other() -> None:
    schema = COMPONENTS["schemas"]["ExportCreateAttributes"]
    assert tuple(schema["properties"]) == ARGUMENTS
    assert schema["required"] == ["resource_type"]


def test_known_resource_types_are_those_of_the_later_list() -> None:
    examples = COMPONENTS["schemas"]["ExportCreateAttributes"]["properties"]["resource_type"]["examples"]
    assert examples == sorted(name for name, kind in resource_types().items() if "schema_7.10.3" in kind.listed_in)


def test_documented_request_is_valid() -> None:
    assert _is_valid("ExportCreate", DOCUMENTED_REQUEST)
    shown = COMPONENTS["requestBodies"]["ExportCreate"]["content"]["application/vnd.api+json"]["examples"]
    assert shown["documented"]["value"] == DOCUMENTED_REQUEST


def test_documented_values_are_valid_arguments() -> None:
    assert _is_valid("ExportCreate", _creation(**{name: DOCUMENTED_ATTRIBUTES[name] for name in ARGUMENTS}))


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_null_is_no_valid_argument(argument: str) -> None:
    assert not _is_valid("ExportCreate", _creation(**{argument: None}))


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"type": "exports", "attributes": {}}},
        {"data": {"type": "exports", "attributes": {"format": "csv"}}},
        {"data": {"type": "exports"}},
        {"data": {"type": "skus", "attributes": {"resource_type": "skus"}}},
        {"data": {"attributes": {"resource_type": "skus"}}},
        {"data": {**DOCUMENTED_REQUEST["data"], "id": "XAyRWNUzyN"}},
        {**DOCUMENTED_REQUEST, "nonsense": {}},
        _creation(status="completed"),
        _creation(format="xml"),
        _creation(includes="prices"),
        _creation(fields=[7]),
        _creation(filters=[]),
        _creation(dry_data="false"),
        _creation(reference=1),
        _creation(metadata="foo"),
    ],
)
def test_flawed_body_is_invalid(body: dict[str, Any]) -> None:
    assert not _is_valid("ExportCreate", body)


def test_update_takes_only_what_can_be_updated() -> None:
    def update(**attributes: object) -> dict[str, Any]:
        return {"data": {"type": "exports", "id": "XAyRWNUzyN", "attributes": attributes}}

    assert _is_valid("ExportUpdate", update(_interrupt=True, reference="new", metadata={"foo": 1}))
    assert not _is_valid("ExportUpdate", update(resource_type="orders"))
    assert not _is_valid("ExportUpdate", update(_interrupt=None))


def test_documented_response_is_valid_in_each_edition() -> None:
    assert _is_valid("ExportDocument", _answer())
    assert _is_valid("ExportDocument", _answer(**LATER, status="failed"))
    assert _is_valid("ExportDocument", _answer(entirely="new"))


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "done"},
        {"created_at": None},
        {"started_at": "yesterday"},
        {"records_count": "300"},
        {"includes": "a"},
    ],
)
def test_response_with_another_type_is_invalid(changes: dict[str, Any]) -> None:
    assert not _is_valid("ExportDocument", _answer(**changes))


def test_error_document_is_an_array_with_statuses_as_strings() -> None:
    error = {"title": "Access denied", "detail": "You may not.", "code": "UNAUTHORIZED", "status": "401"}
    assert _is_valid("ErrorDocument", {"errors": [error]})
    assert not _is_valid("ErrorDocument", {"errors": error})
    assert not _is_valid("ErrorDocument", {"errors": [{**error, "status": 401}]})


def test_creation_lists_every_documented_status() -> None:
    documented = {"201", "400", "401", "404", "405", "406", "409", "415", "422", "423", "429", "500"}
    assert PATHS["/exports"]["post"]["responses"].keys() == documented


def _schemas(value: object) -> Iterator[dict[str, Any]]:
    """Every object schema within a value, nested ones included."""
    if isinstance(value, dict):
        if "object" in value.get("type", ()):
            yield value
        for inner in value.values():
            yield from _schemas(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _schemas(inner)


def test_response_schemas_allow_more_members() -> None:
    answers = {name: schema for name, schema in COMPONENTS["schemas"].items() if not name.startswith(REQUESTS)}
    found = list(_schemas([answers, COMPONENTS["responses"]]))
    assert len(found) > 20, "the search finds nothing"
    for schema in found:
        assert schema.get("additionalProperties", True) is True
        assert schema.get("unevaluatedProperties", True) is True


def test_errors_are_json_api_documents() -> None:
    for label, operation in OPERATIONS:
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                name = response["$ref"].rpartition("/")[2]
                content = COMPONENTS["responses"][name]["content"]["application/vnd.api+json"]
                assert content["schema"]["$ref"].endswith("/ErrorDocument"), (label, status)
