"""Drift: a published document that says what our transcription says shows nothing, and each difference is one line."""

import json
from collections.abc import Callable
from copy import deepcopy
from html import escape
from pathlib import Path
from typing import Any

import pytest
import yaml

from exports_conformance.cli.main import main
from exports_conformance.contract.editions import added_attributes
from exports_conformance.contract.openapi import openapi
from exports_conformance.upgrade.drift.described import UnreadableDocumentError, described
from exports_conformance.upgrade.drift.drifting import Drift, drifts, edition_told, transcribed
from exports_conformance.upgrade.drift.saved_page import pictured
from tests.exchanges import EVERY_ARGUMENT, document

ROWS = (
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
ANSWER = document(EVERY_ARGUMENT)
REQUEST = 'curl -d \'{\n  "data": {"type": "exports"}\n}\'On success, the API responds with a 201'


def as_text(rows: Any = ROWS, response: Any = ANSWER, separator: str = "\n") -> str:
    """Give the page as a browser's copy has it: a cell a line, or a row a line with tabs."""
    table = "\n".join(separator.join(row) for row in (HEADER, *rows))
    address = "POST https://yourdomain.commercelayer.io/api/exports"
    shown = json.dumps(response, indent=2)
    return f"Create an export\n{address}\nArguments\n{table}\nExample\n{REQUEST}:\n{shown}Last updated"


def as_html(rows: Any = ROWS, response: Any = ANSWER) -> str:
    """Give the page as it is saved."""

    def cells(row: Any, tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}><p><code>{escape(cell)}</code></p></{tag}>" for cell in row) + "</tr>"

    table = (
        f"<table><thead>{cells(HEADER, 'th')}</thead><tbody>{''.join(cells(row, 'td') for row in rows)}</tbody></table>"
    )
    shown = escape(json.dumps(response, indent=2)).replace("\n", "</span>\n<span>")
    address = "<p><code>POST</code> https://yourdomain.commercelayer.io/api/exports</p>"
    return f"<!doctype html><html><body><h1>Create</h1>{address}{table}<pre><span>{shown}</span></pre></body></html>"


FORMS: dict[str, Callable[..., str]] = {
    "text": as_text,
    "text with tabs": lambda rows=ROWS, response=ANSWER: as_text(rows, response, separator="\t"),
    "HTML": as_html,
}


def on_page(text: str) -> list[str]:
    facts = pictured(text)
    assert edition_told(facts) == "page"
    return [str(each) for each in drifts(facts, edition="page", whole=False)]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_page_that_says_the_same_shows_nothing(form: Callable[..., str]) -> None:
    assert on_page(form()) == []


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_row_that_is_removed_is_that_row(form: Callable[..., str], row: tuple[str, str, str]) -> None:
    (found,) = drifts(pictured(form([each for each in ROWS if each != row])), edition="page", whole=False)
    assert (found.kind, found.name, found.aspect) == ("argument", row[0], "on our side only")


def test_requirements_that_rest_on_a_row_are_named() -> None:
    (found,) = on_page(as_text([row for row in ROWS if row[0] != "attributes.dry_data"]))
    assert found == (
        "argument attributes.dry_data: on our side only "
        "(requirements: argument-dry-data-accepted, argument-dry-data-typed, create-echoes-dry-data)"
    )


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_row_that_says_otherwise_is_named(form: Callable[..., str]) -> None:
    changed = [
        ("attributes.dry_data", "string", "Required") if row[0] == "attributes.dry_data" else row for row in ROWS
    ]
    found = drifts(pictured(form([*changed, ("attributes.jobs", "array", "Optional")])), edition="page", whole=False)
    assert [(each.name, each.aspect, each.ours, each.theirs) for each in found] == [
        ("attributes.dry_data", "types", "boolean", "string"),
        ("attributes.dry_data", "required", "false", "true"),
        ("attributes.jobs", "on their side only", "", ""),
    ]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_example_that_shows_otherwise_is_named(form: Callable[..., str]) -> None:
    response = deepcopy(ANSWER)
    del response["data"]["attributes"]["errors_log"]
    del response["data"]["relationships"]["versions"]
    response["data"]["attributes"] |= {"records_count": "300", "owner": "x"}
    found = drifts(pictured(form(ROWS, response)), edition="page", whole=False)
    assert [(each.kind, each.name, each.aspect) for each in found] == [
        ("attribute", "errors_log", "on our side only"),
        ("attribute", "owner", "on their side only"),
        ("attribute", "records_count", "types"),
        ("relationship", "versions", "on our side only"),
    ]


def test_page_without_its_operation_is_named() -> None:
    (found,) = on_page(as_text().replace("POST https", "PUT https"))
    assert found == "operation POST /exports: on our side only"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Hello", "no table of Body Parameter"),
        (as_text([]), "no table of Body Parameter"),
        (as_text().partition("Example")[0], "no example of an export"),
        (as_text(response={"data": {}}), "no example of an export"),
    ],
)
def test_page_that_is_not_whole_is_none(text: str, told: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=told):
        pictured(text)


