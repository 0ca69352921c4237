"""Small documents of our own with the facts of the vendor's: which schema version has which members."""

import json
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from exports_conformance.contract.openapi import openapi
from exports_conformance.contract.resources import resource_types
from exports_conformance.upgrade.drift.description import Description
from exports_conformance.upgrade.drift.known_schema import KnownSchema, contract_drifts, known_schemas
from exports_conformance.upgrade.drift.loading import DocumentSource
from exports_conformance.upgrade.drift.openapi_document import describe_openapi
from tests.exchanges import EVERY_ARGUMENT, document

MEDIA_TYPE = "application/vnd.api+json"
VERSIONS = ("3.0.0", "3.6.0", "7.6.1", "7.10.1", "7.10.3")

_SKIPS = ("skip_ids", "skip_rel_ids", "skip_timestamps", "skip_blanks", "skip_amount_formats")
_SINCE: dict[str, tuple[str, str]] = {
    "resource_type": ("string", "3.0.0"),
    "format": ("string", "3.0.0"),
    "status": ("string", "3.0.0"),
    "includes": ("array", "3.0.0"),
    "fields": ("array", "7.6.0"),
    "filters": ("object", "3.0.0"),
    "dry_data": ("boolean", "3.0.3"),
    "jwt_filters": ("boolean", "7.9.15"),
    "started_at": ("string", "3.0.0"),
    "completed_at": ("string", "3.0.0"),
    "estimated_completion_at": ("string", "7.9.15"),
    "interrupted_at": ("string", "3.0.0"),
    "records_count": ("integer", "3.0.0"),
    "processed_count": ("integer", "7.9.15"),
    "progress": ("number", "7.9.15"),
    "attachment_url": ("string", "3.0.0"),
    "errors_log": ("object", "7.6.0"),
    "created_at": ("string", "3.0.0"),
    "updated_at": ("string", "3.0.0"),
    "reference": ("string", "3.0.0"),
    "reference_origin": ("string", "3.0.0"),
    "metadata": ("object", "3.0.0"),
}
_CREATABLE = ("resource_type", "format", "includes", "fields", "filters", "dry_data", "jwt_filters")
_REFERENCES = ("reference", "reference_origin", "metadata")
_NEVER_NULL = {"resource_type", "status", "created_at", "updated_at"}
_STATUSES = {
    "pending": "3.0.0",
    "in_progress": "3.0.0",
    "interrupted": "6.0.0",
    "completed": "3.0.0",
    "failed": "7.9.15",
}


def _at(version: str, since: str) -> bool:
    return tuple(map(int, version.split("."))) >= tuple(map(int, since.split(".")))


def _member(name: str, kind: str, **more: Any) -> dict[str, Any]:
    items = {"items": {"type": "string"}} if kind == "array" else {}
    return {"type": kind, "description": f"The {name}.", **items, **more}


