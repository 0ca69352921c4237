"""The changes of a document: each with what is reported of it, from the old to the new document and back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exports_conformance.upgrade.drift.description import Impact
from tests.drift.documents import MEDIA_TYPE

CREATE, LIST, ONE, UPDATE = "POST /exports", "GET /exports", "GET /exports/{id}", "PATCH /exports/{id}"


def post(whole: Any) -> Any:
    return whole["paths"]["/exports"]["post"]


def one(whole: Any) -> Any:
    return whole["paths"]["/exports/{exportId}"]


def schemas(whole: Any) -> Any:
    return whole["components"]["schemas"]


def sent(whole: Any) -> Any:
    return schemas(whole)["exportCreate"]["properties"]["data"]


def arguments(whole: Any) -> Any:
    return sent(whole)["properties"]["attributes"]["properties"]


def updates(whole: Any) -> Any:
    return schemas(whole)["exportUpdate"]["properties"]["data"]["properties"]["attributes"]["properties"]


def shown(whole: Any) -> Any:
    return schemas(whole)["export"]["properties"]["data"]["properties"]["attributes"]["properties"]


def resource(whole: Any) -> Any:
    return schemas(whole)["exportResponse"]["properties"]["data"]


def replace_key(node: Any, old: Any, new: Any) -> None:
    node[new] = node.pop(old)


@dataclass(frozen=True)
class Change:
    """One change of a document: what is reported, from the old to the new document and back.

    `contract` is False for what our contract does not state or compares with nothing of the vendor's.
    """

    edit: Callable[[Any], object]
    key: tuple[str, str, str]
    there: Impact
    back: Impact
    contract: bool = True


def bounded(keyword: str, value: Any, name: str = "reference", kind: Any = arguments) -> Callable[[Any], object]:
    return lambda whole: kind(whole)[name].update({keyword: value})


KEYWORDS: dict[str, tuple[Any, str]] = {
    "format": ("uuid", "reference"),
    "pattern": ("^[a-z]+$", "reference"),
    "minLength": (1, "reference"),
    "maxLength": (255, "reference"),
    "minimum": (10, "reference"),
    "maximum": (100, "reference"),
    "exclusiveMinimum": (0, "reference"),
    "exclusiveMaximum": (101, "reference"),
    "multipleOf": (5, "reference"),
    "minItems": (1, "includes"),
    "maxItems": (20, "includes"),
    "uniqueItems": (True, "includes"),
    "minProperties": (1, "metadata"),
    "maxProperties": (10, "metadata"),
    "additionalProperties": (False, "metadata"),
}
"""Keywords that allow less, each with a value and the member of the test documents that gains it."""


def of_argument(keyword: str, value: Any, name: str) -> Change:
    """Return a keyword that a creation's argument gains: callers that break it are refused."""
    aspect = {"additionalProperties": "closed"}.get(keyword, keyword)
    return Change(bounded(keyword, value, name), ("argument", f"attributes.{name}", aspect), "breaking", "loosened")


def of_attribute(keyword: str, value: Any, name: str) -> Change:
    """Return a keyword that an attribute of a response gains: callers may rely on it."""
    aspect = {"additionalProperties": "closed"}.get(keyword, keyword)
    return Change(bounded(keyword, value, name, shown), ("attribute", name, aspect), "compatible", "breaking")


