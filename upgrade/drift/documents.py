"""Read a published document of any kind: OpenAPI, `resources.json`, or the saved page "Create an export"."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from types import MappingProxyType

from exports_conformance.exchange.strict_json import Json, as_array, as_object, member
from exports_conformance.upgrade.drift.description import (
    CREATE,
    SAVED_PAGE,
    Aspects,
    Description,
    Part,
    Place,
    Scope,
    UnreadableDocumentError,
)
from exports_conformance.upgrade.drift.loading import DocumentSource, parse, read_text
from exports_conformance.upgrade.drift.openapi_document import describe_openapi, json_types


def describe(file: Path) -> Description:
    """Return what a published document says of exports.

    Raises:
        OSError: the file cannot be read.
        UnreadableDocumentError: it is of no known kind, damaged, too large, or without exports.
    """
    text = read_text(file)
    document = parse(text)
    if is_resources(document):
        return describe_resources(document)
    if isinstance(document, (dict, list)) and (
        "openapi" in document or "swagger" in document or text.lstrip()[0] in "{["
    ):
        return describe_openapi(DocumentSource(file, document))
    return describe_page(text)


_ACTIONS = {
    "list": "GET /exports",
    "create": "POST /exports",
    "retrieve": "GET /exports/{id}",
    "update": "PATCH /exports/{id}",
    "delete": "DELETE /exports/{id}",
}
_TYPES = {"float": {"number", "integer"}}
_FORMATS = {"datetime": "date-time"}
_FIELD = frozenset({"present", "types", "default", "format", "description", "required"})
_RESOURCES_SCOPES: Mapping[Part, Scope] = MappingProxyType(
    {
        "operation": Scope(r"\w+ /exports(/\{id\})?", frozenset({"present", "deprecated"})),
        "argument": Scope(r"attributes\.\w+", _FIELD),
        "update argument": Scope(r"attributes\.\w+", _FIELD - {"required"}),
        "attribute": Scope(r"\w+", _FIELD - {"required"}),
        "relationship": Scope(r"\w+", frozenset({"present"})),
    }
)


def is_resources(document: Json) -> bool:
    """Return True for the vendor's list of resources, bare or as the `data` of a document."""
    entries = _entries(document)
    return bool(entries) and all(isinstance(each, dict) and each.get("type") == "resources" for each in entries)


def describe_resources(document: Json) -> Description:
    """Return what the list says of exports: no version, no null, no statuses, but what is fetchable and settable.

    Raises:
        UnreadableDocumentError: exports are not among the resources, or have no fields.
    """
    export = next((each for each in _entries(document) if each.get("id") in {"export", "exports"}), None)
    said = as_object(as_object(export).get("attributes"))
    fields = {str(name): as_object(field) for name, field in as_object(said.get("fields")).items() if name != "id"}
    if not fields:
        raise UnreadableDocumentError(
            "is a list of resources without the fields of exports; give the whole resources.json"
        )
    actions = said.get("actions")
    places: dict[Place, Aspects] = {
        ("operation", _ACTIONS[action]): {"deprecated": said.get("deprecated") is True}
        for action in as_array(actions)
        if action in _ACTIONS
    }
    for name, field in fields.items():
        aspects = _aspects(field)
        if field.get("creatable") is True:
            required = str(field.get("required", "")).split(",")[0].strip() == "required"
            places["argument", f"attributes.{name}"] = {**aspects, "required": required}
        if field.get("updatable") is True:
            places["update argument", f"attributes.{name}"] = aspects
        if field.get("fetchable") is True:
            places["attribute", name] = aspects
    for name in as_object(said.get("relationships")):
        places["relationship", str(name)] = {}
    return Description("resources.json", "", places, _RESOURCES_SCOPES)


def _aspects(field: Mapping[str, Json]) -> dict[str, Json]:
    kind = str(field.get("type"))
    stated = {"types": frozenset(_TYPES.get(kind, {kind}))} if field.get("type") else {}
    more = {"format": _FORMATS.get(str(field.get("format"))), "description": field.get("desc")}
    return stated | {
        key: value for key, value in {**more, "default": field.get("default")}.items() if value is not None
    }


