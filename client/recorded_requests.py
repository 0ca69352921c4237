"""The identity of a request in a recording: everything but what differs from run to run.

Decision: docs/decisions/0010-finding-a-request-in-a-recording.md.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from exports_conformance.client.redaction import TOKEN
from exports_conformance.exchange.model import Exchange, Request, header_of
from exports_conformance.exchange.strict_json import Json, one_line, read_json
from exports_conformance.exchange.tags import untagged, untagged_query

DIFFERENCE_LENGTH = 240
"""Characters that are shown of one difference."""


class CaseNotRecordedError(LookupError):
    """A recording has no request for this purpose."""


class RequestNotRecordedError(LookupError):
    """A recording has requests for the same purpose, but not this one; the message names the difference."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What makes two requests the same: their purpose, and everything that an endpoint may depend on.

    `body` is the digest of the raw body, None where there was none; `authorization` its class.
    """

    case: str
    method: str
    path: str
    query: str
    body: str | None
    accept: str | None
    content_type: str | None
    authorization: str


class Names:
    """The ids of the exports that a recorded run created; each run has others."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        creations = [exchange for exchange in exchanges if exchange.expectation.operation == "create"]
        self._cases = {exchange.data.get("id"): exchange.expectation.case for exchange in creations if exchange.data}

    def asked(self, request: Request, case: str) -> Asked:
        """Return the identity of a request, without the tags and ids of its run."""
        path, body = request.path, None if request.body is None else untagged(request.body)
        if request.is_elsewhere:
            identity = path.rpartition("/")[2].partition(".")[0]
        else:
            identity = unquote(path.split("/")[2]) if path.count("/") > 1 else ""
        if creation := self._cases.get(identity):
            path = path.replace(identity, f"({creation})")
            body = body and body.replace(f'"{identity}"'.encode(), f'"({creation})"'.encode())
        return Asked(
            case=case,
            method=request.method,
            path=path,
            query=untagged_query(request.query),
            body=None if body is None else hashlib.sha256(body).hexdigest(),
            accept=header_of(request.headers, "accept"),
            content_type=header_of(request.headers, "content-type"),
            authorization=authorization_class(header_of(request.headers, "authorization")),
        )


def authorization_class(value: str | None) -> str:
    """Return the kind of a credential: none, the run's own token, or a planted one."""
    if value is None:
        return "none"
    return "the token" if TOKEN in value else f"planted {value.partition(' ')[0]}"


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def difference(recorded: Request, now: Request) -> str:
    """Return in one line how a request differs from a recorded one, tags apart."""
    return "; ".join(_differences(recorded, now)) or "an id"


def _differences(recorded: Request, now: Request) -> Iterator[str]:
    def plain(request: Request) -> dict[str, str | None]:
        return {
            "method": request.method,
            "path": request.path,
            "query": untagged(request.query.encode()).decode(),
            "Accept": header_of(request.headers, "accept"),
            "Content-Type": header_of(request.headers, "content-type"),
            "Authorization": authorization_class(header_of(request.headers, "authorization")),
        }

    before, after = plain(recorded), plain(now)
    for name, value in after.items():
        if value != before[name]:
            yield f"{name} was {one_line(before[name])} and is {one_line(value)}"
    yield from _of_bodies(untagged(recorded.body or b""), untagged(now.body or b""))


def _of_bodies(before: bytes, after: bytes) -> Iterator[str]:
    if before == after:
        return
    one, other = read_json(before), read_json(after)
    differences = [] if one.problem or other.problem else _differences_of_values("", one.value, other.value)
    changes = [_printable(difference)[:DIFFERENCE_LENGTH] for difference in differences]
    plain = [one_line(body.decode("utf-8", "backslashreplace")) for body in (before, after)]
    yield from changes or [f"the body was {plain[0]} and is {plain[1]}"]


def _differences_of_values(at: str, before: Json, after: Json) -> Iterator[str]:
    """Yield what differs between two JSON values, each with its JSON pointer."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            place = f"{at}/{name}"
            if name not in after:
                yield f"{place} is absent now, and was {one_line(before[name])}"
            elif name not in before:
                yield f"{place} was absent, and is {one_line(after[name])}"
            else:
                yield from _differences_of_values(place, before[name], after[name])
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences_of_values(f"{at}/{index}", one, other)
    elif json.dumps(before) != json.dumps(after):
        yield f"{at or 'the document'} was {one_line(before)} and is {one_line(after)}"
