"""Read what an OpenAPI document (3.0, 3.1 or 3.2) says of the exports resource."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args
from urllib.parse import urlsplit

from exports_conformance.exchange.model import JSON_API
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
from exports_conformance.upgrade.drift.schemas import members, property_schema, whole

HTTP_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")

_VERSIONS = re.compile(r"3\.[012](\.|$)")
_EXPORTS = re.compile(r"((?:/[^/{}]+)*?)(/exports(?:/.*)?)")
_SHARED_SCHEMAS = ("exportResponse", "export", "Export")

Node = Mapping[Any, Any]


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
                operation["inherited"] = inherited if isinstance(inherited, list) else []
                found.setdefault(match[1], {})[f"{method.upper()} {match[2]}"] = operation
    return next(((prefix, each) for prefix, each in found.items() if CREATE in each), ("", {}))


def _server(document: Node, prefix: str) -> Aspects:
    """Return the path under which the API stands; other servers than an organisation's are pages to read."""
    servers = [each for each in _list(document.get("servers")) if isinstance(each, dict)]
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
    found: dict[str, Any] = {name: values for name, values in stated.items() if values}
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


def _security(source: DocumentSource, document: Node, security: Any) -> frozenset[str]:
    """Return the alternative ways to authorise a request, by what they are and not by what the document calls them."""
    schemes = _node(source, _node(source, document.get("components")).get("securitySchemes"))

    def scheme_words(name: Any) -> str:
        scheme = _node(source, schemes.get(name))
        keys = ("type", "scheme", "in", "name")
        return " ".join(str(scheme[key]).lower() for key in keys if scheme.get(key)) or str(name)

    return frozenset(
        " and ".join(sorted(map(scheme_words, each))) or "none" for each in _list(security) if isinstance(each, dict)
    ) or frozenset({"none"})


def _parameters(source: DocumentSource, operation_name: str, operation: Node) -> Iterator[tuple[Place, Aspects]]:
    """Yield the parameters of an operation; those of the path are in its name already."""
    for each in [*operation["inherited"], *_list(operation["parameters"])]:
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


def _resource(source: DocumentSource, response: Any) -> Any:
    data = property_schema(source, _schema(source, response), "data")
    return property_schema(source, data, "items") or data


def _schema(source: DocumentSource, part: Any) -> Any:
    """Return the schema of a body, of JSON:API's media type if it is among several."""
    content = _node(source, _node(source, part).get("content"))
    media = content.get(JSON_API) or next(iter(content.values()), None)
    return _node(source, media).get("schema")


def _node(source: DocumentSource, node: Any) -> Node:
    found = source.follow(node)
    return found if isinstance(found, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
