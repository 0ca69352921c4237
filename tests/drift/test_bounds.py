"""Documents made to exhaust their reader end in one line, soon."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from exports_conformance.cli.main import main
from exports_conformance.upgrade.drift import loading
from exports_conformance.upgrade.drift.description import UnreadableDocumentError
from tests.drift.documents import page_text, vendor_document

HEAD = "openapi: 3.1.0\npaths: {/exports: {post: {}}}\n"


def bomb_of_aliases() -> str:
    """Return a schema whose aliases stand for 9 ** 9 schemas."""
    levels = ["l0: &l0 {type: string}"]
    for level in range(1, 10):
        members = ", ".join(f"{name}: *l{level - 1}" for name in "abcdefghi")
        levels.append(f"l{level}: &l{level} {{type: object, properties: {{{members}}}}}")
    whole = vendor_document()
    data = whole["components"]["schemas"]["exportCreate"]["properties"]["data"]
    data["properties"]["attributes"] = "THE BOMB"
    return "\n".join([*levels, yaml.safe_dump(whole).replace("THE BOMB", "*l9")])


def bomb_of_references() -> str:
    """Return a schema whose references stand for 9 ** 9 schemas."""
    whole = vendor_document()
    schemas = whole["components"]["schemas"]
    schemas["l0"] = {"type": "string"}
    for level in range(1, 10):
        members = {name: {"$ref": f"#/components/schemas/l{level - 1}"} for name in "abcdefghi"}
        schemas[f"l{level}"] = {"properties": members}
    schemas["exportCreate"]["properties"]["data"]["properties"]["attributes"] = {"$ref": "#/components/schemas/l9"}
    return json.dumps(whole)


def bomb_of_parts() -> str:
    whole = vendor_document()
    schemas = whole["components"]["schemas"]
    schemas["l0"] = {"type": "string"}
    for level in range(1, 20):
        schemas[f"l{level}"] = {"allOf": [{"$ref": f"#/components/schemas/l{level - 1}"}] * 9}
    schemas["exportCreate"]["properties"]["data"]["properties"]["attributes"] = {"$ref": "#/components/schemas/l19"}
    return json.dumps(whole)


def parts_within_themselves() -> str:
    whole = vendor_document()
    schemas = whole["components"]["schemas"]
    schemas["itself"] = {"allOf": [{"$ref": "#/components/schemas/itself"}]}
    schemas["exportCreate"]["properties"]["data"]["properties"]["attributes"] = {"$ref": "#/components/schemas/itself"}
    return json.dumps(whole)


def bomb_of_merge_keys() -> str:
    levels = ["l0: &l0 {a: 1}", *(f"l{n}: &l{n} {{<<: [{', '.join([f'*l{n - 1}'] * 9)}]}}" for n in range(1, 12))]
    return HEAD + "\n".join(levels)


BOMBS: dict[str, tuple[Callable[[], str], str]] = {
    "brackets in JSON": (lambda: "[" * 100_000, "nested deeper"),
    "brackets in YAML": (lambda: HEAD + "x: " + "[" * 100_000, "nested deeper"),
    "braces in YAML": (lambda: HEAD + "x: " + "{a: " * 100_000, "nested deeper"),
    "dashes in YAML": (lambda: HEAD + "x:\n " + "- " * 100_000, "nested deeper"),
    "objects in JSON": (lambda: '{"a":' * 100_000, "nested deeper"),
    "aliases": (bomb_of_aliases, "more than 1000000 values"),
    "references": (bomb_of_references, "repeats itself"),
    "parts of parts": (bomb_of_parts, "repeats itself"),
    "parts within themselves": (parts_within_themselves, "combined of more than"),
    "merge keys": (bomb_of_merge_keys, "merge keys"),
    "cyclic aliases": (lambda: HEAD + "x: &x [*x]", "more than 1000000 values"),
    "damaged YAML": (lambda: HEAD + "x: [1", "is no YAML"),
    "damaged JSON": (lambda: "{", "not valid JSON"),
    "endless number": (lambda: '{"openapi": ' + "9" * 10_000 + "}", "not valid JSON"),
    "impossible date": (lambda: HEAD + "x: 2026-13-45", "it may be cut short"),
    "nothing": (lambda: "", "neither"),
    "a text": (lambda: "a: [", "neither"),
    "braces on a page": (lambda: page_text().partition("Example")[0] + '{"a":' * 100_000, "no example"),
    "nested HTML": (lambda: "<html>" + "<div>" * 100_000 + "</div>" * 100_000, "neither"),
}


@pytest.mark.parametrize(("text", "problem"), BOMBS.values(), ids=BOMBS)
def test_harmful_document_ends_in_one_line(
    text: Callable[[], str], problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "document"
    file.write_text(text(), encoding="utf-8")
    assert main(["drift", str(file)]) == 4
    said = capsys.readouterr().err
    assert problem in said
    assert said.count("\n") == 1
    assert len(said) < 1_000


@pytest.mark.parametrize("content", [b"\xff\xfe", None], ids=["not UTF-8", "no file"])
def test_unreadable_file_ends_in_one_line(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "document"
    if content is not None:
        file.write_bytes(content)
    assert main(["drift", str(file)]) == 4
    said = capsys.readouterr().err
    assert ("is not UTF-8" if content else "No such file") in said
    assert said.count("\n") == 1


def test_too_large_document_is_refused_before_it_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(loading, "LARGEST_DOCUMENT", 1 << 20)
    file = tmp_path / "document.json"
    file.write_text(json.dumps(vendor_document() | {"x": "y" * (1 << 20)}), encoding="utf-8")
    assert main(["drift", str(file)]) == 4
    assert "is larger than 1 MB" in capsys.readouterr().err


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "MOST_FILES", 1)
    whole: Any = {"a": {"$ref": "other.json"}}
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    source = loading.DocumentSource(tmp_path / "document.json", whole)
    with pytest.raises(UnreadableDocumentError, match="more than 1 files"):
        source.follow(whole["a"])


def test_large_document_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The vendor's own document has 3 MB; what is not about exports is not looked at."""
    whole = vendor_document()
    whole["paths"] |= {f"/orders{number}": {"get": {"description": "x" * 500}} for number in range(10_000)}
    file = tmp_path / "document.json"
    file.write_text(json.dumps(whole), encoding="utf-8")
    assert file.stat().st_size > 5_000_000
    main(["drift", str(file)])
    assert "schema 7.10.3" in capsys.readouterr().out
