"""Exchanges as HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), and back, to the byte."""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from exports_conformance.exchange.model import (
    Exchange,
    Expectation,
    File,
    Headers,
    Lookups,
    Provenance,
    Request,
    Response,
    header_of,
)
from exports_conformance.exchange.strict_json import Json
from exports_conformance.results.transcript import WRITTEN_AS, renamed

PROVENANCE = "_recording"
"""The member of `log` that says whose recording it is; without it, a HAR is anybody's."""

OURS = "_exchange"
"""The member of an entry that keeps of an exchange what HAR has no room for."""

BYTES = "_base64"
"""The member of a body that keeps its bytes where they are no UTF-8 text."""

HTTP = "HTTP/1.1"


SCHEMA_FILE = Path(__file__).parent / "har.schema.json"
"""HAR 1.2 as a JSON Schema."""


class Unreadable(Exception):  # noqa: N818  it names what the file is
    """Why a file cannot be read as a recording, and the remedy; its name is still to be put before."""


def lines(provenance: Mapping[str, Json], exchanges: Iterable[Exchange]) -> Iterator[str]:
    """Give a HAR as ASCII text, a line for each entry, so that two of them can be compared."""
    creator = {"name": "exports-conformance", "version": version("exports-conformance")}
    head = json.dumps({"version": "1.2", "creator": creator, PROVENANCE: provenance}, indent=1)
    yield f'{{"log": {head[:-2]},\n "entries": ['
    comma = ""
    for exchange in exchanges:
        written = entry(exchange)
        if exchange.base_url != provenance["base_url"]:  # each process of a run may have a reference of its own
            written[OURS]["base_url"] = exchange.base_url
        yield f"{comma}\n  {json.dumps(written, separators=(',', ':'))}"
        comma = ","
    yield "\n ]}}\n"


def entry(exchange: Exchange) -> dict[str, Json]:
    """Give an exchange as an entry of a HAR."""
    milliseconds = round(exchange.elapsed * 1000, 3)
    return {
        "startedDateTime": moment(exchange.started),
        "time": milliseconds,
        "request": _request(exchange.request, exchange.base_url),
        "response": _response(exchange.response),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        OURS: {
            "id": exchange.id,
            "intent": _changed(exchange.expectation),
            "started": exchange.started,
            "elapsed": exchange.elapsed,
            "edition": exchange.edition,
            **({"trouble": exchange.trouble} if exchange.trouble else {}),
            **({"circumstances": told} if (told := _changed(exchange.lookups)) else {}),
            **({"file": asdict(exchange.file)} if exchange.file else {}),
        },
    }


