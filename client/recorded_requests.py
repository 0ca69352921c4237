"""The identity of a request in a recording: everything but what differs from run to run.

Decision: docs/decisions/0010-finding-a-request-in-a-recording.md.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final
from urllib.parse import unquote

from exports_conformance.client.redaction import TOKEN
from exports_conformance.exchange.model import Exchange, Request, header_of
from exports_conformance.exchange.strict_json import one_line, read_json
from exports_conformance.exchange.tags import untagged, untagged_query

_ABSENT: Final = object()
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
    changes = [] if one.problem or other.problem else list(_of_values(one.value, other.value, "the body"))
    plain = [one_line(body.decode("utf-8", "backslashreplace")) for body in (before, after)]
    yield from changes or [f"the body was {plain[0]} and is {plain[1]}"]


def _of_values(before: Any, after: Any, place: str) -> Iterator[str]:
    """Yield in a line each what differs between two JSON values, down to the members and elements that do."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in {**before, **after}:
            yield from _of_values(before.get(name, _ABSENT), after.get(name, _ABSENT), f"{place}[{one_line(name)}]")
    elif isinstance(before, list) and isinstance(after, list):
        for index, (one, other) in enumerate(zip_longest(before, after, fillvalue=_ABSENT)):
            yield from _of_values(one, other, f"{place}[{index}]")
    elif type(before) is not type(after) or before != after:
        was, now = ("absent" if each is _ABSENT else one_line(each) for each in (before, after))
        yield f"{place} was {was} and is {now}"[:DIFFERENCE_LENGTH]
