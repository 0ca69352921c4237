"""The variants of the vendor's framework answer what was observed of it, request by request, and break no promise."""

import gzip
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from exports_conformance.contract.requirements import requirements
from exports_conformance.exchange.model import Exchange, Expectation, Operation, Request, Response
from exports_conformance.exchange.strict_json import Json, equal
from exports_conformance.reference import VARIANTS, Clock, Reference
from exports_conformance.reference.organisation import FIRST
from exports_conformance.strategies.derived import Derived
from tests.exchanges import violated
from tests.reference_client import client_of, creation, update

ANSWERS = tomllib.loads((Path(__file__).parent / "rails_answers.toml").read_text(encoding="utf-8"))
RAILS = sorted(name for name in VARIANTS if name.startswith("rails"))


def rows(part: str) -> list[Any]:
    """Return the rows of a part of the data, each with the variants whose answers it lists."""
    return [
        pytest.param(variant, row, id=f"{name}-{variant}")
        for name, row in ANSWERS[part].items()
        for variant in ("rails", "rails-unchecked", *row.get("others", {}))
    ]


def expected(row: Mapping[str, Any], variant: str) -> str:
    """Return the answer of a variant."""
    plain = row.get("unchecked", row["answer"]) if variant == "rails-unchecked" else row["answer"]
    return str(row.get("others", {}).get(variant, plain))


def answer(response: httpx.Response) -> str:
    """Return a response as the data writes it: its status, and the code of its errors."""
    if response.status_code < 400:
        return str(response.status_code)
    if response.headers["content-type"] == "text/html":
        assert response.content == b""
        return f"{response.status_code} html"
    errors = response.json()["errors"]
    assert {error["status"] for error in errors} == {str(response.status_code)}
    (code,) = {error.get("code", "-") for error in errors}
    return f"{response.status_code} {code}"


def broken(response: httpx.Response) -> set[str]:
    """Return the promises that the suites say are broken by a response to a request of no documented outcome."""
    request = response.request
    path, query, body = request.url.path.removeprefix("/api"), request.url.query.decode(), request.read()
    headers = tuple(request.headers.items())
    if (request.method, path) == ("POST", "/exports"):
        expectation = Derived("POST", path, query, dict(headers), body).expectation
    else:
        is_list = (request.method, path) == ("GET", "/exports")
        at_stake = ("argument-filters-known",) if "filter[q]" in unquote(query) else ()
        operation: Operation = "list" if is_list else "other"
        expectation = Expectation("request/x", operation, "either", certain=False, may_break=at_stake)
    answered = Response(response.status_code, tuple(response.headers.multi_items()), response.content)
    sent = Request(request.method, path, query, headers, body)
    exchange = Exchange("x-1", expectation, sent, answered, "http://reference/api", "reference")
    return {each for each in violated(exchange) if requirements()[each].weight == "promise"}


@pytest.fixture
def client(variant: str) -> Iterator[httpx.Client]:
    with client_of(Reference(clock=Clock(at=FIRST), variants=[variant])) as client:
        yield client


@pytest.mark.parametrize(("variant", "row"), rows("document"))
def test_documents_are_refused_as_observed(client: httpx.Client, variant: str, row: Mapping[str, Any]) -> None:
    response = client.post("/api/exports", content=row["body"])
    assert (answer(response), broken(response)) == (expected(row, variant), set())


@pytest.mark.parametrize(("variant", "row"), rows("attributes"))
def test_attributes_are_shown_as_observed(client: httpx.Client, variant: str, row: Mapping[str, Any]) -> None:
    sent = row["sent"].strip().removeprefix("{").removesuffix("}")
    kind = "" if '"resource_type"' in sent else '"resource_type": "skus", '
    body = f'{{"data": {{"type": "exports", "attributes": {{{kind}{sent}}}}}}}'
    response = client.post("/api/exports", content=body)
    assert (answer(response), broken(response)) == (expected(row, variant), set())
    shown = row.get("shown_by", {}).get(variant, row.get("shown"))
    if response.status_code == 201 and shown is not None:
        (name,) = json.loads(row["sent"])
        created = response.json()["data"]
        assert equal(created["attributes"][name], json.loads(shown))
        found = client.get(created["links"]["self"]).json()["data"]
        assert equal(found["attributes"][name], json.loads(shown))


@pytest.mark.parametrize(("variant", "row"), rows("request"))
def test_requests_are_answered_as_observed(client: httpx.Client, variant: str, row: Mapping[str, Any]) -> None:
    method, path = row.get("method", "POST"), row.get("path", "/api/exports")
    body = json.dumps(creation(resource_type="skus")) if method in {"POST", "PUT", "PATCH"} else None
    response = client.request(method, path, content=body, headers=row.get("headers", {}))
    assert (answer(response), broken(response)) == (expected(row, variant), set())


@pytest.mark.parametrize("variant", RAILS)
@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (
            b'{"data": {"type": "exports", "attributes": {"resource_type": "skus", "reference": "Gr\xf6\xdfe"}}}',
            "400 html",
        ),
        (gzip.compress(b"{}"), "500 html"),
        ("\ufeff{}".encode(), "400 -"),
        ("{}".encode("utf-16"), "500 html"),
        (json.dumps(creation(resource_type="skus", reference="x" * 2_000_000)).encode(), "201"),
    ],
    ids=["latin-1", "gzipped", "byte order mark", "utf-16", "2 MB"],
)
def test_unreadable_bytes_are_refused_as_observed(client: httpx.Client, body: bytes, wanted: str) -> None:
    response = client.post("/api/exports", content=body)
    assert (answer(response), broken(response)) == (wanted, set())


