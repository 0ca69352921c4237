"""Exchanges to judge: a conforming creation, as the reference answers it, and ways to change one thing in it."""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from exports_conformance.contract.edition import first_edition
from exports_conformance.exchange.model import JSON_API, Exchange, Expectation, Headers, Request, Response
from exports_conformance.exchange.strict_json import Json
from exports_conformance.reference import Clock, Reference
from exports_conformance.results.har import to_json
from exports_conformance.rules import judge
from tests.reference_client import client_of, creation

BASE_URL = "https://yourdomain.commercelayer.io/api"
ID, TRACE = "XAyRWNUzyN", "2f1d6a525c0f4f5c9d430d5f2b6f0c11"
SELF = f"{BASE_URL}/exports/{ID}"
NOON = "2026-03-01T12:00:00.000Z"
NOON_SECONDS = 1772366400.0


class _Absent:
    """No value: its text is that of no address, so that a test's id is the same in every process."""

    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = _Absent()
"""Stands for no value at all."""

CERTAIN = Expectation("creation/certain", "create")

EVERY_ARGUMENT: Mapping[str, Json] = {
    "resource_type": "skus",
    "format": "csv",
    "includes": ["prices.price_tiers"],
    "fields": ["code", "name", "prices.*", "prices.price_tiers.price_amount_cents"],
    "filters": {"code_eq": "AAA"},
    "dry_data": True,
    "reference": "ANY-EXTERNAL-REFEFERNCE",
    "reference_origin": "ANY-EXTERNAL-REFEFERNCE-ORIGIN",
    "metadata": {"foo": "bar"},
}
"""The arguments that the page's answer shows, none with its default."""


def _answered() -> tuple[Json, Headers]:
    """Return the document and the headers with which the reference creates an export, under a known id and trace."""
    reference = Reference(clock=Clock(at=datetime.fromisoformat(NOON)), edition=first_edition())
    address = BASE_URL.removesuffix("/api")
    with client_of(reference, address) as client:
        response = client.post("/api/exports", json=creation(resource_type="skus"))
    text, shown = response.text, response.json()["data"]
    for name, known in ((shown["id"], ID), (shown["meta"]["trace_id"], TRACE)):
        text = text.replace(name, known)
    headers = {name.title(): value for name, value in response.headers.items()} | {"X-Request-Id": TRACE}
    return json.loads(text), tuple(sorted(pair for pair in headers.items() if pair[0] != "Content-Length"))


_DOCUMENT, HEADERS = _answered()


def document(sent: Mapping[str, Json]) -> Json:
    """Return the response document of the reference with these attributes, and its own where none is given."""
    made = deepcopy(_DOCUMENT)
    made["data"]["attributes"] |= deepcopy(dict(sent))
    return made


def created(
    sent: Mapping[str, Json] = EVERY_ARGUMENT, *, expectation: Expectation = CERTAIN, **shown: Json
) -> Exchange:
    """Return a creation with these attributes and a conforming 201; `shown` overrides attributes of the response."""
    return Exchange(
        id="x-1",
        expectation=expectation,
        request=_request(sent),
        response=Response(201, HEADERS, json.dumps(document({**sent, **shown})).encode()),
        base_url=BASE_URL,
        provenance="live",
        started=NOON_SECONDS,
        elapsed=0.2,
    )


def refused(
    status: int,
    *errors: Mapping[str, Json],
    sent: Mapping[str, Json] = EVERY_ARGUMENT,
    expectation: Expectation = CERTAIN,
) -> Exchange:
    """Return a creation with these attributes, refused with error objects (by default one, well-formed)."""
    listed = [dict(error) for error in errors] or [error_object(status)]
    response = Response(status, HEADERS, json.dumps({"errors": listed}).encode())
    return replace(created(sent, expectation=expectation), response=response)


CODES = {400: "PARAM_NOT_ALLOWED", 401: "INVALID_TOKEN", 404: "RECORD_NOT_FOUND", 406: "NOT_ACCEPTABLE"} | {
    409: "RELATION_EXISTS",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "VALIDATION_ERROR",
    423: "LOCKED",
}


def error_object(status: int, pointer: str | None = None, **members: Json) -> dict[str, Json]:
    """Return a well-formed error object; `members` replace or add members."""
    error = {"title": "refused", "detail": "it is", "code": CODES.get(status, "SAVE_FAILED"), "status": str(status)}
    return {**error, **({} if pointer is None else {"source": {"pointer": pointer}}), **members}


def _request(sent: Mapping[str, Json]) -> Request:
    body = json.dumps({"data": {"type": "exports", "attributes": sent}}).encode()
    return Request("POST", "/exports", "", (("Accept", JSON_API), ("Content-Type", JSON_API)), body)


def with_answer(
    exchange: Exchange, *, status: int | None = None, headers: Headers | None = None, body: bytes | None = None
) -> Exchange:
    """Return the exchange with another status, other headers or another body in its response."""
    response = exchange.response
    assert response
    response = replace(response, status=response.status if status is None else status)
    response = replace(response, headers=response.headers if headers is None else headers)
    return replace(exchange, response=replace(response, body=response.body if body is None else body))


def with_header(exchange: Exchange, name: str, value: str | None) -> Exchange:
    """Return the exchange with one response header changed, or removed (None)."""
    kept = tuple(pair for pair in HEADERS if pair[0] != name)
    return with_answer(exchange, headers=kept if value is None else (*kept, (name, value)))


def edited(exchange: Exchange, edit: Callable[[Json], None]) -> Exchange:
    """Return the exchange with its response document edited."""
    changed = json.loads(exchange.response.body if exchange.response else b"null")
    edit(changed)
    return with_answer(exchange, body=json.dumps(changed).encode())


def put(exchange: Exchange, pointer: str, value: object) -> Exchange:
    """Return the exchange with the value at `pointer` of its response document replaced, or removed (`ABSENT`)."""
    *parents, last = pointer.removeprefix("/").split("/")

    def edit(place: Json) -> None:
        for name in parents:
            place = place[int(name) if isinstance(place, list) else name]
        if value is ABSENT:
            del place[last]
        else:
            place[last] = value

    return edited(exchange, edit)


def violated(exchange: Exchange) -> set[str]:
    """Return the ids of the requirements that an exchange breaks."""
    return {violation.requirement for violation in judge(exchange).violations}


def held(exchange: Exchange) -> set[str]:
    """Return the ids of the requirements that an exchange shows to hold."""
    return set(judge(exchange).held)


def journal_line(
    case: str = "creation/x", *, held: Sequence[str] = (), broken: Sequence[str] = (), **changes: Any
) -> dict[str, Json]:
    """Return the journal line of an exchange that holds and breaks these requirements; `changes` replace its fields.

    `body` is the request's, `confirms` the id of the exchange that it repeats.
    """
    exchange = created(expectation=replace(CERTAIN, case=case, confirms=changes.pop("confirms", "")))
    exchange = replace(exchange, request=replace(exchange.request, body=changes.pop("body", exchange.request.body)))
    violations = [{"requirement": name, "expected": "e", "actual": f"a {name}", "at": "/data"} for name in broken]
    written = to_json(replace(exchange, **changes))
    return {"line": "exchange", "exchange": written, "held": list(held), "violations": violations}
