"""Exchanges as JSON: what a journal's line and a HAR's entry keep of one, written and read back to the byte."""

import base64
from dataclasses import MISSING, asdict, fields
from typing import Any

from exports_conformance.exchange.model import Exchange, Expectation, File, Headers, Lookups, Request, Response
from exports_conformance.exchange.strict_json import Json

_WRITTEN_AS = {
    "outcome": "expects",
    "tag": "mark",
    "control_status": "twin_status",
    "may_break": "stakes",
    "expected": "shown",
    "action": "told",
    "matches": "finds",
}
"""Fields that journals and recordings have under an older name."""
_READ_AS = {written: name for name, written in _WRITTEN_AS.items()}


def to_json(exchange: Exchange) -> dict[str, Json]:
    """Return an exchange as a JSON object; a body that is not UTF-8 is in base64."""
    request, response = exchange.request, exchange.response
    return {
        **facts_to_json(exchange),
        "request": {**asdict(request), "body": _body_to_json(request.body)},
        "answer": _response_to_json(response) if response else None,
        "base_url": exchange.base_url,
        "provenance": exchange.provenance,
    }


def facts_to_json(exchange: Exchange, *, changed_only: bool = False) -> dict[str, Json]:
    """Return what is known of an exchange beside its request and response, as a JSON object.

    With `changed_only`, whatever has its default is left out.
    """
    facts: dict[str, Json] = {
        "id": exchange.id,
        "intent": _to_json(exchange.expectation, changed_only=changed_only),
        "started": exchange.started,
        "elapsed": exchange.elapsed,
        "trouble": exchange.trouble,
        "edition": exchange.edition,
        "circumstances": _to_json(exchange.lookups, changed_only=changed_only),
        "file": _to_json(exchange.file, changed_only=False) if exchange.file else None,
    }
    optional = ("trouble", "circumstances", "file") if changed_only else ()
    return {name: value for name, value in facts.items() if value or name not in optional}


def from_json(written: dict[str, Any]) -> Exchange:
    """Return the exchange that `to_json` wrote.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: `to_json` did not write this.
    """
    request, response = written["request"], written["answer"]
    return exchange_of(
        written,
        Request(**{**request, "headers": _headers(request["headers"]), "body": _body(request["body"])}),
        _response(response) if response else None,
        base_url=written["base_url"],
        provenance=written["provenance"],
    )


def exchange_of(
    facts: dict[str, Any], request: Request, response: Response | None, *, base_url: str, provenance: Any
) -> Exchange:
    """Return the exchange of a request and its response, with the facts that `facts_to_json` wrote.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: `facts_to_json` did not write these.
    """
    file = facts.get("file")
    return Exchange(
        id=str(facts["id"]),
        expectation=expectation_of(facts["intent"]),
        request=request,
        response=response,
        base_url=base_url,
        provenance=provenance,
        started=float(facts["started"]),
        elapsed=float(facts["elapsed"]),
        trouble=str(facts.get("trouble", "")),
        edition=facts["edition"],
        lookups=Lookups(**_renamed(facts.get("circumstances") or {})),
        file=_file(file) if file else None,
    )


def _file(written: dict[str, Any]) -> File:
    lists = {name: tuple(written.get(name, ())) for name in ("names", "nested", "plain")}
    return File(**{**written, **lists})


def expectation_of(written: dict[str, Any]) -> Expectation:
    """Return the expectation that a journal or a HAR keeps as `intent`.

    Raises:
        TypeError: it has members that an expectation has not.
    """
    members = _renamed(written)
    return Expectation(
        **{
            **members,
            "answers": frozenset(members.get("answers", ())),
            "may_break": tuple(members.get("may_break", ())),
        }
    )


def _to_json(value: Expectation | Lookups | File, *, changed_only: bool) -> dict[str, Json]:
    kept = {each.name: getattr(value, each.name) for each in fields(value)}
    if changed_only:
        usual = {each.name: each.default for each in fields(value) if each.default is not MISSING}
        kept = {name: each for name, each in kept.items() if name not in usual or each != usual[name]}
    return {_WRITTEN_AS.get(name, name): _plain(each) for name, each in kept.items()}


def _plain(value: Any) -> Json:
    if isinstance(value, frozenset):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value


def _renamed(written: dict[str, Any]) -> dict[str, Any]:
    return {_READ_AS.get(name, name): value for name, value in written.items()}


def _headers(pairs: list[list[str]]) -> Headers:
    return tuple((name, value) for name, value in pairs)


def _response_to_json(response: Response) -> dict[str, Json]:
    written: dict[str, Json] = {
        "status": response.status,
        "headers": response.headers,
        "body": _body_to_json(response.body),
    }
    return written | ({"omitted": response.omitted, "sha256": response.sha256} if response.omitted else {})


def _response(written: dict[str, Any]) -> Response:
    return Response(
        written["status"],
        _headers(written["headers"]),
        _body(written["body"]) or b"",
        int(written.get("omitted", 0)),
        str(written.get("sha256", "")),
    )


def _body_to_json(body: bytes | None) -> Json:
    if body is None:
        return None
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _body(written: dict[str, str] | None) -> bytes | None:
    if written is None:
        return None
    return written["text"].encode("utf-8") if "text" in written else base64.b64decode(written["base64"], validate=True)