def _entries(document: Json) -> list[Json]:
    entries = document.get("data") if isinstance(document, dict) else document
    return as_array(entries)


_REQUIRED = {"required": True, "optional": False}
_CELL_TAGS = {"td", "th"}
_BLOCK_TAGS = {"p", "li", "h1", "h2", "h3", "h4", "div", "br", "pre", "table"}
_CELLS = 3  # of a row: parameter, type, required
_MOST_OBJECTS = 1_000  # tried in a page; a page of braces alone would take hours
_PAGE_SCOPES: Mapping[Part, Scope] = MappingProxyType(
    {
        "operation": Scope(r"POST /exports", frozenset({"present"})),
        "argument": Scope(r"type|attributes\.\w+", frozenset({"present", "types", "required"})),
        "attribute": Scope(r"\w+", frozenset({"present", "types"})),
        "relationship": Scope(r"\w+", frozenset({"present"})),
    }
)


def describe_page(text: str) -> Description:
    """Return what a saved page says: the rows of its table, and what its example shows.

    Raises:
        UnreadableDocumentError: it has no table of arguments, or no example of an export.
    """
    lines = _lines(text)
    rows = list(_rows([cell for line in lines for cell in line.split("\t")]))
    if not rows:
        raise UnreadableDocumentError(
            "is neither an OpenAPI document, nor resources.json, nor the page: it has no table of Body Parameter, "
            "Type and Required"
        )
    places: dict[Place, Aspects] = {
        ("argument", name): {"types": frozenset({kind.lower()}), "required": required} for name, kind, required in rows
    }
    if any(line.startswith("POST ") and line.rstrip("/").endswith("/api/exports") for line in lines):
        places["operation", CREATE] = {}
    example = next(filter(_is_export, _documents("\n".join(lines))), None)
    if example is None:
        raise UnreadableDocumentError("has no example of an export; save the whole page, with its response")
    for name, value in example["data"]["attributes"].items():
        types = json_types([value])
        places["attribute", name] = {"types": types} if types else {}
    for name in example["data"].get("relationships", {}):
        places["relationship", name] = {}
    return Description(SAVED_PAGE, "", places, _PAGE_SCOPES)


class _VisibleText(HTMLParser):
    """Collects the text of HTML: a table's row on one line with tabs between its cells, code as it is broken."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._inside: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  the parser's own signature
        self._inside[tag] += 1
        if tag in _CELL_TAGS:
            self.pieces.append("\t")
        elif tag == "tr" or (tag in _BLOCK_TAGS and not self._in_row):
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._inside[tag] = max(0, self._inside[tag] - 1)
        if tag == "tr" or (tag in _BLOCK_TAGS and not self._in_row):
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not (self._inside["script"] or self._inside["style"]):
            self.pieces.append(" ".join(data.split()) if self._in_row else data)

    @property
    def _in_row(self) -> bool:
        return self._inside["tr"] > 0


def _lines(text: str) -> list[str]:
    """Return the visible lines; the cells of a row of HTML stand on one line, with tabs between."""
    if "<" in text and "</" in text:
        parser = _VisibleText()
        parser.feed(text)
        text = "".join(parser.pieces)
    return [line.strip() for line in text.splitlines() if line.strip()]


def _rows(cells: list[str]) -> Iterator[tuple[str, str, bool]]:
    at = 0
    while at + _CELLS <= len(cells):
        if [each.lower() for each in cells[at + 1 : at + _CELLS]] != ["type", "required"]:
            at += 1
            continue
        at += _CELLS
        while at + _CELLS <= len(cells) and (required := _REQUIRED.get(cells[at + 2].lower())) is not None:
            yield cells[at], cells[at + 1], required
            at += _CELLS


def _documents(text: str) -> Iterator[Json]:
    """Yield the JSON objects in a text, the outermost ones only."""
    decoder, at = json.JSONDecoder(), 0
    for _ in range(_MOST_OBJECTS):
        if (at := text.find("{", at)) < 0:
            return
        try:
            document, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
        else:
            yield document


def _is_export(document: Json) -> bool:
    data = member(document, "data")
    return isinstance(data, dict) and "id" in data and isinstance(data.get("attributes"), dict)
