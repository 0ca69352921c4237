"""The facts that an OpenAPI document states about exports: operations, arguments, attributes and relationships."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

FactKind = Literal["operation", "argument", "attribute", "relationship"]

_METHODS = ("get", "post", "put", "patch", "delete")
_DEEPEST = 20  # references that lead to references

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """What a document says about one name; None where it says nothing.

    `types` are JSON types without null; `values` are those of a closed list, empty for an open one.
    """

    types: frozenset[str] | None = None
    required: bool | None = None
    nullable: bool | None = None
    values: frozenset[str] | None = None


Facts = Mapping[tuple[FactKind, str], Fact]
"""By kind and name: `POST /exports`, `attributes.dry_data`, `status`, `events`."""


class UnreadableDocumentError(Exception):
    """A document does not describe the exports resource; the message is one line: what is missing, or what to do."""


def described(document: Any) -> Facts:
    """Give the facts of an OpenAPI document of version 3.

    Raises:
        UnreadableDocument: it has no operation that creates an export, or that has no attributes.
    """
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise UnreadableDocumentError("is no OpenAPI document: it has no paths")
    operations = dict(_operations(document))
    create = operations.get("POST /exports")
    if create is None:
        raise UnreadableDocumentError("is an OpenAPI document without POST /exports")
    facts: dict[tuple[FactKind, str], Fact] = {("operation", name): Fact() for name in operations}
    sent = _at(document, _content(document, create.get("requestBody")), "data")
    arguments = _at(document, sent, "attributes")
    if not _properties(document, arguments):
        raise UnreadableDocumentError("is an OpenAPI document whose POST /exports has no attributes")
    facts["argument", "type"] = _fact(document, _at(document, sent, "type"), required="type" in _required(sent))
    for name, schema in _properties(document, arguments).items():
        facts["argument", f"attributes.{name}"] = _fact(document, schema, required=name in _required(arguments))
    shown = _shown(document, create)
    for name, schema in _properties(document, _at(document, shown, "attributes")).items():
        facts["attribute", name] = _fact(document, schema, required=None)
    for name in _properties(document, _at(document, shown, "relationships")):
        facts["relationship", name] = Fact()
    return facts


def _operations(document: Schema) -> Iterator[tuple[str, Schema]]:
    for path, item in document["paths"].items():
        relative = re.sub(r"\{[^}]*\}", "{id}", str(path)).removeprefix("/api")
        if re.match(r"/exports(/|$)", relative) and isinstance(item, dict):
            for method in _METHODS:
                if isinstance(item.get(method), dict):
                    yield f"{method.upper()} {relative}", item[method]


def _shown(document: Schema, create: Schema) -> Schema:
    """Give the resource that the creation's answer shows, or else the document's own schema of it."""
    responses = create.get("responses")
    response = responses.get("201") or responses.get(201) if isinstance(responses, dict) else None
    shown = _at(document, _content(document, response), "data")
    if not _properties(document, _at(document, shown, "attributes")):
        schemas = document.get("components", {}).get("schemas", {})
        shown = next((schemas[name] for name in ("export", "Export") if name in schemas), {})
        shown = _at(document, shown, "data") or _resolved(document, shown)
    return shown


def _content(document: Schema, part: Any) -> Schema:
    """Give the schema of a request's body or of an answer, whatever media type it is said for."""
    content = _resolved(document, part).get("content")
    for media in content.values() if isinstance(content, dict) else ():
        if isinstance(media, dict):
            return _resolved(document, media.get("schema"))
    return {}


def _at(document: Schema, schema: Schema, name: str) -> Schema:
    return _resolved(document, _properties(document, schema).get(name))


def _properties(document: Schema, schema: Any) -> Mapping[str, Any]:
    found = _resolved(document, schema).get("properties")
    return found if isinstance(found, dict) else {}


def _required(schema: Schema) -> list[str]:
    required = schema.get("required")
    return required if isinstance(required, list) else []


def _resolved(document: Schema, schema: Any, depth: int = 0) -> dict[str, Any]:
    """Follow a schema's reference, and put together what `allOf` says in parts."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return {}
    if isinstance(reference := schema.get("$ref"), str):
        return _resolved(document, _pointed(document, reference), depth + 1)
    if not isinstance(schema.get("allOf"), list):
        return dict(schema)
    whole: dict[str, Any] = {}
    for part in [*schema["allOf"], {key: value for key, value in schema.items() if key != "allOf"}]:
        resolved = _resolved(document, part, depth + 1)
        merged = {**(whole.get("properties") or {}), **(resolved.get("properties") or {})}
        required = [*_required(whole), *_required(resolved)]
        whole = {**whole, **resolved} | ({"properties": merged} if merged else {}) | {"required": required}
    return whole


def _pointed(document: Any, reference: str) -> Any:
    for segment in reference.removeprefix("#/").split("/"):
        name = segment.replace("~1", "/").replace("~0", "~")
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _fact(document: Schema, schema: Any, *, required: bool | None) -> Fact:
    resolved = _resolved(document, schema)
    said = resolved.get("type")
    types = {str(each) for each in (said if isinstance(said, list) else [said]) if each is not None}
    values = [resolved["const"]] if "const" in resolved else resolved.get("enum")
    nullable = resolved.get("nullable")
    return Fact(
        types=frozenset(types - {"null"}) or None,
        required=required,
        nullable="null" in types if isinstance(said, list) else nullable if isinstance(nullable, bool) else None,
        values=frozenset(str(each) for each in values if each is not None) if isinstance(values, list) else frozenset(),
    )
