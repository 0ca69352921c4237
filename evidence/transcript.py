"""An exchange as JSON, and back, to the byte."""

import base64
from dataclasses import asdict
from typing import Any

from exports_conformance.contract.exchange import Answer, Circumstances, Exchange, File, Headers, Intent, Request
from exports_conformance.contract.strict_json import Json


def to_json(exchange: Exchange) -> dict[str, Json]:
    """Give an exchange as a JSON object; bytes that are no UTF-8 are kept in base64."""
    intent = asdict(exchange.intent)
    return {
        "id": exchange.id,
        "intent": {**intent, "answers": sorted(exchange.intent.answers), "stakes": list(exchange.intent.stakes)},
        "request": {**asdict(exchange.request), "body": _written(exchange.request.body)},
        "answer": {**asdict(exchange.answer), "body": _written(exchange.answer.body)} if exchange.answer else None,
        "base_url": exchange.base_url,
        "provenance": exchange.provenance,
        "started": exchange.started,
        "elapsed": exchange.elapsed,
        "trouble": exchange.trouble,
        "edition": exchange.edition,
        "circumstances": asdict(exchange.circumstances),
        "file": {**asdict(exchange.file), "names": list(exchange.file.names)} if exchange.file else None,
    }


def from_json(written: dict[str, Any]) -> Exchange:
    """Give the exchange that `to_json` wrote.

    Raises:
        KeyError, TypeError, ValueError: it did not write this.
    """
    intent, request, answer = written["intent"], written["request"], written["answer"]
    return Exchange(
        id=written["id"],
        intent=Intent(**{**intent, "answers": frozenset(intent["answers"]), "stakes": tuple(intent["stakes"])}),
        request=Request(**{**request, "headers": _headers(request["headers"]), "body": _read(request["body"])}),
        answer=Answer(answer["status"], _headers(answer["headers"]), _read(answer["body"]) or b"") if answer else None,
        base_url=written["base_url"],
        provenance=written["provenance"],
        started=written["started"],
        elapsed=written["elapsed"],
        trouble=written["trouble"],
        edition=written["edition"],
        circumstances=Circumstances(**written["circumstances"]),
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