CHANGES: dict[str, Change] = {
    # the server and the operations
    "another path of the server": Change(
        lambda it: it["servers"][0].update(url="https://{organization}.commercelayer.io/v2"),
        ("server", "path", "path"),
        "breaking",
        "breaking",
    ),
    "an operation less": Change(
        lambda it: one(it).pop("delete"), ("operation", "DELETE /exports/{id}", "removed"), "breaking", "compatible"
    ),
    "an operation more": Change(
        lambda it: it["paths"]["/exports"].update(delete={"responses": {"204": {}}}),
        ("operation", "DELETE /exports", "added"),
        "compatible",
        "breaking",
    ),
    "the update is gone, with all its arguments": Change(
        lambda it: one(it).pop("patch"), ("operation", UPDATE, "removed"), "breaking", "compatible"
    ),
    "a related address less": Change(
        lambda it: it["paths"].pop("/exports/{exportId}/events"),
        ("operation", "GET /exports/{id}/events", "removed"),
        "breaking",
        "compatible",
    ),
    "another success status": Change(
        lambda it: replace_key(post(it)["responses"], "201", "200"),
        ("operation", CREATE, "success"),
        "breaking",
        "breaking",
    ),
    "a second success status": Change(
        lambda it: post(it)["responses"].update({"202": {"description": ""}}),
        ("operation", CREATE, "success"),
        "breaking",
        "breaking",
    ),
    "an error response": Change(
        lambda it: post(it)["responses"].update({"418": {"description": ""}}),
        ("operation", CREATE, "errors"),
        "compatible",
        "compatible",
    ),
    "another media type of the request": Change(
        lambda it: replace_key(post(it)["requestBody"]["content"], MEDIA_TYPE, "application/json"),
        ("operation", CREATE, "media types accepted"),
        "breaking",
        "breaking",
    ),
    "a second media type of the request": Change(
        lambda it: post(it)["requestBody"]["content"].update({"application/json": {}}),
        ("operation", CREATE, "media types accepted"),
        "loosened",
        "breaking",
    ),
    "another media type of the response": Change(
        lambda it: replace_key(post(it)["responses"]["201"]["content"], MEDIA_TYPE, "application/json"),
        ("operation", CREATE, "media types returned"),
        "breaking",
        "breaking",
    ),
    "a header of the response": Change(
        lambda it: post(it)["responses"]["201"].update(headers={"Location": {"schema": {"type": "string"}}}),
        ("operation", CREATE, "headers"),
        "compatible",
        "breaking",
    ),
    "a body that may be absent": Change(
        lambda it: post(it)["requestBody"].pop("required"),
        ("operation", CREATE, "body required"),
        "loosened",
        "breaking",
    ),
    "other security of one operation": Change(
        lambda it: post(it).update(security=[]), ("operation", CREATE, "security"), "breaking", "breaking"
    ),
    "a deprecated operation": Change(
        lambda it: post(it).update(deprecated=True), ("operation", CREATE, "deprecated"), "compatible", "compatible"
    ),
    "another operation id": Change(
        lambda it: post(it).update(operationId="createExport"),
        ("operation", CREATE, "operationId"),
        "cosmetic",
        "cosmetic",
        contract=False,
    ),
    "another summary": Change(
        lambda it: post(it).update(summary="Make an export"),
        ("operation", CREATE, "summary"),
        "cosmetic",
        "cosmetic",
        contract=False,
    ),
    # parameters
    "a required parameter": Change(
        lambda it: post(it).update(
            parameters=[{"name": "market", "in": "query", "required": True, "schema": {"type": "string"}}]
        ),
        ("parameter", "POST /exports: query market", "added"),
        "breaking",
        "breaking",
    ),
    # what a creation sends
    "an argument less": Change(
        lambda it: arguments(it).pop("fields"),
        ("argument", "attributes.fields", "removed"),
        "breaking",
        "compatible",
    ),
    "an optional argument more": Change(
        lambda it: arguments(it).update(owner={"type": "string"}),
        ("argument", "attributes.owner", "added"),
        "compatible",
        "breaking",
    ),
    "an object with members more": Change(
        lambda it: arguments(it).update(owner={"type": "object", "properties": {"name": {"type": "string"}}}),
        ("argument", "attributes.owner", "added"),
        "compatible",
        "breaking",
    ),
    "an argument becomes required": Change(
        lambda it: sent(it)["properties"]["attributes"]["required"].append("format"),
        ("argument", "attributes.format", "required"),
        "breaking",
        "loosened",
    ),
    "the resource type becomes optional": Change(
        lambda it: sent(it)["properties"]["attributes"]["required"].remove("resource_type"),
        ("argument", "attributes.resource_type", "required"),
        "loosened",
        "breaking",
    ),
    "attributes become optional": Change(
        lambda it: sent(it)["required"].remove("attributes"),
        ("argument", "attributes", "required"),
        "loosened",
        "breaking",
    ),
    "another type of an argument": Change(
        lambda it: arguments(it)["dry_data"].update(type="string"),
        ("argument", "attributes.dry_data", "types"),
        "breaking",
        "breaking",
    ),
    "a second type of an argument": Change(
        lambda it: arguments(it)["dry_data"].update(type=["boolean", "string"]),
        ("argument", "attributes.dry_data", "types"),
        "loosened",
        "breaking",
    ),
    "null in a creation": Change(
        lambda it: arguments(it)["resource_type"].update(nullable=True),
        ("argument", "attributes.resource_type", "nullable"),
        "loosened",
        "breaking",
    ),
    "another type of an array's items": Change(
        lambda it: arguments(it)["includes"]["items"].update(type="object"),
        ("argument", "attributes.includes[]", "types"),
        "breaking",
        "breaking",
    ),
    "a format of the file less": Change(
        lambda it: arguments(it)["format"]["enum"].remove("csv"),
        ("argument", "attributes.format", "values"),
        "breaking",
        "loosened",
    ),
    "a format of the file more": Change(
        lambda it: arguments(it)["format"]["enum"].append("xlsx"),
        ("argument", "attributes.format", "values"),
        "loosened",
        "breaking",
    ),
    "any format of the file": Change(
        lambda it: arguments(it)["format"].pop("enum"),
        ("argument", "attributes.format", "values"),
        "loosened",
        "breaking",
    ),
    "one resource type less": Change(
        lambda it: arguments(it)["resource_type"]["enum"].remove("skus"),
        ("argument", "attributes.resource_type", "values"),
        "breaking",
        "loosened",
    ),
    "the type is no longer one value": Change(
        lambda it: sent(it)["properties"]["type"].pop("enum"), ("argument", "type", "values"), "loosened", "breaking"
    ),
    "a type for the members of an object": Change(
        bounded("additionalProperties", {"type": "string"}, "metadata"),
        ("argument", "attributes.metadata.*", "added"),
        "compatible",
        "compatible",
    ),
    "a default": Change(
        bounded("default", "skus", "reference"),
        ("argument", "attributes.reference", "default"),
        "compatible",
        "compatible",
    ),
    "an argument that is read-only": Change(
        bounded("readOnly", value=True), ("argument", "attributes.reference", "readOnly"), "breaking", "loosened"
    ),
    "a deprecated argument": Change(
        bounded("deprecated", value=True),
        ("argument", "attributes.reference", "deprecated"),
        "compatible",
        "compatible",
    ),
    "another description": Change(
        bounded("description", "Your own id."),
        ("argument", "attributes.reference", "description"),
        "cosmetic",
        "cosmetic",
        contract=False,
    ),
    # what an update sends
    "an argument of the update less": Change(
        lambda it: updates(it).pop("_interrupt"),
        ("update argument", "attributes._interrupt", "removed"),
        "breaking",
        "compatible",
    ),
    "an argument of the update more": Change(
        lambda it: updates(it).update(format={"type": "string"}),
        ("update argument", "attributes.format", "added"),
        "compatible",
        "breaking",
    ),
    "no null in an update": Change(
        lambda it: updates(it)["reference"].update(nullable=False),
        ("update argument", "attributes.reference", "nullable"),
        "breaking",
        "loosened",
    ),
    "a longest length in an update": Change(
        bounded("maxLength", 255, "reference", updates),
        ("update argument", "attributes.reference", "maxLength"),
        "breaking",
        "loosened",
    ),
    # what a response shows
    "an attribute less": Change(
        lambda it: shown(it).pop("errors_log"), ("attribute", "errors_log", "removed"), "breaking", "compatible"
    ),
    "an attribute more": Change(
        lambda it: shown(it).update(owner={"type": "string"}), ("attribute", "owner", "added"), "compatible", "breaking"
    ),
    "another type of an attribute": Change(
        lambda it: shown(it)["records_count"].update(type="string"),
        ("attribute", "records_count", "types"),
        "breaking",
        "breaking",
    ),
    "an integer that becomes a number": Change(
        lambda it: shown(it)["records_count"].update(type="number"),
        ("attribute", "records_count", "types"),
        "breaking",
        "compatible",
    ),
    "null in a response": Change(
        lambda it: shown(it)["status"].update(nullable=True),
        ("attribute", "status", "nullable"),
        "breaking",
        "compatible",
    ),
    "a status more": Change(
        lambda it: shown(it)["status"]["enum"].append("paused"),
        ("attribute", "status", "values"),
        "breaking",
        "compatible",
    ),
    "a status less": Change(
        lambda it: shown(it)["status"]["enum"].remove("interrupted"),
        ("attribute", "status", "values"),
        "compatible",
        "breaking",
    ),
    "a required attribute": Change(
        lambda it: schemas(it)["export"]["properties"]["data"]["properties"]["attributes"].update(required=["status"]),
        ("attribute", "status", "required"),
        "compatible",
        "breaking",
    ),
    "an attribute that is not shown": Change(
        lambda it: shown(it)["reference"].update(writeOnly=True),
        ("attribute", "reference", "writeOnly"),
        "breaking",
        "compatible",
    ),
    "a relationship less": Change(
        lambda it: resource(it)["properties"]["relationships"]["properties"].pop("events"),
        ("relationship", "events", "removed"),
        "breaking",
        "compatible",
    ),
    "a link of a relationship less": Change(
        lambda it: resource(it)["properties"]["relationships"]["properties"]["events"].update(
            properties={"links": {"type": "object", "properties": {"self": {"type": "string"}}}}
        ),
        ("relationship", "events.links.related", "removed"),
        "breaking",
        "compatible",
    ),
    "no link to itself": Change(
        lambda it: resource(it)["properties"].pop("links"), ("member", "links", "removed"), "breaking", "compatible"
    ),
    "another type of the id": Change(
        lambda it: resource(it)["properties"]["id"].update(type="integer"),
        ("member", "id", "types"),
        "breaking",
        "breaking",
    ),
}
CHANGES |= {f"{keyword} of an argument": of_argument(keyword, *pair) for keyword, pair in KEYWORDS.items()}
CHANGES |= {f"{keyword} of an attribute": of_attribute(keyword, *pair) for keyword, pair in KEYWORDS.items()}