def vendor_document(version: str = "7.10.3") -> Any:
    """Return a small OpenAPI document in the vendor's form, with the facts of one of its schema versions."""
    kinds = {name: kind for name, (kind, since) in _SINCE.items() if _at(version, since)}
    if version == "3.0.0":
        kinds |= dict.fromkeys(_SKIPS, "boolean")
    statuses = [name for name, since in _STATUSES.items() if _at(version, since)]
    shown = {name: _member(name, kind, nullable=name not in _NEVER_NULL) for name, kind in kinds.items()}
    shown["status"]["enum"] = statuses
    sent = {name: _member(name, kinds[name]) for name in (*_CREATABLE, *_SKIPS, *_REFERENCES) if name in kinds}
    if _at(version, "7.10.2"):
        sent["resource_type"]["enum"] = sorted(
            name for name, kind in resource_types().items() if "schema_7.10.3" in kind.listed_in
        )
        sent["format"]["enum"] = ["csv", "json"]
    triggers = [name for name, since in (("_interrupt", "7.6.0"), ("_start", "7.9.15")) if _at(version, since)]
    updated = {name: _member(name, "boolean", nullable=False) for name in triggers}
    updated |= {name: _member(name, kinds[name], nullable=True) for name in _REFERENCES}
    related = ["events", *(["versions"] if _at(version, "7.7.0") and not _at(version, "7.10.1") else [])]
    related += ["event_stores"] if _at(version, "7.9.4") else []
    whole: dict[str, Any] = {
        "openapi": "3.1.0" if _at(version, "7.10.0") else "3.0.1",
        "info": {"title": "An API", "version": version},
        "servers": [
            {"url": "https://{organization}.commercelayer.io/api"},
            {"url": "https://core.commercelayer.io/users/sign_in"},
        ],
        "security": [{"token": []}],
        "paths": _paths(related, update=_at(version, "7.3.0")),
        "components": {
            "schemas": {
                "export": {"properties": {"data": {"properties": {"attributes": {"properties": shown}}}}},
                "exportCreate": _sent(["type", "attributes"], sent, ["resource_type"]),
                "exportUpdate": _sent(["type", "id", "attributes"], updated, []),
                "exportResponse": {"properties": {"data": _resource(related)}},
                "exportResponseList": {
                    "properties": {
                        "data": {
                            "type": "array",
                            "items": {"$ref": "#/components/schemas/exportResponse/properties/data"},
                        }
                    }
                },
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }
    if version == "7.6.1":  # one generated document of this schema shows a created export in part
        partly = {"attributes": {"type": "object", "properties": {name: shown[name] for name in sent}}}
        content = {MEDIA_TYPE: {"schema": {"properties": {"data": {"properties": partly}}}}}
        whole["paths"]["/exports"]["post"]["responses"]["201"]["content"] = content
    return json.loads(json.dumps(whole))  # no part shared by two places


def _sent(required: list[str], attributes: Any, demanded: list[str]) -> Any:
    kinds = {"type": {"type": "string", "enum": ["exports"]}, "id": {"type": "string"}}
    members: dict[str, Any] = {name: kinds[name] for name in required if name in kinds}
    members["attributes"] = {"type": "object", "properties": attributes, "required": demanded}
    members["relationships"] = {"type": "object", "properties": {}}
    return {
        "type": "object",
        "required": ["data"],
        "properties": {"data": {"type": "object", "required": required, "properties": members}},
    }


def _resource(related: list[str]) -> Any:
    text = {"type": "string"}
    links = {"type": "object", "properties": {"self": text, "related": text}}
    return {
        "type": "object",
        "properties": {
            "id": text,
            "type": {"type": "string", "enum": ["exports"]},
            "links": {"type": "object", "properties": {"self": text}},
            "attributes": {"$ref": "#/components/schemas/export/properties/data/properties/attributes"},
            "relationships": {
                "type": "object",
                "properties": {name: {"type": "object", "properties": {"links": links}} for name in related},
            },
        },
    }


def _paths(related: list[str], *, update: bool) -> Any:
    def answers(status: str, schema: str = "exportResponse") -> Any:
        content = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
        return {"responses": {status: {"description": "", **({"content": content} if schema else {})}}}

    def takes(schema: str) -> Any:
        content = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
        return {"requestBody": {"required": True, "content": content}}

    one = {"get": answers("200"), "delete": answers("204", "")}
    if update:
        one["patch"] = answers("200") | takes("exportUpdate")
    identified = [{"name": "exportId", "in": "path", "required": True, "schema": {"type": "string"}}]
    return {
        "/exports": {
            "get": answers("200", "exportResponseList"),
            "post": {"operationId": "POST/exports", "summary": "Create"} | answers("201") | takes("exportCreate"),
        },
        "/exports/{exportId}": one | {"parameters": identified},
        **{f"/exports/{{exportId}}/{name}": {"get": answers("200", "")} for name in related},
        "/orders": {"get": answers("200", "")},
    }


def described(whole: Any) -> Description:
    """Return the description of an OpenAPI document, which is not changed by it."""
    return describe_openapi(DocumentSource(Path("document.json"), json.loads(json.dumps(whole))))


def newest_schema() -> KnownSchema:
    """Return the newest schema of our contract."""
    return known_schemas()[-1]


def keys_against_contract(whole: Any, schema: KnownSchema) -> set[tuple[str, str, str]]:
    """Return what a document is found to differ in from our contract."""
    return {each.key for each in contract_drifts(described(whole), schema)}


def published() -> Any:
    """Return our own document as the vendor might publish it, of the first schema that our contract describes."""
    whole = json.loads(json.dumps(openapi()))
    del whole["info"]["version"]
    schemas = whole["components"]["schemas"]
    for name, (_, since) in _SINCE.items():
        if since == "7.9.15":
            del schemas["ExportAttributes"]["properties"][name]
    schemas["Status"]["enum"].remove("failed")
    triggers = schemas["ExportUpdate"]["properties"]["data"]["properties"]["attributes"]["properties"]
    triggers.pop("_start", None)
    return whole


def resources(version: str = "7.9.16") -> Any:
    """Return the exports of a list of resources in the form of the vendor's `resources.json`."""
    fields: dict[str, Any] = {"id": {"type": "string", "fetchable": True, "creatable": False}}
    for name, (kind, since) in _SINCE.items():
        if _at(version, since):
            fields[name] = {
                "type": {"number": "float"}.get(kind, kind),
                "desc": f"The {name}.",
                "required": "required" if name in _NEVER_NULL else "optional",
                "creatable": name in {*_CREATABLE, *_REFERENCES},
                "updatable": name in _REFERENCES,
                "fetchable": True,
            } | ({"format": "datetime"} if name.endswith("_at") else {})
    for name, since in (("_interrupt", "7.6.0"), ("_start", "7.9.15")):
        if _at(version, since):
            fields[name] = {"type": "boolean", "creatable": False, "updatable": True, "fetchable": False}
    export = {
        "deprecated": False,
        "actions": ["list", "retrieve", "create", "update", "delete"],
        "fields": fields,
        "relationships": {"events": {}, "versions": {}, "event_stores": {"virtual": True}},
    }
    other = {"id": "order", "type": "resources", "attributes": {"actions": [], "fields": {}}}
    return [other, {"id": "export", "type": "resources", "attributes": export}]


ROWS: Sequence[tuple[str, str, str]] = (
    ("type", "string", "Required"),
    ("attributes.resource_type", "string", "Required"),
    ("attributes.format", "string", "Optional"),
    ("attributes.includes", "array", "Optional"),
    ("attributes.fields", "array", "Optional"),
    ("attributes.filters", "object", "Optional"),
    ("attributes.dry_data", "boolean", "Optional"),
    ("attributes.reference", "string", "Optional"),
    ("attributes.reference_origin", "string", "Optional"),
    ("attributes.metadata", "object", "Optional"),
)
HEADER = ("Body Parameter", "Type", "Required")
SHOWN = document(EVERY_ARGUMENT)
_REQUEST = 'curl -d \'{\n  "data": {"type": "exports"}\n}\'On success, the API responds with a 201'


def page_text(rows: Any = ROWS, response: Any = SHOWN, separator: str = "\n") -> str:
    """Return the page as a browser copies it: a cell a line, or a row a line with tabs."""
    table = "\n".join(separator.join(row) for row in (HEADER, *rows))
    address = "POST https://yourdomain.commercelayer.io/api/exports"
    shown = json.dumps(response, indent=2)
    return f"Create an export\n{address}\nArguments\n{table}\nExample\n{_REQUEST}:\n{shown}Last updated"


def page_html(rows: Any = ROWS, response: Any = SHOWN) -> str:
    """Return the page as a browser saves it."""

    def cells(row: Any, tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}><p><code>{escape(cell)}</code></p></{tag}>" for cell in row) + "</tr>"

    body = "".join(cells(row, "td") for row in rows)
    table = f"<table><thead>{cells(HEADER, 'th')}</thead><tbody>{body}</tbody></table>"
    shown = escape(json.dumps(response, indent=2)).replace("\n", "</span>\n<span>")
    address = "<p><code>POST</code> https://yourdomain.commercelayer.io/api/exports</p>"
    return f"<!doctype html><html><body><h1>Create</h1>{address}{table}<pre><span>{shown}</span></pre></body></html>"


PAGE_FORMS: dict[str, Callable[..., str]] = {
    "text": page_text,
    "text with tabs": lambda rows=ROWS, response=SHOWN: page_text(rows, response, separator="\t"),
    "HTML": page_html,
}
