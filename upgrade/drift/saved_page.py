"""Read the page "Create an export", saved as text or as HTML."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from types import MappingProxyType
from typing import Any

from exports_conformance.exchange.strict_json import Json
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
from exports_conformance.upgrade.drift.schemas import json_types

_REQUIRED = {"required": True, "optional": False}
_CELL_TAGS = {"td", "th"}
_BLOCK_TAGS = {"p", "li", "h1", "h2", "h3", "h4", "div", "br", "pre", "table"}
_CELLS = 3  # of a row: parameter, type, required
_MOST_OBJECTS = 1_000  # tried in a page; a page of braces alone would take hours
_SCOPES: Mapping[Part, Scope] = MappingProxyType(
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
    return Description(SAVED_PAGE, "", places, _SCOPES)


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


def _is_export(document: Any) -> bool:
    data = document.get("data") if isinstance(document, dict) else None
    return isinstance(data, dict) and "id" in data and isinstance(data.get("attributes"), dict)
