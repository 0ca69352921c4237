"""Exchanges as HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), written and read back to the byte.

Decision: docs/decisions/0013-recordings-are-har.md.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
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

PROVENANCE = "_recording"
"""The member of `log` with the provenance of a recording of this suite; other HARs have none."""

OWN_MEMBER = "_exchange"
"""The member of an entry that holds facts without a member in HAR."""

BYTES = "_base64"
"""The member of a request body that is not UTF-8: its bytes in base64."""

OMITTED, DIGEST = "_omitted", "_sha256"
"""The members of a response's content of which only the first bytes were kept: the size of the rest, and the digest
of the whole."""

_HTTP = "HTTP/1.1"

HAR_SCHEMA_FILE = Path(__file__).parent / "har.schema.json"
"""HAR 1.2 as a JSON Schema."""


class UnreadableError(Exception):
    """A file cannot be read as a recording; the message has the reason and the remedy, not the file's name."""


def har_lines(provenance: Mapping[str, Json], exchanges_of_entries: Iterable[Exchange]) -> Iterator[str]:
    """Yield the lines of a HAR in ASCII, one for each entry, so that a diff of two recordings is readable."""
    creator = {"name": "exports-conformance", "version": version("exports-conformance")}
    head = json.dumps({"version": "1.2", "creator": creator, PROVENANCE: provenance}, indent=1)
    yield f'{{"log": {head[:-2]},\n "entries": ['
    comma = ""
    for exchange in exchanges_of_entries:
        written = har_entry(exchange)
        if exchange.base_url != provenance["base_url"]:  # each process of a run has a reference server of its own
            written[OWN_MEMBER]["base_url"] = exchange.base_url
        yield f"{comma}\n  {json.dumps(written, separators=(',', ':'))}"
        comma = ","
    yield "\n ]}}\n"


def har_entry(exchange: Exchange) -> dict[str, Json]:
    """Return an exchange as an entry of a HAR."""
    milliseconds = round(exchange.elapsed * 1000, 3)
    return {
        "startedDateTime": moment(exchange.started),
        "time": milliseconds,
        "request": _request(exchange.request, exchange.base_url),
        "response": _response(exchange.response),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        OWN_MEMBER: facts_to_json(exchange, changed_only=True),
    }


