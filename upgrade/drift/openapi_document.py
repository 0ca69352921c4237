"""Read what an OpenAPI document (3.0, 3.1 or 3.2) says of the exports resource: its operations and schemas."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import get_args
from urllib.parse import urlsplit

from exports_conformance.exchange.model import JSON_API
from exports_conformance.exchange.strict_json import Json, as_array, as_object
from exports_conformance.upgrade.drift.description import (
    CREATE,
    UPDATE,
    Aspects,
    Description,
    Part,
    Place,
    Scope,
    UnreadableDocumentError,
)
from exports_conformance.upgrade.drift.loading import DocumentSource

KEYWORDS = (
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "readOnly",
    "writeOnly",
    "default",
    "description",
)
"""Keywords that are compared as they are written."""

_DEEPEST = 30
_JSON_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}

Schema = Mapping[str, Json]


def json_types(values: Iterable[Json]) -> frozenset[str]:
    """Return the JSON types of values, null apart; a number without a fraction is an integer and a number."""
    return _with_integers({_JSON_TYPES[type(value)] for value in values if type(value) in _JSON_TYPES})


def whole(source: DocumentSource, schema: Json, depth: int = 0) -> dict[str, Json]:
    """Return a schema in one piece: references followed, `allOf` merged, alternatives reduced to what all allow.

    Raises:
        UnreadableDocumentError: the schema is a part of itself, or repeats itself without end.
    """
    source.step()
    schema = source.follow(schema)
    if not isinstance(schema, dict):
        return {}
    if depth > _DEEPEST:
        raise UnreadableDocumentError(f"has a schema that is combined of more than {_DEEPEST} levels of parts")
    found = {key: value for key, value in schema.items() if key not in {"allOf", "anyOf", "oneOf"}}
    for part in as_array(schema.get("allOf")):
        found = _both(whole(source, part, depth + 1), found)
    for key in ("anyOf", "oneOf"):
        if branches := [whole(source, branch, depth + 1) for branch in as_array(schema.get(key))]:
            found = _both(_either(branches), found)
    return found


def _both(one: dict[str, Json], other: dict[str, Json]) -> dict[str, Json]:
    """Return a schema that demands what two demand; where they disagree, the second one counts."""
    found = {**one, **other}
    first, second = _properties(one), _properties(other)
    if first and second:
        shared = {name: {"allOf": [first[name], second[name]]} for name in first if name in second}
        found["properties"] = {**first, **second, **shared}
    if required := [*as_array(one.get("required")), *as_array(other.get("required"))]:
        found["required"] = required
    return found


def _either(branches: list[dict[str, Json]]) -> dict[str, Json]:
    """Return what every one of several schemas allows; a branch that is null makes the schema nullable."""
    nulls = [each for each in branches if each.get("type") == "null" or each.get("enum") == [None]]
    others = [each for each in branches if each not in nulls]
    found: dict[str, Json] = dict(others[0]) if len(others) == 1 else {}
    if len(others) > 1:
        found = {key: others[0][key] for key in others[0] if all(each.get(key) == others[0][key] for each in others)}
        found |= {"properties": {name: schema for each in others for name, schema in _properties(each).items()}}
        required = [set(as_array(each.get("required"))) for each in others]
        found["required"] = sorted(set.intersection(*required), key=str)
        types = [_types(each) for each in others]
        found["type"] = sorted({name for each in types for name in each}) if all(types) else None
        values = [_values(each) for each in others]
        found["enum"] = [value for each in values for value in each] if all(values) else None
    return found | ({"nullable": True} if nulls else {})


def aspects(schema: Schema) -> dict[str, Json]:
    """Return what a schema in one piece says of its value, by aspect."""
    types, values = _types(schema), _values(schema)
    explicit = "null" in types or schema.get("nullable") is True or (not types and None in values)
    stated = frozenset(types - {"null"}) or json_types(values)
    found: dict[str, Json] = {key: schema[key] for key in KEYWORDS if schema.get(key) is not None}
    for bound, side in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if found.get(bound) is True and side in found:  # as OpenAPI 3.0 writes it
            found[bound] = found.pop(side)
        elif isinstance(found.get(bound), bool):
            found.pop(bound)
    found["values"] = frozenset(_written(value) for value in values if value is not None)
    found["deprecated"] = schema.get("deprecated") is True
    more = [schema[key] for key in ("additionalProperties", "unevaluatedProperties") if key in schema]
    if more:
        found["closed"] = False in more
    if stated:
        found["types"] = _with_integers(stated)
    if stated or explicit:
        found["nullable"] = explicit
    return found


def members(
    source: DocumentSource, schema: Json, name: str, *, required: bool | None, inside: tuple[Json, ...] = ()
) -> Iterator[tuple[str, Aspects]]:
    """Yield what a schema and its members say, each by its dotted name; `[]` are an array's items, `*` other members.

    `required` is None where the document says nothing of it. A schema within itself is not followed again.
    """
    found = whole(source, schema)
    identity = schema.get("$ref", schema) if isinstance(schema, dict) else schema
    if any(each is identity for each in inside) or len(inside) > _DEEPEST:
        return
    said = aspects(found)
    if required is not None:
        said["required"] = required
    if name:
        yield name, said
    prefix, path = f"{name}." if name else "", (*inside, identity)
    demanded = as_array(found.get("required"))
    for key, member in _properties(found).items():
        demands = key in demanded if required is not None or key in demanded else None
        yield from members(source, member, f"{prefix}{key}", required=demands, inside=path)
    if isinstance(found.get("items"), dict):
        yield from members(source, found["items"], f"{name}[]", required=None, inside=path)
    if isinstance(found.get("additionalProperties"), dict) and found["additionalProperties"]:
        yield from members(source, found["additionalProperties"], f"{prefix}*", required=None, inside=path)


def property_schema(source: DocumentSource, schema: Json, name: str) -> Json:
    """Return the schema of one property, `items` for an array's entries; None if the schema has none."""
    found = whole(source, schema)
    return found.get("items") if name == "items" else _properties(found).get(name)