def published() -> Any:
    """Our own document, as if it were the vendor's of the page's edition."""
    whole = json.loads(json.dumps(openapi()))
    schemas = whole["components"]["schemas"]
    for name in added_attributes("7.10"):
        del schemas["ExportAttributes"]["properties"][name]
    schemas["Status"]["enum"].remove("failed")
    return whole


def in_openapi(whole: Any) -> list[Drift]:
    facts = described(whole)
    return drifts(facts, edition=edition_told(facts), whole=True)


def test_document_that_says_the_same_shows_nothing() -> None:
    assert in_openapi(published()) == []


def _attributes(whole: Any) -> Any:
    return whole["components"]["schemas"]["ExportCreateAttributes"]["properties"]


def _shown(whole: Any) -> Any:
    return whole["components"]["schemas"]["ExportAttributes"]["properties"]


EDITS: dict[str, tuple[Callable[[Any], object], tuple[str, str, str]]] = {
    "an argument less": (
        lambda all_: _attributes(all_).pop("fields"),
        ("argument", "attributes.fields", "on our side only"),
    ),
    "an argument more": (
        lambda all_: _attributes(all_).update(owner={"type": "string"}),
        ("argument", "attributes.owner", "on their side only"),
    ),
    "another type": (
        lambda all_: _attributes(all_).update(dry_data={"type": ["integer", "null"]}),
        ("argument", "attributes.dry_data", "types"),
    ),
    "no null": (
        lambda all_: _attributes(all_).update(reference={"type": "string", "nullable": False}),
        ("argument", "attributes.reference", "nullable"),
    ),
    "one format more": (
        lambda all_: _attributes(all_)["format"].update(enum=["json", "csv", "xlsx", None]),
        ("argument", "attributes.format", "values"),
    ),
    "an open format": (
        lambda all_: _attributes(all_)["format"].pop("enum"),
        ("argument", "attributes.format", "values"),
    ),
    "one required more": (
        lambda all_: all_["components"]["schemas"]["ExportCreateAttributes"].update(
            required=["resource_type", "format"]
        ),
        ("argument", "attributes.format", "required"),
    ),
    "an attribute less": (lambda all_: _shown(all_).pop("errors_log"), ("attribute", "errors_log", "on our side only")),
    "one status more": (
        lambda all_: all_["components"]["schemas"]["Status"]["enum"].append("paused"),
        ("attribute", "status", "values"),
    ),
    "a relationship less": (
        lambda all_: all_["components"]["schemas"]["Export"]["properties"]["relationships"]["properties"].pop("events"),
        ("relationship", "events", "on our side only"),
    ),
    "an operation less": (
        lambda all_: all_["paths"]["/exports/{exportId}"].pop("patch"),
        ("operation", "PATCH /exports/{id}", "on our side only"),
    ),
    "an operation more": (
        lambda all_: all_["paths"]["/exports"].update(delete={"responses": {}}),
        ("operation", "DELETE /exports", "on their side only"),
    ),
}


@pytest.mark.parametrize(("edit", "expected"), EDITS.values(), ids=EDITS)
def test_document_that_says_otherwise_is_named(edit: Callable[[Any], object], expected: tuple[str, str, str]) -> None:
    whole = published()
    edit(whole)
    (found,) = in_openapi(whole)
    assert (found.kind, found.name, found.aspect) == expected


def test_values_that_differ_are_said() -> None:
    whole = published()
    _attributes(whole)["format"]["enum"] = ["json", "xlsx"]
    (found,) = in_openapi(whole)
    assert "values: csv here, xlsx there" in str(found)


