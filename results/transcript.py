"""An exchange as JSON, and back, to the byte."""

import base64
from dataclasses import asdict
from typing import Any

from exports_conformance.exchange.model import Exchange, Expectation, File, Headers, Lookups, Request, Response
from exports_conformance.exchange.strict_json import Json

WRITTEN_AS = {
    "outcome": "expects",
    "tag": "mark",
    "control_status": "twin_status",
    "may_break": "stakes",
    "expected": "shown",
    "action": "told",
    "matches": "finds",
}
"""Fields of an exchange whose names in the journal and in recordings are older than those in the code."""

_READ_AS = {written: name for name, written in WRITTEN_AS.items()}


def renamed(written: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a written expectation or its circumstances under the names of their fields."""
    return {_READ_AS.get(name, name): value for name, value in written.items()}


def to_json(exchange: Exchange) -> dict[str, Json]:
    """Give an exchange as a JSON object; bytes that are no UTF-8 are kept in base64."""
    expectation = {WRITTEN_AS.get(name, name): value for name, value in asdict(exchange.expectation).items()}
    return {
        "id": exchange.id,
        "intent": {
            **expectation,
            "answers": sorted(exchange.expectation.answers),
            "stakes": list(exchange.expectation.may_break),
        },
        "request": {**asdict(exchange.request), "body": _written(exchange.request.body)},
        "answer": {**asdict(exchange.response), "body": _written(exchange.response.body)}
        if exchange.response
        else None,
        "base_url": exchange.base_url,
        "provenance": exchange.provenance,
        "started": exchange.started,
        "elapsed": exchange.elapsed,
        "trouble": exchange.trouble,
        "edition": exchange.edition,
        "circumstances": {WRITTEN_AS.get(name, name): value for name, value in asdict(exchange.lookups).items()},
        "file": {**asdict(exchange.file), "names": list(exchange.file.names)} if exchange.file else None,
    }


def from_json(written: dict[str, Any]) -> Exchange:
    """Give the exchange that `to_json` wrote.

    Raises:
        KeyError, TypeError, ValueError: it did not write this.
    """
    expectation, request, response = written["intent"], written["request"], written["answer"]
    return Exchange(
        id=written["id"],
        expectation=Expectation(
            **{
                **renamed(expectation),
                "answers": frozenset(expectation["answers"]),
                "may_break": tuple(expectation["stakes"]),
            }
        ),
        request=Request(**{**request, "headers": _headers(request["headers"]), "body": _read(request["body"])}),
        response=Response(response["status"], _headers(response["headers"]), _read(response["body"]) or b"")
        if response
        else None,
        base_url=written["base_url"],
        provenance=written["provenance"],
        started=written["started"],
        elapsed=written["elapsed"],
        trouble=written["trouble"],
        edition=written["edition"],
        lookups=Lookups(**renamed(written["circumstances"])),
        file=File(**{**written["file"], "names": tuple(written["file"]["names"])}) if written["file"] else None,
    )


def _headers(pairs: list[list[str]]) -> Headers:
    return tuple((name, value) for name, value in pairs)


def _written(body: bytes | None) -> Json:
    if body is None:
        return None
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _read(body: dict[str, str] | None) -> bytes | None:
    if body is None:
        return None
    return body["text"].encode("utf-8") if "text" in body else base64.b64decode(body["base64"], validate=True)