def _types(schema: Schema) -> set[str]:
    said = schema.get("type")
    types = {str(each) for each in (said if isinstance(said, list) else [said]) if each is not None}
    if not types and _properties(schema):
        return {"object"}
    return types or ({"array"} if isinstance(schema.get("items"), dict) else set())


def _values(schema: Schema) -> list[Json]:
    return [schema["const"]] if "const" in schema else as_array(schema.get("enum"))


def _written(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def _with_integers(types: Iterable[str]) -> frozenset[str]:
    found = frozenset(types)
    return found | {"integer"} if "number" in found else found


def _properties(schema: Schema) -> dict[str, Json]:
    found = schema.get("properties")
    return {str(name): value for name, value in found.items()} if isinstance(found, dict) else {}


HTTP_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")

_VERSIONS = re.compile(r"3\.[012](\.|$)")
_EXPORTS = re.compile(r"((?:/[^/{}]+)*?)(/exports(?:/.*)?)")
_SHARED_SCHEMAS = ("exportResponse", "export", "Export")

Node = Mapping[Json, Json]


def describe_openapi(source: DocumentSource) -> Description:
    """Return what an OpenAPI document says; the attributes are those of every place that shows an export.

    Raises:
        UnreadableDocumentError: it is of another version, has no operation that creates an export, or is damaged.
    """
    document = _node(source, source.root)
    version = str(document.get("openapi"))
    if not {"openapi", "swagger"} & document.keys():
        raise UnreadableDocumentError(
            "is neither an OpenAPI document nor resources.json; give one of these, or the page"
        )
    if not _VERSIONS.match(version):
        stated = f"OpenAPI {version}" if "openapi" in document else f"Swagger {document['swagger']}"
        raise UnreadableDocumentError(f"is of {stated}; drift reads OpenAPI 3.0, 3.1 and 3.2")
    prefix, operations = _operations(source, document)
    create = operations.get(CREATE)
    if create is None:
        raise UnreadableDocumentError(
            "is an OpenAPI document without POST /exports; it is not of an API that creates exports"
        )
    places: dict[Place, Aspects] = {("server", "path"): _server(document, prefix)}
    for name, operation in operations.items():
        places["operation", name] = _operation(source, document, operation)
        places |= _parameters(source, name, operation)
    places |= _sent(source, operations, CREATE, "argument")
    places |= _sent(source, operations, UPDATE, "update argument")
    if ("argument", "attributes") not in places:
        raise UnreadableDocumentError(
            "is an OpenAPI document whose POST /exports has no attributes; give the document with its schemas"
        )
    places |= _shown(source, document, operations)
    info = _node(source, document.get("info"))
    every_aspect = {part: Scope() for part in get_args(Part)}
    return Description(f"OpenAPI {version}", str(info.get("version", "")), places, every_aspect)


def _operations(source: DocumentSource, document: Node) -> tuple[str, dict[str, Node]]:
    """Return what stands before `/exports` in the paths, and the operations by method and path."""
    found: dict[str, dict[str, Node]] = {}
    for path, item in _node(source, document.get("paths")).items():
        match = _EXPORTS.fullmatch(re.sub(r"\{[^}]*\}", "{id}", str(path)).rstrip("/"))
        if match is None:
            continue
        shared = _node(source, item)
        for method in HTTP_METHODS:
            if isinstance(shared.get(method), dict):
                operation = {"parameters": [], **_node(source, shared[method])}
                inherited = shared.get("parameters")
                operation["inherited"] = as_array(inherited)
                found.setdefault(match[1], {})[f"{method.upper()} {match[2]}"] = operation
    return next(((prefix, each) for prefix, each in found.items() if CREATE in each), ("", {}))


def _server(document: Node, prefix: str) -> Aspects:
    """Return the path under which the API stands; other servers than an organisation's are pages to read."""
    servers = [each for each in as_array(document.get("servers")) if isinstance(each, dict)]
    urls = [str(each.get("url", "")) for each in servers]
    url = next((each for each in urls if "{" in each), urls[0] if len(urls) == 1 else None)
    if url is None:
        return {}
    return {"path": (urlsplit(re.sub(r"[{}]", "", url)).path.rstrip("/") + prefix) or "/"}


def _operation(source: DocumentSource, document: Node, operation: Node) -> Aspects:
    responses = {str(status): each for status, each in _node(source, operation.get("responses")).items()}
    success = [status for status in responses if status.startswith("2")]
    returned = [_node(source, responses[status]) for status in success]
    body = _node(source, operation.get("requestBody"))
    content = [str(kind) for each in returned for kind in _node(source, each.get("content"))]
    headers = [str(name).lower() for each in returned for name in _node(source, each.get("headers"))]
    stated = {
        "success": frozenset(success),
        "errors": frozenset(status for status in responses if status not in success),
        "media types returned": frozenset(content),
        "headers": frozenset(headers),
    }
    found: dict[str, Json] = {name: values for name, values in stated.items() if values}
    found["deprecated"] = operation.get("deprecated") is True
    if body:
        found["body required"] = body.get("required") is True
        found["media types accepted"] = frozenset(map(str, _node(source, body.get("content"))))
    if (security := operation.get("security", document.get("security"))) is not None:
        found["security"] = _security(source, document, security)
    shown = [property_schema(source, _resource(source, each), "attributes") for each in returned]
    if names := frozenset(str(name) for each in shown for name in whole(source, each).get("properties") or ()):
        found["attributes shown"] = names
    return found | {key: operation[key] for key in ("operationId", "summary", "description") if operation.get(key)}


def _security(source: DocumentSource, document: Node, security: Json) -> frozenset[str]:
    """Return the alternative ways to authorise a request, by what they are and not by what the document calls them."""
    schemes = _node(source, _node(source, document.get("components")).get("securitySchemes"))

    def scheme_words(name: Json) -> str:
        scheme = _node(source, schemes.get(name))
        keys = ("type", "scheme", "in", "name")
        return " ".join(str(scheme[key]).lower() for key in keys if scheme.get(key)) or str(name)

    return frozenset(
        " and ".join(sorted(map(scheme_words, each))) or "none" for each in as_array(security) if isinstance(each, dict)
    ) or frozenset({"none"})


def _parameters(source: DocumentSource, operation_name: str, operation: Node) -> Iterator[tuple[Place, Aspects]]:
    """Yield the parameters of an operation; those of the path are in its name already."""
    for each in [*operation["inherited"], *as_array(operation["parameters"])]:
        parameter = _node(source, each)
        if parameter.get("in") in {"query", "header", "cookie"}:
            content = _node(source, parameter.get("content")).values()
            schema = parameter.get("schema", next((_node(source, media).get("schema") for media in content), None))
            name = f"{operation_name}: {parameter['in']} {parameter.get('name')}"
            own = {key: parameter[key] for key in ("style", "explode", "description") if key in parameter}
            own["deprecated"] = parameter.get("deprecated") is True
            for path, said in members(source, schema, name, required=parameter.get("required") is True):
                yield ("parameter", path), {**said, **own} if path == name else said


def _sent(
    source: DocumentSource, operations: Mapping[str, Node], name: str, part: Part
) -> Iterator[tuple[Place, Aspects]]:
    body = _schema(source, operations.get(name, {}).get("requestBody"))
    for path, said in members(source, property_schema(source, body, "data"), "", required=True):
        yield (part, path), said


def _shown(source: DocumentSource, document: Node, operations: Mapping[str, Node]) -> dict[Place, Aspects]:
    """Return the members of an export from wherever it is shown: some documents show it in part on creation."""
    names = [CREATE, "GET /exports/{id}", UPDATE, "GET /exports"]
    responses = [_node(source, operations.get(name, {}).get("responses")) for name in names]
    shown = [
        _resource(source, answer)
        for each in responses
        for status, answer in each.items()
        if str(status).startswith("2")
    ]
    schemas = _node(source, _node(source, document.get("components")).get("schemas"))
    shown += [
        property_schema(source, schemas[name], "data") or schemas[name] for name in _SHARED_SCHEMAS if name in schemas
    ]
    found: dict[Place, Aspects] = {}
    for resource in shown:
        for path, said in members(source, resource, "", required=None):
            place = _place(path)
            if place is not None:
                found[place] = {**said, **found.get(place, {})}
    return found


def _place(path: str) -> Place | None:
    """Return the place of a member of a resource; None for the members themselves, and linkage of relationships."""
    first, _, rest = path.partition(".")
    if first == "attributes":
        return ("attribute", rest) if rest else None
    if first == "relationships":
        return ("relationship", rest) if rest and not re.search(r"\.(data|meta)\b", rest) else None
    return "member", path


def _resource(source: DocumentSource, response: Json) -> Json:
    data = property_schema(source, _schema(source, response), "data")
    return property_schema(source, data, "items") or data


def _schema(source: DocumentSource, part: Json) -> Json:
    """Return the schema of a body, of JSON:API's media type if it is among several."""
    content = _node(source, _node(source, part).get("content"))
    media = content.get(JSON_API) or next(iter(content.values()), None)
    return _node(source, media).get("schema")


def _node(source: DocumentSource, node: Json) -> Node:
    found = source.follow(node)
    return as_object(found)