def _request(request: Request, base_url: str) -> dict[str, Json]:
    query = f"?{request.query}" if request.query else ""
    body = {} if request.body is None else {"postData": _post_data(request.body, request.headers)}
    return {
        "method": request.method,
        "url": f"{'' if request.is_elsewhere else base_url}{request.path}{query}",
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _pairs(request.headers),
        "queryString": _pairs(parse_qsl(request.query, keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": len(request.body or b""),
        **body,
    }


def _post_data(body: bytes, headers: Headers) -> dict[str, Json]:
    data = {"mimeType": header_of(headers, "content-type") or ""}
    try:
        return {**data, "text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {**data, "text": body.decode("utf-8", "replace"), BYTES: base64.b64encode(body).decode()}


def _response(response: Response | None) -> dict[str, Json]:
    """Return a HAR's response; if there was none, its status is 0, as browsers write it."""
    status, headers = (response.status, response.headers) if response else (0, ())
    body = response.body if response else b""
    size = len(body) + (response.omitted if response else 0)
    content: dict[str, Json] = {"size": size, "mimeType": header_of(headers, "content-type") or ""}
    if response and response.omitted:
        content |= {OMITTED: response.omitted, DIGEST: response.sha256}
    try:
        content["text"] = body.decode("utf-8")
    except UnicodeDecodeError:
        content |= {"text": base64.b64encode(body).decode(), "encoding": "base64"}
    return {
        "status": status,
        "statusText": HTTPStatus(status).phrase if status in set(HTTPStatus) else "",
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _pairs(headers),
        "content": content,
        "redirectURL": header_of(headers, "location") or "",
        "headersSize": -1,
        "bodySize": size if response else -1,
    }


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[Json]:
    return [{"name": name, "value": value} for name, value in pairs]


def moment(started: float) -> str:
    """Return a time, in seconds since the epoch, in ISO 8601 as HAR requires."""
    return datetime.fromtimestamp(started, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(moment: Json) -> float:
    """Return the seconds since the epoch of a time in ISO 8601.

    Raises:
        TypeError, ValueError: it is not such a time.
    """
    time = datetime.fromisoformat(moment)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def exchanges_of_entries(entries: Sequence[Json], base_url: str, provenance: Provenance) -> Iterator[Exchange]:
    """Yield the exchanges of the entries that `har_entry` wrote.

    Raises:
        Unreadable: `har_entry` did not write one of them.
    """
    for number, each in enumerate(entries):
        try:
            yield _exchange(each, base_url, provenance)
        except KeyError as error:
            raise UnreadableError(f"log.entries[{number}] has no {error}; record it again") from None
        except (TypeError, ValueError, AttributeError, binascii.Error) as error:
            raise UnreadableError(f"log.entries[{number}] is not an exchange ({error}); record it again") from None


def _exchange(given: dict[str, Json], base_url: str, provenance: Provenance) -> Exchange:
    facts = given[OWN_MEMBER]
    base_url = str(facts.get("base_url", base_url))
    elsewhere = expectation_of(facts["intent"]).operation == "download"
    request = request_of(given["request"], base_url, elsewhere=elsewhere)
    return exchange_of(facts, request, response_of(given["response"]), base_url=base_url, provenance=provenance)


def request_of(given: dict[str, Json], base_url: str, *, elsewhere: bool = False) -> Request:
    """Return the request of an entry; only with `elsewhere` may its URL lie outside the base URL.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is not HAR, or its URL does not begin with the base URL.
    """
    url = given["url"].partition("#")[0]
    if not elsewhere and not url.startswith(base_url):
        raise ValueError(f"its url does not begin with {base_url}")
    path, _, query = (url if elsewhere else url.removeprefix(base_url)).partition("?")
    return Request(given["method"], path, query, headers_of(given), _body(given.get("postData")))


def headers_of(given: dict[str, Json]) -> Headers:
    """Return the headers of a request or a response in a HAR."""
    return tuple((str(each["name"]), str(each["value"])) for each in given["headers"])


def _body(data: dict[str, Json] | None) -> bytes | None:
    if data is None:
        return None
    if BYTES in data:
        return base64.b64decode(data[BYTES], validate=True)
    text: str = data.get("text", "")
    return text.encode("utf-8", "surrogatepass")


def response_of(given: dict[str, Json]) -> Response | None:
    """Return the response of an entry, None if there was none.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is not HAR.
    """
    if given["status"] == 0:
        return None
    content = given["content"]
    text: str = content.get("text", "")
    encoded = content.get("encoding") == "base64"
    body = base64.b64decode(text, validate=True) if encoded else text.encode("utf-8", "surrogatepass")
    return Response(
        int(given["status"]), headers_of(given), body, int(content.get(OMITTED, 0)), str(content.get(DIGEST, ""))
    )


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
        "request": {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": request.headers,
            "body": _body_to_json(request.body),
        },
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


def from_json(written: dict[str, Json]) -> Exchange:
    """Return the exchange that `to_json` wrote.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: `to_json` did not write this.
    """
    request, response = written["request"], written["answer"]
    return exchange_of(
        written,
        Request(**{**request, "headers": _headers(request["headers"]), "body": _body_from_json(request["body"])}),
        _response_from_json(response) if response else None,
        base_url=written["base_url"],
        provenance=written["provenance"],
    )


def exchange_of(
    facts: dict[str, Json], request: Request, response: Response | None, *, base_url: str, provenance: Provenance
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


def _file(written: dict[str, Json]) -> File:
    facts: dict[str, Json] = {name: tuple(each) if isinstance(each, list) else each for name, each in written.items()}
    return File(**facts)


def expectation_of(written: dict[str, Json]) -> Expectation:
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


def _plain(value: Json) -> Json:
    if isinstance(value, frozenset):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value


def _renamed(written: dict[str, Json]) -> dict[str, Json]:
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


def _response_from_json(written: dict[str, Json]) -> Response:
    return Response(
        written["status"],
        _headers(written["headers"]),
        _body_from_json(written["body"]) or b"",
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


def _body_from_json(written: dict[str, str] | None) -> bytes | None:
    if written is None:
        return None
    return written["text"].encode("utf-8") if "text" in written else base64.b64decode(written["base64"], validate=True)