@pytest.mark.parametrize("variant", RAILS)
@pytest.mark.parametrize(("levels", "wanted"), [(96, "201"), (97, "400 -"), (200, "400 -")])
def test_document_is_read_to_a_depth_of_a_hundred(client: httpx.Client, levels: int, wanted: str) -> None:
    """The document, `data`, `attributes` and `metadata` are four levels themselves."""
    deep: Json = {}
    for _ in range(levels - 1):
        deep = {"a": deep}
    response = client.post("/api/exports", json=creation(resource_type="skus", metadata={"a": deep}))
    assert (answer(response), broken(response)) == (wanted, set())


@pytest.mark.parametrize("variant", RAILS)
def test_created_export_has_the_recorded_headers_and_its_location(client: httpx.Client) -> None:
    response = client.post("/api/exports", json=creation(resource_type="skus"))
    assert response.headers["location"] == response.json()["data"]["links"]["self"]
    assert response.headers["cache-control"] == "max-age=0, private, must-revalidate"
    assert response.headers["etag"].startswith('W/"')
    assert {"x-request-id", "x-content-type-options", "referrer-policy", "vary"} <= set(response.headers)
    assert "location" not in client.get(response.headers["location"]).headers


@pytest.mark.parametrize("variant", ["rails-ignores-unknown"])
def test_ignored_members_are_named_in_a_warning(client: httpx.Client) -> None:
    body = creation(resource_type="skus", status="completed", priority=7)
    document = client.post("/api/exports", json=body).json()
    assert [each["detail"] for each in document["meta"]["warnings"]] == [
        "status is not allowed.",
        "priority is not allowed.",
    ]
    assert "priority" not in document["data"]["attributes"]
    assert document["data"]["attributes"]["status"] == "pending"
    assert "meta" not in client.post("/api/exports", json=creation(resource_type="skus")).json()


@pytest.mark.parametrize("variant", RAILS)
def test_every_failed_validation_is_an_error(client: httpx.Client, variant: str) -> None:
    errors = client.post("/api/exports", json=creation(metadata=7, format="xml")).json()["errors"]
    pointers = {error["source"]["pointer"].rpartition("/")[2] for error in errors}
    assert pointers == {"resource_type"} | (set() if variant == "rails-unchecked" else {"metadata"})


@pytest.mark.parametrize("variant", RAILS)
def test_put_is_an_update(client: httpx.Client, variant: str) -> None:
    created = client.post("/api/exports", json=creation(resource_type="skus")).json()["data"]
    path = f"/api/exports/{created['id']}"
    for method in ("PUT", "PATCH"):  # without an id
        response = client.request(method, path, json=creation(reference="a"))
        assert (answer(response), broken(response)) == ("400 KEY_ORDER_MISMATCH", set())
    assert answer(client.patch(path, json=update("XGZwpOSrWL", reference="a"))) == "400 KEY_NOT_INCLUDED_IN_URL"
    changed = client.put(path, json=update(created["id"], reference="a", metadata={"b": [None, 1]}))
    shown = changed.json()["data"]["attributes"]
    assert (shown["reference"], shown["metadata"]) == ("a", {"b": [1]})
    assert answer(client.patch(path, json=update(created["id"], format="csv"))) == expected(
        {"answer": "400 PARAM_NOT_ALLOWED", "others": {"rails-ignores-unknown": "200"}}, variant
    )


@pytest.mark.parametrize("variant", RAILS)
def test_unknown_paths_and_filters_leave_a_file_of_what_is_known(variant: str) -> None:
    reference = Reference(clock=Clock(at=FIRST), variants=[variant])
    with client_of(reference) as client:
        filters = {} if variant == "rails-ransack-raises" else {"nothing_eq": 1}
        fields, includes = ["code", "nothing", "nothing.id"], ["nothing"]
        body = creation(resource_type="skus", fields=fields, includes=includes, filters={"code_eq": "AAA", **filters})
        created = client.post("/api/exports", json=body).json()["data"]
        reference.clock.advance(5)
        shown = client.get(created["links"]["self"]).json()["data"]["attributes"]
        assert (shown["status"], shown["records_count"]) == ("completed", 1)
        assert json.loads(gzip.decompress(client.get(shown["attachment_url"]).content)) == [{"code": "AAA"}]


@pytest.mark.parametrize(("edition", "end"), [("page", "interrupted"), ("7.10", "failed")])
@pytest.mark.parametrize("attributes", [{"resource_type": "nothings"}, {"resource_type": "skus", "format": "xml"}])
def test_unchecked_type_or_format_fails_late(edition: Any, end: str, attributes: Json) -> None:
    reference = Reference(clock=Clock(at=FIRST), variants=["rails-unchecked"], edition=edition)
    with client_of(reference) as client:
        created = client.post("/api/exports", json=creation(**attributes)).json()["data"]
        reference.clock.advance(5)
        shown = client.get(created["links"]["self"]).json()["data"]["attributes"]
        assert (shown["status"], bool(shown["errors_log"])) == (end, True)