def _request(request: Request, base_url: str) -> dict[str, Json]:
    query = f"?{request.query}" if request.query else ""
    body = {} if request.body is None else {"postData": _post_data(request.body, request.headers)}
    return {
        "method": request.method,
        "url": f"{'' if request.is_elsewhere else base_url}{request.path}{query}",
        "httpVersion": HTTP,
        "cookies": [],
        "headers": _pairs(request.headers),
        "queryString": _pairs(parse_qsl(request.query, keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": len(request.body or b""),
        **body,
    }


def _post_data(body: bytes, headers: Headers) -> dict[str, Json]:
    said = {"mimeType": header_of(headers, "content-type") or ""}
    try:
        return {**said, "text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {**said, "text": body.decode("utf-8", "replace"), BYTES: base64.b64encode(body).decode()}


def _response(response: Response | None) -> dict[str, Json]:
    """Give an answer as a HAR's response; that no answer came is said by the status 0, as browsers do."""
    status, headers = (response.status, response.headers) if response else (0, ())
    body = response.body if response else b""
    content: dict[str, Json] = {"size": len(body), "mimeType": header_of(headers, "content-type") or ""}
    try:
        content["text"] = body.decode("utf-8")
    except UnicodeDecodeError:
        content |= {"text": base64.b64encode(body).decode(), "encoding": "base64"}
    return {
        "status": status,
        "statusText": HTTPStatus(status).phrase if status in set(HTTPStatus) else "",
        "httpVersion": HTTP,
        "cookies": [],
        "headers": _pairs(headers),
        "content": content,
        "redirectURL": header_of(headers, "location") or "",
        "headersSize": -1,
        "bodySize": len(body) if response else -1,
    }


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[Json]:
    return [{"name": name, "value": value} for name, value in pairs]


def _changed(value: Expectation | Lookups) -> dict[str, Json]:
    """Give the fields of a dataclass that are not as they are where nothing is said."""
    told = {each.name: getattr(value, each.name) for each in fields(value)}
    usual = {each.name: each.default for each in fields(value)}
    changed = {name: said for name, said in told.items() if said != usual[name]}
    return {
        WRITTEN_AS.get(name, name): sorted(said) if isinstance(said, frozenset) else said
        for name, said in changed.items()
    }


def moment(started: float) -> str:
    """Give a time in seconds since the epoch as HAR writes it."""
    return datetime.fromtimestamp(started, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(moment: Json) -> float:
    """Give the seconds since the epoch of a time that HAR writes.

    Raises:
        TypeError, ValueError: it is none.
    """
    told = datetime.fromisoformat(moment)
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()


def exchanges(entries: Sequence[Json], base_url: str, provenance: Provenance) -> Iterator[Exchange]:
    """Give the exchanges that `entry` wrote.

    Raises:
        Unreadable: it did not write these.
    """
    for number, each in enumerate(entries):
        try:
            yield _exchange(each, base_url, provenance)
        except KeyError as error:
            raise Unreadable(f"log.entries[{number}] has no {error}; record it again") from None
        except (TypeError, ValueError, AttributeError, binascii.Error) as error:
            raise Unreadable(f"log.entries[{number}] is no exchange ({error}); record it again") from None


def _exchange(given: dict[str, Any], base_url: str, provenance: Provenance) -> Exchange:
    own = given[OURS]
    base_url = str(own.get("base_url", base_url))
    expectation, file = _intent(own["intent"]), own.get("file")
    return Exchange(
        id=str(own["id"]),
        expectation=expectation,
        request=request_of(given["request"], base_url, elsewhere=expectation.operation == "download"),
        response=answer_of(given["response"]),
        base_url=base_url,
        provenance=provenance,
        started=float(own["started"]),
        elapsed=float(own["elapsed"]),
        trouble=str(own.get("trouble", "")),
        edition=own["edition"],
        lookups=Lookups(**renamed(own.get("circumstances", {}))),
        file=File(**{**file, "names": tuple(file["names"])}) if file else None,
    )


def _intent(given: dict[str, Any]) -> Expectation:
    answers, stakes = frozenset(given.get("answers", ())), tuple(given.get("stakes", ()))
    return Expectation(**{**renamed(given), "answers": answers, "may_break": stakes})


def request_of(given: dict[str, Any], base_url: str, *, elsewhere: bool = False) -> Request:
    """Give the request of an entry; only that of a file may lead elsewhere.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is not written as HAR is, or not below the base URL.
    """
    url = given["url"].partition("#")[0]
    if not elsewhere and not url.startswith(base_url):
        raise ValueError(f"its url does not begin with {base_url}")
    path, _, query = (url if elsewhere else url.removeprefix(base_url)).partition("?")
    return Request(given["method"], path, query, headers_of(given), _body(given.get("postData")))


def headers_of(given: dict[str, Any]) -> Headers:
    """Give the headers of a request or a response."""
    return tuple((str(each["name"]), str(each["value"])) for each in given["headers"])


def _body(data: dict[str, Any] | None) -> bytes | None:
    if data is None:
        return None
    if BYTES in data:
        return base64.b64decode(data[BYTES], validate=True)
    text: str = data.get("text", "")
    return text.encode("utf-8", "surrogatepass")


def answer_of(given: dict[str, Any]) -> Response | None:
    """Give the answer of an entry, None where none came.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is not written as HAR is.
    """
    if given["status"] == 0:
        return None
    content = given["content"]
    text: str = content.get("text", "")
    encoded = content.get("encoding") == "base64"
    body = base64.b64decode(text, validate=True) if encoded else text.encode("utf-8", "surrogatepass")
    return Response(int(given["status"]), headers_of(given), body)
