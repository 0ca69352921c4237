"""The facts of the page "Create an export", saved as text or as HTML."""

import json
from collections.abc import Iterator
from typing import Any

from exports_conformance.exchange.strict_json import Json
from exports_conformance.upgrade.drift.described import Fact, FactKind, Facts, UnreadableDocumentError
from exports_conformance.upgrade.steady import words

OPERATION = "POST /exports"
_REQUIRED = {"required": True, "optional": False}
_JSON_TYPES = {
    "a string": "string",
    "a boolean": "boolean",
    "an integer": "integer",
    "a number": "number",
    "an array": "array",
    "an object": "object",
}
_CELLS = 3  # of a row: parameter, type, required


def pictured(text: str) -> Facts:
    """Give the facts of a saved page: the rows of its table, and what its example shows.

    Raises:
        UnreadableDocument: there is no table of arguments in it, or no example of an export.
    """
    lines = _lines(text)
    rows = list(_rows([cell for line in lines for cell in line.split("\t")]))
    if not rows:
        raise UnreadableDocumentError(
            "is neither an OpenAPI document nor the page: it has no table of Body Parameter, Type and Required"
        )
    facts: dict[tuple[FactKind, str], Fact] = {
        ("argument", name): Fact(types=frozenset({kind.lower()}), required=required) for name, kind, required in rows
    }
    if any(line.startswith("POST ") and line.rstrip("/").endswith("/api/exports") for line in lines):
        facts["operation", OPERATION] = Fact()
    example = next(filter(_is_export, _documents("\n".join(lines))), None)
    if example is None:
        raise UnreadableDocumentError("has no example of an export in it; save the page whole, with its answer")
    for name, value in example["data"]["attributes"].items():
        kind = _JSON_TYPES.get(words(value))
        facts["attribute", name] = Fact(types=frozenset({kind}) if kind else None)
    for name in example["data"].get("relationships", {}):
        facts["relationship", name] = Fact()
    return facts


def _lines(text: str) -> list[str]:
    """Give what is to be read, a line each; the cells of a row of HTML on one line, with tabs between."""
    if "<" in text and "</" in text:
        from bs4 import BeautifulSoup  # noqa: PLC0415  only saved HTML needs it

        soup = BeautifulSoup(text, "html.parser")
        for row in soup.find_all("tr"):
            cells = [cell.get_text(" ", strip=True) for cell in row.find_all(["td", "th"])]
            row.replace_with("\n" + "\t".join(cells) + "\n")
        for code in soup.find_all("pre"):  # whose lines are often elements of their own, or broken by such
            code.replace_with("\n" + code.get_text() + "\n")
        for element in soup.find_all(["p", "li", "h1", "h2", "h3", "h4", "div", "br"]):
            element.append("\n")
        text = soup.get_text()
    return [line.strip() for line in text.splitlines() if line.strip()]


def _rows(cells: list[str]) -> Iterator[tuple[str, str, bool]]:
    starts = [
        at for at in range(len(cells) - 2) if [each.lower() for each in cells[at + 1 : at + 3]] == ["type", "required"]
    ]
    for start in starts:
        at = start + _CELLS
        while len(cells) >= at + _CELLS and (required := _REQUIRED.get(cells[at + 2].lower())) is not None:
            yield cells[at], cells[at + 1], required
            at += _CELLS


def _documents(text: str) -> Iterator[Json]:
    """Give every JSON object that stands in a text, the outermost ones only."""
    decoder, at = json.JSONDecoder(), 0
    while (at := text.find("{", at)) >= 0:
        try:
            document, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
        else:
            yield document


def _is_export(document: Any) -> bool:
    data = document.get("data") if isinstance(document, dict) else None
    return isinstance(data, dict) and "id" in data and isinstance(data.get("attributes"), dict)