def vendors() -> Any:
    """A document in the form of the vendor's: OpenAPI 3.0, prefixed paths, references into schemas, parts."""

    def attribute(kind: str, *, nullable: bool = True, **more: Any) -> Any:
        return {"type": kind, "nullable": nullable, **more}

    later = dict(zip(added_attributes("7.10"), ("boolean", "number", "integer", "string"), strict=True))
    shown = {name: attribute(kind, **more) for name, (kind, more) in _kinds().items()}
    shown |= {name: attribute(kind) for name, kind in later.items()}
    sent = {name.removeprefix("attributes."): attribute(kind) for name, kind, _ in ROWS if name != "type"}
    sent["jwt_filters"] = attribute("boolean")
    facts = transcribed("7.10")
    for name in ("resource_type", "format"):
        values = facts["argument", f"attributes.{name}"].values or ()
        sent[name] |= {"enum": sorted(values), "nullable": name == "format"}
    created = {"$ref": "#/components/schemas/exportCreate"}
    operations = [name.split(" ") for kind, name in facts if kind == "operation"]
    paths: dict[str, Any] = {}
    for method, path in operations:
        paths.setdefault(path.replace("{id}", "{exportId}"), {})[method.lower()] = {"responses": {}}
    paths["/exports"]["post"] = {
        "requestBody": {"content": {"application/vnd.api+json": {"schema": {"properties": {"data": created}}}}},
        "responses": {"201": {"content": {"application/vnd.api+json": {"schema": {"type": "object"}}}}},
    }
    paths["/orders"] = {"get": {"responses": {}}}
    return {
        "openapi": "3.0.1",
        "paths": {f"/api{path}": item for path, item in paths.items()},
        "components": {
            "schemas": {
                "export": {
                    "properties": {
                        "type": {"type": "string", "enum": ["exports"]},
                        "attributes": {"type": "object", "properties": shown},
                        "relationships": {"properties": {"events": {}, "event_stores": {}}},
                    }
                },
                "exportCreate": {
                    "required": ["type", "attributes"],
                    "properties": {
                        "type": {"$ref": "#/components/schemas/export/properties/type"},
                        "attributes": {
                            "allOf": [{"properties": sent}, {"type": "object", "required": ["resource_type"]}],
                        },
                    },
                },
            }
        },
    }


def _kinds() -> Any:
    known = {name: fact for (kind, name), fact in transcribed("page").items() if kind == "attribute"}
    plain = {name: (next(iter(fact.types or ())), {"nullable": fact.nullable}) for name, fact in known.items()}
    status = sorted(transcribed("7.10")["attribute", "status"].values or ())
    return plain | {"status": ("string", {"nullable": False, "enum": status})}


def test_document_in_the_vendors_form_shows_nothing() -> None:
    assert [str(each) for each in in_openapi(vendors())] == []


def test_reference_that_leads_in_a_circle_ends() -> None:
    whole = published()
    whole["components"]["schemas"]["ExportAttributes"] = {"$ref": "#/components/schemas/ExportAttributes"}
    assert {each.kind for each in in_openapi(whole)} == {"attribute"}


@pytest.mark.parametrize(
    "whole", [[], {"paths": []}, {"paths": {"/orders": {}}}, {"paths": {"/exports": {"post": {}}}}]
)
def test_document_of_something_else_is_none(whole: Any) -> None:
    with pytest.raises(UnreadableDocumentError):
        described(whole)


WRITTEN = {
    "JSON": (lambda: json.dumps(published()), "an OpenAPI document of the edition page"),
    "YAML": (lambda: yaml.safe_dump(vendors()), "an OpenAPI document of the edition 7.10"),
    "text": (as_text, "the page of the edition page"),
    "HTML": (as_html, "the page of the edition page"),
}


@pytest.mark.parametrize(("written", "told"), WRITTEN.values(), ids=WRITTEN)
def test_command_says_that_nothing_drifted(
    written: Callable[[], str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "document"
    file.write_text(written(), encoding="utf-8")
    assert main(["drift", str(file)]) == 0
    said = capsys.readouterr().out
    assert told in said
    assert "nothing drifted" in said


def test_command_says_what_drifted_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "page.txt"
    file.write_text(as_text([*ROWS, ("attributes.\x1b[31m", "string", "Optional")]), encoding="utf-8")
    assert main(["drift", str(file)]) == 1
    said = capsys.readouterr().out
    assert "1 drift" in said
    assert "\x1b" not in said
    assert main(["drift", str(file), "--edition", "7.10"]) == 1
    assert "the page of the edition 7.10" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe", "is not UTF-8"),
        (b"{", "is not JSON"),
        (b"a: [", "neither"),
        (b"", "neither"),
        (None, "No such file"),
    ],
)
def test_command_refuses_in_one_line(
    content: bytes | None, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "document"
    if content is not None:
        file.write_bytes(content)
    assert main(["drift", str(file)]) == 4
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
